"""What is typed at the door."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canh.console.forms import Form

LONGEST_PASSWORD = 256  # hashing a megabyte would keep the machine busy


def secret(label: Any, autocomplete: str, **more: Any) -> forms.CharField:
    """A field for a password: never shown, never trimmed."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=LONGEST_PASSWORD, strip=False, widget=widget, **more)


class SignInForm(Form):
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = secret(gettext_lazy("Password"), "current-password")


class TwiceMixin(forms.Form):
    """A new password, typed twice."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        return cleaned


class PasswordForm(TwiceMixin, Form):
    old_password = secret(gettext_lazy("Present password"), "current-password")
    password = secret(
        gettext_lazy("New password"),
        "new-password",
        help_text=gettext_lazy("At least 10 characters. Several words are easier to remember than signs."),
    )
    password2 = secret(gettext_lazy("New password again"), "new-password")

"""What is asked on the first run."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from canh.accounts.terms import UnitKind
from canh.console.forms import Form
from canh.console.signin.forms import TwiceMixin, secret
from canh.sites.terms import SiteKind


class FirstPersonForm(TwiceMixin, Form):
    code = forms.CharField(
        label=_("Setup code"),
        max_length=40,
        help_text=_("It stands in the terminal where Canh was started."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    full_name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("Small letters without marks, digits, dots or dashes. You sign in with it."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = secret(
        _("Password"),
        "new-password",
        help_text=_("At least 10 characters. Several words are easier to remember than signs."),
    )
    password2 = secret(_("Password again"), "new-password")

    def __init__(self, *args: Any, needs_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_code:
            del self.fields["code"]


class FirstSiteForm(Form):
    unit_name = forms.CharField(
        label=_("Name of your organisation"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    unit_kind = forms.ChoiceField(label=_("Kind of organisation"), choices=UnitKind.choices, initial=UnitKind.BANK)
    has_hanoi = forms.BooleanField(
        label=_("Enter the 126 wards and communes of Hanoi"),
        help_text=_("As they are since 1 July 2025. Without a mark here the map has no wards."),
        required=False,
        initial=True,
    )
    name = forms.CharField(label=_("Name of the first premises"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind of premises"), choices=SiteKind.choices)
    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

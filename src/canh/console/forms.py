"""Forms: what an action refuses is said at the field it concerns, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CONSTRAINTS: dict[str, tuple[str, Any]] = {
    "sites_site_name_once_per_unit": ("name", gettext_lazy("This unit has premises of this name already.")),
    "sites_site_on_earth": ("lat", gettext_lazy("Give both latitude and longitude, or neither.")),
    "accounts_assignment_has_place": ("unit", gettext_lazy("This role needs a unit or an area.")),
}
"""Which field a broken database rule belongs to, and how a person would say it."""


class Form(forms.Form):
    """A plain form; labels without a colon, as the rest of the console writes them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class errors_to:  # reads like a function at its use
    """`with errors_to(form): action(...)`: what the action refuses stands on the form afterwards."""

    def __init__(self, form: forms.Form) -> None:
        self.form = form

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, tb: object) -> bool:
        if isinstance(error, ValidationError):
            take_errors(self.form, error)
        elif isinstance(error, IntegrityError):
            self.form.add_error(None, _("Somebody else changed the same thing at this moment. Look and try again."))
        else:
            return False
        return True


def take_errors(form: forms.Form, error: ValidationError) -> None:
    """Each message to its field; what concerns no field of this form stands above it."""
    if not hasattr(error, "error_dict"):
        for message in error.messages:
            form.add_error(None, message)
        return
    for name, messages in error.message_dict.items():
        for message in messages:
            field, text = _in_words(name, message)
            form.add_error(field if field in form.fields else None, text)


def _in_words(name: str, message: str) -> tuple[str | None, Any]:
    for constraint, (field, words) in CONSTRAINTS.items():
        if constraint in message:  # Django names the broken constraint in the message
            return field, words
    return (None if name == NON_FIELD_ERRORS else name), message


def choose_from(form: forms.Form, name: str, rows: Any, label: Callable[[Any], str] = str) -> None:
    """Give a field of choices its rows, which depend on who asks."""
    field: Any = form.fields[name]
    field.queryset = rows
    field.label_from_instance = label

"""What an administrator types about people and units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canh.accounts import queries
from canh.accounts.terms import Role, UnitKind
from canh.console.forms import Form, choose_from
from canh.console.register.forms import indented

ANYWHERE = queries.EVERYWHERE


class RoleForm(Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.OPERATOR)
    unit: Any = forms.ModelChoiceField(
        label=gettext_lazy("For the unit"), queryset=None, required=False, empty_label="–",
        help_text=gettext_lazy("With everything below it."),
    )  # fmt: skip
    area: Any = forms.ModelChoiceField(
        label=gettext_lazy("Or for the area"), queryset=None, required=False, empty_label="–"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "unit", queries.units_now(), indented)
        choose_from(self, "area", queries.areas_now().order_by("folded"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_place = cleaned.get("unit") or cleaned.get("area")
        if cleaned.get("role") and cleaned["role"] not in ANYWHERE and not has_place and not self.errors:
            self.add_error("unit", _("Choose the unit or the area this role is for."))
        return cleaned


class PersonForm(RoleForm):
    field_order = ("full_name", "username", "phone", "role", "unit", "area")
    full_name = forms.CharField(
        label=gettext_lazy("Full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Left empty, it is made from the name: Nguyễn Thị Chi becomes chi.nguyen."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )


class UnitForm(Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=UnitKind.choices)
    parent: Any = forms.ModelChoiceField(
        label=gettext_lazy("Below"), queryset=None, required=False, empty_label=gettext_lazy("nothing: at the top")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "parent", queries.units_now(), indented)


class UnitNameForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)

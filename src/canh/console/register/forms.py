"""What is typed into the register."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.console.forms import Form, choose_from
from canh.sites import actions, queries
from canh.sites.terms import DeviceKind, SiteKind, ZoneUse

if TYPE_CHECKING:
    from canh.accounts.models import Area, Unit
    from canh.sites.models import Site

PAIR = re.compile(r"^\s*(-?\d{1,3}\.\d+)\s*[,;\s]\s*(-?\d{1,3}\.\d+)\s*$")
OWN, NONE = "own", "none"
MOST_ZONES = 128


def _plain(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})


class Degrees(forms.CharField):
    """Degrees with a point or, as Vietnamese write it, a comma."""

    def __init__(self, limit: int, **kwargs: Any) -> None:
        super().__init__(max_length=40, required=False, widget=_plain(inputmode="decimal"), **kwargs)
        self.limit = limit

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text or PAIR.match(text):
            return text or None  # a pair is taken apart by the form
        try:
            degrees = float(text.replace(",", "."))
        except ValueError:
            raise ValidationError(_("Write degrees as a number, for example 21.0285.")) from None
        if not -self.limit <= degrees <= self.limit:
            raise ValidationError(_("Degrees lie between -%(n)d and %(n)d.") % {"n": self.limit})
        return degrees


class SiteForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, widget=_plain(autofocus=""))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SiteKind.choices)
    unit: Any = forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=None, empty_label=None,
        help_text=gettext_lazy("Who answers for these premises."),
    )  # fmt: skip
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False, widget=_plain())
    lat = Degrees(
        90, label=gettext_lazy("Latitude"),
        help_text=gettext_lazy("Or paste both numbers here, as maps give them: 21.0285, 105.8542"),
    )  # fmt: skip
    lon = Degrees(180, label=gettext_lazy("Longitude"))
    area: Any = forms.ModelChoiceField(
        label=gettext_lazy("Area"), queryset=None, required=False,
        empty_label=gettext_lazy("not stated"),
    )  # fmt: skip

    def __init__(self, *args: Any, keeper: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keeper = keeper
        choose_from(self, "unit", _units(keeper), indented)
        choose_from(self, "area", accounts.areas_now().order_by("folded"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lat, lon = cleaned.get("lat"), cleaned.get("lon")
        if isinstance(lat, str) and (pair := PAIR.match(lat)):
            lat, lon = float(pair[1]), float(pair[2])
            cleaned.update(lat=lat, lon=lon)
        self._check_position(lat, lon)
        self._check_place(cleaned.get("unit"), cleaned.get("area"))
        return cleaned

    def _check_position(self, lat: Any, lon: Any) -> None:
        if isinstance(lon, str) or (isinstance(lat, float) and not -90 <= lat <= 90):
            self.add_error("lat", _("Write latitude first, then longitude."))
        if (lat is None) != (lon is None) and not self.errors:
            self.add_error("lon" if lon is None else "lat", _("Give both latitude and longitude, or neither."))

    def _check_place(self, unit: Unit | None, area: Area | None) -> None:
        """Nobody may put premises where they could not see them afterwards."""
        if unit is None or self.keeper.sees_all:
            return
        inside = any(unit.path.startswith(path) for path in self.keeper.unit_paths)
        if not inside and not any(area and area.path.startswith(path) for path in self.keeper.area_paths):
            self.add_error("unit", _("Choose a unit or an area that is yours."))


def indented(unit: Unit) -> str:
    """A unit's name, set in by its depth in the tree."""
    return f"{'· ' * (unit.path.count('/') - 2)}{unit.name}"


def _units(keeper: Viewer) -> Any:
    """Units this person may choose from; who keeps an area may register premises of any unit in it."""
    found = accounts.units_now()
    if keeper.sees_all or keeper.area_paths:
        return found
    own = [unit.id for unit in found if any(unit.path.startswith(path) for path in keeper.unit_paths)]
    return found.filter(id__in=own)


class KeyForm(Form):
    strength = forms.ChoiceField(
        label=gettext_lazy("Encryption"),
        choices=[
            ("128", gettext_lazy("AES-128, new key")),
            ("192", gettext_lazy("AES-192, new key")),
            ("256", gettext_lazy("AES-256, new key")),
            (OWN, gettext_lazy("Key of my own")),
            (NONE, gettext_lazy("None")),
        ],
        initial="128",
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Take the strongest one the panel knows. Canh makes the key."),
    )
    key = forms.CharField(
        label=gettext_lazy("Key in hexadecimal digits"),
        max_length=120,
        required=False,
        widget=_plain(autocapitalize="characters", spellcheck="false"),
        help_text=gettext_lazy("32, 48 or 64 digits; spaces and dashes do not matter."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("strength") == OWN and "key" not in self.errors:
            self._check_own(cleaned.get("key", ""))
        return cleaned

    def _check_own(self, text: str) -> None:
        try:
            if actions.parse_key(text) is None:
                self.add_error("key", _("Type the key, or choose a new one."))
        except ValidationError as error:
            self.add_error("key", error)

    def key_hex(self) -> str:
        """The key to store: typed, made now, or none."""
        strength = self.cleaned_data["strength"]
        if strength == OWN:
            return str(self.cleaned_data["key"])
        return "" if strength == NONE else actions.new_key(int(strength))


class PanelForm(KeyForm):
    field_order = ("name", "account", "zones", "strength", "key")
    name = forms.CharField(label=gettext_lazy("Name of the panel"), max_length=100, widget=_plain())
    account = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=16,
        widget=_plain(spellcheck="false"),
        help_text=gettext_lazy("The number the panel reports under. This one is free."),
    )
    zones = forms.IntegerField(
        label=gettext_lazy("Number of zones"),
        min_value=0,
        max_value=MOST_ZONES,
        help_text=gettext_lazy("You name them afterwards."),
    )


class ZoneForm(Form):
    number = forms.IntegerField(label=gettext_lazy("Number"), min_value=1, max_value=9999)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=_plain())
    use = forms.ChoiceField(label=gettext_lazy("Use"), choices=ZoneUse.choices)


class DeviceForm(Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=DeviceKind.choices)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=_plain())
    model = forms.CharField(label=gettext_lazy("Maker and model"), max_length=120, required=False, widget=_plain())
    zone: Any = forms.ModelChoiceField(
        label=gettext_lazy("Zone"), queryset=None, required=False,
        empty_label=gettext_lazy("no zone"),
    )  # fmt: skip

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "zone", queries.zones_of(site.id), lambda zone: f"{zone.number} · {zone.name}")


class ContactForm(Form):
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120, widget=_plain())
    position = forms.CharField(label=gettext_lazy("Job"), max_length=120, required=False, widget=_plain())
    phone = forms.RegexField(
        r"^[0-9+() .\-]{3,30}$",
        label=gettext_lazy("Telephone"),
        max_length=30,
        widget=_plain(inputmode="tel"),
        error_messages={"invalid": gettext_lazy("Digits, spaces and + only.")},
    )
    order = forms.IntegerField(label=gettext_lazy("Called as number"), min_value=1, max_value=99, initial=1)
    is_keyholder = forms.BooleanField(label=gettext_lazy("Holds the keys"), required=False)

"""What every page knows: the person, the menu, the theme."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from canh.accounts.queries import Viewer
from canh.accounts.terms import Role, Theme
from canh.console import flash
from canh.console.access import STAFF
from canh.console.language import THEME_COOKIE
from canh.intake import queries as intake
from canh.kit import paths


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the menu; `view` names its address."""

    view: str
    label: Any
    icon: str
    roles: tuple[Role, ...]
    unless: tuple[Role, ...] = ()
    """Who finds it behind another entry."""


@dataclass(frozen=True, slots=True)
class NavItem:
    name: str
    label: str
    icon: str
    url: str
    is_current: bool


PLACES = (
    Place("desk", _("Desk"), "desk", STAFF),
    Place("map", _("Map"), "map", STAFF),
    Place("sites", _("Sites"), "sites", STAFF),
    Place("closing", _("Closings"), "lock", STAFF),
    Place("alarms", _("History"), "history", STAFF),
    Place("health", _("Health"), "health", STAFF),
    Place("orders", _("Orders"), "phone", (Role.GUARD,)),
    Place("routines", _("All-clear"), "key", (Role.GUARD, Role.SITE_MANAGER)),
    Place("inside", _("Who is inside"), "people", (Role.GUARD, Role.SITE_MANAGER)),
    Place("walk", _("Walk test"), "check", (Role.INSTALLER, Role.SITE_MANAGER)),
    Place("duty", _("On duty"), "people", (Role.SECURITY_HEAD,), (Role.ADMINISTRATOR,)),
    Place("people", _("People"), "people", (Role.ADMINISTRATOR,)),
    Place("audit", _("Audit"), "audit", (Role.ADMINISTRATOR,)),
)


def console(request: HttpRequest) -> Mapping[str, Any]:
    user = getattr(request, "user", None)
    return {
        "nav": SimpleLazyObject(lambda: nav(request)),
        "viewer": getattr(request, "viewer", None),
        "user": user,
        "theme": theme(request),
        "flashes": SimpleLazyObject(lambda: flash.heard(request)),
        "warnings": SimpleLazyObject(lambda: flash.warned(request)),
        "is_drill_installation": is_drill_installation(),
        "wall": request.GET.get("wall") == "1",
        "unknown_waiting": SimpleLazyObject(lambda: unknown_waiting(request)),
    }


def unknown_waiting(request: Any) -> int:
    """How many devices speak that belong to no premises; only who keeps everything learns of them."""
    viewer = getattr(request, "viewer", None)
    return intake.strangers().count() if viewer and viewer.has(Role.ADMINISTRATOR) else 0


def nav(request: Any) -> list[NavItem]:
    """The places this person may go to; the one they are in is marked."""
    viewer = getattr(request, "viewer", None)
    if viewer is None:
        return []
    items = []
    for place in PLACES:
        url = _address(place.view) if _may(viewer, place) else ""
        if url:
            items.append(NavItem(place.view, str(place.label), place.icon, url, _is_in(request.path, url)))
    return items


def _may(viewer: Viewer, place: Place) -> bool:
    return viewer.has(*place.roles) and not viewer.has(*place.unless)


def _address(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""  # a room that is not built yet has no door


def _is_in(path: str, url: str) -> bool:
    if path.startswith("/alarms/") and path != "/alarms/":
        return url == "/"  # a single alarm is looked at on the desk; the bare list is the history
    return path == url if url == "/" else path.startswith(url)


def theme(request: Any) -> str:
    user = getattr(request, "user", None)
    chosen = user.theme if user is not None and user.is_authenticated else request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in Theme.values else Theme.DARK.value


@cache
def _installation(path: str, changed_ns: int) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        return dict(json.load(file))


def is_drill_installation() -> bool:
    """True when this data folder was made for the demonstration."""
    path = paths.data_root() / "installation.json"
    try:
        return _installation(str(path), path.stat().st_mtime_ns).get("drill") is True
    except (OSError, ValueError):
        return False  # unreadable: never open the easy door by mistake

"""Reads of arming: what codes say about it, how premises stand, what changed and why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from canh.accounts.queries import Viewer, place_filter
from canh.alarms.models_arming import Arming, ArmingChange, Bypass, Lapse, SiteClosing
from canh.alarms.rules_arming import BY_TURN, FAILED, LATE, ArmingTable, Code, state_of_site
from canh.alarms.sensors import SensorBook, bare_panels, of_sites
from canh.alarms.terms_arming import NOT_CLOSED, ArmState

_SETS = ("contacts", "lost", "decided", "until_opening")


@cache
def arming_table(day: date) -> ArmingTable:
    """What codes say about arming on a day. Raises ValueError for a word that means nothing."""
    text = files("canh.alarms").joinpath("data/arming.toml").read_text(encoding="utf-8")
    newest: dict[str, dict[str, Any]] = {}
    for table in sorted(tomllib.loads(text)["table"], key=lambda t: t["valid_from"]):
        if table["valid_from"] <= day:
            newest[table["protocol"]] = table
    words: dict[Code, str] = {}
    sets: dict[str, set[Code]] = {name: set() for name in _SETS}
    states: dict[Code, ArmState] = {}
    for protocol, table in newest.items():
        for word, listed in table["codes"].items():
            codes = {(protocol, code) for code in listed.split()}
            if word in sets:
                sets[word] |= codes
            else:
                words |= dict.fromkeys(codes, _known(word))
        states |= {(protocol, said): ArmState(state) for said, state in table.get("states", {}).items()}
    return ArmingTable(words, states, **{name: frozenset(codes) for name, codes in sets.items()})


def _known(word: str) -> str:
    if word not in BY_TURN and word not in {FAILED, LATE}:
        ArmState(word)  # a misspelt word would silently say nothing
    return word


def visible_to(viewer: Viewer) -> QuerySet[SiteClosing]:
    """How the premises this person may see stand to their hours: the only door to them."""
    found = SiteClosing.objects.filter(place_filter(viewer, unit="site__unit", area="site__area"))
    return found.filter(site__closed_at__isnull=True)


def _used() -> QuerySet[Arming]:
    """Partitions of panels that are in use, and the bare sensors of premises that still have some."""
    sensors = bare_panels().filter(site=OuterRef("site"))
    return Arming.objects.filter(Q(panel__retired_at__isnull=True, panel__isnull=False)
                                 | Q(Exists(sensors), panel__isnull=True))  # fmt: skip


def armings(site_id: int) -> QuerySet[Arming]:
    """The partitions of premises that are in use, the bare sensors last."""
    found = _used().filter(site=site_id).select_related("panel", "user")
    return found.order_by("panel", "partition", "id")


def changes(site_id: int, count: int) -> QuerySet[ArmingChange]:
    """What changed last at premises, newest first."""
    found = ArmingChange.objects.filter(site=site_id).select_related("arming__panel", "actor", "signal")
    return found.order_by("-at", "-id")[:count]


def bypasses(site_id: int) -> QuerySet[Bypass]:
    """What is left out now at premises."""
    running = Bypass.objects.filter(site=site_id, ended_at__isnull=True, panel__retired_at__isnull=True)
    return running.select_related("panel", "begun_by", "signal").order_by("begun_at", "id")


def running_bypass(site_id: int, bypass_id: int) -> Bypass | None:
    return bypasses(site_id).filter(id=bypass_id).first()


def lapses(site_id: int) -> QuerySet[Lapse]:
    """What premises do now otherwise than their hours say."""
    return Lapse.objects.filter(site=site_id, ended_at__isnull=True).order_by("due_at")


def has_bare_sensors(site_id: int) -> bool:
    """Whether Canh decides here which sensors ring."""
    return bare_panels().filter(site=site_id).exists()


def bare_sensors(site_id: int) -> SensorBook:
    """The sensors of premises that only Canh arms, as they last said."""
    return of_sites([site_id])


def whole(rows: Iterable[Arming]) -> str:
    """How premises stand as a whole."""
    return state_of_site([row.state for row in rows])


def closing_of(site_id: int) -> SiteClosing | None:
    return SiteClosing.objects.filter(site=site_id).first()


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """How many premises stand in which way."""

    by_standing: dict[str, int]

    @property
    def not_closed(self) -> int:
        return sum(self.by_standing.get(s, 0) for s in NOT_CLOSED)


def board(viewer: Viewer) -> QuerySet[SiteClosing]:
    """Premises by unit and area, with what the board says of them."""
    found = visible_to(viewer).select_related("site__unit", "site__area")
    return found.order_by("site__unit__path", "site__area__name", "site__folded", "site")


def board_counts(viewer: Viewer) -> BoardCounts:
    rows = visible_to(viewer).values("standing").annotate(n=Count("site"))
    return BoardCounts({row["standing"]: row["n"] for row in rows})


def armings_of(site_ids: list[int]) -> dict[int, list[Arming]]:
    """The partitions of several premises."""
    found: dict[int, list[Arming]] = {}
    for row in _used().filter(site__in=site_ids).select_related("user").order_by("id"):
        found.setdefault(row.site_id, []).append(row)
    return found

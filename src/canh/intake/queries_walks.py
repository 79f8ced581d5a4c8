"""Reads of walk tests: what was heard since one began, zone by zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from canh.accounts.queries import Viewer, place_filter
from canh.intake import rules
from canh.intake.models import Signal, WalkTest
from canh.intake.queries import UNDERSTOOD
from canh.intake.terms import Turn
from canh.kit import clock, ids
from canh.sites import queries as sites

if TYPE_CHECKING:
    from canh.sites.models import Zone

MOST_SIGNALS = 2000
EARLIER = timedelta(minutes=10)
"""Ids are made when a signal is copied; one received after the walk began cannot be older than it by this."""


def visible_to(viewer: Viewer) -> QuerySet[WalkTest]:
    """Walks of premises this person may see."""
    return WalkTest.objects.filter(place_filter(viewer, unit="site__unit", area="site__area"))


def running_walk(site_id: int) -> WalkTest | None:
    """The walk that is going on at these premises."""
    return WalkTest.objects.filter(site=site_id, ended_at__isnull=True).select_related("started_by", "site").first()


def signed_walks(viewer: Viewer, site_id: int) -> QuerySet[WalkTest]:
    """The acceptance sheets of premises, newest first."""
    signed = visible_to(viewer).filter(site=site_id, signed_at__isnull=False)
    return signed.select_related("signed_by").order_by("-signed_at")


def proved_by(viewer: Viewer, panel_ids: Iterable[int]) -> QuerySet[WalkTest]:
    """The acceptance sheets on which these panels stand, newest first."""
    signed = visible_to(viewer).filter(ticks__panel__in=list(panel_ids), signed_at__isnull=False).distinct()
    return signed.select_related("signed_by").order_by("-signed_at")


@dataclass(frozen=True, slots=True)
class Heard:
    """A zone and the first signal that proves it."""

    zone: Zone
    account: str
    signal: Signal | None
    wrong: Signal | None = None
    """It spoke, but not as a zone of its use must: a hold-up button that reports a burglary."""


@dataclass(frozen=True, slots=True)
class Progress:
    zones: list[Heard]
    strangers: list[Signal]
    """The first signal of each zone that spoke and is not on the register."""
    last_id: int
    """Of the newest signal looked at: when it stands still, nothing new is to be shown."""

    @property
    def missing(self) -> list[Heard]:
        return [line for line in self.zones if line.signal is None]

    @property
    def done(self) -> int:
        return sum(line.signal is not None for line in self.zones)


def progress(walk: WalkTest) -> Progress:
    """How far a walk is. Three queries, whatever the size of the premises."""
    zones = list(sites.zones_of(walk.site_id).select_related("panel"))
    signals = _signals(walk)
    first: dict[int, Signal] = {}
    wrong: dict[int, Signal] = {}
    strangers: dict[tuple[int | None, str], Signal] = {}
    by_place = {(zone.panel_id, zone.number): zone for zone in zones}
    for signal in signals:
        number = int(signal.zone_number) if signal.zone_number.isdecimal() else 0
        zone = by_place.get((signal.panel_id or 0, number))
        if zone is None:
            strangers.setdefault((signal.panel_id, signal.zone_number), signal)
        elif rules.proves_zone(zone.use, signal.kind):
            first.setdefault(zone.id, signal)
        else:
            wrong.setdefault(zone.id, signal)
    lines = [Heard(z, z.panel.account, first.get(z.id), wrong.get(z.id) if z.id not in first else None) for z in zones]
    return Progress(lines, list(strangers.values()), signals[-1].id if signals else 0)


def _signals(walk: WalkTest) -> list[Signal]:
    """What zones of the premises said since the walk began, oldest first."""
    since = ids.first_of_ms(clock.to_us(walk.started_at - EARLIER) // 1000)
    told = Signal.objects.filter(site=walk.site_id, id__gte=since, received_at__gte=walk.started_at)
    told = told.filter(verdict__in=UNDERSTOOD, turn=Turn.NEW).exclude(zone_number__in=["", "0", "00", "000"])
    return list(told.select_related("panel").order_by("id")[:MOST_SIGNALS])


def proofs(signals: Iterable[Signal]) -> dict[int, bytes]:
    """Signal → the journal's hash of its entry, which stands on the entry's first part."""
    found: dict[int, bytes] = {}
    later = []
    for signal in signals:
        if signal.hash:
            found[signal.id] = bytes(signal.hash)
        else:
            later.append(signal)
    for signal in later:
        first = Signal.objects.filter(gateway=signal.gateway, journal_id=signal.journal_id, part=0)
        found[signal.id] = bytes(first.values_list("hash", flat=True).first() or b"")
    return found

"""Reads of who is on duty."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from canh.accounts.queries import Viewer, place_filter
from canh.guards.models import Duty
from canh.guards.terms import CALL_ORDER, DutyKind

if TYPE_CHECKING:
    from canh.sites.models import Site


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody on duty, and how far from the premises in the tree of units."""

    user_id: int
    kind: DutyKind
    level: int
    """0: at the premises; 1: for their unit; 2: for the unit above it, and so on."""


def visible_to(viewer: Viewer) -> QuerySet[Duty]:
    """Duties at premises and in units this person answers for: the only door to duties."""
    at_site = Q(site__isnull=False) & place_filter(viewer, unit="site__unit", area="site__area")
    of_unit = Q(unit__isnull=False) & place_filter(viewer, unit="unit", area="site__area")
    return Duty.objects.filter(at_site | of_unit, removed_at__isnull=True)


def on_duty(site: Site, at: datetime) -> list[OnDuty]:
    """Who is on duty for these premises at a moment, nearest first. One query."""
    return on_duty_at([site], at)[site.id]


def on_duty_at(sites: Collection[Site], at: datetime) -> dict[int, list[OnDuty]]:
    """The same for many premises; `sites` with their unit. One query, whatever their number."""
    levels = {site.id: levels_of(site) for site in sites}
    units = {unit_id for above in levels.values() for unit_id in above}
    rows = list(
        Duty.objects.filter(Q(site__in=list(levels)) | Q(unit__in=units), user__is_active=True, removed_at__isnull=True)
        .filter(starts_at__lte=at, ends_at__gt=at)
        .order_by("starts_at", "id")
    )
    return {site_id: _of_site(site_id, above, rows) for site_id, above in levels.items()}


def _of_site(site_id: int, above: dict[int, int], rows: list[Duty]) -> list[OnDuty]:
    found = [
        OnDuty(row.user_id, DutyKind(row.kind), above[row.unit_id] if row.unit_id else 0)
        for row in rows
        if row.site_id == site_id or row.unit_id in above
    ]
    return sorted(found, key=lambda d: (d.level, CALL_ORDER.index(d.kind)))


def levels_of(site: Site) -> dict[int, int]:
    """Each unit that answers for these premises -> how far above them: 1 is their own, 2 the one above it."""
    ids = [int(part) for part in site.unit.path.split("/") if part]
    return {unit_id: level for level, unit_id in enumerate(reversed(ids), start=1)}


def running_and_coming(viewer: Viewer, now: datetime) -> QuerySet[Duty]:
    """Duties that are not over, by their begin."""
    found = visible_to(viewer).filter(ends_at__gt=now).select_related("user", "site", "unit", "made_by")
    return found.order_by("starts_at", "user__folded", "id")

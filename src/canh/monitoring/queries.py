"""Reads of monitoring."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer, place_filter, units_now
from canh.alarms.queries_owners import here_now
from canh.monitoring import rules
from canh.monitoring.models import Takeover, Watch, WatchDesk
from canh.monitoring.rules import Hole, Shift
from canh.sites import queries as sites

if TYPE_CHECKING:
    from canh.accounts.models import Unit, User
    from canh.sites.models import Site


def visible_to(viewer: Viewer) -> QuerySet[Watch]:
    """What is said of premises and units this person answers for: the only door to it."""
    at_site = Q(site__isnull=False) & place_filter(viewer, unit="site__unit", area="site__area")
    of_unit = Q(unit__isnull=False) & place_filter(viewer, unit="unit", area="site__area")
    found = Watch.objects.filter(at_site | of_unit, removed_at__isnull=True, desk__retired_at__isnull=True)
    return found.select_related("desk", "reserve", "site", "unit").order_by("desk__name", "id")


def desks(viewer: Viewer) -> QuerySet[WatchDesk]:
    """Desks that stand at premises this person may see, or watch what they answer for."""
    stands = place_filter(viewer, unit="site__unit", area="site__area")
    mine = visible_to(viewer)
    found = WatchDesk.objects.filter(stands | Q(watches__in=mine), retired_at__isnull=True).distinct()
    return found.select_related("site").prefetch_related("people").order_by("name", "id")


def desk_ids_of(user: User) -> set[int]:
    """Desks at which this person may sit."""
    return set(WatchDesk.objects.filter(people=user, retired_at__isnull=True).values_list("id", flat=True))


def manned(now: datetime) -> set[int]:
    """Desks at which somebody sits: one of their people has a desk page open."""
    here = here_now(now)
    if not here:
        return set()
    at_desk = WatchDesk.objects.filter(people__in=here, people__is_active=True, retired_at__isnull=True)
    return set(at_desk.values_list("id", flat=True))


class Plan:
    """All that is said of who watches, read once; small next to the register it speaks of."""

    def __init__(self, watches: Iterable[Watch] | None = None) -> None:
        live = Watch.objects.filter(removed_at__isnull=True, desk__retired_at__isnull=True).order_by("id")
        self.watches = list(live.select_related("site__unit", "unit") if watches is None else watches)
        retired = WatchDesk.objects.filter(retired_at__isnull=False)
        self._retired = set(retired.values_list("id", flat=True)) if self.watches else set()
        self._of_site: dict[int, list[Watch]] = {}
        self._of_unit: dict[int, list[Watch]] = {}
        for watch in self.watches:
            if watch.site_id:
                self._of_site.setdefault(watch.site_id, []).append(watch)
            elif watch.unit_id:
                self._of_unit.setdefault(watch.unit_id, []).append(watch)

    def levels(self, site_id: int | None, unit_path: str) -> list[list[Watch]]:
        """What is said of premises, then of their unit, then of the unit above it …"""
        above = [int(part) for part in reversed(unit_path.split("/")) if part]
        found = [self._of_site.get(site_id or 0, []), *(self._of_unit.get(unit, []) for unit in above)]
        return [level for level in found if level]

    def shift(self, watch: Watch) -> Shift:
        reserve = watch.reserve_id if watch.reserve_id not in self._retired else None
        return Shift(watch.id, watch.desk_id, reserve, frozenset(map(int, watch.weekdays)), watch.opens, watch.closes)

    def shifts(self, site_id: int | None, unit_path: str) -> list[list[Shift]]:
        return [[self.shift(watch) for watch in level] for level in self.levels(site_id, unit_path)]

    @cached_property
    def own_sites(self) -> set[int]:
        """Premises of which something is said by themselves."""
        return set(self._of_site)


@dataclass(frozen=True, slots=True)
class Watching:
    """Which desk watches premises now."""

    desk: int | None
    """None: a desk is named, and nobody sits at any that could watch."""
    meant: int
    """Whose work it is at this hour."""
    since: datetime | None
    """Since when another desk, or nobody, watches instead."""


def watching(places: Collection[Site], now: datetime) -> dict[int, Watching]:
    """Premises -> who watches them; those of which no desk is named are missing. `places` with their unit. Three
    queries, whatever their number."""
    plan, local = Plan(), timezone.localtime(now)
    instead = {t.watch_id: t for t in Takeover.objects.filter(ended_at__isnull=True)} if plan.watches else {}
    found = {}
    for site in places:
        if (watch := _first_on(plan, site, local)) is not None:
            other = instead.get(watch.id)
            found[site.id] = Watching(other.to_id if other else watch.desk_id, watch.desk_id,
                                      other.began_at if other else None)  # fmt: skip
    return found


def _first_on(plan: Plan, site: Site, local: datetime) -> Watch | None:
    levels = plan.levels(site.id, site.unit.path)
    return next((watch for level in levels for watch in level if plan.shift(watch).is_on(local)), None)


def theirs(site_ids: Collection[int], desk_ids: Collection[int], now: datetime) -> set[int]:
    """Those of these premises that another desk than these watches now: somebody sits there and looks after them. What
    nobody watches, or no desk is named for, is everybody's."""
    if not site_ids or not desk_ids:
        return set()
    places = list(sites.open_sites().filter(id__in=site_ids))
    return {site for site, found in watching(places, now).items() if found.desk and found.desk not in desk_ids}


def takeovers(viewer: Viewer) -> QuerySet[Takeover]:
    """The last ones first, of what this person answers for."""
    found = Takeover.objects.filter(watch__in=visible_to(viewer))
    return found.select_related("watch__desk", "watch__site", "watch__unit", "to").order_by("-began_at", "-id")


def running_for(user: User) -> QuerySet[Takeover]:
    """What this person's desks watch instead of others now."""
    found = Takeover.objects.filter(ended_at__isnull=True, to__people=user).distinct()
    return found.select_related("watch__desk", "watch__site", "watch__unit", "to").order_by("began_at", "id")


def names_of(desk_ids: Iterable[int]) -> dict[int, WatchDesk]:
    return WatchDesk.objects.in_bulk(list(desk_ids))


# ── Gaps ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Unwatched:
    """Premises for which no desk is named at some hours of the week."""

    unit: Unit
    site: Site | None
    """None: all premises of the unit of which nothing is said by themselves."""
    sites: int
    holes: tuple[Hole, ...]

    @property
    def is_always(self) -> bool:
        return len(self.holes) == 7 and all(h.opens == h.closes for h in self.holes)


def unwatched(viewer: Viewer) -> list[Unwatched]:
    """Premises that no desk watches at some hour of the week, by unit: found anew each time, so that nobody has to
    write down that a gap came or went."""
    plan = Plan()
    working = sites.visible_to(viewer).filter(closed_at__isnull=True)
    alone = {s.id: s for s in working.filter(id__in=plan.own_sites).select_related("unit")}
    counts = dict(working.exclude(id__in=plan.own_sites).values_list("unit").annotate(n=Count("id")).order_by("unit"))
    units: Mapping[int, Unit] = units_now().in_bulk(list(counts))
    found = [Unwatched(unit, None, counts[unit.id], _holes(plan, None, unit.path)) for unit in units.values()]
    found += [Unwatched(s.unit, s, 1, _holes(plan, s.id, s.unit.path)) for s in alone.values()]
    return sorted((one for one in found if one.holes), key=lambda one: (-one.sites, one.unit.path))


def _holes(plan: Plan, site_id: int | None, unit_path: str) -> tuple[Hole, ...]:
    return rules.holes(shift for level in plan.shifts(site_id, unit_path) for shift in level)


def blind_people(desk: WatchDesk, now: datetime) -> list[User]:
    """People of a desk who cannot see some of the premises it watches: their role does not reach that far."""
    grounds = Watch.objects.filter(Q(desk=desk) | Q(reserve=desk), removed_at__isnull=True)
    wanted = [w.site.unit.path if w.site else w.unit.path if w.unit else "" for w in
              grounds.select_related("site__unit", "unit")]  # fmt: skip
    return [person for person in desk.people.all() if not _sees_all(accounts.viewer(person, now), wanted)]


def _sees_all(viewer: Viewer, unit_paths: Collection[str]) -> bool:
    return viewer.sees_all or all(any(p.startswith(own) for own in viewer.unit_paths) for p in unit_paths)

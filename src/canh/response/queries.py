"""Reads of ladders, climbs and notices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from canh.accounts.queries import Viewer, holders_in, place_filter
from canh.accounts.terms import Role
from canh.alarms.queries_waiting import waiting
from canh.alarms.terms import Fold, State
from canh.guards.queries import levels_of, on_duty_at
from canh.kit.dated import table_of
from canh.response import models, rules
from canh.response.terms import UNDER_WAY, DispatchState, NoticeState, Purpose, Target

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.alarms.models import Alarm
    from canh.sites.models import Site

ROLES = {
    Target.SITE_MANAGER: Role.SITE_MANAGER, Target.SECURITY_HEAD: Role.SECURITY_HEAD,
    Target.UNIT_HEAD: Role.UNIT_HEAD, Target.OPERATOR: Role.OPERATOR,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at a time."""

    batch: int
    at_once: int
    lost_s: int
    titles: int


@cache
def limits(day: date) -> Limits:
    return Limits(**_table(day)["limits"])


@cache
def built_in(day: date) -> dict[int, rules.Ladder]:
    """Priority -> the ladder that holds where no unit wrote one. A priority without one: the desk alone is told."""
    return {
        int(priority): rules.Ladder(rules.rungs_of(data["rungs"]), data["rounds"], data["again_s"])
        for priority, data in _table(day)["priority"].items()
    }


def _table(day: date) -> dict[str, Any]:
    return table_of("response", "ladders.toml", day)


def visible_to(viewer: Viewer) -> QuerySet[models.Ladder]:
    """Ladders of premises and units this person answers for: the only door to ladders."""
    at_site = Q(site__isnull=False) & place_filter(viewer, unit="site__unit", area="site__area")
    of_unit = Q(unit__isnull=False) & place_filter(viewer, unit="unit", area="site__area")
    found = models.Ladder.objects.filter(at_site | of_unit).select_related("site", "unit", "changed_by")
    return found.order_by("priority", "unit__path", "site__folded")


def ladders_for(alarms: Collection[Alarm], day: date) -> dict[int, rules.Ladder]:
    """Alarm -> its ladder: the one of its premises, else of the nearest unit, else the built-in one. `alarms` with
    site and unit. One query."""
    levels = {alarm.site_id: levels_of(alarm.site) for alarm in alarms}
    units = {unit_id for above in levels.values() for unit_id in above}
    own = {(("site", r.site_id) if r.site_id else ("unit", r.unit_id), r.priority): r
           for r in models.Ladder.objects.filter(Q(site__in=list(levels)) | Q(unit__in=units))}  # fmt: skip
    return {alarm.id: _nearest(alarm, levels[alarm.site_id], own, day) for alarm in alarms}


def _nearest(alarm: Alarm, above: dict[int, int], own: dict[Any, models.Ladder], day: date) -> rules.Ladder:
    for place in [("site", alarm.site_id), *(("unit", unit_id) for unit_id in above)]:
        if row := own.get((place, alarm.priority)):
            return ladder_of(row)
    return built_in(day).get(alarm.priority, rules.Ladder(()))


def ladder_at(site: Site, priority: int, day: date) -> rules.Ladder:
    """The ladder that holds at these premises; `site` with its unit. One query."""
    above = levels_of(site)
    rows = models.Ladder.objects.filter(Q(site=site) | Q(unit__in=above), priority=priority)
    nearest = min(rows, key=lambda row: above[row.unit_id] if row.unit_id else 0, default=None)
    return ladder_of(nearest) if nearest else built_in(day).get(priority, rules.Ladder(()))


def ladder_of(row: models.Ladder | models.Climb) -> rules.Ladder:
    return rules.Ladder(rules.rungs_of(row.rungs), row.rounds, row.again_s)


def priorities_with_ladder(day: date) -> set[int]:
    return {*built_in(day), *models.Ladder.objects.values_list("priority", flat=True).distinct()}


def people_of(sites: Collection[Site], at: datetime) -> dict[int, rules.People]:
    """Who could be called about each of these sites now; `sites` with their unit. Two queries."""
    levels = {site.id: levels_of(site) for site in sites}
    units = {unit_id for above in levels.values() for unit_id in above}
    holders = holders_in(units, set(ROLES.values()), at)
    on_duty = on_duty_at(sites, at)
    return {
        site_id: rules.People(
            on_duty=[rules.Near(d.user_id, d.level) for d in on_duty[site_id]],
            by_role={target: sorted((rules.Near(h.user_id, above[h.unit_id]) for h in holders
                                     if h.role == role and h.unit_id in above), key=lambda near: near.level)
                     for target, role in ROLES.items()},
        )
        for site_id, above in levels.items()
    }  # fmt: skip


# -- climbs


def to_begin(day: date, limit: int) -> list[Alarm]:
    """Alarms that wait and are on no ladder yet."""
    running = models.Climb.objects.filter(alarm=OuterRef("pk"), ended_at__isnull=True)
    return list(waiting(priorities_with_ladder(day)).filter(~Exists(running))[:limit])


def to_end(limit: int) -> list[models.Climb]:
    """Climbs whose alarm waits no longer."""
    still = Q(alarm__state=State.UNACKNOWLEDGED, alarm__fold=Fold.NONE)
    running = models.Climb.objects.filter(ended_at__isnull=True).exclude(still)
    return list(running.select_related("alarm").order_by("id")[:limit])


def due(now: datetime, limit: int) -> QuerySet[models.Climb]:
    """Climbs whose next rung is to be climbed, the longest overdue first."""
    found = models.Climb.objects.filter(ended_at__isnull=True, next_at__lte=now)
    return found.select_related("alarm__site__unit").order_by("next_at", "id")[:limit]


def climbed_before(alarm_ids: Collection[int]) -> set[int]:
    return set(models.Climb.objects.filter(alarm__in=alarm_ids).values_list("alarm_id", flat=True))


def told_in_round(climbs: Collection[models.Climb]) -> dict[int, set[int]]:
    """Climb -> who was called in the round it is in. One query."""
    found: dict[int, set[int]] = {climb.id: set() for climb in climbs}
    rounds = {climb.id: climb.round for climb in climbs}
    rows = models.Notice.objects.filter(climb__in=list(found), user__isnull=False, purpose=Purpose.CALL)
    for climb_id, number, user_id in rows.values_list("climb_id", "round", "user_id"):
        if climb_id is not None and user_id is not None and rounds[climb_id] == number:
            found[climb_id].add(user_id)
    return found


def climb_of(alarm_id: int) -> models.Climb | None:
    """The newest climb of an alarm: the running one, or how the last one ended."""
    return models.Climb.objects.filter(alarm=alarm_id).order_by("-id").first()


def notices_of(alarm_id: int) -> list[models.Notice]:
    """All that was sent about an alarm, in order; also that its siren was switched off, or could not be."""
    found = models.Notice.objects.filter(alarm=alarm_id).select_related("user")
    return list(found.order_by("made_at", "climb_id", "round", "rung", "id"))


# -- notices


def to_send(now: datetime, limit: int, busy: Collection[str] = ()) -> list[models.Notice]:
    """What is to be sent now, with all its message tells; the most urgent first. `busy`: channels to leave out."""
    found = models.Notice.objects.filter(state=NoticeState.WAITING, next_at__lte=now).exclude(kind__in=list(busy))
    found = found.select_related("alarm__site__area", "dispatch", "user")
    return list(found.order_by("alarm__priority", "next_at", "id")[:limit])


def lost(before: datetime) -> list[models.Notice]:
    """Under way for too long: who sent them is gone."""
    found = models.Notice.objects.filter(state=NoticeState.SENDING, claimed_at__lte=before)
    return list(found.select_related("climb", "dispatch", "user").order_by("id"))


# -- dispatch and stand-down


def dispatches_of(alarm_id: int) -> list[models.Dispatch]:
    """Who was sent to the spot, in order."""
    found = models.Dispatch.objects.filter(alarm=alarm_id).select_related("user", "made_by")
    return list(found.order_by("id"))


def orders_of(user: User) -> QuerySet[models.Dispatch]:
    """Where this person was sent, the newest first: nobody else's."""
    found = models.Dispatch.objects.filter(user=user).select_related("alarm__site__area", "made_by")
    return found.order_by("-id")


def left_over(limit: int) -> list[models.Dispatch]:
    """People under way for an alarm that is closed."""
    found = models.Dispatch.objects.filter(ended_at__isnull=True, alarm__state=State.CLOSED)
    return list(found.select_related("user").order_by("id")[:limit])


def called_of(alarm_id: int) -> set[int]:
    """Who was called about an alarm, or perhaps was."""
    told = [NoticeState.SENT, NoticeState.SENDING, NoticeState.UNCERTAIN]
    found = models.Notice.objects.filter(alarm=alarm_id, purpose=Purpose.CALL, state__in=told, user__isnull=False)
    return {user_id for user_id in found.values_list("user_id", flat=True) if user_id}


def stood_down_of(alarm_id: int) -> set[int]:
    """Who was told of an alarm that it is over."""
    found = models.Notice.objects.filter(alarm=alarm_id, purpose=Purpose.STAND_DOWN, user__isnull=False)
    return {user_id for user_id in found.values_list("user_id", flat=True) if user_id}


def at_hand(site: Site, at: datetime) -> dict[int, bool]:
    """Who could be sent to these premises now -> whether they are on duty: those first, then guards, managers and heads
    of security of its units, the nearest first. `site` with its unit. Two queries."""
    above = levels_of(site)
    found = {d.user_id: True for d in on_duty_at([site], at)[site.id]}
    holders = holders_in(above, (Role.GUARD, Role.SITE_MANAGER, Role.SECURITY_HEAD), at)
    for holder in sorted(holders, key=lambda h: above[h.unit_id]):
        found.setdefault(holder.user_id, False)
    return found


def dispatched_in(panel_id: int) -> tuple[datetime | None, datetime | None]:
    """Of an exercise: when somebody was first sent, and when the first was there."""
    rows = models.Dispatch.objects.filter(alarm__panel=panel_id)
    told = rows.aggregate(sent=Min("made_at"), arrived=Min("arrived_at"))
    return told["sent"], told["arrived"]


def is_under_way(dispatch: models.Dispatch) -> bool:
    return DispatchState(dispatch.state) in UNDER_WAY

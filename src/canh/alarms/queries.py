"""Reads of alarms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Case, Count, Max, Min, Q, QuerySet, When

from canh.accounts.queries import Viewer, place_filter
from canh.accounts.terms import Role
from canh.alarms.models import Alarm, Pulse, Storm, Tally
from canh.alarms.rules import FloodTable, PriorityTable
from canh.alarms.terms import EventKind, Fold, State
from canh.audit import queries as audit
from canh.intake import codes
from canh.intake.terms import ABOUT_CANH, NEVER_HELD_BACK, Kind
from canh.kit.dated import table_of
from canh.sites.terms import SiteKind

if TYPE_CHECKING:
    from canh.intake.models import Signal


def visible_to(viewer: Viewer) -> QuerySet[Alarm]:
    """Alarms of premises this person may see: the only door to alarms. That Canh itself does not hear is for
    everybody who works a desk, wherever the gateway stands in the register."""
    seen = place_filter(viewer, unit="site__unit", area="site__area")
    if seen and may_act(viewer):
        seen |= Q(protocol=codes.OWN, code__in=ABOUT_CANH)
    return Alarm.objects.filter(seen)


def may_act(viewer: Viewer) -> bool:
    """Whether this person may acknowledge, close, note; others only look."""
    return viewer.has(Role.OPERATOR, Role.SECURITY_HEAD)


def open_alarms(viewer: Viewer) -> QuerySet[Alarm]:
    """What waits, as rows of the desk: hold-up, duress, panic and fire first, then by urgency, then the oldest."""
    return (
        standing_alone(viewer)
        .select_related("site", "site__area", "acknowledged_by")
        .order_by(_NEVER_HELD_BACK_FIRST, "priority", "received_at", "id")
    )


_NEVER_HELD_BACK_FIRST = Case(When(kind__in=sorted(NEVER_HELD_BACK), then=0), default=1)


def standing_alone(viewer: Viewer) -> QuerySet[Alarm]:
    """Open alarms that are not part of another entry and not on the shelf."""
    return visible_to(viewer).exclude(state=State.CLOSED).exclude(state=State.SHELVED).filter(fold=Fold.NONE)


def shelved_alarms(viewer: Viewer) -> QuerySet[Alarm]:
    """What waits on the shelf, the first to come back first."""
    found = visible_to(viewer).filter(state=State.SHELVED).order_by("shelved_until", "id")
    return found.select_related("site", "site__area", "shelved_by")


@cache
def shelf_limits(day: date) -> dict[int, timedelta]:
    """Priority -> how long an alarm may be shelved at most."""
    limits = table_of("alarms", "shelving.toml", day)["longest_s"]
    return {int(priority): timedelta(seconds=seconds) for priority, seconds in limits.items()}


def storm_alarms(viewer: Viewer) -> QuerySet[Alarm]:
    """Open alarms that stand in the one entry of a storm."""
    return visible_to(viewer).exclude(state=State.CLOSED).filter(fold=Fold.STORM)


@dataclass(frozen=True, slots=True)
class StormFigures:
    """The entry of a storm, for one viewer."""

    alarms: int
    sites: int
    waiting: int
    returned: int
    priority: int
    began_at: datetime
    last_at: datetime


def storm_figures(viewer: Viewer) -> StormFigures | None:
    """None: no alarm of a storm is open that this person may see."""
    told = storm_alarms(viewer).aggregate(
        alarms=Count("id"), sites=Count("site", distinct=True),
        waiting=Count("id", filter=Q(state=State.UNACKNOWLEDGED)), returned=Count("returned_at"),
        priority=Min("priority"), began_at=Min("received_at"), last_at=Max("last_at"),
    )  # fmt: skip
    return StormFigures(**told) if told["alarms"] else None


def parts_of(alarm: Alarm) -> QuerySet[Alarm]:
    """The alarms of single paths that stand in the entry of this cut-off."""
    if alarm.code != "cut_off" or alarm.protocol != codes.OWN:
        return Alarm.objects.none()
    return Alarm.objects.filter(panel=alarm.panel_id, fold=Fold.CUT_OFF).exclude(state=State.CLOSED).order_by("id")


def changed_after(viewer: Viewer, revision: int) -> QuerySet[Alarm]:
    return visible_to(viewer).filter(revision__gt=revision)


def open_counts(viewer: Viewer) -> dict[int, int]:
    """Unacknowledged alarms by priority."""
    rows = standing_alone(viewer).filter(state=State.UNACKNOWLEDGED).values("priority").annotate(n=Count("id"))
    return {row["priority"]: row["n"] for row in rows}


def open_by_site(viewer: Viewer) -> dict[int, int]:
    """Site id -> most urgent priority of its open alarms, for the map. A storm is not painted: ten thousand marks
    would hide the one that matters, and be sent anew with each change."""
    rows = standing_alone(viewer).order_by("-priority").values_list("site_id", "priority")
    return dict(rows)  # the last of a site wins; grouped by the database, it would walk through every alarm ever raised


def pulse() -> int:
    """Grows with every committed change of any alarm."""
    return Pulse.objects.values_list("number", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line of what happened, in order."""

    at: datetime
    kind: EventKind
    actor: str = ""
    signal: Signal | None = None
    note: str = ""
    actor_id: int | None = None
    reason: str = ""
    until_at: datetime | None = None


def timeline(alarm: Alarm) -> list[TimelineLine]:
    """Everything that happened to an alarm: what its first signal tells, then its events."""
    first = alarm.first_signal
    lines = [
        TimelineLine(first.received_at, EventKind.RECEIVED, signal=first),
        TimelineLine(first.written_at, EventKind.STORED, signal=first),
    ]
    if alarm.shown_at:
        lines.append(TimelineLine(alarm.shown_at, EventKind.SHOWN))
    lines += [
        TimelineLine(e.at, EventKind(e.kind), str(e.actor or ""), e.signal, e.note, e.actor_id, e.reason, e.until_at)
        for e in alarm.events.select_related("actor", "signal").order_by("at", "id")
    ]
    return sorted(lines, key=lambda line: line.at)


def of_site(viewer: Viewer, site_id: int) -> QuerySet[Alarm]:
    return visible_to(viewer).filter(site=site_id).order_by("-id")


def for_scripts(*, only_open: bool) -> QuerySet[Alarm]:
    found = Alarm.objects.select_related("site", "panel", "acknowledged_by", "closed_by").order_by("id")
    return found.exclude(state=State.CLOSED) if only_open else found


def open_drill_count() -> int:
    """Open alarms of the demonstration: the drill waits while there are many."""
    return Alarm.objects.filter(is_drill=True).exclude(state=State.CLOSED).count()


def open_by_key(keys: Collection[str], cut_off: Collection[int] = ()) -> dict[str, Alarm]:
    """Open alarms of these conditions, and those of single paths of the panels `cut_off`."""
    wanted = Q(key__in=keys)
    if cut_off:
        wanted |= Q(panel__in=cut_off, protocol=codes.OWN, code="path_lost")
    found = Alarm.objects.filter(wanted).exclude(state=State.CLOSED)
    return {a.key: a for a in found.select_for_update()}  # nobody may close one between reading and writing


@cache
def floods(day: date) -> FloodTable:
    """What counts as too many on a day."""
    table = table_of("alarms", "floods.toml", day)
    return FloodTable(
        runaway_signals=table["runaway_signals"],
        runaway_gap=timedelta(seconds=table["runaway_gap_s"]),
        storm_panels=table["storm_panels"],
        storm_window=timedelta(seconds=table["storm_window_s"]),
        storm_pause=timedelta(seconds=table["storm_pause_s"]),
        storm_kinds=frozenset(map(Kind, table["storm_kinds"])),
        storm_alone_sites=frozenset(map(SiteKind, table["storm_alone_sites"])),
    )


def running_storm() -> Storm | None:
    return Storm.objects.filter(ended_at__isnull=True).order_by("id").first()


def tallies(panel_ids: Collection[int]) -> dict[int, Tally]:
    return {tally.panel_id: tally for tally in Tally.objects.filter(panel__in=panel_ids)}


@cache
def priorities(day: date) -> PriorityTable:
    """The priority table that holds on a day."""
    table = table_of("alarms", "priorities.toml", day)
    for kind in table["kinds"]:
        Kind(kind)  # a misspelt kind would silently raise no alarm
    return PriorityTable(table["kinds"], table["zone_uses"], table["conditions"])


def first_untold() -> int | None:
    """The id of the first alarm that is gone although its raising was sealed, or that no longer says
    where its first signal came from."""
    raised = audit.subjects_of("alarm.raise")
    known = set()
    alarms = Alarm.objects.select_related("first_signal").order_by("id")
    for alarm in alarms.iterator(chunk_size=2000):
        known.add(alarm.id)
        first = alarm.first_signal
        if (alarm.site_id, alarm.panel_id, alarm.code) != (first.site_id, first.panel_id, first.code):
            return alarm.id
    gone = sorted(raised - known)
    return gone[0] if gone else None

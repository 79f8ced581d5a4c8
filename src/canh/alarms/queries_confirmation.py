"""What is known of an alarm as evidence for confirmation, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from canh.alarms import confirmation
from canh.alarms.confirmation import Evidence, Finding, Sight, Sort, Table
from canh.alarms.models import Alarm
from canh.alarms.terms import SIGHTS, CloseReason
from canh.intake import queries as intake
from canh.intake.terms import NOT_GUARDED, HeldBack, Kind, Turn, Verdict
from canh.kit import clock
from canh.kit.dated import table_of
from canh.sites.terms import Door, ZoneUse

if TYPE_CHECKING:
    from canh.intake.models import Signal

SCORED = frozenset({Kind.INTRUSION, Kind.TAMPER, Kind.HOLD_UP, Kind.DURESS, Kind.PANIC})
"""AVS-01 scores what people do. Fire, gas and medical calls need no proof that somebody is there."""
MOST = 200
"""Signals looked at; a site that says more within an hour is in a flood."""
_UNEXPLAINED = (CloseReason.REAL, CloseReason.OTHER)
_PROVEN = frozenset({Verdict.ACCEPTED, Verdict.BAD_TIME})
_SORTS = {
    Kind.INTRUSION: Sort.DETECTOR, Kind.TAMPER: Sort.TAMPER, Kind.PATH: Sort.PATH,
    Kind.HOLD_UP: Sort.HOLD_UP, Kind.DURESS: Sort.HOLD_UP, Kind.PANIC: Sort.HOLD_UP,
}  # fmt: skip


@cache
def confirmation_table(day: date) -> Table:
    """The parameters that hold on a day."""
    table = table_of("alarms", "confirmation.toml", day)
    return Table(
        sequential_window=timedelta(seconds=table["sequential_window_s"]),
        path_window=timedelta(seconds=table["path_window_s"]),
        hold_up_gap=timedelta(seconds=table["hold_up_gap_s"]),
        hold_up_window=timedelta(seconds=table["hold_up_window_s"]),
        hold_up_tamper=timedelta(seconds=table["hold_up_tamper_s"]),
        warning_grades=frozenset(table["warning_grades"]),
        panel_codes=table["panel_codes"],
        citation=table["citation"],
        is_confirmed=table["confirmed"],
    )


def finding(alarm: Alarm, at: datetime | None = None) -> Finding | None:
    """How sure an alarm is at a moment (now, or when it was closed); None: this kind has no level."""
    if alarm.kind not in SCORED:
        return None
    moment = at or alarm.closed_at or clock.now()
    return confirmation.assess(evidence(alarm, moment), moment, confirmation_table(alarm.received_at.date()))


def evidence(alarm: Alarm, until: datetime) -> list[Evidence]:
    """Every observation at the premises from one window before the alarm on, oldest first; at most MOST."""
    table = confirmation_table(alarm.received_at.date())
    since = alarm.received_at - max(table.sequential_window, table.path_window)
    found = intake.of_site_between(alarm.site_id, since, until, _SORTS, SIGHTS, MOST, is_drill=alarm.is_drill)
    closed = _closed_otherwise(alarm, since, until)
    pieces = [piece for signal in found if (piece := piece_of(signal, table))]
    return [replace(e, is_explained=e.at <= closed[e.source]) if e.source in closed else e for e in pieces]


def _closed_otherwise(alarm: Alarm, since: datetime, until: datetime) -> dict[str, datetime]:
    """Detectors and buttons whose alarm a person closed as explained: until when they are."""
    others = Alarm.objects.filter(site=alarm.site_id, closed_at__range=(since, until)).exclude(id=alarm.id)
    rows = others.exclude(close_reason__in=_UNEXPLAINED).order_by("closed_at")
    found = rows.values_list("panel", "zone_number", "closed_at")
    return {f"{panel}:{zone}": at for panel, zone, at in found if zone and at}


def piece_of(signal: Signal, table: Table) -> Evidence | None:
    """One signal as evidence; None: it says nothing about it."""
    if signal.door == Door.OWN and signal.code in SIGHTS:
        whence, sees = Sort(SIGHTS[signal.code]), Sight(signal.extra["sees"])
        return Evidence(id=str(signal.id), at=signal.occurred_at, sort=whence, sees=sees)
    sort = _SORTS.get(Kind(signal.kind))
    is_news = signal.turn == Turn.NEW and signal.repeat_of_id is None
    if sort is None or not is_news or signal.held_back in NOT_GUARDED:
        return None
    about = table.panel_codes.get(signal.code, "")
    if about and about == signal.kind:
        sort = Sort.PANEL
    use = signal.zone.use if signal.zone else ""
    if sort == Sort.DETECTOR and use == ZoneUse.HOLD_UP:
        sort = Sort.HOLD_UP  # a button that somebody wired as a plain burglary zone is still a button
    return Evidence(
        id=str(signal.id), at=signal.occurred_at, sort=sort, about=about if sort == Sort.PANEL else "",
        source=f"{signal.panel_id}:{signal.zone_number}" if signal.zone_number else "",
        name=signal.zone.name if signal.zone else signal.zone_number,
        is_entry=use == ZoneUse.ENTRY, is_outside=use == ZoneUse.OUTDOOR, is_proven=signal.verdict in _PROVEN,
        is_on_test=signal.held_back == HeldBack.ON_TEST,
    )  # fmt: skip

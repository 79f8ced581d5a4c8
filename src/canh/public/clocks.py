"""By when what must be done about a report of a crime. Pure: a report and the moment in, its clocks out.

The limits are dated data (`data/clocks.toml`), each with its source. How they are counted:

- hours run through nights and holidays;
- days and working days begin on the day after the event; a limit ends with its last day;
- months end on the day of the same number, or on the last day of a shorter month, and a last day that is off work
  moves to the next working day (Code of criminal procedure 2015, art. 134);
- of an event of which only the day is known, hours are counted from its first minute, and what was done that day counts
  as done in its last: nothing is told in time that may have been late.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from canh.kit.workdays import DAY, Calendar, Off, Worked

Moment = datetime | date
"""When something happened: a datetime with its zone, or the day alone."""

EVENTS = (
    "received", "triaged", "handed_over", "accepted", "acceptance_told", "extension_asked", "extended", "suspended",
    "suspension_told", "resumed", "concluded", "result_told",
)  # fmt: skip
"""What can happen to a report, in the usual order."""
RECEIVERS = ("ward", "station", "agency", "remote_commune", "police")
"""Who received it; `police` is the investigating body itself, which hands nothing over."""
SETTLING = ("settle", "settle_complex", "settle_extended", "settle_resumed")
"""Only one of these runs; each later one takes the place of those before it."""


class ClockState(StrEnum):
    RUNNING = "running"
    OVERDUE = "overdue"
    IN_TIME = "in_time"
    LATE = "late"
    """Done, but after its end."""
    SUSPENDED = "suspended"


class BadReport(ValueError):
    """The events make no sense; `args[0]` is a code, `args[1]` what it is about."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One version of one limit."""

    id: str
    valid_from: date
    valid_to: date | None
    start: str
    done: str
    hours: int
    workdays: int
    days: int
    months: int
    rolls: bool
    only: Mapping[str, Any]
    owner: str
    name: str
    english: str
    citation: str
    is_confirmed: bool

    def holds(self, report: Report, day: date) -> bool:
        """Whether it applies to a report that was received on this day."""
        if not (self.valid_from <= day and (self.valid_to is None or day < self.valid_to)):
            return False
        if self.only.get("danger", report.is_danger) != report.is_danger:
            return False
        return report.received_by in self.only.get("received_by", [report.received_by])


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a report: when each event happened, who received it, and of what kind it is."""

    events: Mapping[str, Moment]
    received_by: str = "ward"
    is_danger: bool = False
    is_complex: bool = False
    """It needs checking in many places; asked for by the investigating body."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit of one report."""

    limit: Limit
    started: Moment
    due_at: datetime
    """The first moment that is too late."""
    last_day: date | None
    """Of a limit in days: the last day on which it is in time."""
    state: ClockState
    done: Moment | None = None
    unconfirmed: tuple[date, ...] = field(default=())
    """Days by which its end could move: days off, or worked days of a weekend, that are announced but not confirmed.
    They were counted as if they had not been announced."""


def clocks_of(report: Report, limits: Iterable[Limit], days: Calendar, now: datetime, zone: tzinfo) -> list[Clock]:
    """Every clock that has begun, by its end. Raises BadReport."""
    _check(report, now, zone)
    received = _day(report.events["received"], zone)
    events = _with_implied(report)
    left_out = _left_out(report)
    clocks = [
        _clock(limit, events, days, now, zone)
        for limit in limits
        if limit.start in events and limit.holds(report, received) and limit.id not in left_out
    ]
    return sorted(clocks, key=lambda clock: (clock.due_at, clock.limit.id))


def _check(report: Report, now: datetime, zone: tzinfo) -> None:
    _check_words(report)
    for name, first in (("resumed", "suspended"), ("suspension_told", "suspended"), ("result_told", "concluded")):
        if name in report.events:
            _check_order(report.events, name, first, zone)
    for name, moment in report.events.items():
        if _first(moment, zone) > now:
            raise BadReport("future", name)
        if _end(moment, zone) < _first(report.events["received"], zone):
            raise BadReport("before_receipt", name)


def _check_words(report: Report) -> None:
    unknown = [name for name in report.events if name not in EVENTS]
    if unknown:
        raise BadReport("event", unknown[0])
    if "received" not in report.events:
        raise BadReport("no_receipt", "received")
    if report.received_by not in RECEIVERS:
        raise BadReport("receiver", report.received_by)


def _check_order(events: Mapping[str, Moment], name: str, first: str, zone: tzinfo) -> None:
    """That what comes first is there, and not later."""
    if first not in events:
        raise BadReport("needs", f"{name}, {first}")
    if _end(events[name], zone) < _first(events[first], zone):
        raise BadReport("order", f"{first}, {name}")


def _with_implied(report: Report) -> dict[str, Moment]:
    """What is handed over was looked at. The investigating body accepts what it receives; else the hand-over counts."""
    events = dict(report.events)
    if "handed_over" in events:
        events.setdefault("triaged", events["handed_over"])
    first = "received" if report.received_by == "police" else "handed_over"
    if first in events:
        events.setdefault("accepted", events[first])
    return events


def _left_out(report: Report) -> set[str]:
    """The limits that do not run: of those for settling all but one; and the request for an extension, unless it was
    made or may still be needed."""
    is_complex = report.is_complex or "extended" in report.events
    is_past = not report.events.keys().isdisjoint({"extended", "suspended", "concluded"})
    left_out = set(SETTLING) - {_settling(report)}
    if not is_complex or (is_past and "extension_asked" not in report.events):
        left_out.add("extension_request")
    return left_out


def _settling(report: Report) -> str:
    """Which of the limits for settling runs."""
    if "resumed" in report.events:
        return "settle_resumed"
    if "extended" in report.events:
        return "settle_extended"
    return "settle_complex" if report.is_complex else "settle"


def _clock(limit: Limit, events: Mapping[str, Moment], days: Calendar, now: datetime, zone: tzinfo) -> Clock:
    started, done = events[limit.start], events.get(limit.done)
    last_day, doubtful = None, set[date]()
    due_at = _first(started, zone) + timedelta(hours=limit.hours)
    if not limit.hours:
        last_day, doubtful = _last_day(limit, _day(started, zone), days)
        due_at = _midnight(last_day + DAY, zone)
    state = _state(due_at, done, now, zone)
    if limit.id in SETTLING and "suspended" in events and "resumed" not in events and done is None:
        state = ClockState.SUSPENDED
    return Clock(limit, started, due_at, last_day, state, done, tuple(sorted(doubtful)))


def _last_day(limit: Limit, start: date, days: Calendar) -> tuple[date, set[date]]:
    """The last day in time, and the days by which it could move."""
    if limit.workdays:
        end = days.after(start, limit.workdays)
        return end, _doubtful(days, start + DAY, end)
    end = add_months(start, limit.months) + timedelta(days=limit.days)
    if not limit.rolls:
        return end, set()
    moved = end if days.is_workday(end) else days.after(end, 1)
    return moved, _doubtful(days, end, moved)


def _doubtful(days: Calendar, first: date, last: date) -> set[date]:
    """Days that are announced as off, or as worked, but not confirmed."""
    announced: list[tuple[date, Off | Worked]] = [*days.off.items(), *days.worked.items()]
    return {day for day, why in announced if first <= day <= last and not why.is_confirmed}


def _state(due_at: datetime, done: Moment | None, now: datetime, zone: tzinfo) -> ClockState:
    if done is None:
        return ClockState.RUNNING if now < due_at else ClockState.OVERDUE
    return ClockState.IN_TIME if _end(done, zone) < due_at else ClockState.LATE


def add_months(day: date, count: int) -> date:
    """The day of the same number, or the last day of a shorter month."""
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _day(moment: Moment, zone: tzinfo) -> date:
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _first(moment: Moment, zone: tzinfo) -> datetime:
    """The earliest moment at which it may have happened."""
    return moment if isinstance(moment, datetime) else _midnight(moment, zone)


def _end(moment: Moment, zone: tzinfo) -> datetime:
    """The latest moment at which it may have happened."""
    if isinstance(moment, datetime):
        return moment
    return _midnight(moment + DAY, zone) - timedelta(microseconds=1)

"""When premises are open, with holidays and exceptions: what is expected of them at a moment. Pure.

Moments are aware and in local time; Vietnam knows no summer time, so every day has 24 hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from canh.kit.workdays import DAY, Calendar, days

NOON = timedelta(hours=3)
"""A shorter pause within a day is a break at noon: nobody closes and arms for it."""
WINDOWS = (8, 40, 400)
"""How many days are looked through for the next opening or the last closing: nearly always the first will do."""
LONGEST_GRACE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on a day of the week (ISO)."""

    weekday: int
    opens: time
    closes: time
    is_overnight: bool = False
    """Closes on the day after."""


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Days on which other hours hold. `opens` empty: closed."""

    first: date
    last: date
    opens: time | None = None
    closes: time | None = None
    reason: str = ""

    @property
    def length(self) -> timedelta:
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Span:
    """Open from, until."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """What premises should be at a moment."""

    is_open: bool
    since: datetime | None
    """The boundary before; None: none within a year."""
    until: datetime | None
    """The next boundary; None: none within a year."""
    because: str = ""
    """Why they are closed on a day on which they are usually open: a holiday, a reason somebody gave."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of premises and how strictly they are kept."""

    weekly: tuple[Hours, ...]
    exceptions: tuple[Exceptional, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    """Days off and days worked instead; empty for premises that know no holidays."""
    late: timedelta = timedelta(minutes=30)
    """After closing, until they must be armed."""
    early: timedelta = timedelta(minutes=30)
    """Before opening, in which an opening is early and not unexpected."""
    late_opening: timedelta | None = None
    """After opening, until somebody must be there; None: nobody is told."""

    def expected(self, moment: datetime) -> Expected:
        return expected(self, moment)

    def last_deadline(self, moment: datetime) -> datetime | None:
        return last_deadline(self, moment)


def expected(schedule: Schedule, moment: datetime) -> Expected:
    """Whether premises should be open at a moment, since when, and until when."""
    for window in WINDOWS:
        before = after = None
        for span in spans(schedule, moment, window):
            if span.opens <= moment < span.closes:
                return Expected(True, span.opens, span.closes)
            if span.closes <= moment:
                before = span.closes
            elif after is None:
                after = span.opens
        if before and after:
            break
    return Expected(False, before, after, _why_closed(schedule, moment.date()))


def last_deadline(schedule: Schedule, moment: datetime) -> datetime | None:
    """The last moment by which premises had to be closed and armed: closing and grace, unless they opened again
    within that."""
    for window in WINDOWS:
        found = spans(schedule, moment, window)
        ends = [*pairwise(found), (found[-1], None)] if found else []
        deadlines = [one.closes + schedule.late for one, following in ends
                     if following is None or one.closes + schedule.late < following.opens]  # fmt: skip
        if passed := [d for d in deadlines if d <= moment]:
            return passed[-1]
    return None


def spans(schedule: Schedule, moment: datetime, window: int) -> list[Span]:
    """Open times around a moment, in order; those that touch, or are parted by a break at noon, are one."""
    merged: list[Span] = []
    for span in _raw_spans(schedule, moment, window):
        last = merged[-1] if merged else None
        if last and span.opens - last.closes < NOON and _is_break(last, span):
            merged[-1] = Span(last.opens, max(last.closes, span.closes))
        else:
            merged.append(span)
    return merged


def _is_break(one: Span, other: Span) -> bool:
    return one.closes >= other.opens or one.opens.date() == other.opens.date()


def _raw_spans(schedule: Schedule, moment: datetime, window: int) -> list[Span]:
    today, zone = moment.date(), moment.tzinfo
    around = days(today - window * DAY, today + window * DAY)
    return sorted((s for day in around for s in _of_day(schedule, day, zone)), key=lambda s: (s.opens, s.closes))


def _of_day(schedule: Schedule, day: date, zone: tzinfo | None) -> Iterator[Span]:
    """Open times that begin on a day: what somebody said of this day, else the calendar, else the week.

    Of two exceptions the one for fewer days is meant; of two for as many, those that say when it is open.
    """
    for hours in hours_of(schedule, day):
        closing_day = day + DAY if hours.is_overnight else day
        yield Span(datetime.combine(day, hours.opens, zone), datetime.combine(closing_day, hours.closes, zone))


def hours_of(schedule: Schedule, day: date) -> Sequence[Hours]:
    """The hours that hold on a day. What the calendar does not confirm closes nothing, but opens: nobody is called
    unexpected for working on a day that may be worked."""
    if said := exceptions_of(schedule, day):
        return [Hours(day.isoweekday(), e.opens, e.closes, e.closes <= e.opens) for e in said if e.opens and e.closes]
    if schedule.calendar.holiday(day):
        return []
    if worked := schedule.calendar.worked.get(day):
        return _of_weekday(schedule, worked.instead_of.isoweekday())
    return _of_weekday(schedule, day.isoweekday())


def exceptions_of(schedule: Schedule, day: date) -> list[Exceptional]:
    """The exceptions that hold on a day; empty: none."""
    found = [e for e in schedule.exceptions if e.first <= day <= e.last]
    shortest = min((e.length for e in found), default=None)
    found = [e for e in found if e.length == shortest]
    return [e for e in found if e.opens] or found


def _of_weekday(schedule: Schedule, weekday: int) -> list[Hours]:
    return [hours for hours in schedule.weekly if hours.weekday == weekday]


def _why_closed(schedule: Schedule, day: date) -> str:
    if hours_of(schedule, day):
        return ""
    if said := exceptions_of(schedule, day):
        return said[0].reason
    holiday = schedule.calendar.holiday(day)
    return holiday.name if holiday else ""

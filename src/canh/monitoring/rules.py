"""Which desk watches, which takes over, and which hours nobody watches. Pure.

A ground is premises or a unit with all that is below it. What is said of premises themselves goes before what is said
of their unit, that before the unit above; so a desk of the city catches what a desk of a branch leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

DAY, WEEK = 24 * 60, 7 * 24 * 60
GRACE = timedelta(seconds=15)
"""How long a desk may be empty before another takes over, after its last sign of life counted as lost (20 s): a page
that is loaded anew is no desk that was left. 60 s are asked."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A desk watches, at some hours of the week; `reserve` when nobody sits there."""

    id: int
    desk: int
    reserve: int | None
    weekdays: frozenset[int]
    """ISO: Monday is 1."""
    opens: time
    closes: time
    """At or before `opens`: on the day after; the same: a whole day."""

    def is_on(self, moment: datetime) -> bool:
        """`moment`: local."""
        minute = (moment.isoweekday() - 1) * DAY + moment.hour * 60 + moment.minute
        return any(begin <= minute < end or begin <= minute + WEEK < end for begin, end in self.spans())

    def spans(self) -> list[tuple[int, int]]:
        """Minutes since Monday 00:00, the end may lie in the next week."""
        opens, closes = _minute(self.opens), _minute(self.closes)
        length = closes - opens if closes > opens else closes - opens + DAY
        return [((day - 1) * DAY + opens, (day - 1) * DAY + opens + length) for day in sorted(self.weekdays)]


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def chain(levels: Iterable[Sequence[Shift]], moment: datetime) -> tuple[int, ...]:
    """The desks that may watch a ground at a moment, first the one whose work it is. `levels`: the shifts of the
    ground, then of the unit above it, and so on."""
    found: dict[int, None] = {}
    for level in levels:
        for shift in level:
            if shift.is_on(moment):
                found.setdefault(shift.desk)
                if shift.reserve:
                    found.setdefault(shift.reserve)
    return tuple(found)


def who_watches(desks: Sequence[int], manned: Collection[int]) -> int | None:
    """The first of a chain at which somebody sits; None: nobody watches."""
    return next((desk for desk in desks if desk in manned), None)


@dataclass(frozen=True, slots=True)
class Hole:
    """A time of the week in which no desk is named."""

    weekday: int
    opens: time
    closes: time
    """00:00: the end of the day."""


def holes(shifts: Iterable[Shift]) -> tuple[Hole, ...]:
    """The hours of the week that no shift covers, day by day."""
    spans = sorted(span for shift in shifts for begin, end in shift.spans() for span in _within_week(begin, end))
    free, at = [], 0
    for begin, end in spans:
        if begin > at:
            free.append((at, begin))
        at = max(at, end)
    if at < WEEK:
        free.append((at, WEEK))
    return tuple(hole for begin, end in free for hole in _by_day(begin, end))


def _within_week(begin: int, end: int) -> list[tuple[int, int]]:
    return [(begin, end)] if end <= WEEK else [(begin, WEEK), (0, end - WEEK)]


def _by_day(begin: int, end: int) -> Iterable[Hole]:
    while begin < end:
        day = begin // DAY
        until = min(end, (day + 1) * DAY)
        yield Hole(day + 1, _time(begin), _time(until))
        begin = until


def _time(minute: int) -> time:
    return time(minute % DAY // 60, minute % 60)

"""Whether premises are opened and closed as their hours say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from canh.alarms.terms_arming import ARMED, OUTSIDE, UNCLOSED, ArmState, LapseCode, Standing

if TYPE_CHECKING:
    from canh.sites.rules_hours import Expected, Schedule

LOOK_AGAIN = timedelta(hours=1)
"""At the latest: hours may have changed without a word."""


@dataclass(frozen=True, slots=True)
class Part:
    """A partition of a panel, or the bare sensors of premises."""

    id: int
    state: str
    since: datetime
    panel_told_at: datetime | None = None
    """The panel itself said that it was not closed in time."""
    arms_itself: bool = False
    """Canh arms it when closing and grace are over."""
    tried_at: datetime | None = None
    """When Canh last tried to."""
    disarms_itself: bool = False
    is_tripped: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A lapse that was told."""

    code: str
    due_at: datetime
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What follows from looking at premises once."""

    tells: tuple[tuple[LapseCode, datetime, int], ...] = ()
    """Code, since when, which partition."""
    ends: tuple[Told, ...] = ()
    arm: int | None = None
    """The partition that Canh must arm now."""
    disarm: int | None = None
    standing: Standing = Standing.UNKNOWN
    look_at: datetime | None = None
    expected: Expected | None = field(default=None)


def of_opening(schedule: Schedule | None, at: datetime, *, keeps_money: bool) -> LapseCode | None:
    """What an opening is to be called; None: expected, or nobody stated hours.

    Shortly before opening, and until the grace after closing is over, it is no lapse; where money is kept it is put
    down as a signal all the same, and rings nobody.
    """
    if schedule is None or (expected := schedule.expected(at)).is_open:
        return None
    is_after = expected.since is not None and at < expected.since + schedule.late
    is_before = expected.until is not None and at >= expected.until - schedule.early
    if is_after or is_before:
        return LapseCode.IN_GRACE if keeps_money else None
    return LapseCode.UNEXPECTED


def look(
    schedule: Schedule | None, parts: Sequence[Part], told: Sequence[Told], now: datetime, busy_until: datetime | None
) -> Look:
    """What is to be told of premises, what is over, and when to look again.

    One lapse a deadline: after a night without the engine, the last deadline alone counts. While somebody works on
    the whole premises nothing new is told.
    """
    expected = schedule.expected(now) if schedule else None
    running = [t for t in told if not t.is_over]
    ends = [t for t in running if _is_over(t, schedule, expected, parts)]
    left = {t.code for t in running if t not in ends}
    tells = _tells(schedule, expected, parts, told, now) if schedule and expected and not busy_until else []
    tells = [one for one in tells if one[0] not in left]
    fresh = [Told(code, due_at) for code, due_at, _part in tells]
    ends += [t for t in fresh if _is_over(t, schedule, expected, parts)]
    left |= {t.code for t in fresh if t not in ends}
    return Look(
        tells=tuple(tells), ends=tuple(ends), arm=_to_arm(schedule, parts, now), disarm=_to_disarm(expected, parts),
        standing=_standing(left, expected, parts), look_at=_look_at(schedule, expected, now, busy_until),
        expected=expected,
    )  # fmt: skip


def open_parts(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.state == ArmState.DISARMED]


def is_closed(parts: Sequence[Part]) -> bool:
    """Armed as a whole, or people are just leaving."""
    return all(part.state not in {ArmState.DISARMED, ArmState.UNKNOWN} for part in parts)


def _tells(
    schedule: Schedule, expected: Expected, parts: Sequence[Part], told: Sequence[Told], now: datetime
) -> list[tuple[LapseCode, datetime, int]]:
    found: list[tuple[LapseCode, datetime, int]] = []
    deadline = schedule.last_deadline(now)
    known = {(t.code, t.due_at) for t in told}
    if deadline and (LapseCode.LATE, deadline) not in known:
        late = [p for p in open_parts(parts) if p.since < deadline and not _is_taken_care_of(p, deadline, expected)]
        found += [(LapseCode.LATE, deadline, late[0].id)] if late else []
    due_at = _opening_due(schedule, expected)
    if due_at and due_at <= now and (LapseCode.NOT_OPENED, due_at) not in known and _is_asleep(parts, expected):
        found.append((LapseCode.NOT_OPENED, due_at, parts[0].id))
    return found


def _is_taken_care_of(part: Part, deadline: datetime, expected: Expected) -> bool:
    """The panel said it, or Canh arms it by itself now or tried to: if that fails, that is told."""
    if part.panel_told_at is not None and part.panel_told_at >= part.since:
        return True
    was_tried = part.tried_at is not None and part.tried_at >= deadline
    return part.arms_itself and (was_tried or not expected.is_open)


def _is_asleep(parts: Sequence[Part], expected: Expected) -> bool:
    """Armed since before the hours began."""
    begun = expected.since
    return bool(parts) and begun is not None and all(p.state in ARMED and p.since < begun for p in parts)


def _opening_due(schedule: Schedule, expected: Expected) -> datetime | None:
    if schedule.late_opening is None or not expected.is_open or expected.since is None:
        return None
    return expected.since + schedule.late_opening


def _is_over(told: Told, schedule: Schedule | None, expected: Expected | None, parts: Sequence[Part]) -> bool:
    """Closed, or hours have begun since; nobody is late any more where nobody states hours."""
    if not parts:
        return True
    if told.code == LapseCode.NOT_OPENED:
        return bool(open_parts(parts)) or expected is None or not expected.is_open
    if is_closed(parts) or (schedule is None and told.code != LapseCode.FAILED):
        return True
    return expected is not None and expected.is_open and expected.since is not None and expected.since > told.due_at


def _to_arm(schedule: Schedule | None, parts: Sequence[Part], now: datetime) -> int | None:
    deadline = schedule.last_deadline(now) if schedule else None
    if schedule is None or deadline is None or schedule.expected(now).is_open:
        return None
    for part in open_parts(parts):
        if part.arms_itself and part.since < deadline and (part.tried_at is None or part.tried_at < deadline):
            return part.id
    return None


def _to_disarm(expected: Expected | None, parts: Sequence[Part]) -> int | None:
    """At opening, what was armed before. Not what rings: somebody must look first."""
    if expected is None or not expected.is_open or expected.since is None:
        return None
    for part in parts:
        if part.disarms_itself and part.state in ARMED and part.since < expected.since and not part.is_tripped:
            return part.id
    return None


def _standing(left: set[str], expected: Expected | None, parts: Sequence[Part]) -> Standing:
    if left & UNCLOSED:
        return Standing.LATE
    if left & OUTSIDE:
        return Standing.OUTSIDE
    if open_parts(parts):
        return Standing.OPEN if expected is None or expected.is_open else Standing.CLOSING
    if not parts or not is_closed(parts):
        return Standing.UNKNOWN
    return Standing.NOT_OPENED if LapseCode.NOT_OPENED in left else Standing.CLOSED


def _look_at(
    schedule: Schedule | None, expected: Expected | None, now: datetime, busy_until: datetime | None
) -> datetime | None:
    """The next moment at which time alone may change the answer; None: only a report can."""
    if schedule is None or expected is None:
        return None
    moments = [expected.until, busy_until, _opening_due(schedule, expected), now + LOOK_AGAIN]
    if not expected.is_open and expected.since:
        moments.append(expected.since + schedule.late)
    return min(moment for moment in moments if moment is not None and moment > now)

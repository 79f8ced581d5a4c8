"""What calling people leaves in the timeline of an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canh.alarms.actions import touch_alarms
from canh.alarms.models import AlarmEvent
from canh.alarms.terms import EventKind
from canh.kit import bulk


@dataclass(frozen=True, slots=True)
class Call:
    """People were told of an alarm that nobody took."""

    alarm_id: int
    at: datetime
    step: int
    """Which step of the ladder, from 1."""
    names: Sequence[str]
    """Who; none: there was nobody to tell."""


def note_dispatch(
    alarm_id: int, kind: EventKind, at: datetime, names: Sequence[str], *, by: int | None, reason: str = "",
    note: str = "",
) -> None:  # fmt: skip
    """That people were sent, what one of them says, or that they are called back. Inside the caller's transaction.
    `reason`: the state, where one of them moved on; `note`: their words."""
    told = "\n".join(filter(None, [", ".join(names), note]))
    AlarmEvent.objects.create(alarm_id=alarm_id, at=at, kind=kind, actor_id=by, reason=reason, note=told)
    touch_alarms([alarm_id])


def note_calls(calls: Sequence[Call]) -> None:
    """A line each, and desks look again. Inside the caller's transaction."""
    bulk.insert(
        [AlarmEvent(alarm_id=c.alarm_id, at=c.at, kind=EventKind.CALLED, reason=str(c.step), note=", ".join(c.names))
         for c in calls]
    )  # fmt: skip
    touch_alarms(sorted({c.alarm_id for c in calls}))

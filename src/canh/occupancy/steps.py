"""The engine step of occupancy."""

from __future__ import annotations

from datetime import timedelta

from canh.kit import clock
from canh.kit.pace import Pace
from canh.occupancy import overdue, pressed

BATCH = 200


class CheckOccupancy:
    """Begins and ends lockdowns by buttons; tells of keys and visitors that are overdue, and when that is over;
    forgets names in time."""

    name = "occupancy.inside"

    def __init__(self) -> None:
        self._looks = Pace(timedelta(seconds=1))
        self._forgets = Pace(timedelta(hours=1))

    def __call__(self) -> bool:
        now = clock.now()
        if not self._looks.is_due(now):
            return False
        done = pressed.follow(now) + overdue.tell_ended(BATCH)
        done += overdue.tell_late(now, BATCH) + overdue.tell_over(BATCH)
        if self._forgets.is_due(now) and (forgot := overdue.forget_names(now, BATCH)):
            self._forgets.again()
            done += forgot
        if done:
            self._looks.again()
        return done > 0

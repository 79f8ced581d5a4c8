"""The engine step of routines."""

from __future__ import annotations

from datetime import timedelta

from canh.alarms import routines
from canh.kit import clock
from canh.kit.pace import Pace

BATCH = 200


class CheckRoutines:
    """Tells where the second person is missing or a vault was opened at the wrong time; ends what is closed again."""

    name = "alarms.routines"

    def __init__(self) -> None:
        self._looks = Pace(timedelta(seconds=1))
        self._ends = Pace(timedelta(seconds=5))  # all that are open by day are asked whether they are closed

    def __call__(self) -> bool:
        now = clock.now()
        told = self._looks.is_due(now) and routines.look(now, BATCH)
        ended = self._ends.is_due(now) and routines.end_closed(BATCH)
        if told:
            self._looks.again()
        if ended:
            self._ends.again()
        return told or ended

"""The engine step that rings for what the police have not confirmed."""

from __future__ import annotations

from datetime import timedelta

from canh.kit import clock
from canh.kit.pace import Pace
from canh.liaison.actions import tell_answered, tell_overdue

BATCH = 100


class MissReceipts:
    """Once a second: hand-overs whose confirmation is late ring, and those that have one ring no longer."""

    name = "liaison.receipts"

    def __init__(self) -> None:
        self._looks = Pace(timedelta(seconds=1))

    def __call__(self) -> bool:
        now = clock.now()
        told = self._looks.is_due(now) and tell_overdue(now, BATCH) + tell_answered(BATCH) > 0
        if told:
            self._looks.again()
        return told

"""Engine steps of sites."""

from __future__ import annotations

from datetime import timedelta

from canh.kit import clock
from canh.sites import actions

LOOK_EVERY = timedelta(seconds=1)


class EndTests:
    """Takes premises off test when the time that was said is over."""

    name = "sites.end_tests"

    def __init__(self) -> None:
        self._looked_at = clock.from_us(0)

    def __call__(self) -> bool:
        now = clock.now()
        if now - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = now
        return actions.end_due_tests() > 0

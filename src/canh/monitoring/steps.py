"""The engine step of monitoring."""

from __future__ import annotations

from datetime import timedelta

from canh.kit import beat, clock
from canh.kit.pace import Pace
from canh.monitoring.actions import Follower

WEB_SILENT_S = 10


class WatchDesks:
    """Lets another desk take over where nobody sits, and gives back where somebody does.

    A desk is heard through the web process: while that gives no sign of life nobody counts as gone, and afterwards
    desks have time to come back.
    """

    name = "monitoring.desks"

    def __init__(self) -> None:
        self._pace = Pace(timedelta(seconds=2))
        self._follower = Follower()

    def __call__(self) -> bool:
        now = clock.now()
        if not self._pace.is_due(now):
            return False
        if not _is_web_up():
            self._follower.forget()
            return False
        return self._follower.look(now) > 0


def _is_web_up() -> bool:
    """No beat at all: it runs on another machine, and is watched there."""
    last = beat.read("web")
    return last is None or last.age_s() < WEB_SILENT_S

"""Engine steps that give alarms back to the queue: their time on the shelf is over, or their owner has left."""

from __future__ import annotations

from datetime import timedelta

from canh.alarms import rules
from canh.alarms.actions_owners import release_lost
from canh.alarms.actions_shelf import end_shelving
from canh.kit import beat, clock
from canh.kit.pace import Pace

BATCH = 500
LOOK_EVERY = timedelta(seconds=1)
WEB_SILENT_S = 10


class EndShelving:
    """Puts alarms back in the queue when their time on the shelf is over."""

    name = "alarms.unshelve"

    def __init__(self) -> None:
        self._pace = Pace(LOOK_EVERY)

    def __call__(self) -> bool:
        now = clock.now()
        return self._pace.is_due(now) and end_shelving(now, BATCH) > 0


class ReleaseLost:
    """Puts alarms whose owner has left the desk back in the queue.

    A desk is heard through the web process: while that gives no sign of life, and until desks had time to come back
    to it, nobody counts as gone.
    """

    name = "alarms.release"

    def __init__(self) -> None:
        self._pace = Pace(LOOK_EVERY * 2)
        self._heard_since = clock.now()

    def __call__(self) -> bool:
        now = clock.now()
        if not self._pace.is_due(now):
            return False
        if not _is_web_up():
            self._heard_since = now
        if now - self._heard_since < rules.LOST_AFTER:
            return False
        return release_lost(now, BATCH) > 0


def _is_web_up() -> bool:
    """No beat at all: it runs on another machine, and is watched there."""
    last = beat.read("web")
    return last is None or last.age_s() < WEB_SILENT_S

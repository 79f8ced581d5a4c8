"""The engine step that calls people about alarms nobody takes."""

from __future__ import annotations

from canh.alarms import queries as alarms
from canh.kit import clock, hint
from canh.response import climbing, dispatching, queries


class Escalate:
    """Alarms that wait begin their ladder, those that somebody has leave it, and rungs that are due are climbed. Who is
    under way for an alarm that was closed is called back.

    Which alarms wait is asked only when an alarm changed (the pulse); what is due, every time.
    """

    name = "response.escalate"

    def __init__(self) -> None:
        self._pulse = -1
        """Up to where no alarm has to begin or leave."""

    def __call__(self) -> bool:
        now, pulse = clock.now(), alarms.pulse()
        limit = queries.limits(now.date()).batch
        moved = 0
        if pulse != self._pulse:
            counts = [climbing.end(now, limit), climbing.begin(now, limit), dispatching.recall(now, limit)]
            moved = sum(counts)
            self._pulse = pulse if max(counts) < limit else -1
        fired = climbing.fire(now, limit)
        if moved or fired:
            hint.tell("notify")
        return bool(moved or fired)

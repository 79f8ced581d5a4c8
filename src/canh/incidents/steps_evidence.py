"""The engine step that ends the time of evidence."""

from __future__ import annotations

from datetime import timedelta

from canh.incidents import retention
from canh.kit import clock

LOOK_EVERY = timedelta(minutes=1)


class RetainEvidence:
    """Once a minute, or at once again while there is more: what is past retention and not locked goes."""

    name = "incidents.retain"

    def __init__(self) -> None:
        self._looked_at = clock.from_us(0)
        self._part = 0

    def __call__(self) -> bool:
        now = clock.now()
        if now - self._looked_at < LOOK_EVERY:
            return False
        done = retention.retire() + retention.let_go() + retention.collect()
        if not done:
            self._looked_at = now
            self._part = (self._part + 1) % 256
            done = retention.sweep(self._part)
        return done > 0

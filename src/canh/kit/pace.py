"""How often something that is asked all the time looks again."""

from __future__ import annotations

from datetime import datetime, timedelta


class Pace:
    """Due at once, then again after each `every`. A clock set back counts as due: a step must not wait for hours
    until the clock has come where it was."""

    def __init__(self, every: timedelta) -> None:
        self.every = every
        self._last: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether to look now; the next time counts from here."""
        if self._last is not None and timedelta(0) <= now - self._last < self.every:
            return False
        self._last = now
        return True

    def again(self) -> None:
        """Look at the next call: there was more than one look could take."""
        self._last = None

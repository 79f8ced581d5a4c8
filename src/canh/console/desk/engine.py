"""Whether the engine raises alarms: a desk must not look calm because nobody works behind it.

The engine stamps its beat even while its steps fail, so a fresh beat alone proves little.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from canh.intake import queries
from canh.kit import beat, clock

log = logging.getLogger("canh.console.live")
STUCK = timedelta(seconds=10)
FAILURES = 2
ASIDE = "audit."
"""Steps that alarms do not wait for; the health page tells about them."""


def age_s() -> float | None:
    """How long ago the engine gave a sign. None: it never ran on this data folder."""
    last = beat.read("engine")
    return round(last.age_s(), 1) if last else None


def has_failing_step() -> bool:
    """A step alarms wait for failed more than once in a row."""
    last = beat.read("engine")
    tracks = last.facts.get("steps", {}) if last else {}
    return any(t["in_a_row"] >= FAILURES for name, t in tracks.items() if not name.startswith(ASIDE))


def has_old_signal() -> bool:
    """A signal waits too long to be handled."""
    oldest = queries.oldest_waiting_at()
    return oldest is not None and clock.now() - oldest > STUCK


class JournalWatch:
    """Notices entries that stay uncopied. A busy gateway is always a little ahead: that is no trouble."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, datetime]] = {}
        """Gateway -> an entry that was not copied yet, and when we saw that."""

    def is_stuck(self) -> bool:
        lags = queries.journal_lags()
        behind = [gateway for gateway, lag in lags.items() if lag > 0]
        self._seen = {gateway: self._seen[gateway] for gateway in behind if gateway in self._seen}
        return any(lag < 0 for lag in lags.values()) or (bool(behind) and self._is_old(behind, lags))

    def _is_old(self, behind: list[str], lags: dict[str, int]) -> bool:
        now, heads = clock.now(), queries.chain_heads()
        for gateway in behind:
            copied = heads.get(f"journal:{gateway}", (0, b""))[0]
            entry, _at = self._seen.get(gateway, (0, now))
            if copied >= entry:
                self._seen[gateway] = (copied + lags[gateway], now)
        return any(now - at > STUCK for _entry, at in self._seen.values())


class Watch:
    """Asked at each beat. One look costs a file and at most one question: queue and journal take turns."""

    def __init__(self) -> None:
        self._asks: tuple[Callable[[], bool], ...] = (has_old_signal, JournalWatch().is_stuck)
        self._answers = [False] * len(self._asks)
        self._turns = itertools.cycle(range(len(self._asks)))

    def is_failing(self) -> bool:
        turn = next(self._turns)
        try:
            self._answers[turn] = self._asks[turn]()
            return any(self._answers) or has_failing_step()
        except Exception:  # what cannot be checked is not in order; and the beat must go on
            log.exception("cannot tell how the engine does")
            return True

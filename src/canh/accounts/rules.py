"""When a sign-in must wait. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
FREE_BY_NAME = 5
FREE_BY_ADDRESS = 20
"""An office shares one address, so it gets more tries than one name does."""
LONGEST_WAIT_S = 900


def wait_s(failures: Sequence[datetime], free: int, now: datetime) -> int:
    """Seconds until the next try is allowed: none for the first `free` failures within the
    window, then 10 s doubling with each further failure, at most 15 minutes."""
    recent = sorted(f for f in failures if f > now - WINDOW)
    over = len(recent) - free
    if over < 0:
        return 0
    pause = min(10 * 2**over, LONGEST_WAIT_S)
    left = (recent[-1] + timedelta(seconds=pause) - now).total_seconds()
    return max(0, round(left))

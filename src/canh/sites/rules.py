"""What the register allows. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_TEST = timedelta(hours=12)
"""Nobody may switch a bank off for good by calling it a test: a day's work, then it must be said anew."""


def test_until(now: datetime, minutes: int) -> datetime:
    """When a test of so many minutes ends. Raises ValueError when that is none, or longer than LONGEST_TEST."""
    length = timedelta(minutes=minutes)
    if not timedelta(0) < length <= LONGEST_TEST:
        raise ValueError(f"a test lasts 1 to {LONGEST_TEST // timedelta(minutes=1)} minutes, not {minutes}")
    return now + length

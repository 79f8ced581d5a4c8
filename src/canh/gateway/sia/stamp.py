"""The time stamp of DC-09: `HH:MM:SS,MM-DD-YYYY`, UTC (5.5.1.9)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from canh.kit import clock

FORM = r"\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}"
AHEAD_MS, BEHIND_MS = 20_000, 40_000  # how far a panel's clock may be off: 5.5.1.9

_FORM = re.compile(r"(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{4})", re.ASCII)


@lru_cache(maxsize=512)
def to_us(text: str) -> int | None:
    """Microseconds since 1970 UTC, or None when it is no moment."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, month, day, year = map(int, found.groups())
    try:
        return clock.to_us(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None


def now() -> str:
    """Our time, with the `_` that leads it in a frame."""
    return _of_second(clock.now_us() // 1_000_000)


@lru_cache(maxsize=8)
def _of_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("_%H:%M:%S,%m-%d-%Y")


def is_in_window(skew_ms: int) -> bool:
    """`skew_ms`: the panel's clock less ours."""
    return -BEHIND_MS <= skew_ms <= AHEAD_MS

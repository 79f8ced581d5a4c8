"""The time stamp of DC-09: `HH:MM:SS,MM-DD-YYYY`, UTC (5.5.1.9); and how some panels write it instead."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from canh.intake.terms import Dialect
from canh.kit import clock

FORM = r"\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}"
AHEAD_MS, BEHIND_MS = 20_000, 40_000  # how far a panel's clock may be off: 5.5.1.9

_FORM = re.compile(r"(\d\d):(\d\d):(\d\d),(\d\d)-(\d\d)-(\d{4})", re.ASCII)
_HERE = ZoneInfo(os.environ.get("CANH_TIME_ZONE") or "Asia/Ho_Chi_Minh")


class Reading(NamedTuple):
    """How the stamps of a panel are to be read, and written for it."""

    is_local: bool = False
    """Local time instead of UTC."""
    is_day_first: bool = False
    """DD-MM-YYYY instead of MM-DD-YYYY."""

    @property
    def words(self) -> list[str]:
        """Its departures by name."""
        both = (Dialect.LOCAL_TIME, self.is_local), (Dialect.DAY_FIRST, self.is_day_first)
        return [word.value for word, is_so in both if is_so]


STANDARD = Reading()
READINGS = (STANDARD, Reading(is_local=True), Reading(is_day_first=True), Reading(True, True))


def agreed(dialect: Mapping[str, str]) -> Reading:
    """What a person agreed to: sites.models.Panel.dialect."""
    return Reading(dialect.get("clock") == "local", dialect.get("date") == "day_first")


@lru_cache(maxsize=512)
def to_us(text: str, reading: Reading = STANDARD) -> int | None:
    """Microseconds since 1970 UTC, or None when it is no moment."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, month, day, year = map(int, found.groups())
    if reading.is_day_first:
        month, day = day, month
    zone = _HERE if reading.is_local else UTC
    try:
        return clock.to_us(datetime(year, month, day, hour, minute, second, tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def now(reading: Reading = STANDARD) -> str:
    """Our time, with the `_` that leads it in a frame."""
    return _of_second(clock.now_us() // 1_000_000, reading)


@lru_cache(maxsize=16)
def _of_second(second: int, reading: Reading) -> str:
    day = "%d-%m-%Y" if reading.is_day_first else "%m-%d-%Y"
    return datetime.fromtimestamp(second, _HERE if reading.is_local else UTC).strftime(f"_%H:%M:%S,{day}")


def skew_ms(sent_at: int | None, now_us: int) -> int | None:
    """The panel's clock less ours."""
    return None if sent_at is None else (sent_at - now_us) // 1000


def is_in_window(skew_ms: int) -> bool:
    """`skew_ms`: the panel's clock less ours."""
    return -BEHIND_MS <= skew_ms <= AHEAD_MS


def reading_in_window(text: str, now_us: int) -> Reading | None:
    """The reading under which a stamp is of this moment, the standard's first."""
    for reading in READINGS:
        skew = skew_ms(to_us(text, reading), now_us)
        if skew is not None and is_in_window(skew):
            return reading
    return None

"""The one source of time. Rooms ask here, so that tests can move the hands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_source: Callable[[], int] = time.time_ns


def now_us() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return _source() // 1000


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return from_us(now_us())


def from_us(us: int) -> datetime:
    return datetime.fromtimestamp(us // 1_000_000, UTC) + timedelta(microseconds=us % 1_000_000)


def to_us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


@contextmanager
def use(source: Callable[[], int]) -> Iterator[None]:
    """Run a block on another clock. `source` returns nanoseconds since 1970 UTC."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before

"""A clock whose hands the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from canh.kit import clock

START = datetime(2026, 3, 9, 2, 14, 5, tzinfo=UTC)  # a Monday, 09:14:05 in Hanoi


class Hands:
    """Nanoseconds since 1970, moved by hand; what `start` says to the microsecond, so no age depends on the second."""

    def __init__(self, start: datetime = START) -> None:
        self.ns = (start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000

    def __call__(self) -> int:
        return self.ns

    def forward(self, seconds: float) -> None:
        self.ns += int(seconds * 1_000_000_000)


@contextmanager
def stopped(start: datetime = START) -> Iterator[Hands]:
    hands = Hands(start)
    with clock.use(hands):
        yield hands

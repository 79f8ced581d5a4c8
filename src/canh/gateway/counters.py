"""What the gateway counts, and how fast it acknowledges. Written beside the journal every two seconds.

Counts go on from where they stood before a restart, so that a chart over days has no holes.
"""

from __future__ import annotations

from collections import Counter, deque

SLOTS = 30  # turns kept: the last minute, when one turn is the two seconds between two flushes
GAUGES = frozenset(
    {
        "connections_open",
        "started_at",
        "heartbeat_at",
        "ack_us_p50",
        "ack_us_p99",
        "sms_signal_percent",
        "sms_unreadable",
    }
)

UP_SINCE = "up_since:"
"""Before the name of a door: since when it hears its devices, 0 while it is shut."""

Histogram = Counter[int]


class Latencies:
    """Durations of the last turns in buckets an eighth wide or less: cheap to note, never growing."""

    def __init__(self) -> None:
        self._present: Histogram = Counter()
        self._turns: deque[Histogram] = deque([self._present], SLOTS)

    def note(self, us: int, count: int) -> None:
        """`count` messages took at most so long: the oldest of a batch stands for all of it."""
        self._present[bucket(us)] += count

    def turn(self) -> None:
        """A new turn begins; the oldest is forgotten."""
        self._present = Counter()
        self._turns.append(self._present)

    def percentiles(self, *shares: float) -> list[int]:
        """Microseconds below which each share (0 to 1) lies; 0 when nothing was noted."""
        total = sum(self._turns, Histogram())
        return [_percentile(total, share) for share in shares]


def bucket(us: int) -> int:
    """The first four binary digits and how many follow."""
    shift = max(us.bit_length() - 4, 0)
    return shift * 16 + (us >> shift)


def bucket_start(number: int) -> int:
    return number % 16 << number // 16


def _percentile(total: Histogram, share: float) -> int:
    left = share * total.total()
    for number in sorted(total):
        left -= total[number]
        if left <= 0:
            return bucket_start(number)
    return 0


def counts_before(kept: dict[str, int]) -> Counter[str]:
    """Where the counts stood before a restart, without what is measured anew."""
    return Counter(
        {name: value for name, value in kept.items() if name not in GAUGES and not name.startswith(UP_SINCE)}
    )

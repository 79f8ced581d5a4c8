"""The figures by which a desk is judged (EEMUA 191, ISA-18.2, EN 50518). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WINDOW_S = 600
"""The standards count in windows of ten minutes."""


@dataclass(frozen=True, slots=True)
class Within:
    """Which share of alarms must be taken within how many seconds."""

    within_s: int
    share: float


@dataclass(frozen=True, slots=True)
class KpiTable:
    """What the figures should be."""

    target_per_hour: float
    most_per_hour: float
    flood: int
    flood_share: float
    top_share: float
    chatter_per_minute: int
    stale: int
    priorities: Mapping[int, float]
    urgent: Sequence[Within]
    others: Sequence[Within]
    citation: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Rates:
    """How many alarms came, by windows of ten minutes."""

    alarms: int
    per_hour: float
    peak: int
    peak_window: int | None
    """The first window with the most alarms."""
    floods: tuple[int, ...]
    """Windows with more than one person handles, in order."""
    flood_share: float
    """Of all windows, also those in which nothing came."""


def rates(counts: Mapping[int, int], windows: int, table: KpiTable) -> Rates:
    """`counts`: window -> alarms, only windows in which some came; `windows`: how many there are in all."""
    alarms = sum(counts.values())
    peak = max(counts.values(), default=0)
    floods = tuple(sorted(window for window, n in counts.items() if n > table.flood))
    return Rates(
        alarms=alarms,
        per_hour=alarms / windows * (3600 / WINDOW_S) if windows else 0.0,
        peak=peak,
        peak_window=min((window for window, n in counts.items() if n == peak), default=None),
        floods=floods,
        flood_share=len(floods) / windows if windows else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """How many alarms of a class were taken in time."""

    within_s: int
    wanted: float
    in_time: int
    alarms: int

    @property
    def share(self) -> float | None:
        """None of nothing: no alarm is no proof of speed."""
        return self.in_time / self.alarms if self.alarms else None

    @property
    def is_kept(self) -> bool:
        return self.share is None or self.share >= self.wanted


def shares(by_priority: Mapping[int, int]) -> dict[int, float]:
    """Priority -> its share of all."""
    total = sum(by_priority.values())
    return {priority: n / total for priority, n in by_priority.items()} if total else {}

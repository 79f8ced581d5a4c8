"""Which delivery repeats which. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as far as repeating goes. `digest` covers path, number and content."""

    id: int
    digest: str
    received_at: datetime


def repeats(arrivals: Iterable[Delivery], known: Mapping[str, Delivery], window: timedelta) -> dict[int, int]:
    """Repeat id -> id of the first delivery, for arrivals in order of reception.

    `known`: earlier first deliveries by digest. A delivery within `window` after the first is its
    repeat; a later one is a new first (a panel may count from 0001 again after a restart).
    """
    firsts = dict(known)
    found: dict[int, int] = {}
    for arrival in arrivals:
        if not arrival.digest:
            continue
        first = firsts.get(arrival.digest)
        if first is not None and arrival.received_at - first.received_at <= window:
            found[arrival.id] = first.id
        else:
            firsts[arrival.digest] = arrival
    return found


def trusted_time(said: datetime | None, received_at: datetime, is_bad_time: bool) -> datetime:
    """When it happened: what the panel said, unless its clock is wrong or ahead of ours, or says more
    than a day ago (a panel that was cut off sends what it kept, but not for longer)."""
    if said is None or is_bad_time:
        return received_at
    if said > received_at + timedelta(seconds=20) or said < received_at - timedelta(days=1):
        return received_at
    return min(said, received_at)

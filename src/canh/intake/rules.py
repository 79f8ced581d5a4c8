"""Which delivery repeats which. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from canh.intake.terms import NEVER_HELD_BACK, Kind


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


# ── Silence ──────────────────────────────────────────────────────────────


class Fate(StrEnum):
    """What silence means for a path just now."""

    NOT_COUNTED = "not_counted"
    KEPT = "kept"
    LOST = "lost"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Watched:
    """A path as far as silence goes."""

    class_s: int | None
    """The reporting class of its panel; None: not supervised."""
    heard_at: datetime | None
    """Its last word; None: it never spoke."""
    since: datetime
    """Since when its panel has this class."""
    busy_until: datetime | None = None
    """Until when somebody was, or will be, working on the premises: silence does not count meanwhile."""
    is_lost: bool = False
    has_spoken: bool = False
    """Since it was lost."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a door can have heard."""

    up_since: datetime
    until: datetime
    """The last heartbeat of its gateway: all that was heard before is known."""


def deadline(path: Watched, up_since: datetime) -> datetime | None:
    """Until when the path must speak. Nobody is late while nobody could hear, or while it was worked on."""
    if path.class_s is None:
        return None
    heard = path.heard_at if path.heard_at is not None else path.since
    begins = [heard, path.since, up_since, *([path.busy_until] if path.busy_until else [])]
    return max(begins) + timedelta(seconds=path.class_s)


def fate(path: Watched, hearing: Hearing | None) -> tuple[Fate, datetime | None]:
    """What silence means now, and the next deadline. `hearing` None: the door is shut, or its gateway gives no
    sign; then silence says nothing."""
    if path.class_s is None:
        return Fate.NOT_COUNTED, None
    if path.is_lost:
        return (Fate.RESTORED if path.has_spoken else Fate.LOST), None
    if hearing is None:
        return Fate.NOT_COUNTED, None
    due_at = deadline(path, hearing.up_since)
    is_late = due_at is not None and due_at <= hearing.until
    return (Fate.LOST, None) if is_late else (Fate.KEPT, due_at)


# ── What fits its column ─────────────────────────────────────────────────


def whole_words(words: str, room: int) -> str:
    """As many of the words, parted by commas, as fit."""
    return words if len(words) <= room else words[: room + 1].rpartition(",")[0]


def storable_skew(skew_ms: int) -> int:
    """A clock may be off by years; the column holds 24 days."""
    return max(-(2**31), min(2**31 - 1, skew_ms))


# ── Walk tests ────────────────────────────────────────────────────────────

PROOF: Mapping[str, frozenset[Kind]] = {
    "hold_up": frozenset({Kind.HOLD_UP, Kind.PANIC, Kind.DURESS}),
    "fire": frozenset({Kind.FIRE, Kind.GAS, Kind.TEST}),
    "technical": frozenset(Kind) - NEVER_HELD_BACK - {Kind.INTRUSION},
}
"""Use of a zone → kinds that prove it works. A button that reports a burglary would ring as one."""
BURGLARY = frozenset({Kind.INTRUSION, Kind.ACCESS, Kind.TEST})


def proves_zone(use: str, kind: str) -> bool:
    """Whether a signal of this kind proves, in a walk test, that a zone of this use is wired and programmed right."""
    return kind in PROOF.get(use, BURGLARY)

"""When the failure of a part of Canh is told, and when that it is back. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

SILENT = timedelta(seconds=25)
"""A worker stamps every two seconds; an engine in a long step may be late."""
SURE = timedelta(seconds=10)
"""For so long it must have failed: a supervisor starts a worker again within a second."""
AGAIN = timedelta(minutes=30)
"""While it lasts it is told again."""


class Word(StrEnum):
    DOWN = "down"
    STILL = "still"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one part."""

    bad_since: datetime | None = None
    told_at: datetime | None = None
    """When its failure was told last; empty: it was not."""


def looked(part: Part, is_well: bool, now: datetime) -> tuple[Part, Word | None]:
    """After one look: what is known then, and what is to be told."""
    if is_well:
        return Part(), Word.BACK if part.told_at else None
    since = part.bad_since or now
    if part.told_at is None and now - since >= SURE:
        return Part(since, now), Word.DOWN
    if part.told_at is not None and now - part.told_at >= AGAIN:
        return Part(since, now), Word.STILL
    return replace(part, bad_since=since), None

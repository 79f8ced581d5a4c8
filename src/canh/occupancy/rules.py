"""When a key or a visitor is due, and how a lockdown stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of data/occupancy.toml."""

    due: timedelta
    retention: timedelta


def due_at(now: datetime, closes_at: datetime | None, table: Table) -> datetime:
    """By when a key is back or a visitor is out: when the premises close, else after the usual time."""
    return closes_at if closes_at and closes_at > now else now + table.due


@dataclass(frozen=True, slots=True)
class Roll:
    """Who has answered in a lockdown, by id, in the order in which they were given."""

    missing: tuple[int, ...]
    """Nobody has heard of them: the reason why a roll is called."""
    help: tuple[int, ...]
    safe: tuple[int, ...]
    away: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.help


def roll(asked: Sequence[int], answers: Mapping[int, str]) -> Roll:
    """`asked`: everybody who may be inside. `answers`: id -> `safe`, `help` or `away`, the last word of each."""
    by_kind: dict[str, list[int]] = {"": [], "help": [], "safe": [], "away": []}
    for one in asked:
        by_kind[answers.get(one, "")].append(one)
    return Roll(tuple(by_kind[""]), tuple(by_kind["help"]), tuple(by_kind["safe"]), tuple(by_kind["away"]))

"""Routines of banks and treasuries: who counts as the second person, when one is missing, who may come. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from canh.alarms.terms_routines import RoutineKind


@dataclass(frozen=True, slots=True)
class RoutineTable:
    """The figures of data/routines.toml."""

    all_clear: timedelta
    before: timedelta
    vault_second: timedelta
    after_waking: timedelta
    wrong_codes: int
    wrong_window: timedelta
    crew_grace: timedelta


@dataclass(frozen=True, slots=True)
class Clear:
    """Somebody gave their code."""

    holder: int
    user_number: str
    """Under which number the panel knows them; empty: it does not, or nobody said."""
    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Opened:
    """An opening that asks for a second person."""

    kind: RoutineKind
    at: datetime
    by_number: str
    """User of the panel who opened; empty: it did not say."""


def due_at(opened: Opened, seen_at: datetime, table: RoutineTable, all_clear: timedelta | None = None) -> datetime:
    """Until when the second person must have answered. `seen_at`: when Canh learned of the opening; after a while
    without the engine there is still time to answer, for nobody was asked before."""
    span = table.vault_second if opened.kind == RoutineKind.VAULT else all_clear or table.all_clear
    was_asleep = seen_at - opened.at > table.after_waking
    return max(opened.at + span, seen_at + table.after_waking) if was_asleep else opened.at + span


def second_person(opened: Opened, clears: Sequence[Clear], table: RoutineTable) -> Clear | None:
    """The answer that makes it good; None: not yet.

    Who opened cannot answer for themselves. Where the panel does not say who opened, or nobody stated under which
    number the panel knows who answers, two people must give their codes: one of them may be who opened.
    """
    mine = [c for c in clears if c.kind == opened.kind and c.at >= opened.at - table.before]
    others = sorted((c for c in mine if not opened.by_number or c.user_number != opened.by_number), key=lambda c: c.at)
    answered: set[int] = set()
    for clear in others:
        is_surely_another = bool(opened.by_number and clear.user_number)
        if is_surely_another or answered - {clear.holder}:
            return clear
        answered.add(clear.holder)
    return None


@dataclass(frozen=True, slots=True)
class Window:
    """When a vault may be opened: a weekday as ISO 8601 counts, from and until, local time."""

    weekday: int
    opens: time
    closes: time


def is_in_window(windows: Sequence[Window], at: datetime) -> bool:
    """`at`: local time. Without a window nothing is forbidden."""
    if not windows:
        return True
    return any(w.weekday == at.isoweekday() and w.opens <= at.time() < w.closes for w in windows)


@dataclass(frozen=True, slots=True)
class Visit:
    """A crew that was announced."""

    id: int
    plate: str
    from_at: datetime
    until_at: datetime


def plain_plate(plate: str) -> str:
    """A registration plate without what people type differently: `29A-123.45` and `29a 12345` are one."""
    return "".join(c for c in plate.upper().replace("Đ", "D") if c.isascii() and c.isalnum())


def expected_crew(visits: Sequence[Visit], plate: str, now: datetime, table: RoutineTable) -> Visit | None:
    """The announced visit that this vehicle is; None: nobody of this plate is expected now."""
    mine = [v for v in visits if v.plate and v.plate == plain_plate(plate)]
    fitting = [v for v in mine if v.from_at - table.crew_grace <= now <= v.until_at + table.crew_grace]
    return min(fitting, key=lambda v: v.from_at) if fitting else None


# ── Codes ────────────────────────────────────────────────────────────────

DIGITS = 6


def is_code(typed: str) -> bool:
    return len(typed) == DIGITS and typed.isascii() and typed.isdecimal()


def duress_of(code: str) -> str:
    """What to type under duress: the last digit one higher, 9 becomes 0. Easily found in fear, and it looks like any
    other code."""
    return f"{code[:-1]}{(int(code[-1]) + 1) % 10}"


def normal_of(typed: str) -> str:
    """The code whose duress code this would be."""
    return f"{typed[:-1]}{(int(typed[-1]) - 1) % 10}"

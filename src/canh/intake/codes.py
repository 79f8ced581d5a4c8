"""What an event code means, from dated tables (`data/codes/*.toml`).

A code that is not listed is never dropped: it is classed by how it begins, and says so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from canh.intake.terms import Kind, Turn

OWN = "CANH"
"""The protocol of what Canh itself has to say."""
POLL = "NULL"
"""DC-09 calls a message without content a null message: only a sign of life."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code explained."""

    kind: Kind
    turn: Turn
    condition: str
    english: str
    vietnamese: str
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Table:
    protocol: str
    valid_from: date
    citation: str
    codes: dict[str, list[str]]
    leading: dict[str, str]
    tells_turn: bool = False
    """DC-03 has a code for each turn, and so five texts a row: kind, turn, condition, English,
    Vietnamese. Elsewhere the message tells the turn, the code is the condition, and a row has three."""
    beyond: dict[str, list[str]] = field(default_factory=dict)
    """Codes in use that the standard does not list."""
    numbers: dict[str, str] = field(default_factory=dict)
    """What the number sent with a code counts -> those codes; a zone for all others."""

    def row(self, code: str) -> list[str] | None:
        return self.codes.get(code) or self.beyond.get(code)


class BadTable(ValueError):
    """The code tables have an entry that makes no sense; the message names it."""


def read_tables(text: str) -> list[Table]:
    """Parse and check code tables. Raises BadTable."""
    tables = []
    for raw in tomllib.loads(text)["table"]:
        table = Table(**{name: raw[name] for name in Table.__slots__ if name in raw})
        for code, row in [*table.codes.items(), *table.beyond.items()]:
            _check(table, code, row)
        for code, _what in _numbers(table):
            if table.row(code) is None:
                raise BadTable(f"{table.protocol} {code}: its number is explained, the code is not listed")
        for start, kind in table.leading.items():
            _kind(table, start, kind)
        tables.append(table)
    return sorted(tables, key=lambda t: t.valid_from)


def _check(table: Table, code: str, row: list[str]) -> None:
    expected = 5 if table.tells_turn else 3
    if len(row) != expected or not all(isinstance(cell, str) and cell for cell in row):
        raise BadTable(f"{table.protocol} {code}: expected {expected} texts, found {row}")
    _kind(table, code, row[0])
    if expected == 5 and row[1] not in Turn.values:
        raise BadTable(f"{table.protocol} {code}: unknown turn {row[1]!r}")


def _numbers(table: Table) -> Iterator[tuple[str, str]]:
    for what, listed in table.numbers.items():
        for code in listed.split():
            yield code, what


def _kind(table: Table, code: str, kind: str) -> None:
    if kind not in Kind.values:
        raise BadTable(f"{table.protocol} {code}: unknown kind {kind!r}")


@cache
def _shipped() -> list[Table]:
    found = sorted(files("canh.intake").joinpath("data/codes").iterdir(), key=lambda f: f.name)
    return [table for file in found for table in read_tables(file.read_text(encoding="utf-8"))]


@cache
def _table(protocol: str, day: date) -> Table | None:
    fitting = [t for t in _shipped() if t.protocol == protocol and t.valid_from <= day]
    return fitting[-1] if fitting else None


@cache
def numbers(protocol: str) -> dict[str, str]:
    """Code -> what the number sent with it counts; a zone when the code is not in it.

    Of the newest table: a door asks once, at its start, so that reading costs one look into a dict.
    """
    of_protocol = [table for table in _shipped() if table.protocol == protocol]
    return dict(_numbers(of_protocol[-1])) if of_protocol else {}


@cache
def meaning(protocol: str, code: str, qualifier: str, day: date) -> Meaning:
    """The meaning of a code on a day. `qualifier`: the turn the protocol told apart from the code."""
    if protocol == POLL:
        return Meaning(Kind.TEST, Turn(qualifier), "poll", "Sign of life", "Tín hiệu còn sống", True)
    table = _table(protocol, day)
    row = table.row(code) if table else None
    if table is None or row is None:
        return unlisted(protocol, code, qualifier, day)
    if table.tells_turn:
        return Meaning(Kind(row[0]), Turn(row[1]), row[2], row[3], row[4], True)
    return Meaning(Kind(row[0]), Turn(qualifier), code, row[1], row[2], True)


@cache
def unlisted(protocol: str, code: str, qualifier: str, day: date) -> Meaning:
    """How a code is classed that no table lists."""
    table = _table(protocol, day)
    if table is None or not code:
        return Meaning(Kind.UNKNOWN, Turn(qualifier), f"{protocol}:{code}"[:40], "Unknown code", "Mã lạ", False)
    return _by_its_start(table, code, qualifier)


def _by_its_start(table: Table, code: str, qualifier: str) -> Meaning:
    kind = table.leading.get(code[:2]) or table.leading.get(code[:1]) or "unknown"
    turn = Turn(qualifier)
    condition = code
    if table.tells_turn:
        # DC-03: the second letter R (restore) or H (alarm restore) ends what the first letter names.
        condition = f"{code[:1]}?"
        turn = Turn.RESTORE if code[1:2] in {"R", "H"} else Turn.NEW
    return Meaning(Kind(kind), turn, condition[:40], f"Code {code}", f"Mã {code}", False)


def listing() -> list[dict[str, Any]]:
    """Every listed code, for the reference page."""
    return [
        {"protocol": t.protocol, "valid_from": t.valid_from, "citation": t.citation, "code": code, "row": row}
        for t in _shipped()
        for code, row in sorted([*t.codes.items(), *t.beyond.items()])
    ]

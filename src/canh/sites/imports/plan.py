"""What a file would do to the register: rows to make, rows to change, and what is wrong, row by row. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from canh.kit.ids import new_ids
from canh.sites.imports.known import Known
from canh.sites.imports.reading import Row
from canh.sites.imports.values import Wrong

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to put right in the file."""

    sheet: str
    row: int
    column: str
    """Its letter and heading: “C · Loại”; empty: the row as a whole."""
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A row to make or to change."""

    table: str
    row_id: int
    values: dict[str, Any]
    before: dict[str, Any] | None = None
    is_direct: bool = False
    """Belongs to something that is in use already, so it may appear only together with all the rest."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file and what becomes of it."""

    sheet: str
    row: int
    act: str
    """new, change, same."""
    title: str


@dataclass
class Plan:
    items: list[Item] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """Sheet → new, change, same."""
        found: dict[str, dict[str, int]] = {}
        for line in self.lines:
            acts = found.setdefault(line.sheet, {"new": 0, "change": 0, "same": 0})
            acts[line.act] += 1
        return found


class Draft:
    """A plan while it is made: what the rows before this one add is known to those after it."""

    def __init__(self, register: Known) -> None:
        self.known, self.plan = register, Plan()
        self._ids: Iterator[int] = iter(())
        self.seen: dict[tuple[Any, ...], int] = {}
        self.empty_zones: dict[int, int] = {}
        """Zone made only because a panel said how many it has → where in the plan."""

    def new_id(self) -> int:
        found = next(self._ids, 0)
        if not found:
            self._ids = iter(new_ids(500))
            found = next(self._ids)
        return found

    def note(self, row: Row, act: str, title: str) -> None:
        self.plan.lines.append(Line(row.sheet.key, row.number, act, title))

    def make(self, row: Row, title: str, item: Item) -> None:
        self.plan.items.append(item)
        self.note(row, "new", title)

    def settle(
        self, row: Row, title: str, table: str, row_id: int, wanted: dict[str, Any], held: dict[str, Any]
    ) -> None:
        """A row that is there: changed where it differs."""
        change = {name: value for name, value in wanted.items() if value != held.get(name)}
        if change:
            before = {name: held.get(name) for name in change}
            self.plan.items.append(Item(table, row_id, change, before, is_direct=True))
        self.note(row, "change" if change else "same", title)

    def is_first(self, cells: Cells, *key: Any) -> bool:
        """Whether no row before says the same; else a fault that names that row."""
        before = self.seen.setdefault((cells.row.sheet.key, *key), cells.row.number)
        if before != cells.row.number:
            cells.fault("", _("The same as row %(n)d; one is enough.") % {"n": before})
        return before == cells.row.number


class Cells:
    """The cells of one row; what is wrong with one is noted, and the row is then left out."""

    def __init__(self, row: Row, plan: Plan) -> None:
        self.row, self._plan = row, plan
        self.is_ok = True

    def __getitem__(self, name: str) -> str:
        return self.row.cells.get(name, "")

    def take(self, name: str, parse: Callable[[str], T], default: Any = None) -> T | Any:
        """The value of a cell, or the default when it is empty or wrong."""
        text = self[name]
        if not text:
            if any(c.needed for c in self.row.sheet.columns if c.name == name):
                self.fault(name, _("Needed."))
            return default
        try:
            return parse(text)
        except Wrong as wrong:
            self.fault(name, str(wrong))
            return default

    def fault(self, name: str, text: str) -> None:
        self.is_ok = False
        column = next((c for c in self.row.sheet.columns if c.name == name), None)
        where = f"{self.row.letters.get(name, '')} · {column.title}".strip(" ·") if column else ""
        self._plan.faults.append(Fault(self.row.sheet.key, self.row.number, where, text))

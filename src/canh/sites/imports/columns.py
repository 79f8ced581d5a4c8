"""Which sheets and columns an import has: data/import.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.translation import get_language

from canh.kit.text import fold


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    vi: str
    en: str
    also: tuple[str, ...]
    needed: bool
    hint_vi: str
    hint_en: str
    example: str

    @property
    def title(self) -> str:
        return self.vi if is_vietnamese() else self.en

    @property
    def hint(self) -> str:
        return self.hint_vi if is_vietnamese() else self.hint_en

    def headings(self) -> set[str]:
        """Every heading that means this column, folded."""
        return {fold(text) for text in (self.vi, self.en, self.name, *self.also)}


@dataclass(frozen=True, slots=True)
class Sheet:
    key: str
    vi: str
    en: str
    about_vi: str
    about_en: str
    columns: tuple[Column, ...]

    @property
    def title(self) -> str:
        return self.vi if is_vietnamese() else self.en

    @property
    def about(self) -> str:
        return self.about_vi if is_vietnamese() else self.about_en

    def places(self, headings: list[str]) -> dict[int, Column]:
        """Position → column, for a row of headings; the first heading that fits a column has it."""
        found: dict[int, Column] = {}
        for place, heading in enumerate(headings):
            column = next((c for c in self.columns if fold(heading) in c.headings()), None)
            if heading and column and column not in found.values():
                found[place] = column
        return found


def is_vietnamese() -> bool:
    return (get_language() or "vi").startswith("vi")


@cache
def sheets() -> dict[str, Sheet]:
    """By key, in the order in which they are read: what others name comes first."""
    text = files("canh.sites").joinpath("data/import.toml").read_text(encoding="utf-8")
    return {row["key"]: _sheet(row) for row in tomllib.loads(text)["sheet"]}


def _sheet(row: dict[str, Any]) -> Sheet:
    columns = tuple(Column(**{**column, "also": tuple(column["also"])}) for column in row["columns"])
    return Sheet(**{**row, "columns": columns})


def sheet_named(name: str) -> Sheet | None:
    """A sheet of a workbook, by its name in either language."""
    wanted = fold(name)
    return next((s for s in sheets().values() if wanted in {fold(s.vi), fold(s.en), s.key}), None)


def sheet_of(headings: list[str]) -> Sheet | None:
    """The sheet whose needed columns are all there; of several the one that explains most headings."""
    fitting = []
    for sheet in sheets().values():
        found = set(sheet.places(headings).values())
        if all(c in found for c in sheet.columns if c.needed):
            fitting.append((len(found), sheet))
    return max(fitting, key=lambda pair: pair[0], default=(0, None))[1]

"""Working days: weekends, public holidays, and the Saturdays that are worked instead of another day.

Pure: days in, answers out. The days are dated data (`data/workdays.toml`); what is not confirmed there counts as if it
were not known. For schedules, rosters, clocks of tips and tasks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

SATURDAY = 6
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Off:
    """Why a day is off work."""

    name: str
    english: str
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Worked:
    """A day of the weekend that is worked."""

    instead_of: date
    """The day that is off for it; one works the hours of that weekday."""
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """Holidays and exchanged days."""

    off: Mapping[date, Off] = field(default_factory=dict)
    worked: Mapping[date, Worked] = field(default_factory=dict)

    def holiday(self, day: date) -> Off | None:
        """Why this day is off, where that is confirmed."""
        found = self.off.get(day)
        return found if found and found.is_confirmed else None

    def is_workday(self, day: date) -> bool:
        """Whether offices work on this day."""
        worked = self.worked.get(day)
        if worked and worked.is_confirmed:
            return True
        return day.isoweekday() < SATURDAY and self.holiday(day) is None

    def workdays(self, first: date, last: date) -> int:
        """How many working days there are from the first to the last, both counted."""
        return sum(map(self.is_workday, days(first, last)))

    def after(self, day: date, count: int) -> date:
        """The day on which `count` working days after this one have passed."""
        while count > 0:
            day += DAY
            count -= self.is_workday(day)
        return day

    def with_more(self, other: Calendar) -> Calendar:
        """Both; where they say different things of a day, the other holds."""
        return Calendar({**self.off, **other.off}, {**self.worked, **other.worked})


class BadCalendar(ValueError):
    """The calendar has an entry that makes no sense; the message names it."""


def read(text: str) -> Calendar:
    """A calendar from TOML. Raises BadCalendar."""
    calendar = Calendar()
    for table in sorted(tomllib.loads(text)["table"], key=lambda t: t["valid_from"]):
        calendar = calendar.with_more(_table(table))
    for day, worked in calendar.worked.items():
        if worked.instead_of not in calendar.off:
            raise BadCalendar(f"{day} is worked instead of {worked.instead_of}, which is not off")
    return calendar


def _table(table: Mapping[str, Any]) -> Calendar:
    off: dict[date, Off] = {}
    for entry in table.get("off", []):
        first, last = entry["first"], entry.get("last", entry["first"])
        if not first <= last or not entry["name"] or not entry["english"]:
            raise BadCalendar(f"{first}: from when to when, and what it is called")
        off.update(dict.fromkeys(days(first, last), Off(entry["name"], entry["english"], entry["confirmed"])))
    worked = {w["day"]: Worked(w["instead_of"], w["confirmed"]) for w in table.get("worked", [])}
    return Calendar(off, worked)


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    while first <= last:
        yield first
        first += DAY


@cache
def vietnam() -> Calendar:
    """The calendar that is shipped."""
    return read(files("canh.kit").joinpath("data/workdays.toml").read_text(encoding="utf-8"))

"""Which alarms are one case. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from canh.intake.terms import NEVER_HELD_BACK


@dataclass(frozen=True, slots=True)
class Grouping:
    """What the dated table says."""

    window: timedelta
    longest: timedelta
    opens: tuple[str, ...]
    """The gravest first."""
    joins: frozenset[str]
    never: frozenset[str]


@dataclass(frozen=True, slots=True)
class Heard:
    """An alarm as far as cases go."""

    kind: str
    code: str
    priority: int
    at: datetime
    is_folded: bool = False
    is_own: bool = False
    """Canh itself says it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest open case of the site."""

    opened_at: datetime
    last_at: datetime


class Placing(StrEnum):
    OPEN = "open"
    """A case of its own."""
    JOIN = "join"
    """Part of the open case."""
    LEAVE = "leave"
    """No case, unless a person opens one."""


def place(alarm: Heard, standing: Standing | None, table: Grouping) -> Placing:
    """Where an alarm belongs.

    1. What stands folded in another entry of the desk (a storm, a cut-off), and what Canh says about itself: nowhere.
    2. While the site's case is open and near in time: there, whatever its kind, so that a hold-up raises a burglary.
       What came before is near too: journals of two gateways are copied one after the other.
    3. Else a kind that opens cases opens one; what Canh itself noticed does not, but a cry for help that came through
       it (a duress code typed on a page) does.
    """
    if alarm.is_folded or (alarm.is_own and alarm.code in table.never):
        return Placing.LEAVE
    opens = alarm.kind in table.opens and (not alarm.is_own or alarm.kind in NEVER_HELD_BACK)
    if standing and is_near(alarm.at, standing, table) and (opens or alarm.kind in table.joins):
        return Placing.JOIN
    return Placing.OPEN if opens else Placing.LEAVE


def is_near(at: datetime, standing: Standing, table: Grouping) -> bool:
    """Within the window of the case's last alarm, and not longer after its beginning than a case may grow."""
    is_recent = standing.opened_at - table.window <= at <= standing.last_at + table.window
    return is_recent and at - standing.opened_at <= table.longest


def gravity(kind: str, priority: int, table: Grouping) -> tuple[int, int]:
    """Smaller is graver: what names a case and chooses its procedure."""
    order = table.opens.index(kind) if kind in table.opens else len(table.opens)
    return priority, order

"""One alarm as a row of the queue. The row is the same for every person; the browser adds "You"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.template.loader import get_template
from django.utils import translation

from canh.alarms.terms import State
from canh.console.desk import wording
from canh.kit import clock

if TYPE_CHECKING:
    from canh.alarms.models import Alarm

KEPT = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """A rendered row, with what the board must know of it."""

    id: str
    revision: int
    html: str
    priority: int
    is_waiting: bool
    """Nobody has acknowledged it yet."""
    is_shown: bool


_kept: dict[tuple[str, int], Row] = {}


def rows(alarms: Iterable[Alarm]) -> list[Row]:
    """Rows in the active language; an alarm that did not change is not rendered again."""
    language = translation.get_language() or ""
    made = [_row(language, alarm) for alarm in alarms]
    if len(_kept) > KEPT:
        _kept.clear()
    return made


def _row(language: str, alarm: Alarm) -> Row:
    kept = _kept.get((language, alarm.id))
    if kept is not None and kept.revision == alarm.revision:
        return kept
    row = Row(
        id=str(alarm.id),
        revision=alarm.revision,
        html=_html(alarm),
        priority=alarm.priority,
        is_waiting=alarm.state == State.UNACKNOWLEDGED,
        is_shown=alarm.shown_at is not None,
    )
    _kept[language, alarm.id] = row
    return row


def _html(alarm: Alarm) -> str:
    facts = {
        "alarm": alarm,
        "area": wording.short_area(alarm.site.area.name) if alarm.site.area else "",
        "title": wording.alarm_title(alarm),
        "received_ms": clock.to_us(alarm.received_at) // 1000,
    }
    return get_template("console/desk/row.html").render(facts).strip()

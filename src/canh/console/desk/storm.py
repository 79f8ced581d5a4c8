"""The one entry of a storm: a wide power cut in which many premises report power and transmission.

It looks like a row of the queue and opens like an alarm, but each desk has its own: only premises that it may see
are counted in it, and only on those it may act (`storm_views.py`).
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django.template.loader import get_template
from django.utils.translation import ngettext

from canh.accounts.queries import Viewer
from canh.alarms import queries
from canh.alarms.queries import StormFigures
from canh.alarms.terms import Priority
from canh.console.desk.rows import Row
from canh.kit import clock

ID = "storm"


def row(viewer: Viewer) -> Row | None:
    """As a row of the queue, in the active language; None when no storm's alarm is open."""
    figures = queries.storm_figures(viewer)
    if figures is None:
        return None
    html = get_template("console/desk/storm_row.html").render(facts(figures)).strip()
    # Its content is its revision: closing the newest of its alarms leaves no newer one behind.
    return Row(ID, crc32(html.encode()), html, figures.priority, is_waiting=figures.waiting > 0, is_shown=True)


def among(rows: list[Row], viewer: Viewer) -> list[Row]:
    """The queue with the storm in its place: behind everything as urgent as its most urgent alarm."""
    entry = row(viewer)
    if entry is None:
        return rows
    at = sum(1 for other in rows if other.priority <= entry.priority)
    return [*rows[:at], entry, *rows[at:]]


def facts(figures: StormFigures) -> dict[str, Any]:
    """What the templates of the entry need."""
    return {
        "storm": figures,
        "label": Priority(figures.priority).label,
        "state": "unacknowledged" if figures.waiting else "acknowledged",
        "title": title(figures),
        "began_ms": clock.to_us(figures.began_at) // 1000,
    }


def title(figures: StormFigures) -> str:
    text = ngettext("Wide power cut: %(n)d site", "Wide power cut: %(n)d sites", figures.sites)
    return text % {"n": figures.sites}

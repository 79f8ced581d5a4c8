"""Shared monitoring in words, in the active language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from canh.monitoring.models import Watch
from canh.monitoring.rules import Hole


def guidance(code: str) -> str:
    """What to do about a desk that nobody sits at; "" for another code."""
    if code != "desk_unmanned":
        return ""
    return _(
        "Nobody sits at the desk that watches these premises and others, and no other desk could take over. Call its "
        "people; until somebody is there, take its alarms from here. It ends by itself when somebody opens a desk page."
    )


def hours(watch: Watch) -> str:
    """`Mon Tue Wed, 17:00–07:00`."""
    return f"{days(int(d) for d in watch.weekdays)}, {_span(watch)}"


def _span(watch: Watch) -> str:
    if watch.opens == watch.closes:
        return _("day and night") if not watch.opens.hour and not watch.opens.minute else _(
            "from %(at)s for 24 hours") % {"at": time_format(watch.opens, "H:i")}  # fmt: skip
    return f"{time_format(watch.opens, 'H:i')}–{time_format(watch.closes, 'H:i')}"


def days(weekdays: Iterable[int]) -> str:
    """Days of the week (ISO) in the order given; all of them: `every day`."""
    found = list(weekdays)
    return _("every day") if len(found) == 7 else ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in found)


def holes(found: Iterable[Hole]) -> list[str]:
    """Hours that nobody watches, days of the same hours together: `Mon Tue 17:00–24:00`."""
    by_span: dict[tuple[str, str], list[int]] = {}
    for hole in found:
        closes = "24:00" if not hole.closes.hour and not hole.closes.minute else time_format(hole.closes, "H:i")
        by_span.setdefault((time_format(hole.opens, "H:i"), closes), []).append(hole.weekday)
    return [f"{days(weekdays)} {begin}–{end}" for (begin, end), weekdays in by_span.items()]

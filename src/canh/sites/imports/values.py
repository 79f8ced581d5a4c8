"""One cell into one value. Each function raises Wrong with what to do about it."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from canh.kit.text import fold
from canh.sites.terms import ReportingClass, Weekday


class Wrong(ValueError):
    """What is wrong with a cell."""


def text(value: str, longest: int) -> str:
    if len(value) > longest:
        raise Wrong(_("Longer than %(n)d characters.") % {"n": longest})
    return value


_spoken: dict[Any, dict[str, Any]] = {}


def choice(value: str, words: Any, also: dict[str, str] | None = None) -> Any:
    """A word of a vocabulary, by its value or its name in either language."""
    if words not in _spoken:
        _spoken[words] = _names(words)
    found = (also or {}).get(fold(value)) or _spoken[words].get(fold(value))
    if found is None:
        known = ", ".join(str(label) for _value, label in words.choices)
        raise Wrong(_("“%(value)s” is not known here. Write one of: %(known)s.") % {"value": value, "known": known})
    return found


def _names(words: Any) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for language in ("vi", "en"):
        with override(language):
            names |= {fold(str(label)): value for value, label in words.choices}
    return names | {fold(str(value)): value for value in words.values}


def whole(value: str, least: int, most: int) -> int:
    if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
        raise Wrong(_("Write a whole number from %(a)d to %(b)d.") % {"a": least, "b": most})
    return int(value)


def degrees(value: str, limit: int) -> float:
    """With a point or, as Vietnamese write it, a comma."""
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        raise Wrong(_("Write degrees as a number, for example 21.0285.")) from None
    if not -limit <= number <= limit:
        raise Wrong(_("Degrees lie between -%(n)d and %(n)d.") % {"n": limit})
    return number


YES = frozenset({"1", "co", "x", "yes", "y", "true", "dung"})
NO = frozenset({"", "0", "khong", "no", "n", "false", "sai", "-"})


def yes_or_no(value: str) -> bool:
    if fold(value) in YES:
        return True
    if fold(value) in NO:
        return False
    raise Wrong(_("Write yes or no."))


def phone(value: str) -> str:
    """Excel drops the zero in front of a number: nine digits that begin with a mobile prefix get it back."""
    if re.fullmatch(r"[35789]\d{8}", value):
        value = f"0{value}"
    if not re.fullmatch(r"[0-9+() .\-]{3,30}", value):
        raise Wrong(_("Digits, spaces and + only."))
    return value


def moment(value: str) -> time:
    """08:00, 8h, 7h30, 7.30."""
    found = re.fullmatch(r"(\d{1,2})(?:\s*[:hg.]\s*(\d{2})?(?::\d{2})?)?", fold(value))
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        raise Wrong(_("Write a time as 07:30."))
    return time(hour, minute)


DAYS: dict[str, int] = {
    **{name: day for day, names in enumerate(
        (("t2", "thu hai", "thu 2", "hai", "2", "mon", "monday"),
         ("t3", "thu ba", "thu 3", "ba", "3", "tue", "tuesday"),
         ("t4", "thu tu", "thu 4", "tu", "4", "wed", "wednesday"),
         ("t5", "thu nam", "thu 5", "nam", "5", "thu", "thursday"),
         ("t6", "thu sau", "thu 6", "sau", "6", "fri", "friday"),
         ("t7", "thu bay", "thu 7", "bay", "7", "sat", "saturday"),
         ("cn", "chu nhat", "8", "sun", "sunday")), start=1) for name in names},
}  # fmt: skip
"""As Vietnamese count them: the second day is Monday."""


def weekdays(value: str) -> list[Weekday]:
    """T2, T2-T6, T2,T4,CN; a range may run over Sunday."""
    days: list[int] = []
    for part in re.split(r"[,;+]", fold(value)):
        ends = [DAYS.get(end.strip()) for end in re.split(r"\s*(?:-|–|den|to)\s*", part.strip())]
        if len(ends) > 2 or None in ends:
            raise Wrong(_("Write weekdays as T2, T2-T6 or T2,T4,CN."))
        first, last = ends[0] or 0, ends[-1] or 0
        days += [(first - 1 + n) % 7 + 1 for n in range((last - first) % 7 + 1)]
    return [Weekday(day) for day in dict.fromkeys(days)]


def reporting(value: str) -> int:
    """3 phút, 90 s, 25h, or the seconds."""
    found = re.fullmatch(r"(\d+)\s*(s|giay|phut|min|minutes|seconds|m|gio|h|hours)?", fold(value))
    scale = {"phut": 60, "min": 60, "minutes": 60, "m": 60, "gio": 3600, "h": 3600, "hours": 3600}
    seconds = int(found[1]) * scale.get(found[2] or "", 1) if found else 0
    if seconds not in ReportingClass.values:
        raise Wrong(_("Write 90 s, 3 min, 30 min, 5 h or 25 h."))
    return seconds

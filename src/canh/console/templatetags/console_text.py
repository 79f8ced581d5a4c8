"""Figures as a person reads them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from canh.kit import clock

register = template.Library()


@register.filter
def ago(moment: datetime) -> str:
    """How long since: "just now", "8 s ago", "12 min ago", "3 h ago", "5 days ago"."""
    seconds = (clock.now() - moment).total_seconds()
    return _("%s ago") % span(seconds) if seconds >= 2 else _("just now")


@register.filter
def span(seconds: float) -> str:
    """A duration in its largest useful unit."""
    whole = max(0, int(seconds))
    if whole < 90:
        return _("%(n)d s") % {"n": whole}
    if whole < 90 * 60:
        return _("%(n)d min") % {"n": round(whole / 60)}
    if whole < 36 * 3600:
        return _("%(n)d h") % {"n": round(whole / 3600)}
    days = round(whole / 86400)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@register.filter
def seconds(ms: int) -> str:
    """A difference of clocks with its sign: +1.3 s."""
    return f"{'+' if ms > 0 else '−' if ms < 0 else ''}{number_format(abs(ms) / 1000, 1)} s"


@register.filter
def short(amount: float) -> str:
    """A short time with its tenths: "0,4 s"."""
    return _("%(n)s s") % {"n": number_format(round(amount, 1), decimal_pos=1)}


@register.filter
def in_fours(text: str) -> list[str]:
    """A key in groups of four: what the eye can carry from a screen to a keypad."""
    return [text[i : i + 4] for i in range(0, len(text), 4)]


@register.filter
def bits_of(key_hex: str) -> str:
    return f"AES-{len(key_hex) * 4}"


@register.filter
def degrees(value: float) -> str:
    """Coordinates with a point in every language, so that they can be pasted into a map."""
    return f"{value:.5f}".rstrip("0").rstrip(".")


@register.filter
def size(count: int) -> str:
    """Bytes in the unit people buy disks in."""
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount >= 1000:
            amount, unit = amount / 1000, larger
    return f"{number_format(amount, 0 if amount >= 100 or unit == 'B' else 1)} {unit}"

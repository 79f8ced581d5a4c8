"""Ladders in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from canh.response.rules import Rung
from canh.response.terms import Target


def rung_line(rung: Rung, people: Mapping[int, object]) -> str:
    """`after 30 s: who is on duty there`."""
    return _("after %(wait)s: %(who)s") % {"wait": wait(rung.wait_s), "who": who(rung, people)}


def who(rung: Rung, people: Mapping[int, object]) -> str:
    """`people`: id -> name, of those who are named."""
    if rung.who == Target.PERSON:
        return str(people.get(rung.person or 0) or _("somebody who is no longer here"))
    if rung.who == Target.SIREN:
        return _("siren %(topic)s") % {"topic": rung.topic}
    label = str(rung.who.label)
    return label[:1].lower() + label[1:]


def wait(seconds: int) -> str:
    if seconds % 60 or not seconds:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    return ngettext("%(n)d minute", "%(n)d minutes", seconds // 60) % {"n": seconds // 60}

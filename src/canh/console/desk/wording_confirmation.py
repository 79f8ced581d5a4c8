"""A finding of confirmation in words, in the active language."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from canh.alarms.confirmation import Aside, Evidence, Finding, Level, Rule, Sight, Sort

if TYPE_CHECKING:
    from canh.intake.models import Signal

LEVELS = {
    Level.NO_CALL: gettext_lazy("Nobody need be called"),
    Level.LITTLE_KNOWN: gettext_lazy("Little is known"),
    Level.PERSON: gettext_lazy("Somebody is very probably there"),
    Level.PROPERTY: gettext_lazy("Property is threatened"),
    Level.LIFE: gettext_lazy("Life is threatened"),
}
SORTS = {
    Sort.DETECTOR: gettext_lazy("Detector"),
    Sort.HOLD_UP: gettext_lazy("Hold-up button"),
    Sort.TAMPER: gettext_lazy("Tamper"),
    Sort.PATH: gettext_lazy("Transmission path"),
    Sort.PANEL: gettext_lazy("The panel itself"),
    Sort.VIDEO: gettext_lazy("Who looked at the video"),
    Sort.GUARD: gettext_lazy("Who is on the spot"),
    Sort.WARNING: gettext_lazy("Released warning"),
}
ASIDES = {
    Aside.UNPROVEN: gettext_lazy("does not prove its sender"),
    Aside.ON_TEST: gettext_lazy("on test"),
    Aside.EXPLAINED: gettext_lazy("its alarm was closed, and not as a real one"),
    Aside.OUTSIDE: gettext_lazy("stands outside"),
    Aside.WALKED_OFF: gettext_lazy("afterwards somebody was on the spot and found nothing"),
    Aside.LOW_GRADE: gettext_lazy("graded too low"),
    Aside.NOT_IN_FORCE: gettext_lazy("no longer in force"),
}
SIGHTS = {
    Sight.NOTHING: gettext_lazy("nobody, and nothing is wrong"),
    Sight.PERSON: gettext_lazy("a person"),
    Sight.BREAKING: gettext_lazy("somebody breaking in, destroying or taking away"),
    Sight.WEAPON: gettext_lazy("a weapon, violence, somebody held or hurt"),
}
_REASONS = {
    Rule.LIFE_SEEN: gettext_lazy("A weapon, violence or somebody held was seen. Source: %(first)s."),
    Rule.PANEL_HOLD_UP: gettext_lazy("The panel itself has confirmed the hold-up (%(first)s)."),
    Rule.HOLD_UP_TWICE: gettext_lazy("Hold-up was called twice, %(apart)s apart: %(first)s, then %(second)s."),
    Rule.HOLD_UP_TAMPER: gettext_lazy("Hold-up and tamper within %(apart)s: %(first)s, then %(second)s."),
    Rule.BREAKING_SEEN: gettext_lazy("Somebody was seen breaking in or taking away. Source: %(first)s."),
    Rule.PERSON_SEEN: gettext_lazy("A person was seen. Source: %(first)s."),
    Rule.PANEL_INTRUSION: gettext_lazy("The panel itself has confirmed the intrusion (%(first)s)."),
    Rule.SEQUENTIAL: gettext_lazy("Two independent detectors within %(apart)s: %(first)s, then %(second)s."),
    Rule.DETECTOR_PATH: gettext_lazy("A detector and the loss of a path within %(apart)s: %(first)s, then %(second)s."),
    Rule.DETECTOR_WARNING: gettext_lazy("%(second)s tripped while a released warning was in force."),
    Rule.HOLD_UP_ONCE: gettext_lazy("Somebody called for help once: %(first)s. Not confirmed yet."),
    Rule.ALONE: gettext_lazy("Only one observer so far: %(first)s. Nothing independent says the same."),
    Rule.NOTHING: gettext_lazy("Nothing that counts says that anybody is there."),
}


def reason(finding: Finding) -> str:
    """Why this level, in one sentence."""
    names = [name_of(e) for e in finding.uses] + ["", ""]
    apart = finding.uses[-1].at - finding.uses[0].at if finding.uses else timedelta()
    return str(_REASONS[finding.rule]) % {"first": names[0], "second": names[1], "apart": _duration(apart)}


def name_of(e: Evidence) -> str:
    """What observed, as people call it."""
    return f"{SORTS[e.sort]} {e.name}".strip()


def _duration(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    if seconds < 120:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    return _("%(n)d min") % {"n": round(seconds / 60)}


def sight(signal: Signal, who: str) -> str:
    """What somebody took down of an alarm."""
    is_spot = signal.code == "guard_sees"
    text = _("%(who)s took down from the spot: %(what)s") if is_spot else _("%(who)s looked at the video: %(what)s")
    return text % {"who": who, "what": SIGHTS[Sight(signal.extra["sees"])]}

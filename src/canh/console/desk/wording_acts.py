"""What people did to an alarm, and what happened to it without them, in the active language. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from canh.alarms.terms import CloseReason, EventKind, ShelveReason
from canh.response.terms import DispatchState

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.alarms.queries import TimelineLine

Spell = Callable[[timedelta], str]
"""How a span of time is written."""
NAMED = frozenset(
    {
        EventKind.TAKEN_OVER,
        EventKind.RELEASED,
        EventKind.CALLED,
        EventKind.DISPATCHED,
        EventKind.ON_SPOT,
        EventKind.STOOD_DOWN,
    }
)
"""Lines whose note is in their words: the name of who had the alarm before, the names of who was called."""


def tell_act(line: TimelineLine, alarm: Alarm, who: str, duration: Spell, *, is_first: bool) -> str:
    """One line. `is_first`: the first acknowledgement, of which the time since it was shown is told."""
    facts = {"who": who, "was": line.note, "names": " · ".join(line.note.splitlines()), "step": line.reason,
             "state": _state(line)}  # fmt: skip
    if line.kind == EventKind.ACKNOWLEDGED:
        return _acknowledged(line, alarm, who, duration) if is_first else _("%(who)s acknowledged") % facts
    if line.kind == EventKind.CLOSED:
        return _("%(who)s closed: %(reason)s") % {**facts, "reason": _reason(line.reason or alarm.close_reason)}
    if line.kind == EventKind.SHELVED:
        return _shelved(line, who)
    if line.kind == EventKind.UNSHELVED and not line.actor:
        return _("The shelving is over: it waits again")
    texts = {
        EventKind.SHOWN: _("Shown at the desk"),
        EventKind.NOTE: _("%(who)s noted:"),
        EventKind.UNSHELVED: _("%(who)s put it back in the queue"),
        EventKind.TAKEN_OVER: _("%(who)s took it over from %(was)s"),
        EventKind.RELEASED: _("%(was)s is no longer at the desk: it waits again"),
        EventKind.REOPENED: _("%(who)s reopened:"),
        EventKind.CALLED: _called(line),
        EventKind.DISPATCHED: _("%(who)s sent to the spot: %(names)s"),
        EventKind.ON_SPOT: "%(names)s: %(state)s",
        EventKind.STOOD_DOWN: _("%(who)s stood down: %(names)s") if line.actor else _("Stood down: %(names)s"),
    }
    return texts.get(line.kind, str(line.kind.label)) % facts


def _acknowledged(line: TimelineLine, alarm: Alarm, who: str, duration: Spell) -> str:
    if alarm.shown_at is None or line.at < alarm.shown_at:
        return _("%(who)s acknowledged") % {"who": who}
    facts = {"who": who, "span": duration(line.at - alarm.shown_at)}
    return _("%(who)s acknowledged (%(span)s after it was shown)") % facts


def _shelved(line: TimelineLine, who: str) -> str:
    """The day is told where it is another one."""
    until = timezone.localtime(line.until_at or line.at)
    form = "%H:%M" if until.date() == timezone.localtime(line.at).date() else "%H:%M %d/%m"
    reason = ShelveReason(line.reason).label if line.reason else ""
    facts = {"who": who, "until": until.strftime(form), "reason": reason}
    return _("%(who)s shelved it until %(until)s: %(reason)s") % facts


def _reason(reason: str) -> str:
    """A closing of before reasons were kept with it, undone since, has left none behind."""
    return str(CloseReason(reason).label) if reason else _("reopened later")


def _state(line: TimelineLine) -> str:
    return str(DispatchState(line.reason).label) if line.kind == EventKind.ON_SPOT else ""


def _called(line: TimelineLine) -> str:
    if not line.note:
        return _("Nobody to call on step %(step)s of the ladder")
    return _("Called on step %(step)s of the ladder: %(names)s")

"""What a called person reads: which alarm, where, since when, and what is asked of them. In their language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from canh.channels.message import Message
from canh.intake.terms import Kind
from canh.response.terms import Purpose

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.response.models import Notice

LANGUAGE = "vi"
"""Of a siren's message, which no person reads."""


def message_for(notices: Sequence[Notice], titles: int) -> Message:
    """One message for all that is to be told to one address now; the most urgent first. `titles`: how many alarms
    it names."""
    first = notices[0]
    with override(first.user.language if first.user else LANGUAGE):
        alarms = list({n.alarm_id: n.alarm for n in notices}.values())
        title, text, body = _words(notices, alarms, titles)
        return Message(
            key=f"notice:{first.id}", title=title, text=text, body=body, at=alarms[0].received_at, is_test=False,
            is_drill=alarms[0].is_drill,
        )  # fmt: skip


def _words(notices: Sequence[Notice], alarms: Sequence[Alarm], titles: int) -> tuple[str, str, str]:
    """Title, short text, long text."""
    purpose = notices[0].purpose
    if purpose == Purpose.DISPATCH:
        return _dispatch(notices, alarms, titles)
    if purpose == Purpose.STAND_DOWN:
        return _stand_down(alarms, titles)
    return _title(alarms), _text(alarms, titles), _body(notices, alarms)


def _dispatch(notices: Sequence[Notice], alarms: Sequence[Alarm], titles: int) -> tuple[str, str, str]:
    title = _("Go there: %(alarm)s — %(site)s") % _facts(alarms[0])
    tasks = [n.dispatch.task for n in notices if n.dispatch and n.dispatch.task]
    answer = _("Answer in Canh under “Orders”, or call the control room.")
    text = ". ".join([_told(alarms, titles), *tasks, answer])
    lines = [_("You are sent to the spot.")]
    for notice in notices:
        lines += ["", _("P%(priority)s %(alarm)s") % _facts(notice.alarm), _place(notice.alarm),
                  _("Received: %(time)s on %(day)s") % _facts(notice.alarm)]  # fmt: skip
        lines += [notice.dispatch.task] if notice.dispatch and notice.dispatch.task else []
    return title, text, "\n".join([*lines, "", answer])


def _stand_down(alarms: Sequence[Alarm], titles: int) -> tuple[str, str, str]:
    title = _("Stand-down: %(alarm)s — %(site)s") % _facts(alarms[0])
    end = _("It is over: you need not come.")
    told = _told(alarms, titles)
    return title, f"{told}. {end}", f"{end}\n\n{told}"


def name_of(alarm: Alarm) -> str:
    """`Hold-up, button of counter 2`."""
    kind = str(Kind(alarm.kind).label)
    return f"{kind}, {alarm.zone_name}" if alarm.zone_name else kind


def _title(alarms: Sequence[Alarm]) -> str:
    if len(alarms) == 1:
        return _("P%(priority)s not taken: %(alarm)s — %(site)s") % _facts(alarms[0])
    return ngettext("%(n)d alarm waits", "%(n)d alarms wait", len(alarms)) % {"n": len(alarms)}


def _text(alarms: Sequence[Alarm], titles: int) -> str:
    return ". ".join([_told(alarms, titles), _("Nobody has taken it yet.")])


def _told(alarms: Sequence[Alarm], titles: int) -> str:
    told = "; ".join(_("P%(priority)s %(alarm)s, %(site)s %(time)s") % _facts(a) for a in alarms[:titles])
    more = len(alarms) - titles
    if more > 0:
        told += "; " + ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return told


def _facts(alarm: Alarm) -> dict[str, str]:
    local = timezone.localtime(alarm.received_at)
    return {"priority": str(alarm.priority), "alarm": name_of(alarm), "site": alarm.site.name,
            "time": f"{local:%H:%M:%S}", "day": f"{local:%d/%m/%Y}"}  # fmt: skip


def _body(notices: Sequence[Notice], alarms: Sequence[Alarm]) -> str:
    lines = [_("Nobody at the desk has taken these alarms. You are the next to be told.")]
    for alarm in alarms:
        lines += ["", _("P%(priority)s %(alarm)s") % _facts(alarm), _place(alarm),
                  _("Received: %(time)s on %(day)s") % _facts(alarm)]  # fmt: skip
        if alarm.is_on_test:
            lines.append(_("The premises are on test: somebody is working there. It may be real all the same."))
    lines += ["", _("Open the desk and acknowledge, or call the control room. As soon as somebody has it, nobody "
                    "more is called."), _("Step %(step)d of the ladder.") % {"step": notices[0].rung + 1}]  # fmt: skip
    return "\n".join(lines)


def _place(alarm: Alarm) -> str:
    parts = [alarm.site.name, alarm.site.address, alarm.site.area.name if alarm.site.area else ""]
    return ", ".join(part for part in parts if part)

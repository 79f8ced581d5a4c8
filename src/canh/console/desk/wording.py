"""What an alarm is called and how its story reads, in the active language. Pure: no database, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from canh.alarms.terms import EventKind, Priority, State
from canh.console.arming.wording import guidance as arming_guidance
from canh.console.desk.wording_acts import NAMED, tell_act
from canh.console.desk.wording_confirmation import sight
from canh.console.monitoring.wording import guidance as monitoring_guidance
from canh.console.occupancy.wording import guidance as inside_guidance
from canh.console.police.wording import guidance as police_guidance
from canh.console.routines.wording import guidance as routine_guidance
from canh.intake import codes
from canh.intake.terms import Kind, Turn, Verdict
from canh.kit.text import fold

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.alarms.queries import TimelineLine
    from canh.intake.models import Signal
    from canh.sites.models import Site

PROTOCOLS = {
    "SIA-DCS": "SIA", "ADM-CID": "Contact ID", "SUR-GARD": "Sur-Gard", "WEBHOOK": "Webhook",
    "ALERTMANAGER": "Alertmanager",
}  # fmt: skip
NAMING = frozenset({codes.OWN, "ALERTMANAGER"})
"""Who names something else in place of a zone: a path, a door, an alert."""
OPENED_OR_CLOSED = re.compile(r"opened \(?or closed", re.IGNORECASE)
"""Contact ID has one code for both."""
NARROW_SPACE = "\u202f"


# ── Names ────────────────────────────────────────────────────────────────


def code_label(protocol: str, code: str, turn: str, day: date) -> str:
    """What a code means; a code that is not listed is named by its kind as well."""
    meaning = codes.meaning(protocol, code, turn, day)
    label = meaning.vietnamese if (get_language() or "vi").startswith("vi") else meaning.english
    return label if meaning.is_listed else f"{Kind(meaning.kind).label} ({label})"


def alarm_title(alarm: Alarm) -> str:
    """What and where: "Hold-up alarm — Counter 2"."""
    what = _attack(alarm) if alarm.kind == Kind.SECURITY else ""
    what = what or code_label(alarm.protocol, alarm.code, "new", alarm.received_at.date())
    where = alarm.zone_name or _where(alarm.protocol, alarm.zone_number)
    return f"{what} — {where}" if where else what


def _attack(alarm: Alarm) -> str:
    titles = {
        "downgrade": _("Plain message although a key is set"),
        "wrong_key": _("Message that cannot be decrypted"),
        "replay": _("An old message played again"),
    }
    return titles.get(condition(alarm), "")


def condition(alarm: Alarm) -> str:
    """What it is about, whatever its place."""
    return alarm.key.split(":")[1]


def _where(protocol: str, number: str) -> str:
    return number if protocol in NAMING else zone(number)


def zone(number: str) -> str:
    """`zone 02`; nothing for the zone that means the panel itself."""
    return _("zone %(number)s") % {"number": number} if number.strip("0") else ""


def place(site: Site) -> str:
    """Name, address and area of a site; the area only where the address does not tell it."""
    area = site.area.name if site.area else ""
    told = fold(area) in fold(site.address)
    return " · ".join(filter(None, [", ".join(filter(None, [site.name, site.address])), "" if told else area]))


def short_area(name: str) -> str:
    """As people write it in a list: `P. Hoàn Kiếm`."""
    return name.replace("Phường ", "P. ", 1)


def signal_title(signal: Signal, *, as_if_known: bool = False) -> str:
    """The same for a signal that raised nothing. `as_if_known`: also of an account nobody has, what it said."""
    told = {Verdict.ACCEPTED, Verdict.BAD_TIME, Verdict.DOWNGRADE}
    if signal.verdict not in told and not (as_if_known and signal.code):
        return str(Verdict(signal.verdict).label)
    day = signal.received_at.date()
    what = code_label(signal.protocol, signal.code, signal.turn, day)
    if turned := _turn(signal, codes.meaning(signal.protocol, signal.code, Turn.NEW, day)):
        what = f"{what} ({turned})"
    where = signal.zone.name if signal.zone else _where(signal.protocol, signal.zone_number)
    return f"{what} — {where}" if where else what


def _turn(signal: Signal, meaning: codes.Meaning) -> str:
    """What the words of the code leave open: a Contact ID 301 means that the mains failed, and that they are back."""
    if signal.turn == meaning.turn == Turn.RESTORE:  # SIA: a code of its own, whose words tell it
        return ""
    if OPENED_OR_CLOSED.search(meaning.english):
        return {Turn.NEW: _("opened"), Turn.RESTORE: _("closed")}.get(Turn(signal.turn), "")
    return "" if signal.turn == Turn.NEW or meaning.kind == Kind.OPEN_CLOSE else str(Turn(signal.turn).label)


def message_name(signal: Signal) -> str:
    """The message in the trade's words: `SIA HA`, `Contact ID 130`."""
    protocol = PROTOCOLS.get(signal.protocol, signal.protocol)
    return f"{protocol} {signal.code}".strip() or _("a message")


# ── Figures ──────────────────────────────────────────────────────────────


def clock_text(moment: datetime) -> str:
    """Local time to the millisecond: `09:14:05.112`."""
    return timezone.localtime(moment).strftime("%H:%M:%S.%f")[:-3]


def number(value: float) -> str:
    """As people write it, with one decimal where that tells something: `4`, `2,5`."""
    places = 0 if value >= 100 or value == round(value) else 1
    return str(number_format(round(value, places), decimal_pos=places))


def journal_number(number: int) -> str:
    return f"#{number:,}".replace(",", NARROW_SPACE)


def duration(span: timedelta) -> str:
    """How long, with as much detail as it deserves: `2,9 giây`, `5 phút`, `2 giờ`, `3 ngày`."""
    seconds = max(0.0, span.total_seconds())
    if seconds < 60:
        places = 1 if seconds < 10 else 0
        return _("%(n)s s") % {"n": number_format(round(seconds, places), decimal_pos=places)}
    for size, words in ((86400, _days), (3600, _hours), (60, _minutes)):
        if seconds >= size:
            return words(int(seconds // size))
    raise AssertionError("unreachable")


def _minutes(n: int) -> str:
    return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}


def _hours(n: int) -> str:
    return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}


def _days(n: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


def skew_text(skew_ms: int) -> str:
    """How the panel's clock stands to ours."""
    span = duration(timedelta(milliseconds=abs(skew_ms)))
    if abs(skew_ms) < 1000:
        return _("right (%(span)s)") % {"span": span}
    return (_("%(span)s fast") if skew_ms > 0 else _("%(span)s slow")) % {"span": span}


# ── The story ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A line of the timeline, ready to print."""

    at: datetime
    clock: str
    text: str
    note: str
    is_urgent: bool


def story(lines: list[TimelineLine], alarm: Alarm, reader_id: int | None) -> list[StoryLine]:
    """The timeline of an alarm in words. `reader_id`: whose own acts read "You"."""
    first = next((line for line in lines if line.kind == EventKind.ACKNOWLEDGED), None)
    return [
        StoryLine(
            at=line.at,
            clock=clock_text(line.at),
            text=tell(
                line, alarm, is_own=line.actor_id is not None and line.actor_id == reader_id, is_first=line is first
            ),
            note="" if line.kind in NAMED else line.note,
            is_urgent=alarm.priority == Priority.URGENT
            and line.kind in {EventKind.RECEIVED, EventKind.AGAIN, EventKind.REACTIVATED, EventKind.REOPENED},
        )
        for line in lines
    ]


def tell(line: TimelineLine, alarm: Alarm, *, is_own: bool = False, is_first: bool = True) -> str:
    """One line in words. How long after it was shown an alarm was acknowledged: only of the first time."""
    if line.kind == EventKind.SIGHT and line.signal is not None:
        return sight(line.signal, _("You") if is_own else line.actor)
    if line.signal is not None:
        return _tell_signal(line.kind, line.signal, alarm)
    who = _("You") if is_own else line.actor or _("The system")
    return tell_act(line, alarm, who, duration, is_first=is_first)


def _tell_signal(kind: EventKind, signal: Signal, alarm: Alarm) -> str:
    where = zone(signal.zone_number)
    facts = {
        "message": ", ".join(filter(None, [message_name(signal), where])),
        "entry": journal_number(signal.journal_id),
        "priority": f"P{alarm.priority}",
        "label": Priority(alarm.priority).label,
    }
    if signal.protocol == codes.OWN and kind in {EventKind.RECEIVED, EventKind.STORED}:
        text = _("Canh notices it — journal %(entry)s") if kind == EventKind.RECEIVED else _("Stored durably")
        return text % facts
    texts = {
        EventKind.RECEIVED: _("The panel sends %(message)s — journal %(entry)s"),
        EventKind.STORED: _stored(signal),
        EventKind.RAISED: _("Alarm raised: %(priority)s, %(label)s"),
        EventKind.AGAIN: _("Reported again: %(message)s — journal %(entry)s"),
        EventKind.REACTIVATED: _("Active again after acknowledgement: %(message)s — journal %(entry)s"),
        EventKind.REPEAT: _("The same message delivered again — journal %(entry)s"),
        EventKind.RETURNED: _("Back to normal: %(message)s — journal %(entry)s"),
    }
    return texts.get(kind, str(kind.label)) % facts


def _stored(signal: Signal) -> str:
    if signal.verdict in {Verdict.ACCEPTED, Verdict.DOWNGRADE}:
        return _("Stored durably, then ACK sent")
    return _("Stored durably, then answered: %(verdict)s") % {"verdict": Verdict(signal.verdict).label}


# ── What to do ───────────────────────────────────────────────────────────


def guidance(alarm: Alarm) -> str:
    """The first thing to do about what Canh itself has noticed; nothing for what a device says."""
    if alarm.protocol != codes.OWN:
        return ""
    told = {
        "path_lost": _(
            "Nothing has come this way for longer than the reporting class allows. If the panel is heard on another "
            "path, tell the installer. If this was its only path, an alarm from there would not reach you: call the "
            "premises and send somebody to look."
        ),
        "cut_off": _(
            "No path of this panel is heard any more: an alarm from there would not reach you. Call the premises and "
            "then the persons in charge, in their order; if nobody answers, send the guard. Cut lines or a jammer come "
            "before a break-in."
        ),
        "never_heard": _(
            "This panel has a reporting class, but nothing was ever heard of it. As long as that is so it protects "
            "nothing. Tell the installer."
        ),
        "gateway_silent": _(
            "The gateway gives no sign of life: panels are not heard and get no answer. Tell the administrator at "
            "once; until it is back, let guards and premises report by telephone. No panel is called lost meanwhile."
        ),
        "door_shut": _(
            "This door of the gateway hears none of its devices; the others work. Tell the administrator. Its devices "
            "are not called lost meanwhile."
        ),
        "worker_failed": _(
            "A part of Canh itself has failed; the page Health says which and since when. Tell the administrator at "
            "once: they were told by message too, unless it is the part that sends. Nobody may be called about alarms "
            "meanwhile, so call yourself. It ends by itself when the part works again."
        ),
        "runaway": _(
            "This panel sends one alarm after another. Further ones are kept but do not ring, except hold-up, duress, "
            "panic, fire and what else is urgent. It ends by itself half an hour after the last. Call the premises: a "
            "broken detector, or somebody who wants to tire you out. Until then treat the premises as unwatched."
        ),
    }
    return (
        told.get(alarm.code, "")
        or arming_guidance(alarm.code)
        or routine_guidance(alarm.code)
        or police_guidance(alarm.code)
        or inside_guidance(alarm.code)
        or monitoring_guidance(alarm.code)
    )


# ── When somebody was first ──────────────────────────────────────────────


def too_late(alarm: Alarm, now: datetime) -> str:
    """Who was first, and how long ago. `alarm` as it stands now."""
    if alarm.state == State.CLOSED and alarm.closed_by and alarm.closed_at:
        facts = {"who": alarm.closed_by, "span": duration(now - alarm.closed_at)}
        return _("%(who)s closed this alarm before you, %(span)s ago.") % facts
    if alarm.state == State.ACKNOWLEDGED and alarm.acknowledged_by and alarm.acknowledged_at:
        facts = {"who": alarm.acknowledged_by, "span": duration(now - alarm.acknowledged_at)}
        return _("%(who)s acknowledged this alarm before you, %(span)s ago.") % facts
    if alarm.state == State.SHELVED and alarm.shelved_by:
        return _("%(who)s shelved this alarm before you.") % {"who": alarm.shelved_by}
    return _("This alarm was changed before you; here it is as it stands now.")


def reads_only() -> str:
    return _("You may look here, but not act: alarms are for operators.")


def not_allowed(alarm: Alarm) -> str:
    """Why a move is not possible now."""
    if alarm.state == State.UNACKNOWLEDGED:
        return _("Acknowledge the alarm first, then close it.")
    if alarm.state == State.CLOSED:
        return _("This alarm is closed already.")
    if alarm.state == State.SHELVED:
        return _("This alarm is shelved. Put it back in the queue first.")
    return _("This alarm is open; there is nothing to reopen.")

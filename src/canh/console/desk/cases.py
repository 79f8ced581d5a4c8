"""Everything the desk tells about one alarm: its story, its message, whom to call, the site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from canh.accounts.queries import Viewer
from canh.alarms import queries, rules
from canh.alarms.actions import REOPEN_WITHIN
from canh.alarms.models import Alarm
from canh.alarms.terms import CloseReason, State
from canh.console.desk import attacks, wording
from canh.intake import queries as intake
from canh.intake.models import Signal
from canh.intake.terms import EXTENDED, Kind
from canh.kit import clock

if TYPE_CHECKING:
    from datetime import datetime

    from canh.intake.models import Path

SIGNALS_SHOWN = 12
OPEN_STATES = (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)
QUIET_AFTER = timedelta(minutes=10)
"""A path not heard for so long is worth a look; its own alarm comes from the engine."""


@dataclass(frozen=True, slots=True)
class SignalLine:
    """Another thing the site said."""

    at: datetime
    title: str
    journal: str
    is_own: bool
    """Belongs to the alarm on show."""


@dataclass(frozen=True, slots=True)
class PathLine:
    """A way the site reports on."""

    name: str
    heard_at: datetime
    is_quiet: bool


@dataclass(frozen=True, slots=True)
class RawMessage:
    """The message as it came in."""

    text: str
    signal: Signal
    journal: str
    skew: str
    hash: str
    extended: list[tuple[str, str]]
    """What the panel sent beside the event, named."""


def alarms_in_full(viewer: Viewer) -> QuerySet[Alarm]:
    return queries.visible_to(viewer).select_related(
        "site__area", "site__unit", "panel", "zone", "acknowledged_by", "closed_by", "shelved_by",
        "first_signal__zone",
    )  # fmt: skip


def case(alarm: Alarm, reader_id: int | None) -> dict[str, Any]:
    """What the templates of one alarm need."""
    now = clock.now()
    lines = queries.timeline(alarm)
    return {
        "alarm": alarm,
        "title": wording.alarm_title(alarm),
        "place": wording.place(alarm.site),
        "attack_steps": attacks.attack_steps(alarm),
        "story": wording.story(lines, alarm, reader_id),
        "raw": raw_message(alarm.first_signal),
        "signals": other_signals(alarm, {line.signal.id for line in lines if line.signal}),
        "contacts": list(alarm.site.contacts.all()),
        "paths": path_lines(alarm.site_id, now),
        "guidance": wording.guidance(alarm),
        "parts": [(part, wording.alarm_title(part)) for part in queries.parts_of(alarm)],
        "to_desk": wording.duration(alarm.shown_at - alarm.received_at) if alarm.shown_at else "",
        "reasons": [(str(value), label, str(index)) for index, (value, label) in enumerate(CloseReason.choices, 1)],
        "can_reopen": can_reopen(alarm, now),
        "can_shelve": alarm.state in OPEN_STATES and rules.may_be_shelved(Kind(alarm.kind), alarm.fold),
        "received_ms": clock.to_us(alarm.received_at) // 1000,
    }


def raw_message(signal: Signal) -> RawMessage:
    """The bytes stand on the first part of a message with several events."""
    first = signal
    if signal.part:
        first = Signal.objects.get(gateway=signal.gateway, journal_id=signal.journal_id, part=0)
    return RawMessage(
        text=bytes(first.raw or b"").decode("ascii", "backslashreplace").replace("\r", "␍").replace("\n", "␊"),
        signal=signal,
        journal=wording.journal_number(signal.journal_id),
        skew=wording.skew_text(signal.skew_ms) if signal.skew_ms is not None else "",
        hash=bytes(first.hash or b"").hex()[:16],
        extended=[(str(EXTENDED[letter]), text) for letter, text in signal.extra.items() if letter in EXTENDED],
    )


def other_signals(alarm: Alarm, own: set[int]) -> list[SignalLine]:
    """The last things the same site said, newest first."""
    found = intake.last_signals_of(alarm.site_id, SIGNALS_SHOWN).select_related("zone")
    return [
        SignalLine(s.received_at, wording.signal_title(s), wording.journal_number(s.journal_id), s.id in own)
        for s in found
    ]


def path_lines(site_id: int, now: datetime) -> list[PathLine]:
    return [_path_line(path, now) for path in intake.paths_of(site_id)]


def _path_line(path: Path, now: datetime) -> PathLine:
    account = path.panel.account if path.panel else path.account
    name = f"#{account} {path.path}".strip()
    return PathLine(name, path.heard_at, now - path.heard_at > QUIET_AFTER)


def can_reopen(alarm: Alarm, now: datetime) -> bool:
    return alarm.state == State.CLOSED and alarm.closed_at is not None and now - alarm.closed_at <= REOPEN_WITHIN

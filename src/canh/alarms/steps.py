"""The engine step that turns signals into alarms."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError, transaction

from canh.alarms import queries, rules
from canh.alarms.actions import next_pulse
from canh.alarms.models import Alarm, AlarmEvent
from canh.alarms.rules import Act, Reading
from canh.alarms.terms import EventKind, State
from canh.audit.actions import record_many
from canh.intake.actions import mark_handled, mark_problem
from canh.intake.queries import waiting_signals
from canh.intake.terms import Kind, Turn, Verdict
from canh.kit import bulk, clock
from canh.kit.ids import new_id
from canh.sites.terms import Door

if TYPE_CHECKING:
    from canh.intake.models import Signal

BATCH = 500
log = logging.getLogger("canh.alarms")


class RaiseAlarms:
    """Takes waiting signals, urgent ones first, and lets each do what rules.decide says."""

    name = "alarms.raise"

    def __call__(self) -> bool:
        signals = waiting_signals(BATCH)
        if signals:
            _handle_or_split(signals)
        return bool(signals)


def _handle_or_split(signals: list[Signal]) -> None:
    """One signal that no rule can handle must not stop the others: halve until it stands alone."""
    try:
        handle(signals)
    except (OperationalError, InterfaceError):
        raise  # the database is away or full: no fault of a signal; the step rests and tries again
    except Exception as error:
        if len(signals) == 1:
            log.exception("signal %s could not be handled", signals[0].id)
            mark_problem(signals[0].id, repr(error))
            return
        middle = len(signals) // 2
        _handle_or_split(signals[:middle])
        _handle_or_split(signals[middle:])


@dataclass
class _Batch:
    """What a batch will write."""

    open: dict[str, Alarm]
    revision: int
    raised: list[Alarm] = field(default_factory=list)
    touched: dict[int, Alarm] = field(default_factory=dict)
    events: list[AlarmEvent] = field(default_factory=list)
    lines: list[tuple[int | None, str, str, dict[str, Any]]] = field(default_factory=list)


def handle(signals: list[Signal]) -> None:
    """Decide and write for a batch of signals, in one transaction."""
    with transaction.atomic():
        pairs = [(signal, reading) for signal in signals for reading in readings(signal)]
        batch = _Batch(queries.open_by_key({rules.open_key(r) for _s, r in pairs}), next_pulse())
        for signal, reading in pairs:
            _apply(batch, signal, reading)
        bulk.insert(batch.raised)
        old = [a for a in batch.touched.values() if a not in batch.raised]
        bulk.update(old, ["state", "count", "last_at", "returned_at", "revision"])
        bulk.insert(batch.events)
        record_many(batch.lines)
        mark_handled([s.id for s in signals])


def readings(signal: Signal) -> list[Reading]:
    """What a signal says: its own event, and an attack on the transmission where there is one."""
    own = Reading(
        panel_id=signal.panel_id,
        kind=Kind(signal.kind),
        condition=signal.condition,
        turn=Turn(signal.turn),
        verdict=Verdict(signal.verdict),
        partition=signal.partition,
        zone_number=signal.zone_number,
        zone_use=signal.zone.use if signal.zone else "",
        is_repeat=signal.repeat_of_id is not None,
        user_number=signal.user_number,
        part=next((f"{w} {signal.extra[w]}"[:40] for w in ("door", "module") if w in signal.extra), ""),
        ranks_as=signal.extra.get("ranks_as", "") if signal.door == Door.OWN else "",
    )
    if own.verdict != Verdict.DOWNGRADE:
        return [own]
    attack = replace(own, kind=Kind.SECURITY, condition="downgrade", turn=Turn.NEW, zone_number="", part="")
    return [own, attack]


def _apply(batch: _Batch, signal: Signal, reading: Reading) -> None:
    key = rules.open_key(reading)
    alarm = batch.open.get(key)
    priority = queries.priorities(signal.received_at.date()).of(reading)
    act = rules.decide(reading, _standing(alarm), priority)
    if act == Act.RAISE and priority is not None and signal.panel_id and signal.site_id:
        _raise(batch, signal, reading, key, priority, signal.site_id, signal.panel_id)
    elif alarm is not None and act != Act.NONE:
        _touch(batch, signal, alarm, act)


def _standing(alarm: Alarm | None) -> rules.Standing | None:
    if alarm is None:
        return None
    return rules.Standing(alarm.state == State.ACKNOWLEDGED, alarm.returned_at is not None)


def _raise(
    batch: _Batch, signal: Signal, reading: Reading, key: str, priority: int, site_id: int, panel_id: int
) -> None:
    now = clock.now()
    alarm = Alarm(
        id=new_id(), site_id=site_id, panel_id=panel_id, zone_id=signal.zone_id, key=key,
        kind=reading.kind, protocol=signal.protocol, code=signal.code, zone_number=reading.zone_number,
        zone_name=signal.zone.name if signal.zone and reading.zone_number else "", priority=priority,
        is_drill=signal.is_drill, first_signal_id=signal.id, occurred_at=signal.occurred_at,
        received_at=signal.received_at, raised_at=now, last_at=signal.received_at, revision=batch.revision,
    )  # fmt: skip
    batch.raised.append(alarm)
    batch.open[key] = alarm
    batch.events.append(AlarmEvent(alarm=alarm, at=now, kind=EventKind.RAISED, signal_id=signal.id))
    batch.lines.append((None, "alarm.raise", f"alarm:{alarm.id}", {"signal": signal.id}))


EVENT_OF = {
    Act.AGAIN: EventKind.AGAIN,
    Act.REACTIVATE: EventKind.REACTIVATED,
    Act.REPEAT: EventKind.REPEAT,
    Act.RETURN: EventKind.RETURNED,
}


def _touch(batch: _Batch, signal: Signal, alarm: Alarm, act: Act) -> None:
    if act == Act.RETURN:
        alarm.returned_at = signal.received_at
    elif act in {Act.AGAIN, Act.REACTIVATE}:
        if act == Act.REACTIVATE:
            alarm.state = State.UNACKNOWLEDGED
        alarm.returned_at = None
        alarm.count += 1
    alarm.last_at = max(alarm.last_at, signal.received_at)
    alarm.revision = batch.revision
    batch.touched[alarm.id] = alarm
    batch.events.append(AlarmEvent(alarm=alarm, at=signal.received_at, kind=EVENT_OF[act], signal_id=signal.id))

"""The engine step that turns signals into alarms."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from canh.alarms import queries, rules
from canh.alarms.actions import next_pulse
from canh.alarms.arming import ArmingBatch
from canh.alarms.floods import Floods, Weather, end_storm, fold_paths, run_of, save_tallies
from canh.alarms.models import Alarm, AlarmEvent, Tally
from canh.alarms.rules import Act, Reading
from canh.alarms.terms import SIGHTS, EventKind, State
from canh.audit.actions import record_many
from canh.intake.actions import mark_handled, mark_problem
from canh.intake.actions_own import tell_runaways
from canh.intake.queries import waiting_signals
from canh.intake.terms import Kind, Turn, Verdict
from canh.kit import bulk, clock
from canh.kit.ids import new_id
from canh.kit.pace import Pace
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
    anew: set[int] = field(default_factory=set)
    """Alarms that were back to normal and are active again."""
    held: dict[int, str] = field(default_factory=dict)
    """Signal id -> why it raised nothing."""
    events: list[AlarmEvent] = field(default_factory=list)
    lines: list[tuple[int | None, str, str, dict[str, Any]]] = field(default_factory=list)


def handle(signals: list[Signal]) -> None:
    """Decide and write for a batch of signals, in one transaction."""
    with transaction.atomic():
        pairs = [(signal, reading) for signal in signals for reading in readings(signal)]
        cut_off = {r.panel_id for _s, r in pairs if r.is_own and r.condition == "cut_off" and r.panel_id}
        batch = _Batch(queries.open_by_key({rules.open_key(r) for _s, r in pairs}, cut_off), next_pulse())
        floods = Floods(signals)
        arming = ArmingBatch(signals)
        weather = Weather(pairs, floods.table)
        for signal, reading in pairs:
            _apply(batch, floods, arming, signal, reading)
        _fold(batch, cut_off, weather)
        _note_sights(batch, signals)
        bulk.insert(batch.raised)
        old = [a for a in batch.touched.values() if a not in batch.raised]
        bulk.update(old, ["state", "count", "last_at", "returned_at", "revision", "fold", "is_on_test"])
        bulk.insert(batch.events)
        record_many(batch.lines)
        floods.save()
        arming.save()
        mark_handled([s.id for s in signals], batch.held)


def _note_sights(batch: _Batch, signals: list[Signal]) -> None:
    """What somebody saw comes in like all evidence, and stands in the timeline of the alarm of which it was told."""
    told = [(int(s.extra["alarm"]), s) for s in signals if s.door == Door.OWN and s.code in SIGHTS]
    if not told:
        return
    found = Alarm.objects.select_for_update().in_bulk({alarm_id for alarm_id, _signal in told})
    for alarm_id, signal in told:
        if alarm := found.get(alarm_id):
            batch.touched.setdefault(alarm_id, alarm).revision = batch.revision
            event = _event(alarm, signal.received_at, EventKind.SIGHT, signal)
            event.actor_id = int(signal.extra["by"])
            batch.events.append(event)


def _fold(batch: _Batch, cut_off: set[int], weather: Weather) -> None:
    for part in fold_paths(cut_off, batch.open):
        part.revision = batch.revision
        batch.touched[part.id] = part
    weather.fold(batch.raised, list(batch.touched.values()), batch.anew, batch.revision)


def readings(signal: Signal) -> list[Reading]:
    """What a signal says: its own event, and an attack on the transmission where there is one. A message played
    again has no event of its own: it was acted on when it was new."""
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
        is_own=signal.door == Door.OWN,
        ranks_as=signal.extra.get("ranks_as", "") if signal.door == Door.OWN else "",
    )
    if own.verdict not in {Verdict.DOWNGRADE, Verdict.REPLAY}:
        return [own]
    attack = replace(own, kind=Kind.SECURITY, condition=own.verdict.value, turn=Turn.NEW, zone_number="", part="")
    return [attack] if own.verdict == Verdict.REPLAY else [own, attack]


def _apply(batch: _Batch, floods: Floods, arming: ArmingBatch, signal: Signal, reading: Reading) -> None:
    key = rules.open_key(reading)
    alarm = batch.open.get(key)
    priority = queries.priorities(signal.received_at.date()).of(reading)
    is_first = reading.kind == signal.kind
    held = floods.judge(signal, reading, priority, is_first=is_first)
    if held := held or arming.judge(signal, reading):
        if is_first:
            batch.held[signal.id] = held
        return
    act = rules.decide(reading, _standing(alarm), priority)
    if act == Act.RAISE and priority is not None and signal.panel_id and signal.site_id:
        _raise(batch, signal, reading, key, priority, signal.site_id, signal.panel_id)
        batch.open[key].is_on_test = floods.is_on_test(signal)
    elif alarm is not None and act != Act.NONE:
        _touch(batch, signal, alarm, act)
        if act in {Act.AGAIN, Act.REACTIVATE} and not floods.is_on_test(signal):
            alarm.is_on_test = False  # what began as a test is no longer one


def _standing(alarm: Alarm | None) -> rules.Standing | None:
    if alarm is None:
        return None
    return rules.Standing(alarm.state == State.ACKNOWLEDGED, alarm.returned_at is not None)


def _raise(
    batch: _Batch, signal: Signal, reading: Reading, key: str, priority: int, site_id: int, panel_id: int
) -> None:
    now = clock.now()
    alarm = bulk.make(
        Alarm, id=new_id(), site_id=site_id, panel_id=panel_id, zone_id=signal.zone_id, key=key,
        kind=reading.kind, protocol=signal.protocol, code=signal.code, zone_number=reading.zone_number,
        zone_name=signal.zone.name if signal.zone and reading.zone_number else "", priority=priority,
        is_drill=signal.is_drill, first_signal_id=signal.id, occurred_at=signal.occurred_at,
        received_at=signal.received_at, raised_at=now, last_at=signal.received_at, revision=batch.revision,
    )  # fmt: skip
    batch.raised.append(alarm)
    batch.open[key] = alarm
    batch.events.append(_event(alarm, now, EventKind.RAISED, signal))
    batch.lines.append((None, "alarm.raise", f"alarm:{alarm.id}", {"signal": signal.id}))


def _event(alarm: Alarm, at: datetime, kind: EventKind, signal: Signal) -> AlarmEvent:
    return bulk.make(AlarmEvent, alarm_id=alarm.id, at=at, kind=kind, signal_id=signal.id)


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
        if alarm.returned_at:
            batch.anew.add(alarm.id)
        alarm.returned_at = None
        alarm.count += 1
    alarm.last_at = max(alarm.last_at, signal.received_at)
    alarm.revision = batch.revision
    batch.touched[alarm.id] = alarm
    batch.events.append(_event(alarm, signal.received_at, EVENT_OF[act], signal))


LOOK_EVERY = timedelta(seconds=1)


class TellFloods:
    """Says which panels send too much, and which no longer do; ends a storm of which nothing more comes.

    The tally is the queue: what is to be said stands in it, is said, and is then marked. A crash between makes
    a repeat.
    """

    name = "alarms.floods"

    def __init__(self) -> None:
        self._pace = Pace(LOOK_EVERY)

    def __call__(self) -> bool:
        now = clock.now()
        if not self._pace.is_due(now):
            return False
        end_storm(now)
        table = queries.floods(now.date())
        found = list(Tally.objects.filter(Q(runaway_at__isnull=False) | Q(is_told=True))[:BATCH])
        over = [t for t in found if t.runaway_at is None or rules.is_over(run_of(t), now, table)]
        begun = [t for t in found if t not in over and not t.is_told]
        ended = [t for t in over if t.is_told]
        if not over and not begun:
            return False
        tell_runaways([(t.panel_id, str(t.runaway_at)) for t in begun], [(t.panel_id, str(t.last_at)) for t in ended])
        self._mark(begun, over)
        return True

    def _mark(self, begun: list[Tally], over: list[Tally]) -> None:
        for tally in begun:
            tally.is_told = True
        for tally in over:
            tally.is_told = False
            if tally.runaway_at is not None:
                tally.count, tally.runaway_at = 0, None
        with transaction.atomic():
            save_tallies([*begun, *over])

"""Acts on alarms. A public action is one transaction; the engine's takes a batch."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Subquery
from django.utils.translation import gettext as _

from canh.accounts.models import User
from canh.alarms import queries, rules
from canh.alarms.models import Alarm, AlarmEvent, Pulse
from canh.alarms.terms import CloseReason, EventKind, Fold, State
from canh.audit.actions import record, record_many
from canh.kit import bulk, clock, hint
from canh.kit.text import nfc

CHUNK = 500
REOPEN_WITHIN = timedelta(hours=24)


class TooLate(Exception):
    """Somebody else moved the alarm first. `alarm` is as it stands now."""

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(alarm.state)
        self.alarm = alarm


def acknowledge_alarm(alarm: Alarm, user: User) -> Alarm:
    """Take an alarm on oneself. Raises TooLate when another was first (his own again: harmless)."""
    now = clock.now()
    with transaction.atomic():
        won = Alarm.objects.filter(id=alarm.id, state=State.UNACKNOWLEDGED).update(
            state=State.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=user, revision=next_pulse()
        )
        if won:
            _log(alarm, EventKind.ACKNOWLEDGED, now, user)
            record(user.id, "alarm.acknowledge", f"alarm:{alarm.id}", {})
    alarm.refresh_from_db()
    if not won and (alarm.acknowledged_by_id != user.id or alarm.state == State.CLOSED):
        raise TooLate(alarm)
    hint.tell("web")
    return alarm


def close_alarm(alarm: Alarm, user: User, reason: str, note: str = "") -> Alarm:
    """Close with a reason. Raises ValidationError for a missing reason or note, IllegalMove, TooLate."""
    note = nfc(note).strip()
    if reason not in CloseReason.values:
        raise ValidationError({"reason": _("Choose a reason for closing.")})
    if reason == CloseReason.OTHER and not note:
        raise ValidationError({"note": _("Say in the note what the other reason is.")})
    rules.moved(State(alarm.state), "close")
    now = clock.now()
    with transaction.atomic():
        won = Alarm.objects.filter(id=alarm.id, state=State.ACKNOWLEDGED).update(
            state=State.CLOSED, closed_at=now, closed_by=user, close_reason=reason, revision=next_pulse()
        )
        if won:
            _log(alarm, EventKind.CLOSED, now, user, note, reason)
            record(user.id, "alarm.close", f"alarm:{alarm.id}", {"reason": reason})
            _settle_parts(alarm, user, reason, now)
    alarm.refresh_from_db()
    if not won:
        raise TooLate(alarm)
    hint.tell("web")
    return alarm


def _settle_parts(alarm: Alarm, user: User, reason: str, now: datetime) -> None:
    """With a cut-off, the alarms of its paths that are back to normal are closed; another becomes a row again."""
    parts = list(queries.parts_of(alarm))
    restored = [part.id for part in parts if part.returned_at]
    _acknowledge_many(restored, user, now)
    _close_many(restored, user, reason, now)
    Alarm.objects.filter(id__in=[part.id for part in parts]).update(fold=Fold.NONE, revision=next_pulse())


def acknowledge_storm(found: QuerySet[Alarm], user: User) -> int:
    """Take all alarms of a storm on oneself that nobody took; `found`: those this person may act on. How many."""
    return _in_chunks(found.filter(state=State.UNACKNOWLEDGED), lambda ids, now: _acknowledge_many(ids, user, now))


def close_storm(found: QuerySet[Alarm], user: User, reason: str) -> int:
    """Close all alarms of a storm that are acknowledged and back to normal. How many. Raises ValidationError."""
    if reason not in CloseReason.values or reason == CloseReason.OTHER:
        raise ValidationError({"reason": _("Choose a reason for closing.")})
    ready = found.filter(state=State.ACKNOWLEDGED, returned_at__isnull=False)
    return _in_chunks(ready, lambda ids, now: _close_many(ids, user, reason, now))


def _in_chunks(found: QuerySet[Alarm], act: Callable[[list[int], datetime], None]) -> int:
    """A transaction for each few hundred: nobody else waits long for their turn to write."""
    done = 0
    while True:
        with transaction.atomic():
            ids = list(found.order_by("id").values_list("id", flat=True)[:CHUNK])
            act(ids, clock.now())
        done += len(ids)
        hint.tell("web")
        if len(ids) < CHUNK:
            return done


def _acknowledge_many(ids: list[int], user: User, now: datetime) -> None:
    mine = Alarm.objects.filter(id__in=ids, state=State.UNACKNOWLEDGED)
    won = list(mine.select_for_update().values_list("id", flat=True))
    facts = {"acknowledged_at": now, "acknowledged_by": user, "revision": next_pulse()}
    Alarm.objects.filter(id__in=won).update(state=State.ACKNOWLEDGED, **facts)
    _log_many(won, EventKind.ACKNOWLEDGED, now, user)
    record_many([(user.id, "alarm.acknowledge", f"alarm:{alarm_id}", {}) for alarm_id in won])


def _close_many(ids: list[int], user: User, reason: str, now: datetime) -> None:
    ready = Alarm.objects.filter(id__in=ids, state=State.ACKNOWLEDGED)
    won = list(ready.select_for_update().values_list("id", flat=True))
    facts = {"closed_at": now, "closed_by": user, "close_reason": reason, "revision": next_pulse()}
    Alarm.objects.filter(id__in=won).update(state=State.CLOSED, **facts)
    _log_many(won, EventKind.CLOSED, now, user, reason)
    record_many([(user.id, "alarm.close", f"alarm:{alarm_id}", {"reason": reason}) for alarm_id in won])


def _log_many(ids: list[int], kind: EventKind, at: datetime, user: User, reason: str = "") -> None:
    bulk.insert([AlarmEvent(alarm_id=alarm_id, at=at, kind=kind, actor=user, reason=reason) for alarm_id in ids])


def reopen_alarm(alarm: Alarm, user: User, note: str) -> Alarm:
    """Undo a closing within 24 hours, with the reason why. Raises ValidationError, IllegalMove, TooLate."""
    if not nfc(note).strip():
        raise ValidationError({"note": _("Say why the alarm is reopened.")})
    rules.moved(State(alarm.state), "reopen")
    now = clock.now()
    if alarm.closed_at is None or now - alarm.closed_at > REOPEN_WITHIN:
        raise ValidationError(_("Closed more than 24 hours ago: a note can be added, but not reopened."))
    try:
        won = _reopen(alarm, user, nfc(note).strip(), now)
    except IntegrityError:
        raise ValidationError(_("The same condition has a newer open alarm; work on that one.")) from None
    alarm.refresh_from_db()
    if not won:
        raise TooLate(alarm)
    hint.tell("web")
    return alarm


def _reopen(alarm: Alarm, user: User, note: str, now: datetime) -> int:
    with transaction.atomic():
        won = Alarm.objects.filter(id=alarm.id, state=State.CLOSED).update(
            state=State.ACKNOWLEDGED, closed_at=None, closed_by=None, close_reason="",
            acknowledged_at=now, acknowledged_by=user, revision=next_pulse(),
        )  # fmt: skip
        if won:
            _log(alarm, EventKind.REOPENED, now, user, note)
            record(user.id, "alarm.reopen", f"alarm:{alarm.id}", {})
    return won


def add_note(alarm: Alarm, user: User, note: str) -> None:
    """Write a line into the timeline. Raises ValidationError for an empty one."""
    note = nfc(note).strip()
    if not note:
        raise ValidationError({"note": _("The note is empty.")})
    with transaction.atomic():
        _log(alarm, EventKind.NOTE, clock.now(), user, note)
        Alarm.objects.filter(id=alarm.id).update(revision=next_pulse())
        record(user.id, "alarm.note", f"alarm:{alarm.id}", {})
    hint.tell("web")


def mark_shown(alarm_ids: list[int], at: datetime) -> None:
    """Note when alarms first reached a desk. Only the first time counts."""
    with transaction.atomic():
        Alarm.objects.filter(id__in=alarm_ids, shown_at__isnull=True).update(shown_at=at)


def touch_alarms(alarm_ids: Collection[int]) -> None:
    """Something that stands beside these alarms changed: desks look at them again. Inside the caller's transaction."""
    if alarm_ids:
        _grow_pulse()
        grown = Pulse.objects.filter(id=1).values("number")[:1]
        Alarm.objects.filter(id__in=alarm_ids).update(revision=Subquery(grown))


def next_pulse() -> int:
    """Grow the pulse inside the caller's transaction."""
    _grow_pulse()
    return queries.pulse()


def _grow_pulse() -> None:
    if not Pulse.objects.filter(id=1).update(number=F("number") + 1):
        Pulse.objects.create(id=1, number=1)


def _log(alarm: Alarm, kind: EventKind, at: datetime, user: User, note: str = "", reason: str = "") -> None:
    AlarmEvent.objects.create(alarm=alarm, at=at, kind=kind, actor=user, note=note, reason=reason)

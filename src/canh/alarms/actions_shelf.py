"""Putting an alarm aside for a time (ISA-18.2 shelving), with a reason; it comes back by itself, with its true age."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from canh.accounts.models import User
from canh.alarms import queries, rules
from canh.alarms.actions import TooLate, next_pulse
from canh.alarms.models import Alarm, AlarmEvent
from canh.alarms.terms import EventKind, Priority, ShelveReason, State
from canh.audit.actions import record, record_many
from canh.intake.terms import Kind
from canh.kit import bulk, clock, hint
from canh.kit.text import nfc

OFFERED = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
"""What a person chooses from, as far as the alarm's priority allows."""


def shelve_alarm(alarm: Alarm, user: User, span: timedelta, reason: str, note: str = "") -> Alarm:
    """Take an alarm off the queue until a time. Whoever shelves it has taken it on themselves. Raises ValidationError
    for a kind that is never shelved, too long a time, a missing reason; IllegalMove; TooLate."""
    note = nfc(note).strip()
    _demand_reason(reason, note)
    span = _allowed(alarm, span)
    rules.moved(State(alarm.state), "shelve")
    now = clock.now()
    open_states = [State.UNACKNOWLEDGED, State.ACKNOWLEDGED]
    with transaction.atomic():
        won = Alarm.objects.filter(id=alarm.id, state__in=open_states, fold="").update(
            state=State.SHELVED, shelved_until=now + span, shelved_by=user, shelve_reason=reason,
            acknowledged_at=now, acknowledged_by=user, revision=next_pulse(),
        )  # fmt: skip
        if won:
            AlarmEvent.objects.create(alarm=alarm, at=now, kind=EventKind.SHELVED, actor=user, note=note,
                                      reason=reason, until_at=now + span)  # fmt: skip
            facts = {"reason": reason, "seconds": int(span.total_seconds())}
            record(user.id, "alarm.shelve", f"alarm:{alarm.id}", facts)
    alarm.refresh_from_db()
    if not won:
        raise TooLate(alarm)
    hint.tell("web")
    return alarm


def _demand_reason(reason: str, note: str) -> None:
    if reason not in ShelveReason.values:
        raise ValidationError({"reason": _("Choose why the alarm may wait.")})
    if reason == ShelveReason.OTHER and not note:
        raise ValidationError({"note": _("Say in the note what the other reason is.")})


def _allowed(alarm: Alarm, span: timedelta) -> timedelta:
    limits = queries.shelf_limits(clock.now().date())
    try:
        return rules.shelf_span(Kind(alarm.kind), Priority(alarm.priority), span, limits)
    except rules.NotForTheShelf:
        raise ValidationError(_("Hold-up, duress, panic and fire are never shelved.")) from None
    except rules.TooLong as error:
        minutes = int(error.longest.total_seconds() // 60)
        text = ngettext("An alarm of this priority may be shelved for %(n)s minute at most.",
                        "An alarm of this priority may be shelved for %(n)s minutes at most.", minutes)  # fmt: skip
        raise ValidationError(text % {"n": minutes}) from None
    except ValueError:
        raise ValidationError(_("Choose until when the alarm is shelved.")) from None


def unshelve_alarm(alarm: Alarm, user: User) -> Alarm:
    """Put it back in the queue before its time. Raises TooLate when it is there already."""
    with transaction.atomic():
        won = _bring_back([alarm.id], clock.now(), user)
    alarm.refresh_from_db()
    if not won:
        raise TooLate(alarm)
    hint.tell("web")
    return alarm


def end_shelving(now: datetime, limit: int) -> int:
    """Put back what was shelved until now: unacknowledged, as old as it is. How many. For the engine."""
    with transaction.atomic():
        due = Alarm.objects.filter(state=State.SHELVED, shelved_until__lte=now).order_by("shelved_until")
        ids = list(due.values_list("id", flat=True)[:limit])
        return len(_bring_back(ids, now, None)) if ids else 0


def _bring_back(ids: Collection[int], now: datetime, user: User | None) -> list[int]:
    mine = Alarm.objects.filter(id__in=ids, state=State.SHELVED)
    won = list(mine.select_for_update().values_list("id", flat=True))
    if won:
        Alarm.objects.filter(id__in=won).update(
            state=State.UNACKNOWLEDGED, shelved_until=None, shelve_reason="", revision=next_pulse()
        )
        bulk.insert([AlarmEvent(alarm_id=i, at=now, kind=EventKind.UNSHELVED, actor=user) for i in won])
        actor = user.id if user else None
        record_many([(actor, "alarm.unshelve", f"alarm:{i}", {}) for i in won])
    return won

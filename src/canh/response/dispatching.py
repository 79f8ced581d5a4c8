"""Sending people to the spot, what they say, and calling them back.

The message goes the way of every other (`canh notify`): by the person's best way, the next one where that fails, each
once even when the sender is killed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from canh.accounts.queries import people_by_id
from canh.accounts.queries_contacts import Method, methods_of
from canh.alarms.actions_calls import note_dispatch
from canh.alarms.terms import EventKind, State
from canh.audit.actions import record
from canh.kit import clock, hint
from canh.kit.text import nfc
from canh.response import queries, rules
from canh.response.models import Climb, Dispatch, Notice
from canh.response.terms import UNDER_WAY, DispatchState, NoticeState, Purpose

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.alarms.models import Alarm

LONGEST_TASK = 300
TIMES = {DispatchState.ACCEPTED: "accepted_at", DispatchState.ARRIVED: "arrived_at"}


def send(alarm: Alarm, people: Collection[int], *, by: User, task: str = "") -> list[Dispatch]:
    """Send people to the spot; who is under way for it already is left where they are. Raises ValidationError: the
    alarm is closed, nobody was chosen, somebody was sent at this very moment."""
    now = clock.now()
    if alarm.state == State.CLOSED:
        raise ValidationError(_("The alarm is closed. Reopen it first."))
    if not people:
        raise ValidationError({"people": _("Choose whom to send.")})
    task = nfc(task).strip()[:LONGEST_TASK]
    on_the_way = {d.user_id for d in queries.dispatches_of(alarm.id) if queries.is_under_way(d)}
    chosen = people_by_id([person for person in people if person not in on_the_way])
    methods = methods_of(set(chosen))
    try:
        with transaction.atomic():
            made = [_sent(alarm, user_id, task, by, now, methods) for user_id in chosen]
            names = [str(chosen[d.user_id]) for d in made]
            if made:
                note_dispatch(alarm.id, EventKind.DISPATCHED, now, names, by=by.id, note=task)
                record(by.id, "dispatch.send", f"alarm:{alarm.id}", {"users": sorted(chosen)})
    except IntegrityError as error:
        raise ValidationError(_("A colleague sent the same person at this moment. Look and try again.")) from error
    hint.tell("notify")
    return made


def _sent(
    alarm: Alarm, user_id: int, task: str, by: User, now: datetime, methods: dict[int, list[Method]]
) -> Dispatch:  # fmt: skip
    made = Dispatch(alarm=alarm, user_id=user_id, task=task, made_at=now, made_by=by)
    made.save(force_insert=True)
    _notice(made, Purpose.DISPATCH, methods.get(user_id, []), now).save(force_insert=True)
    return made


def _notice(dispatch: Dispatch, purpose: Purpose, methods: list[Method], now: datetime) -> Notice:
    """By the way that is most likely to reach them; of who has none it is known."""
    way = _best(methods)
    return Notice(
        alarm_id=dispatch.alarm_id, dispatch=dispatch, purpose=purpose, user_id=dispatch.user_id,
        whom=f"user:{dispatch.user_id}", kind=way.kind if way else "", address=way.address if way else "",
        made_at=now, next_at=now if way else None, state=NoticeState.WAITING if way else NoticeState.NO_WAY,
    )  # fmt: skip


def _best(methods: list[Method]) -> Method | None:
    by_id = {m.id: m for m in methods}
    order = rules.ways([(m.id, m.reach) for m in methods])
    return by_id[order[0]] if order else None


def move(dispatch: Dispatch, state: str, *, by: User, note: str = "") -> None:
    """What who was sent says, by themselves or by telephone to the desk. Harmless when it was said before. Raises
    ValidationError: it is over, or cannot be said now."""
    to, note, now = DispatchState(state), nfc(note).strip()[:300], clock.now()
    with transaction.atomic():
        row = Dispatch.objects.select_for_update().get(id=dispatch.id)
        if row.state == to:
            return
        if not rules.may_move(DispatchState(row.state), to):
            raise ValidationError(_("That can no longer be said: %(state)s.") % {"state": row.get_state_display()})
        row.state, row.note = to, note or row.note
        if to == DispatchState.ARRIVED and row.accepted_at is None:
            row.accepted_at = now
        if to in TIMES:
            setattr(row, TIMES[to], now)
        else:
            row.ended_at = now
        row.save(update_fields=["state", "note", "accepted_at", "arrived_at", "ended_at"])
        note_dispatch(row.alarm_id, EventKind.ON_SPOT, now, [str(dispatch.user)], by=by.id, reason=to, note=note)
        record(by.id, f"dispatch.{to}", f"alarm:{row.alarm_id}", {"user": row.user_id})


def stand_down(alarm: Alarm, *, by: User) -> list[str]:
    """It is over: who is under way turns back, and who was called need not come. Whom it was told. Raises
    ValidationError: nobody has the alarm, so it is not over."""
    if alarm.state == State.UNACKNOWLEDGED:
        raise ValidationError(_("Take the alarm first: while nobody has it, people are called on."))
    now = clock.now()
    with transaction.atomic():
        under_way = list(Dispatch.objects.select_for_update(of=("self",)).filter(
            alarm=alarm.id, state__in=UNDER_WAY).select_related("user"))  # fmt: skip
        called = queries.called_of(alarm.id) - queries.stood_down_of(alarm.id)
        called -= {by.id, *(d.user_id for d in queries.dispatches_of(alarm.id))}
        if not under_way and not called:
            return []
        _call_back(under_way, now)
        _tell_called(alarm, called, now)
        people = people_by_id({*called, *(d.user_id for d in under_way)})
        names = sorted(str(person) for person in people.values())
        note_dispatch(alarm.id, EventKind.STOOD_DOWN, now, names, by=by.id)
        record(by.id, "dispatch.stand_down", f"alarm:{alarm.id}", {"users": sorted(people)})
    hint.tell("notify")
    return names


def _call_back(dispatches: Sequence[Dispatch], now: datetime) -> None:
    methods = methods_of({d.user_id for d in dispatches})
    ids = [d.id for d in dispatches]
    Dispatch.objects.filter(id__in=ids).update(state=DispatchState.STOOD_DOWN, ended_at=now)
    unsent = Notice.objects.filter(dispatch__in=ids, state=NoticeState.WAITING, purpose=Purpose.DISPATCH)
    unsent.update(state=NoticeState.STOPPED, next_at=None, done_at=now)
    for dispatch in dispatches:
        _notice(dispatch, Purpose.STAND_DOWN, methods.get(dispatch.user_id, []), now).save(force_insert=True)


def _tell_called(alarm: Alarm, users: Collection[int], now: datetime) -> None:
    climb = Climb.objects.filter(alarm=alarm.id).order_by("-id").first()
    methods = methods_of(set(users))
    for user_id in sorted(users):
        if climb and (way := _best(methods.get(user_id, []))):
            Notice(
                alarm=alarm, climb=climb, round=climb.round, rung=climb.rung, user_id=user_id, whom=f"user:{user_id}",
                kind=way.kind, address=way.address, purpose=Purpose.STAND_DOWN, made_at=now, next_at=now,
            ).save(force_insert=True)  # fmt: skip


def recall(now: datetime, limit: int) -> int:
    """Call back who is under way for an alarm that somebody closed. How many."""
    if not queries.left_over(1):
        return 0
    with transaction.atomic():
        found = queries.left_over(limit)
        _call_back(found, now)
        for alarm_id in sorted({d.alarm_id for d in found}):
            names = [str(d.user) for d in found if d.alarm_id == alarm_id]
            note_dispatch(alarm_id, EventKind.STOOD_DOWN, now, names, by=None)
    hint.tell("notify")
    return len(found)

"""Whose an alarm is: taken next, taken over, released when its owner is gone, handed over at the end of a shift."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from canh.accounts import queries as accounts
from canh.accounts.models import User
from canh.accounts.queries import Viewer
from canh.alarms import queries, queries_owners, rules
from canh.alarms.actions import TooLate, acknowledge_alarm, next_pulse
from canh.alarms.models import Alarm, AlarmEvent, Handover, Watcher
from canh.alarms.terms import EventKind, State
from canh.audit.actions import record, record_many
from canh.kit import bulk, clock, hint
from canh.kit.text import nfc

TRIES = 20
"""How often somebody else may be first before one gives up."""


def take_next(viewer: Viewer, user: User, last: Collection[int] = ()) -> Alarm | None:
    """Take the first alarm of the queue that nobody has; where another is first, the one after it. None: nothing
    waits. `viewer`: what this person may act on; `last`: premises whose alarms come when no other waits. A row of a
    storm is taken from its own page."""
    for _try in range(TRIES):
        waiting = queries.open_alarms(viewer).filter(state=State.UNACKNOWLEDGED)
        alarm = (waiting.exclude(site__in=last).first() if last else None) or waiting.first()
        if alarm is None:
            return None
        try:
            return acknowledge_alarm(alarm, user)
        except TooLate:
            continue
    return None


def take_over_alarm(alarm: Alarm, user: User) -> Alarm:
    """Take an alarm from its owner. Raises IllegalMove when nobody has it, TooLate when another was first."""
    rules.moved(State(alarm.state), "take_over")
    now, owner_id = clock.now(), alarm.acknowledged_by_id
    if owner_id == user.id:
        return alarm
    with transaction.atomic():
        mine = Alarm.objects.filter(id=alarm.id, state=State.ACKNOWLEDGED, acknowledged_by=owner_id)
        won = mine.update(acknowledged_by=user, acknowledged_at=now, revision=next_pulse())
        if won:
            _tell_taken_over([(alarm.id, str(alarm.acknowledged_by))], user, now)
    alarm.refresh_from_db()
    if not won:
        raise TooLate(alarm)
    hint.tell("web")
    return alarm


def _tell_taken_over(taken: Collection[tuple[int, str]], user: User, now: datetime) -> None:
    """`taken`: alarm and the name of who had it; the name stands in the timeline, not in the audit."""
    bulk.insert([AlarmEvent(alarm_id=i, at=now, kind=EventKind.TAKEN_OVER, actor=user, note=was) for i, was in taken])
    record_many([(user.id, "alarm.take_over", f"alarm:{i}", {}) for i, _was in taken])


def stamp_watchers(user_ids: Collection[int], now: datetime) -> None:
    """These people sit at a desk now."""
    with transaction.atomic():
        bulk.upsert(Watcher, ("user", "seen_at"), [(user_id, now) for user_id in sorted(user_ids)], unique=["user"])


def release_lost(now: datetime, limit: int) -> int:
    """Put alarms of owners who are no longer at a desk back in the queue, as old as they are. How many."""
    if not queries_owners.lost_alarms(now).exists():
        return 0  # the usual case, asked every other second: no turn to write is taken for it
    with transaction.atomic():
        # Read again in the turn to write: who came back meanwhile keeps what they have.
        lost = list(
            queries_owners.lost_alarms(now).select_for_update(of=("self",)).select_related("acknowledged_by")[:limit]
        )
        if not lost:
            return 0
        ids = [alarm.id for alarm in lost]
        Alarm.objects.filter(id__in=ids).update(state=State.UNACKNOWLEDGED, revision=next_pulse())
        kind = EventKind.RELEASED
        bulk.insert([AlarmEvent(alarm_id=a.id, at=now, kind=kind, note=str(a.acknowledged_by)) for a in lost])
        record_many([(None, "alarm.release", f"alarm:{a.id}", {"owner": a.acknowledged_by_id}) for a in lost])
    return len(lost)


# ── The end of a shift ───────────────────────────────────────────────────


def hand_over(user: User, to: User, note: str, counts: dict[str, int]) -> Handover:
    """Offer one's desk to another; nothing changes hands before they accept. Raises ValidationError."""
    note = nfc(note).strip()
    if not queries_owners.colleagues(user).filter(id=to.id).exists():
        raise ValidationError({"to": _("Choose somebody who works the same desk.")})
    if not note:
        raise ValidationError({"note": _("Say what the next shift must know; “nothing special” if that is so.")})
    try:
        with transaction.atomic():
            made = Handover.objects.create(by=user, to=to, at=clock.now(), note=note, counts=counts)
            record(user.id, "handover.offer", f"handover:{made.id}", {"to": to.id})
    except IntegrityError:
        raise ValidationError(_("Your last handover still waits. Withdraw it first.")) from None
    hint.tell("web")
    return made


def accept_handover(handover: Handover, user: User) -> int:
    """Take over the open alarms of who hands over, as far as one may act on them. How many. Raises ValidationError
    when it was withdrawn or accepted before."""
    mine = accounts.viewer(user, only=queries_owners.ACTING)
    now = clock.now()
    with transaction.atomic():
        waiting = Handover.objects.filter(id=handover.id, to=user, accepted_at__isnull=True, withdrawn_at__isnull=True)
        if not waiting.update(accepted_at=now):
            raise ValidationError(_("This handover no longer waits: it was accepted or withdrawn."))
        theirs = queries_owners.owned_by(handover.by).filter(id__in=queries.visible_to(mine).values("id"))
        ids = list(theirs.select_for_update(of=("self",)).values_list("id", flat=True))
        Alarm.objects.filter(id__in=ids).update(acknowledged_by=user, acknowledged_at=now, revision=next_pulse())
        _tell_taken_over([(i, str(handover.by)) for i in ids], user, now)
        record(user.id, "handover.accept", f"handover:{handover.id}", {"alarms": len(ids)})
    hint.tell("web")
    return len(ids)


def withdraw_handover(handover: Handover, user: User) -> None:
    """Take it back before somebody accepted. Raises ValidationError when it is too late."""
    with transaction.atomic():
        mine = Handover.objects.filter(id=handover.id, by=user, accepted_at__isnull=True, withdrawn_at__isnull=True)
        if not mine.update(withdrawn_at=clock.now()):
            raise ValidationError(_("This handover no longer waits: it was accepted or withdrawn."))
        record(user.id, "handover.withdraw", f"handover:{handover.id}", {})

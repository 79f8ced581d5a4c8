"""The queue of notices: claimed before it is sent, settled after it, so that a killed sender doubles nothing.

Claimed and never settled means that nobody knows whether it left. It is not sent again by the same way; the person's
next way is tried, and where there is none the ladder goes on at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from canh.accounts.queries_contacts import Method, methods_of
from canh.alarms.actions import touch_alarms
from canh.alarms.queries_waiting import still_waiting
from canh.channels.message import Outcome
from canh.channels.rules import backoff_s
from canh.channels.terms import OutcomeState
from canh.kit import bulk, hint
from canh.response import queries, rules
from canh.response.models import Climb, Notice
from canh.response.terms import NoticeState, Purpose

LOOK = 500
"""So many are looked at to be put together into messages."""
CLAIM = ("state", "claimed_at", "next_at", "tries", "done_at")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes to one address in one message."""

    notices: tuple[Notice, ...]

    @property
    def first(self) -> Notice:
        return self.notices[0]


def claim(now: datetime, room: int, busy: Collection[str] = ()) -> list[Bundle]:
    """Take what is to be sent now, at most `room` messages, none of a `busy` channel. What is no longer needed is
    stopped instead."""
    if not queries.to_send(now, 1, busy):
        return []
    with transaction.atomic():
        found = queries.to_send(now, LOOK, busy)
        wanted = still_waiting({n.alarm_id for n in found})
        needed = [n for n in found if _is_needed(n, wanted)]
        bundles = _bundles(needed)[:room]
        taken = [notice for bundle in bundles for notice in bundle.notices]
        for notice in taken:
            notice.state, notice.claimed_at, notice.tries = NoticeState.SENDING, now, notice.tries + 1
        stopped = [n for n in found if n not in needed]
        for notice in stopped:
            _done(notice, NoticeState.STOPPED, now)
        bulk.update([*taken, *stopped], CLAIM)
    return bundles


def _is_needed(notice: Notice, waiting: Collection[int]) -> bool:
    """A call while nobody has the alarm, a dispatch while it is not over, an end always."""
    if notice.purpose == Purpose.DISPATCH:
        return notice.dispatch is not None and notice.dispatch.ended_at is None
    return notice.purpose != Purpose.CALL or notice.alarm_id in waiting


def _bundles(notices: Sequence[Notice]) -> list[Bundle]:
    """One message a person and way; an exercise is never told in one breath with what is real."""

    def key(n: Notice) -> tuple[str, str, str, str, bool]:
        return n.purpose, n.whom, n.kind, n.address, n.alarm.is_drill

    ordered = sorted(notices, key=key)  # stable: the most urgent stays first within its message
    bundles = [Bundle(tuple(group)) for _key, group in groupby(ordered, key)]
    return sorted(bundles, key=lambda b: (b.first.alarm.priority, b.first.id))


def settle(bundle: Bundle, outcome: Outcome, now: datetime) -> None:
    """Write down what came of it: sent, to be tried again, or another way."""
    notices = list(bundle.notices)
    with transaction.atomic():
        again = [n for n in notices if outcome.state == OutcomeState.RETRY and _again_at(n, now)]
        for notice in notices:
            notice.detail = outcome.detail[:300]
            if notice in again:
                notice.state, notice.next_at = NoticeState.WAITING, _again_at(notice, now)
            else:
                is_sent = outcome.state == OutcomeState.SENT
                _done(notice, NoticeState.SENT if is_sent else NoticeState.FAILED, now)
        bulk.update(notices, [*CLAIM, "detail"])
        _go_on([n for n in notices if n.state == NoticeState.FAILED], now)
        touch_alarms({n.alarm_id for n in notices})
    hint.tell("web")


def _again_at(notice: Notice, now: datetime) -> datetime | None:
    wait = backoff_s(notice.tries, now.date())
    return None if wait is None else now + timedelta(seconds=wait)


def _done(notice: Notice, state: NoticeState, now: datetime) -> None:
    notice.state, notice.next_at, notice.done_at = state, None, now


def recover(now: datetime, silent_s: float = 0) -> int:
    """Settle what was claimed and has been silent for so long: who sent it is gone. How many."""
    before = now - timedelta(seconds=silent_s)
    if not queries.lost(before):
        return 0
    with transaction.atomic():
        left = queries.lost(before)
        for notice in left:
            _done(notice, NoticeState.UNCERTAIN, now)
        bulk.update(left, CLAIM)
        _go_on(left, now)
        touch_alarms({n.alarm_id for n in left})
    return len(left)


def _go_on(ended: Sequence[Notice], now: datetime) -> None:
    """Each person's next way; where a rung reached nobody, the next rung at once."""
    calls = [n for n in ended if n.purpose != Purpose.SILENCE]
    methods = methods_of({n.user_id for n in calls if n.user_id})
    for notice in calls:
        other = _next_way(notice, methods, now)
        if other:
            other.save(force_insert=True)
        elif notice.climb and notice.purpose == Purpose.CALL and _is_over(notice):
            _hurry(notice.climb, notice, now)


def _next_way(notice: Notice, methods: dict[int, list[Method]], now: datetime) -> Notice | None:
    if notice.user_id is None:
        return None
    tried = set(
        Notice.objects.filter(climb=notice.climb_id, dispatch=notice.dispatch_id, purpose=notice.purpose)
        .filter(round=notice.round, rung=notice.rung, whom=notice.whom)
        .values_list("kind", "address")
    )  # fmt: skip
    theirs = {m.id: m for m in methods.get(notice.user_id, [])}
    for method_id in rules.ways([(m.id, m.reach) for m in theirs.values()]):
        way = theirs[method_id]
        if (way.kind, way.address) not in tried:
            return Notice(
                alarm_id=notice.alarm_id, climb_id=notice.climb_id, dispatch_id=notice.dispatch_id,
                purpose=notice.purpose, round=notice.round, rung=notice.rung, user_id=notice.user_id,
                whom=notice.whom, kind=way.kind, address=way.address, way=notice.way + 1, made_at=now, next_at=now,
            )  # fmt: skip
    return None


def _is_over(notice: Notice) -> bool:
    """Nothing of this rung has left or will."""
    alive = [NoticeState.WAITING, NoticeState.SENDING, NoticeState.SENT]
    mates = Notice.objects.filter(climb=notice.climb_id, round=notice.round, rung=notice.rung, purpose=Purpose.CALL)
    return not mates.filter(state__in=alive).exists()


def _hurry(climb: Climb, notice: Notice, now: datetime) -> None:
    """Only while the ladder has not gone on by itself; the end of a round keeps its pause."""
    follows = {"round": notice.round, "rung": notice.rung + 1}
    Climb.objects.filter(id=climb.id, ended_at__isnull=True, next_at__gt=now, **follows).update(next_at=now)
    hint.tell("engine")

"""Climbing the ladder: alarms begin, climb and leave it, many at a time. Called by the engine's step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from canh.accounts.queries import people_by_id
from canh.accounts.queries_contacts import Method, methods_of
from canh.alarms.actions_calls import Call, note_calls
from canh.alarms.terms import Fold, State
from canh.channels.terms import ChannelKind
from canh.kit import bulk
from canh.response import queries, rules
from canh.response.models import Climb, Notice
from canh.response.terms import ClimbEnd, NoticeState, Purpose, Target

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


UNDER_WAY = timedelta(seconds=11)
"""No message is under way for longer (channels.actions.deliver)."""


def begin(now: datetime, limit: int) -> int:
    """Put alarms that wait on their ladder. How many."""
    if not queries.to_begin(now.date(), 1):
        return 0  # the usual case: no turn to write is taken for it
    with transaction.atomic():
        alarms = queries.to_begin(now.date(), limit)
        ladders = queries.ladders_for(alarms, now.date())
        again = queries.climbed_before([alarm.id for alarm in alarms])
        bulk.insert([_climb(alarm, ladders[alarm.id], now, alarm.id in again) for alarm in alarms])
    return len(alarms)


def _climb(alarm: Alarm, ladder: rules.Ladder, now: datetime, is_again: bool) -> Climb:
    """What waits again after somebody had it or shelved it waits since now."""
    since = now if is_again or alarm.acknowledged_at else alarm.received_at
    place = rules.first(ladder, since)
    rungs = [rung.as_data() for rung in ladder.rungs]
    return Climb(alarm=alarm, rungs=rungs, rounds=ladder.rounds, again_s=ladder.again_s, began_at=now,
                 round=place.round, rung=place.rung, next_at=place.at)  # fmt: skip


def end(now: datetime, limit: int) -> int:
    """Take alarms that wait no longer off their ladder: what was not sent is not sent, sirens go off. How many."""
    if not queries.to_end(1):
        return 0
    with transaction.atomic():
        climbs = queries.to_end(limit)
        for climb in climbs:
            climb.ended_at, climb.end, climb.next_at = now, _why(climb.alarm), None
        bulk.update(climbs, ["ended_at", "end", "next_at"])
        ids = [climb.id for climb in climbs]
        waiting = Notice.objects.filter(climb__in=ids, state=NoticeState.WAITING, purpose=Purpose.CALL)
        waiting.update(state=NoticeState.STOPPED, next_at=None, done_at=now)
        _silence(ids, now)
    return len(climbs)


def _why(alarm: Alarm) -> ClimbEnd:
    if alarm.fold != Fold.NONE:
        return ClimbEnd.FOLDED
    ends = {State.CLOSED: ClimbEnd.CLOSED, State.SHELVED: ClimbEnd.SHELVED}
    return ends.get(State(alarm.state), ClimbEnd.ACKNOWLEDGED)


def _silence(climb_ids: Collection[int], now: datetime) -> None:
    """Also where it is not certain that the siren was heard to be switched on: off does no harm."""
    rang = Notice.objects.filter(
        climb__in=climb_ids, kind=ChannelKind.SIREN, purpose=Purpose.CALL,
        state__in=[NoticeState.SENT, NoticeState.SENDING, NoticeState.UNCERTAIN],
    )  # fmt: skip
    last = {(n.climb_id or 0, n.address): n for n in rang}
    climbs = Climb.objects.in_bulk([climb_id for climb_id, _address in last])
    bulk.insert([_off(notice, climbs, now) for notice in last.values()])


def _off(rang: Notice, climbs: Mapping[int, Climb], now: datetime) -> Notice:
    """After the switching on that is under way: overtaken by its "off", a siren would sound for ever."""
    off = notice_of(
        climbs[rang.climb_id or 0], rang.round, rang.rung, None, rang.kind, rang.address, now, Purpose.SILENCE
    )
    off.next_at = now + UNDER_WAY if rang.state == NoticeState.SENDING else now
    return off


@dataclass(frozen=True, slots=True)
class _Fired:
    climb: Climb
    step: int
    notices: list[Notice]

    @property
    def has_told(self) -> bool:
        return any(notice.state == NoticeState.WAITING for notice in self.notices)


def fire(now: datetime, limit: int) -> int:
    """Climb the rungs that are due. How many."""
    if not queries.due(now, 1):
        return 0
    with transaction.atomic():
        climbs = [c for c in queries.due(now, limit) if _waits(c.alarm)]
        fired = _fire(climbs, now)
        bulk.insert([notice for f in fired for notice in f.notices])
        bulk.update(climbs, ["round", "rung", "next_at"])
        names = people_by_id({n.user_id for f in fired for n in f.notices if n.user_id})
        note_calls([Call(f.climb.alarm_id, now, f.step, _names(f, names)) for f in fired])
    return len(climbs)


def _waits(alarm: Alarm) -> bool:
    """Taken since the last look: its climb ends in the next one."""
    return alarm.state == State.UNACKNOWLEDGED and alarm.fold == Fold.NONE


def _fire(climbs: list[Climb], now: datetime) -> list[_Fired]:
    sites = {climb.alarm.site_id: climb.alarm.site for climb in climbs}
    people, told = queries.people_of(list(sites.values()), now), queries.told_in_round(climbs)
    called = {}
    for climb in climbs:
        rung = rules.rungs_of(climb.rungs)[climb.rung]
        called[climb.id] = (rung, rules.whom(rung, people[climb.alarm.site_id], told[climb.id]))
    methods = methods_of({user for _rung, users in called.values() for user in users})
    return [_step(climb, *called[climb.id], methods, now) for climb in climbs]


def _step(climb: Climb, rung: rules.Rung, users: list[int], methods: Mapping[int, list[Method]], now: datetime
          ) -> _Fired:  # fmt: skip
    if rung.who == Target.SIREN:
        notices = [notice_of(climb, climb.round, climb.rung, None, ChannelKind.SIREN, rung.topic, now)]
    else:
        notices = [first_way(climb, user, methods.get(user, []), now) for user in users]
    fired = _Fired(climb, climb.rung + 1, notices)
    place = rules.Place(climb.round, climb.rung, climb.next_at)
    then = rules.after(queries.ladder_of(climb), place, now, has_told=fired.has_told)
    climb.round, climb.rung, climb.next_at = then.round, then.rung, then.at
    return fired


def first_way(climb: Climb, user_id: int, methods: list[Method], now: datetime) -> Notice:
    """To a person by the way that is most likely to reach them; whoever has none is known to have none."""
    order = rules.ways([(m.id, m.reach) for m in methods])
    by_id = {m.id: m for m in methods}
    if not order:
        return notice_of(climb, climb.round, climb.rung, user_id, "", "", now)
    way = by_id[order[0]]
    return notice_of(climb, climb.round, climb.rung, user_id, way.kind, way.address, now)


def notice_of(
    climb: Climb, number: int, rung: int, user_id: int | None, kind: str, address: str, now: datetime,
    purpose: Purpose = Purpose.CALL,
) -> Notice:  # fmt: skip
    return Notice(
        alarm_id=climb.alarm_id, climb=climb, round=number, rung=rung, user_id=user_id, kind=kind, address=address,
        purpose=purpose,
        whom=f"user:{user_id}" if user_id else f"siren:{address}", made_at=now, next_at=now if kind else None,
        state=NoticeState.WAITING if kind else NoticeState.NO_WAY,
    )  # fmt: skip


def _names(fired: _Fired, people: Mapping[int, object]) -> list[str]:
    return [str(people[n.user_id]) if n.user_id else n.address for n in fired.notices]

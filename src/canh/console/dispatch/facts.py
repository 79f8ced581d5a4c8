"""What the desk shows of who was sent to the spot, and who could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from canh.accounts.queries import people_by_id
from canh.accounts.queries_contacts import methods_of
from canh.accounts.terms import Reach
from canh.alarms.terms import State
from canh.kit import clock
from canh.response import queries, rules
from canh.response.terms import DispatchState

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.console.access import Request
    from canh.response.models import Dispatch

OFFERED = 12
TONES = {
    DispatchState.SENT: "warn", DispatchState.ACCEPTED: "outline", DispatchState.ARRIVED: "good",
    DispatchState.DONE: "outline", DispatchState.DECLINED: "bad", DispatchState.STOOD_DOWN: "outline",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody who was sent, and what may be taken down of them."""

    dispatch: Dispatch
    tone: str
    answers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AtHand:
    """Somebody who could be sent."""

    id: int
    name: str
    is_on_duty: bool
    is_reached: bool


def of_alarm(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """For the case of an alarm on the desk; nothing of a closed one to which nobody was sent."""
    sent = [_sent(dispatch) for dispatch in queries.dispatches_of(alarm.id)]
    if alarm.state == State.CLOSED and not sent:
        return None
    is_under_way = any(queries.is_under_way(one.dispatch) for one in sent)
    is_taken = alarm.state == State.ACKNOWLEDGED
    return {
        "sent": sent, "may_send": alarm.state != State.CLOSED,
        "may_stand_down": is_taken and (is_under_way or _has_called(alarm)),
    }  # fmt: skip


def _has_called(alarm: Alarm) -> bool:
    return bool(queries.called_of(alarm.id) - queries.stood_down_of(alarm.id))


def _sent(dispatch: Dispatch) -> Sent:
    state = DispatchState(dispatch.state)
    answers = [(s.value, str(s.label)) for s in DispatchState if s in rules.MOVES.get(state, ())]
    return Sent(dispatch, TONES[state], answers)


def at_hand(alarm: Alarm) -> list[AtHand]:
    """Who could be sent now, the nearest first; without who is under way."""
    away = {d.user_id for d in queries.dispatches_of(alarm.id) if queries.is_under_way(d)}
    near = {user: duty for user, duty in queries.at_hand(alarm.site, clock.now()).items() if user not in away}
    near = dict(list(near.items())[:OFFERED])
    people, methods = people_by_id(list(near)), methods_of(set(near))
    reached = {user for user, ways in methods.items() if any(way.reach == Reach.WORKS for way in ways)}
    return [AtHand(user, str(people[user]), duty, user in reached) for user, duty in near.items() if user in people]

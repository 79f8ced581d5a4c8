"""Ladders: whom to tell of an alarm that nobody takes, and when. Pure: values in, decisions out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from canh.accounts.terms import Reach
from canh.response.terms import DispatchState, Target

MOST_RUNGS = 8
LONGEST_S = 3600
MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder."""

    wait_s: int
    """After the rung before; of the first, after the alarm began to wait."""
    who: Target
    person: int | None = None
    topic: str = ""
    """Of a siren: where it listens."""

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"wait_s": self.wait_s, "who": str(self.who)}
        if self.person is not None:
            data["person"] = self.person
        return {**data, "topic": self.topic} if self.topic else data


@dataclass(frozen=True, slots=True)
class Ladder:
    """All of it."""

    rungs: tuple[Rung, ...]
    rounds: int = 1
    """How often it is climbed while nobody comes."""
    again_s: int = 300
    """From the last rung to the first of the next round, in place of its own wait."""


def rungs_of(data: Sequence[Mapping[str, Any]]) -> tuple[Rung, ...]:
    """Back from how they are kept."""
    return tuple(Rung(int(d["wait_s"]), Target(d["who"]), d.get("person"), d.get("topic", "")) for d in data)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a climb stands: the next rung, in which round, and when."""

    round: int
    rung: int
    at: datetime | None
    """None: the ladder is at its end."""


def first(ladder: Ladder, waits_since: datetime) -> Place:
    if not ladder.rungs:
        return Place(1, 0, None)
    return Place(1, 0, waits_since + timedelta(seconds=ladder.rungs[0].wait_s))


def after(ladder: Ladder, place: Place, fired_at: datetime, *, has_told: bool) -> Place:
    """Where it goes on after a rung. A rung that told nobody costs no time: the next one comes at once."""
    if place.rung + 1 < len(ladder.rungs):
        wait = ladder.rungs[place.rung + 1].wait_s if has_told else 0
        return Place(place.round, place.rung + 1, fired_at + timedelta(seconds=wait))
    if place.round < ladder.rounds:
        return Place(place.round + 1, 0, fired_at + timedelta(seconds=ladder.again_s))
    return Place(place.round, place.rung + 1, None)


# -- whom


@dataclass(frozen=True, slots=True)
class Near:
    """A person and how far from the premises: 0 there, 1 their unit, 2 the unit above."""

    user: int
    level: int


@dataclass(frozen=True, slots=True)
class People:
    """Who could be called about one site now, each list in the order of calling."""

    on_duty: Sequence[Near] = ()
    by_role: Mapping[Target, Sequence[Near]] = field(default_factory=dict)


def whom(rung: Rung, people: People, told: Collection[int]) -> list[int]:
    """The people a rung calls, without who was called in this round already (a person named is called all the same)."""
    if rung.who == Target.PERSON:
        return [rung.person] if rung.person is not None else []
    found = _found(rung.who, people, told)
    return list(dict.fromkeys(user for user in found if user not in told))


def _found(who: Target, people: People, told: Collection[int]) -> list[int]:
    if who == Target.ON_DUTY:
        return _nearest(people.on_duty)
    if who == Target.OPERATOR:
        return [near.user for near in people.by_role.get(who, ())]
    if who == Target.SUPERIOR:
        return _above(people, told)
    return _nearest(people.by_role.get(who, ()))


def _nearest(found: Sequence[Near]) -> list[int]:
    """Those of the nearest level that has anybody; the premises and their own unit count as one."""
    own = [near.user for near in found if near.level <= 1]
    if own:
        return own
    level = min((near.level for near in found), default=0)
    return [near.user for near in found if near.level == level]


def _above(people: People, told: Collection[int]) -> list[int]:
    """On duty or head of security in the first unit above their own that has anybody who was not called yet."""
    found = [*people.on_duty, *people.by_role.get(Target.SECURITY_HEAD, ())]
    higher = [near for near in found if near.level > 1 and near.user not in told]
    level = min((near.level for near in higher), default=0)
    return [near.user for near in higher if near.level == level]


# -- by which way

_RANK = {Reach.WORKS: 0, Reach.UNCONFIRMED: 1, Reach.LAPSED: 2, Reach.BROKEN: 3}


def ways(reaches: Sequence[tuple[int, Reach]]) -> list[int]:
    """(method, how far it can be relied on) in the person's own order -> methods in the order of trying. What is
    known to work comes first; what failed last is still better than nothing; what is not set up is no way."""
    usable = [(_RANK[reach], place, method) for place, (method, reach) in enumerate(reaches) if reach in _RANK]
    return [method for _rank, _place, method in sorted(usable)]


# -- who was sent to the spot

MOVES: Mapping[DispatchState, frozenset[DispatchState]] = {
    DispatchState.SENT: frozenset({DispatchState.ACCEPTED, DispatchState.ARRIVED, DispatchState.DECLINED}),
    DispatchState.ACCEPTED: frozenset({DispatchState.ARRIVED, DispatchState.DECLINED}),
    DispatchState.ARRIVED: frozenset({DispatchState.DONE}),
}
"""What may be said next. Called back they are by the desk alone, from each state that is not over."""


def may_move(state: DispatchState, to: DispatchState) -> bool:
    return to in MOVES.get(state, frozenset())


# -- what may not be written


def problems(rungs: Sequence[Rung]) -> list[tuple[int, str]]:
    """(rung, what is wrong): `wait`, `person`, `topic`; (-1, `many`)."""
    found = [(n, what) for n, rung in enumerate(rungs) for what in _wrong(rung)]
    return [*found, (-1, "many")] if len(rungs) > MOST_RUNGS else found


def _wrong(rung: Rung) -> list[str]:
    checks = {
        "wait": 0 <= rung.wait_s <= LONGEST_S,
        "person": rung.who != Target.PERSON or rung.person is not None,
        "topic": rung.who != Target.SIREN or bool(rung.topic),
    }
    return [name for name, is_right in checks.items() if not is_right]

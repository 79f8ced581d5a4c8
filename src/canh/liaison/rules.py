"""Hand-overs to the police: which desk, which act is possible when. Pure: values in, decisions out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from canh.liaison.terms import DeskKind, ReferralState

S = ReferralState
MOVES: dict[tuple[ReferralState, str], ReferralState] = {
    (S.NEW, "accept"): S.ACCEPTED,
    (S.NEW, "reject"): S.REJECTED,
    (S.NEW, "cancel"): S.CANCELLED,
    (S.NEW, "close"): S.CLOSED,  # told and closed in one call
    (S.NEW, "update"): S.NEW,
    (S.ACCEPTED, "update"): S.ACCEPTED,
    (S.ACCEPTED, "cancel"): S.CANCELLED,
    (S.ACCEPTED, "close"): S.CLOSED,
}
"""(state, act) -> state. What is not here is refused: whoever was refused hands over anew."""


class IllegalMove(ValueError):
    """This act is not possible now."""


def moved(state: ReferralState, act: str) -> ReferralState:
    """The state after an act. Raises IllegalMove."""
    try:
        return MOVES[state, act]
    except KeyError:
        raise IllegalMove(f"{act} from {state}") from None


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """A police desk, as far as choosing goes."""

    id: int
    kind: DeskKind
    area_id: int | None
    """Whose ground; None: everywhere."""
    opens: time | None
    closes: time | None
    """Both empty: day and night."""


def is_open(opens: time | None, closes: time | None, at: time) -> bool:
    """From the first minute to before the last; closing before opening means over midnight."""
    if opens is None or closes is None:
        return True
    return opens <= at < closes if opens < closes else at >= opens or at < closes


_RANK = {DeskKind.EMERGENCY: 1, DeskKind.WARD: 0, DeskKind.CITY: 2, DeskKind.OTHER: 3}


def in_order(desks: Iterable[DeskFacts], areas: list[int], at: time, *, is_urgent: bool) -> list[int]:
    """Desks for premises, the right one first. `areas`: those of the premises, the smallest first. The nearest ground
    comes first, then whose hours it is; in danger the emergency call before all others."""
    place = {area: n for n, area in enumerate(areas)}
    fitting = [d for d in desks if d.area_id is None or d.area_id in place]

    def key(desk: DeskFacts) -> tuple[bool, bool, int, int, int]:
        is_first = is_urgent and desk.kind == DeskKind.EMERGENCY
        near = len(areas) if desk.area_id is None else place[desk.area_id]
        return not is_first, not is_open(desk.opens, desk.closes, at), near, _RANK[desk.kind], desk.id

    return [desk.id for desk in sorted(fitting, key=key)]


def is_tested(tested_at: datetime | None, now: datetime, retest: timedelta) -> bool:
    """Somebody called this desk lately, and it answered."""
    return tested_at is not None and now - tested_at < retest

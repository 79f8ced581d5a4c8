"""What the desk shows of the calls about an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from canh.accounts.queries import people_by_id
from canh.alarms.terms import State
from canh.channels.terms import ChannelKind
from canh.console.access import Request
from canh.console.calls import wording
from canh.kit import clock
from canh.response import queries, rules
from canh.response.terms import NoticeState, Purpose, Target

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.response.models import Climb, Notice

TONES = {
    NoticeState.SENT: "good", NoticeState.FAILED: "bad", NoticeState.NO_WAY: "bad", NoticeState.UNCERTAIN: "warn",
    NoticeState.WAITING: "warn", NoticeState.SENDING: "warn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call of one person."""

    name: str
    way: str
    state: str
    tone: str
    at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class NextRung:
    """What comes if nobody takes the alarm."""

    number: int
    who: str
    names: list[str]
    at: datetime


def of_alarm(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """For the case of an alarm on the desk; nothing where no ladder holds."""
    climb = queries.climb_of(alarm.id)
    if climb is None:
        return None
    notices = queries.notices_of(alarm.id)
    return {
        "calls": [_line(notice) for notice in notices],
        "next": next_rung(alarm, climb, notices) if climb.next_at and not climb.ended_at else None,
        "is_exhausted": bool(climb.rungs) and climb.next_at is None and climb.ended_at is None,
        "is_desk_only": not climb.rungs,
        "is_waiting": alarm.state == State.UNACKNOWLEDGED,
    }


def _line(notice: Notice) -> CallLine:
    state = NoticeState(notice.state)
    has_failed = state in {NoticeState.FAILED, NoticeState.WAITING} and notice.tries > 0
    return CallLine(
        name=_name(notice),
        way=str(ChannelKind(notice.kind).label) if notice.kind else "",
        state=str(state.label), tone=TONES.get(state, "outline"), at=notice.done_at or notice.made_at,
        detail=notice.detail if has_failed else "",
    )  # fmt: skip


def _name(notice: Notice) -> str:
    if notice.user:
        is_call = notice.purpose == Purpose.CALL
        return notice.user.full_name if is_call else f"{Purpose(notice.purpose).label}: {notice.user.full_name}"
    is_off = notice.purpose == Purpose.SILENCE
    return f"{Purpose.SILENCE.label}: {notice.address}" if is_off else notice.address


def next_rung(alarm: Alarm, climb: Climb, notices: Sequence[Notice]) -> NextRung | None:
    """With the names of who would be called if it were now."""
    rungs = rules.rungs_of(climb.rungs)
    if climb.next_at is None or climb.rung >= len(rungs):
        return None
    rung, now = rungs[climb.rung], clock.now()
    users = []
    if rung.who != Target.SIREN:
        told = {n.user_id for n in notices if n.user_id and (n.climb_id, n.round) == (climb.id, climb.round)}
        users = rules.whom(rung, queries.people_of([alarm.site], now)[alarm.site_id], told)
    names = people_by_id(users)
    return NextRung(climb.rung + 1, wording.who(rung, names), [str(names[u]) for u in users if u in names],
                    climb.next_at)  # fmt: skip

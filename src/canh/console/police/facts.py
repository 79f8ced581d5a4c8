"""What the desk shows of the police for the case of an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canh.console.access import Request
from canh.incidents import queries as incidents
from canh.liaison import queries
from canh.liaison.terms import OPEN

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


def of_alarm(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """Nothing where there is no case that could be handed over."""
    case = incidents.case_of(alarm.id)
    if case is None:
        return None
    referral = queries.newest_of(case.id)
    is_open = referral is not None and referral.state in OPEN
    return {"case": case, "referral": referral, "may_hand_over": not is_open and case.closed_at is None}

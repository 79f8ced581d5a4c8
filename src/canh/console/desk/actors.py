"""On which alarms this person may act: only their roles at the desk count, and only where those reach.

Who audits everything and takes alarms of one unit sees all alarms, but takes those of the unit alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.accounts.terms import Role
from canh.alarms import queries
from canh.console.access import Request

if TYPE_CHECKING:
    from canh.alarms.models import Alarm

ACTORS = (Role.OPERATOR, Role.SECURITY_HEAD)


def actor(request: Request) -> Viewer:
    """What this person sees by the roles that act on alarms, leaving others aside."""
    others = request.viewer.roles.difference(ACTORS)
    return accounts.viewer(request.user, only=ACTORS) if others else request.viewer


def may_act_on(request: Request, alarm: Alarm) -> bool:
    """`alarm`: one this person sees."""
    viewer = actor(request)
    if viewer is request.viewer or not queries.may_act(viewer):
        return queries.may_act(viewer)
    return queries.visible_to(viewer).filter(id=alarm.id).exists()

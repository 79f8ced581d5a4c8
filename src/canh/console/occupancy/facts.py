"""What the desk shows of a lockdown at the premises of an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canh.occupancy import queries

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.console.access import Request


def of_alarm(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """How the roll stands; nothing where no lockdown runs."""
    lockdown = queries.running(alarm.site_id)
    return {"lockdown": lockdown, "roll": queries.roll_call(lockdown)} if lockdown else None

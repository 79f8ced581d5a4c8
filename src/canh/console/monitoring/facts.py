"""What the desk shows of who watches the premises of an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canh.kit import clock
from canh.monitoring import queries

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.console.access import Request


def of_alarm(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """Which desk watches, and instead of which; nothing where no desk is named at this hour."""
    found = queries.watching([alarm.site], clock.now()).get(alarm.site_id)
    if found is None:
        return None
    names = queries.names_of({desk for desk in (found.desk, found.meant) if desk})
    return {"desk": names.get(found.desk or 0), "meant": names.get(found.meant), "since": found.since}

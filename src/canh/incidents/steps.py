"""The engine step that makes cases of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from canh.alarms import queries as alarms
from canh.alarms import queries_cases
from canh.incidents import queries
from canh.incidents.grouping import Batch, reopen_with
from canh.incidents.models import Cursor
from canh.kit import bulk, clock

if TYPE_CHECKING:
    from canh.alarms.models import Alarm

BATCH = 500


class GroupAlarms:
    """Gives each alarm that has no case its place.

    Alarms are read in the order of their changes, from a cursor that moves in the transaction that writes the
    members; a repeat finds them and writes nothing. Only an alarm that gets a case writes: a storm moves the place
    in memory, one look a cycle, and what was looked at in vain is looked at again after a start.
    """

    name = "incidents.group"

    def __init__(self) -> None:
        self._place: tuple[int, int] | None = None
        self._pulse = -1
        """Up to where nothing waits."""

    def __call__(self) -> bool:
        pulse = alarms.pulse()
        if pulse == self._pulse:
            return False
        begin = self._place or queries.cursor()
        table = queries.grouping(clock.now().date())
        found = queries_cases.changed_since(*begin, {*table.opens, *table.joins}, BATCH)
        is_all = len(found) < BATCH
        end = max([(alarm.revision, alarm.id) for alarm in found] + ([(pulse, 0)] if is_all else []))
        has_written = _group(found, end)
        self._place = max(begin, end)
        self._pulse = pulse if is_all else -1
        return has_written or not is_all


def _group(found: list[Alarm], end: tuple[int, int]) -> bool:
    """Whether an alarm got a case."""
    if not found:
        return False
    with transaction.atomic():
        known = queries.members_among([alarm.id for alarm in found])
        batch = Batch([alarm for alarm in found if alarm.id not in known])
        batch.run()
        reopen_with(found, known)
        if batch.members:
            bulk.upsert(Cursor, ("id", "revision", "alarm"), [(1, *end)], unique=["id"])
    return bool(batch.members)

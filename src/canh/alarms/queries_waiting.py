"""Reads of alarms that nobody has, for who calls people about them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from canh.alarms.models import Alarm
from canh.alarms.terms import Fold, State


def waiting(priorities: Collection[int]) -> QuerySet[Alarm]:
    """Alarms with a row of their own that nobody has taken, the most urgent and oldest first."""
    found = Alarm.objects.filter(state=State.UNACKNOWLEDGED, fold=Fold.NONE, priority__in=sorted(priorities))
    return found.select_related("site__unit").order_by("priority", "received_at", "id")


def still_waiting(alarm_ids: Collection[int]) -> set[int]:
    """Those of these alarms that nobody has taken yet."""
    found = Alarm.objects.filter(id__in=alarm_ids, state=State.UNACKNOWLEDGED, fold=Fold.NONE)
    return set(found.values_list("id", flat=True))

"""Reads of alarms for the cases they belong to."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from canh.alarms.models import Alarm
from canh.alarms.terms import Fold


def changed_since(revision: int, alarm_id: int, kinds: Collection[str], limit: int) -> list[Alarm]:
    """Alarms of these kinds with a row of their own that changed after this place of the order of changes.

    The pulse grows in the order of commits, so nothing appears before a place that was read.
    """
    later = Q(revision__gt=revision) | Q(revision=revision, id__gt=alarm_id)
    found = Alarm.objects.filter(later, revision__gte=revision, fold=Fold.NONE, kind__in=sorted(kinds))
    return list(found.order_by("revision", "id")[:limit])

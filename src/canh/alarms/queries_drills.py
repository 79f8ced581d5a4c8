"""Reads of exercises."""

from __future__ import annotations

from datetime import date
from functools import cache

from django.db.models import Min, Q, QuerySet

from canh.accounts.queries import Viewer, place_filter
from canh.alarms.models import Alarm
from canh.alarms.models_drills import DrillRun
from canh.alarms.rules_drills import DrillTable, Happened
from canh.alarms.terms import EventKind, State
from canh.intake.terms import NEVER_HELD_BACK
from canh.kit.dated import table_of

FIGURES = ("received_s", "raised_s", "shown_s", "taken_urgent_s", "taken_s", "dispatch_s", "police_s", "confirmed_s")


@cache
def drill_table(day: date) -> DrillTable:
    """Within which time an exercise should get how far, on a day."""
    table = table_of("alarms", "drills.toml", day)
    return DrillTable(**{name: float(table[name]) for name in FIGURES})


def visible_to(viewer: Viewer) -> QuerySet[DrillRun]:
    """Exercises at premises this person may see: the only door to them."""
    return DrillRun.objects.filter(place_filter(viewer, unit="site__unit", area="site__area"))


def drills(viewer: Viewer) -> QuerySet[DrillRun]:
    """The newest first."""
    return visible_to(viewer).select_related("site", "begun_by").order_by("-begun_at", "-id")


def running() -> QuerySet[DrillRun]:
    """Exercises that nobody ended: for the command line, which ends what it began before it was killed."""
    return DrillRun.objects.filter(ended_at__isnull=True).select_related("site", "panel", "begun_by")


def alarms_of(run: DrillRun) -> QuerySet[Alarm]:
    """What an exercise raised, in order."""
    return Alarm.objects.filter(panel=run.panel_id, is_drill=True).order_by("id")


def happened(run: DrillRun) -> list[Happened]:
    """What became of each alarm of an exercise."""
    took = Q(events__kind__in=[EventKind.ACKNOWLEDGED, EventKind.SHELVED])
    rows = alarms_of(run).annotate(taken_at=Min("events__at", filter=took))
    columns = ("kind", "received_at", "raised_at", "shown_at", "taken_at", "closed_at")
    return [Happened(kind in NEVER_HELD_BACK, *times) for kind, *times in rows.values_list(*columns)]


def is_over(run: DrillRun) -> bool:
    """People have closed all that the exercise raised."""
    raised = alarms_of(run)
    return raised.exists() and not raised.exclude(state=State.CLOSED).exists()

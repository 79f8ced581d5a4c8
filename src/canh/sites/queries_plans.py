"""Reads of floor plans."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from canh.sites import plan_store
from canh.sites.models import FloorPlan, PlanMark, Zone


def plans(site_id: int) -> QuerySet[FloorPlan]:
    """By name, with `placed`: how many zones in use stand on each."""
    working = Q(marks__zone__panel__retired_at__isnull=True)
    return FloorPlan.objects.filter(site=site_id).annotate(placed=Count("marks", filter=working)).order_by("name", "id")


def picture_of(plan: FloorPlan) -> bytes:
    """Opened. Raises OSError when the file is gone, ValueError when it was changed."""
    return plan_store.open_picture(plan.sha256)


def marks(site_id: int) -> QuerySet[PlanMark]:
    """Of zones in use, by plan and zone."""
    found = PlanMark.objects.filter(plan__site=site_id, zone__panel__retired_at__isnull=True)
    return found.select_related("plan", "zone").order_by("plan__name", "plan", "zone__number", "id")


def zones_to_place(site_id: int) -> QuerySet[Zone]:
    """Zones of panels in use that report real events, those without a place first."""
    found = Zone.objects.filter(panel__site=site_id, panel__retired_at__isnull=True, panel__is_drill=False)
    return found.select_related("mark", "panel").order_by("mark__id", "panel", "number")

"""Exercises: begun and ended."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.db import transaction

from canh.alarms.models_drills import DrillRun
from canh.alarms.rules_drills import Scored
from canh.audit.actions import record
from canh.kit import clock
from canh.sites.actions import NewPanel
from canh.sites.actions_drills import close_drill_panel, open_drill_panel

if TYPE_CHECKING:
    from canh.sites.models import Site


def begin_drill(site: Site, scene: str, *, actor_id: int | None) -> tuple[DrillRun, NewPanel]:
    """An exercise begins: a panel of its own, which dials from now on. Raises ValidationError."""
    with transaction.atomic():
        made = open_drill_panel(site, actor_id=actor_id)
        run = DrillRun.objects.create(
            site=site, panel=made.panel, scene=scene, begun_by_id=actor_id, begun_at=clock.now()
        )
        record(actor_id, "drill.begin", f"site:{site.id}", {"drill": run.id, "scene": scene})
    return run, made


def drop_drill(run: DrillRun) -> None:
    """It could not be held: its panel dials no more, and nobody reads it as an exercise that failed."""
    with transaction.atomic():
        if DrillRun.objects.filter(id=run.id, ended_at__isnull=True).delete()[0]:
            close_drill_panel(run.panel, actor_id=run.begun_by_id)
            record(run.begun_by_id, "drill.drop", f"site:{run.site_id}", {"drill": run.id})


def end_drill(run: DrillRun, marks: list[Scored]) -> DrillRun:
    """It is over: the panel dials no more, and the figures stand as they are now. Harmless when it was over."""
    with transaction.atomic():
        written = [{**asdict(one), "mark": one.mark.value, "is_kept": one.is_kept} for one in marks]
        if DrillRun.objects.filter(id=run.id, ended_at__isnull=True).update(ended_at=clock.now(), marks=written):
            close_drill_panel(run.panel, actor_id=run.begun_by_id)
            record(run.begun_by_id, "drill.end", f"site:{run.site_id}", {"drill": run.id})
    run.refresh_from_db()
    return run

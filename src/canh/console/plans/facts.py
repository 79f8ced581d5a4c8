"""What the desk shows of the plan: where it tripped, and what else rings there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from canh.alarms import queries as alarms
from canh.sites import queries_plans as queries

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.console.access import Request
    from canh.sites.models import FloorPlan, PlanMark

OFFERED = 30
"""Open alarms of one site that are looked at for their place."""


@dataclass(frozen=True, slots=True)
class Point:
    """A zone on a plan."""

    mark: PlanMark
    priority: int = 0
    """Of the most urgent alarm there; 0: nothing rings."""
    is_first: bool = False
    """What the alarm on show is about."""

    @property
    def name(self) -> str:
        return self.mark.zone.name


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan with what stands on it."""

    plan: FloorPlan
    points: Sequence[Point]

    @property
    def tripped(self) -> list[Point]:
        return [point for point in self.points if point.priority]


def of_alarm(request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """The plan on which the alarm is, else the first; nothing where no zone has a place."""
    marks = list(queries.marks(alarm.site_id))
    if not marks:
        return None
    ringing = list(alarms.standing_alone(request.viewer).filter(site=alarm.site_id)[:OFFERED])
    points = [_point(mark, alarm, ringing) for mark in marks]
    shown = next((p for p in points if p.is_first), None) or next((p for p in points if p.priority), points[0])
    drawn = Drawn(shown.mark.plan, [p for p in points if p.mark.plan_id == shown.mark.plan_id])
    others = {p.mark.plan_id: p.mark.plan for p in points if p.mark.plan_id != drawn.plan.id}
    return {"drawn": drawn, "others": list(others.values()), "is_placed": any(p.is_first for p in points)}


def _point(mark: PlanMark, alarm: Alarm, ringing: Collection[Alarm]) -> Point:
    here = [one for one in [alarm, *ringing] if _is_at(one, mark)]
    return Point(mark, min((one.priority for one in here), default=0), any(one.id == alarm.id for one in here))


def _is_at(alarm: Alarm, mark: PlanMark) -> bool:
    """In an exercise the zones are those of its own panel, with the names of the real ones."""
    if alarm.zone_id:
        return alarm.zone_id == mark.zone_id or (alarm.is_drill and alarm.zone_name == mark.zone.name)
    return False

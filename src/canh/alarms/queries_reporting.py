"""From panel to operator: within which time a desk learns that something is wrong at premises, or that they are cut
off."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from canh.alarms import rules
from canh.alarms.models import Alarm
from canh.intake import codes
from canh.intake import queries as intake
from canh.sites.queries import working_panels
from canh.sites.terms import Door

if TYPE_CHECKING:
    from canh.sites.models import Panel

SINCE = timedelta(days=30)
MOST = 1000
"""The newest alarms of the site that are looked at."""


@dataclass(frozen=True, slots=True)
class PanelReporting:
    """One panel's part of the number."""

    panel: Panel
    paths: int
    lost: int
    delivery_s: float | None
    """Within this time 95 of 100 of its messages were at a desk; None: none came in 30 days."""
    samples: int

    @property
    def notice_s(self) -> float | None:
        """Within this time its silence is at the desk; None: never."""
        return rules.notice_s(self.panel.reporting_s)

    @property
    def number_s(self) -> float | None:
        return rules.reporting_s(self.panel.reporting_s, self.delivery_s)


@dataclass(frozen=True, slots=True)
class SiteReporting:
    """The number of a site: that of its worst panel. None: one of them has none, so nothing can be promised."""

    panels: list[PanelReporting]

    @property
    def weakest(self) -> PanelReporting | None:
        numbered = [p for p in self.panels if p.number_s is not None]
        return max(numbered, key=lambda p: p.number_s or 0.0, default=None)

    @property
    def number_s(self) -> float | None:
        return self.weakest.number_s if self.weakest and not self.unsupervised else None

    @property
    def unsupervised(self) -> list[Panel]:
        return [p.panel for p in self.panels if p.panel.reporting_s is None]

    @property
    def single_path(self) -> list[Panel]:
        return [p.panel for p in self.panels if p.paths < 2]


def reporting(site_id: int, now: datetime) -> SiteReporting:
    """Three queries, however many panels there are."""
    panels = list(working_panels().filter(site=site_id).exclude(door=Door.OWN).order_by("id"))
    paths, lost = Counter[int](), Counter[int]()
    for path in intake.paths_of(site_id):
        paths[path.panel_id or 0] += 1
        lost[path.panel_id or 0] += path.lost_at is not None
    delays = _delays(site_id, now)
    return SiteReporting([_panel(p, paths[p.id], lost[p.id], delays.get(p.id, [])) for p in panels])


def _panel(panel: Panel, paths: int, lost: int, delays: list[float]) -> PanelReporting:
    return PanelReporting(panel, paths, lost, rules.percentile(delays, 0.95), len(delays))


def _delays(site_id: int, now: datetime) -> dict[int, list[float]]:
    """Panel -> seconds from reception until its alarms were shown, or while no desk was open, raised."""
    found = Alarm.objects.filter(site=site_id, received_at__gte=now - SINCE).exclude(protocol=codes.OWN).order_by("-id")
    delays: dict[int, list[float]] = {}
    for panel_id, received_at, raised_at, shown_at in found.values_list(
        "panel", "received_at", "raised_at", "shown_at"
    )[:MOST]:
        delays.setdefault(panel_id, []).append(((shown_at or raised_at) - received_at).total_seconds())
    return delays

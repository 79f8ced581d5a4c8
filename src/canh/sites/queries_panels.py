"""Reads of panels: those out of use, the chain in which one replaced the other, what is on test."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from canh.accounts.queries import Viewer
from canh.kit import clock
from canh.sites.models import OnTest, Panel, Site
from canh.sites.queries import visible_to, working_panels

LONGEST_CHAIN = 50


def retired() -> QuerySet[Panel]:
    """Every panel out of use."""
    return Panel.objects.filter(retired_at__isnull=False)


def chain_of(panel: Panel) -> list[Panel]:
    """A panel with all that were in its place before and after it, the newest first."""
    newest = panel
    while (later := Panel.objects.filter(replaces=newest).first()) and later.id != panel.id:
        newest = later
    chain: list[Panel] = []
    link: Panel | None = newest
    while link is not None and len(chain) < LONGEST_CHAIN:
        chain.append(link)
        link = link.replaces
    return chain


def working_at(sites: QuerySet[Site]) -> QuerySet[Panel]:
    """Panels in use at some premises."""
    return Panel.objects.filter(retired_at__isnull=True, site__in=sites).select_related("site")


def tests_running(viewer: Viewer) -> QuerySet[OnTest]:
    """All that is on test now at visible premises, the one that ends first in front."""
    running = OnTest.objects.filter(site__in=visible_to(viewer), ended_at__isnull=True, until_at__gt=clock.now())
    return running.select_related("site", "zone", "started_by").order_by("until_at", "id")


def speaker(site_id: int) -> Panel | None:
    """Of which panel it is told what people at the premises report; None: they have no device in use."""
    return working_panels().filter(site=site_id, is_drill=False).order_by("kind", "id").first()


def speakers(site_ids: Collection[int]) -> dict[int, int]:
    """The same for many premises: site -> panel id. One query."""
    rows = working_panels().filter(site__in=site_ids, is_drill=False).order_by("-kind", "-id")
    return dict(rows.values_list("site", "id"))  # the last of a site wins

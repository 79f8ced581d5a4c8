"""Reads of the premises register."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.kit import clock, crypto
from canh.kit.text import fold
from canh.sites.models import OnTest, Panel, Revision, Site, Zone


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """What the gateway must know of a panel."""

    panel_id: int
    account: str
    key: bytes | None
    old_keys: tuple[bytes, ...] = ()
    """Keys before this one that are accepted while a rotation lasts."""
    door: str = "sia"
    dialect: Mapping[str, str] = field(default_factory=dict)
    """Departures from the standard that a person agreed to: {"clock": "local"}."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What a door needs to reach it: address, user, password …"""
    old_keys_until: int | None = None
    """Microseconds since 1970: from then on they open nothing. None: no end."""


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """What the engine must know of a panel: whose it is and how its zones are called."""

    panel_id: int
    site_id: int
    is_drill: bool
    zones: dict[int, int]
    """Zone number -> zone id."""
    reporting_s: int | None = None
    """Its reporting class; None: not supervised."""


def visible_to(viewer: Viewer) -> QuerySet[Site]:
    """The premises this person may see: the only door to sites."""
    return Site.objects.filter(accounts.place_filter(viewer, unit="unit", area="area"))


def search(viewer: Viewer, words: str) -> QuerySet[Site]:
    """Visible sites whose name, address or panel account has every word, marks ignored."""
    found = visible_to(viewer).filter(closed_at__isnull=True)
    for word in fold(words).split():
        found = found.filter(Q(folded__contains=word) | Q(panels__account=word.upper())).distinct()
    return found.order_by("folded", "id")


def zones_of(site_id: int) -> QuerySet[Zone]:
    """Zones of the working panels of a site."""
    zones = Zone.objects.filter(panel__site=site_id, panel__retired_at__isnull=True)
    return zones.order_by("panel", "number")


def panels_among(viewer: Viewer, ids: Collection[int]) -> QuerySet[Panel]:
    """Panels with these ids at visible sites, retired ones too."""
    return Panel.objects.filter(id__in=ids, site__in=visible_to(viewer)).select_related("site")


def working_panels() -> QuerySet[Panel]:
    """Every panel in use: for gateway and engine, which know no person."""
    return Panel.objects.filter(retired_at__isnull=True)


def drill_panels(panel_ids: Collection[int]) -> set[int]:
    """Those of these panels that dial in exercises at real premises."""
    if not panel_ids:
        return set()
    return set(Panel.objects.filter(id__in=panel_ids, is_drill=True).values_list("id", flat=True))


def zone_uses(panel_ids: Collection[int]) -> list[tuple[int, int, str]]:
    """Panel, partition and use of each zone."""
    return list(Zone.objects.filter(panel__in=panel_ids).values_list("panel", "partition", "use"))


def key_of(panel: Panel) -> str:
    """A panel's key in hex, opened; empty when it has none."""
    return crypto.unseal(bytes(panel.key_sealed), "panel-key").hex().upper() if panel.key_sealed else ""


def panel_directory() -> dict[str, PanelEntry]:
    """Every working panel by account, keys opened."""
    now = clock.now()
    return {p.account: _entry(p, now) for p in Panel.objects.filter(retired_at__isnull=True)}


def _entry(panel: Panel, now: datetime) -> PanelEntry:
    is_rotating = panel.old_key_until is not None and panel.old_key_until > now
    old = _opened(panel.old_key_sealed) if is_rotating else None
    return PanelEntry(
        panel.id,
        panel.account,
        _opened(panel.key_sealed),
        (old,) if old else (),
        panel.door,
        panel.dialect,
        settings_of(panel),
        clock.to_us(panel.old_key_until) if old and panel.old_key_until else None,
    )


def _opened(sealed: bytes | memoryview[int] | None) -> bytes | None:
    return crypto.unseal(bytes(sealed), "panel-key") if sealed else None


def settings_of(panel: Panel) -> dict[str, str]:
    """What a door needs to reach it, opened; {} when nothing."""
    if not panel.settings_sealed:
        return {}
    found: dict[str, str] = json.loads(crypto.unseal(bytes(panel.settings_sealed), "panel-settings"))
    return found


def directory_revision() -> int:
    """Grows whenever `panel_directory` or `panel_places` would answer differently."""
    return Revision.objects.values_list("number", flat=True).first() or 0


def panel_places() -> dict[str, PanelPlace]:
    """Every working panel by account, with its site and zones."""
    zones: dict[int, dict[int, int]] = {}
    for zone_id, panel_id, number in Zone.objects.values_list("id", "panel_id", "number"):
        zones.setdefault(panel_id, {})[number] = zone_id
    rows = working_panels().values_list("id", "account", "site_id", "site__is_drill", "is_drill", "reporting_s")
    return {
        account: PanelPlace(panel_id, site_id, of_site or of_panel, zones.get(panel_id, {}), reporting_s)
        for panel_id, account, site_id, of_site, of_panel, reporting_s in rows
    }


def places_of(panel_ids: Collection[int]) -> dict[int, PanelPlace]:
    """The places of these panels, retired ones too, without their zones."""
    columns = ("id", "site_id", "site__is_drill", "is_drill", "reporting_s")
    rows = Panel.objects.filter(id__in=panel_ids).values_list(*columns)
    return {panel: PanelPlace(panel, site, a or b, {}, reporting) for panel, site, a, b, reporting in rows}


@dataclass(frozen=True, slots=True)
class TestSpan:
    """Premises (zone_id None) or a zone on test, from and until when."""

    site_id: int
    zone_id: int | None
    started_at: datetime
    until_at: datetime

    def covers(self, site_id: int | None, zone_id: int | None, at: datetime) -> bool:
        """Whether a signal of this place at this moment belongs to the work."""
        is_here = site_id == self.site_id and self.zone_id in {None, zone_id}
        return is_here and self.started_at <= at < self.until_at


def test_spans(since: datetime) -> list[TestSpan]:
    """Every test that was running at `since` or began later; one ended early lasts until it was ended."""
    found = OnTest.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
    rows = found.values_list("site_id", "zone_id", "started_at", "until_at", "ended_at")
    return [TestSpan(site, zone, begin, min(until, ended or until)) for site, zone, begin, until, ended in rows]


def running_tests(site_ids: Collection[int]) -> QuerySet[OnTest]:
    """What is on test now at these premises, the one that ends first in front."""
    running = OnTest.objects.filter(site__in=site_ids, ended_at__isnull=True, until_at__gt=clock.now())
    return running.select_related("site", "zone", "started_by").order_by("until_at")


def tests_visible_to(viewer: Viewer) -> QuerySet[OnTest]:
    """What is on test now at premises this person may see."""
    running = OnTest.objects.filter(site__in=visible_to(viewer), ended_at__isnull=True, until_at__gt=clock.now())
    return running.select_related("site", "zone", "started_by").order_by("until_at", "id")


def sites_of_kind(site_ids: Collection[int], kinds: Collection[str]) -> set[int]:
    """Which of these premises are of one of these kinds."""
    return set(Site.objects.filter(id__in=site_ids, kind__in=kinds).values_list("id", flat=True))


def open_sites() -> QuerySet[Site]:
    """Every working premises: for the command line, which belongs to the machine's owner."""
    return Site.objects.filter(closed_at__isnull=True).select_related("unit").order_by("folded")

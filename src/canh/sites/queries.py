"""Reads of the premises register."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.kit import crypto
from canh.kit.text import fold
from canh.sites.models import Panel, Revision, Site, Zone


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """What the gateway must know of a panel."""

    panel_id: int
    account: str
    key: bytes | None


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """What the engine must know of a panel: whose it is and how its zones are called."""

    panel_id: int
    site_id: int
    is_drill: bool
    zones: dict[int, int]
    """Zone number -> zone id."""


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


def key_of(panel: Panel) -> str:
    """A panel's key in hex, opened; empty when it has none."""
    return crypto.unseal(bytes(panel.key_sealed), "panel-key").hex().upper() if panel.key_sealed else ""


def panel_directory() -> dict[str, PanelEntry]:
    """Every working panel by account, keys opened."""
    rows = Panel.objects.filter(retired_at__isnull=True).values_list("id", "account", "key_sealed")
    return {
        account: PanelEntry(panel_id, account, crypto.unseal(bytes(sealed), "panel-key") if sealed else None)
        for panel_id, account, sealed in rows
    }


def directory_revision() -> int:
    """Grows whenever `panel_directory` or `panel_places` would answer differently."""
    return Revision.objects.values_list("number", flat=True).first() or 0


def panel_places() -> dict[str, PanelPlace]:
    """Every working panel by account, with its site and zones."""
    zones: dict[int, dict[int, int]] = {}
    for zone_id, panel_id, number in Zone.objects.values_list("id", "panel_id", "number"):
        zones.setdefault(panel_id, {})[number] = zone_id
    rows = Panel.objects.filter(retired_at__isnull=True).values_list("id", "account", "site_id", "site__is_drill")
    return {
        account: PanelPlace(panel_id, site_id, is_drill, zones.get(panel_id, {}))
        for panel_id, account, site_id, is_drill in rows
    }


def open_sites() -> QuerySet[Site]:
    """Every working premises: for the command line, which belongs to the machine's owner."""
    return Site.objects.filter(closed_at__isnull=True).select_related("unit").order_by("folded")

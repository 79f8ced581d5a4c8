"""What the register holds of what a file names: read once, so that checking a row costs no query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from django.db.models import QuerySet

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.kit.text import fold
from canh.sites import queries
from canh.sites.imports.reading import Row
from canh.sites.models import Contact, Device, OpeningHours, Zone

CHUNK = 500
SITE_FIELDS = ("kind", "address", "area_id", "lat", "lon")


@dataclass(slots=True)
class KnownSite:
    id: int
    unit_id: int
    name: str
    values: dict[str, Any]
    is_new: bool = False
    contacts: set[tuple[str, str]] = field(default_factory=set)
    devices: set[tuple[str, str, int | None]] = field(default_factory=set)
    hours: dict[tuple[int, time], tuple[time, bool]] = field(default_factory=dict)
    contact_count: int = 0


@dataclass(slots=True)
class KnownPanel:
    id: int
    site_id: int
    values: dict[str, Any]
    is_new: bool = False
    zones: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """Number → id and what it holds."""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit or an area."""

    id: int
    path: str
    name: str


@dataclass
class Known:
    keeper: Viewer
    units: dict[str, list[Place]] = field(default_factory=dict)
    areas: dict[str, list[Place]] = field(default_factory=dict)
    sites: dict[int, KnownSite] = field(default_factory=dict)
    sites_by_name: dict[str, list[KnownSite]] = field(default_factory=dict)
    panels: dict[str, KnownPanel] = field(default_factory=dict)
    """Of premises this person keeps."""
    taken: set[str] = field(default_factory=set)
    """Accounts of working panels, also of others."""
    usernames: set[str] = field(default_factory=set)

    def add_site(self, site: KnownSite) -> None:
        self.sites[site.id] = site
        self.sites_by_name.setdefault(fold(site.name), []).append(site)


def known(rows: list[Row], keeper: Viewer) -> Known:
    """The part of the register that these rows may touch."""
    found = Known(keeper)
    _places(found)
    _sites(found)
    named = {fold(row.cells.get("site") or "") for row in rows}
    _of_sites(found, [s for name in named for s in found.sites_by_name.get(name, [])])
    _panels(found, {row.cells["account"].upper() for row in rows if row.cells.get("account")})
    found.usernames = set(accounts.people().values_list("username", flat=True))
    return found


def _places(found: Known) -> None:
    for unit in accounts.units_now():
        for name in (fold(unit.name), str(unit.id)):
            found.units.setdefault(name, []).append(Place(unit.id, unit.path, unit.name))
    for area in accounts.areas_now():
        for name in filter(None, (fold(area.name), area.code)):
            found.areas.setdefault(name, []).append(Place(area.id, area.path, area.name))


def _sites(found: Known) -> None:
    rows = queries.visible_to(found.keeper).filter(closed_at__isnull=True)
    for row_id, unit_id, name, *values in rows.values_list("id", "unit_id", "name", *SITE_FIELDS).iterator():
        found.add_site(KnownSite(row_id, unit_id, name, dict(zip(SITE_FIELDS, values, strict=True))))


def _of_sites(found: Known, sites: list[KnownSite]) -> None:
    ids = [site.id for site in sites]
    for row in _chunked(Contact.objects, "site", ids, "site_id", "name", "phone"):
        site = found.sites[row[0]]
        site.contacts.add((row[1], digits(row[2])))
        site.contact_count += 1
    working = Device.objects.filter(removed_at__isnull=True)
    for row in _chunked(working, "site", ids, "site_id", "kind", "name", "zone_id"):
        found.sites[row[0]].devices.add((row[1], row[2], row[3]))
    for row in _chunked(OpeningHours.objects, "site", ids, "site_id", "weekday", "opens", "closes", "is_overnight"):
        found.sites[row[0]].hours[row[1], row[2]] = (row[3], row[4])


def digits(phone: str) -> str:
    """Two ways of writing one number are one."""
    return "".join(c for c in phone if c.isdecimal())


def _panels(found: Known, accounts_named: set[str]) -> None:
    by_id: dict[int, KnownPanel] = {}
    fields = ("name", "kind", "door", "reporting_s")
    for row in _chunked(queries.working_panels(), "account", accounts_named, "account", "id", "site_id", *fields):
        found.taken.add(row[0])
        if row[2] in found.sites:
            panel = KnownPanel(row[1], row[2], dict(zip(fields, row[3:], strict=True)))
            found.panels[row[0]] = by_id[panel.id] = panel
    rows = _chunked(Zone.objects, "panel", by_id, "panel_id", "number", "id", "name", "use", "partition")
    for panel_id, number, zone_id, *values in rows:
        held = dict(zip(("name", "use", "partition"), values, strict=True))
        by_id[panel_id].zones[number] = (zone_id, held)


def _chunked(rows: Any, by: str, wanted: Iterable[Any], *fields: str) -> Iterator[tuple[Any, ...]]:
    """Rows whose column is one of many values, a statement for each 500."""
    values = list(wanted)
    for start in range(0, len(values), CHUNK):
        found: QuerySet[Any] = rows.filter(**{f"{by}__in": values[start : start + CHUNK]})
        yield from found.values_list(*fields)

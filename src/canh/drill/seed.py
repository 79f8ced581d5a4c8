"""Seeding: the invented ward with its premises, panels and people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from canh.accounts import actions as accounts
from canh.accounts import queries as people
from canh.accounts.terms import Role
from canh.audit.actions import record
from canh.drill import ward as plans
from canh.drill.ward import PersonPlan, SitePlan, UnitPlan, Ward
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites import queries as premises
from canh.sites.terms import ReportingClass

if TYPE_CHECKING:
    from canh.accounts.models import Area, Unit
    from canh.sites.models import Panel, Site

Progress = Callable[[str, int, int], None]
"""What is being made (`areas`, `units`, `people`, `sites`), how many are done, of how many."""

EVERYONE = people.Viewer(sees_all=True, unit_paths=frozenset(), area_paths=frozenset(), roles=frozenset())


@dataclass(slots=True)
class SeedSummary:
    """What was made. All zero when the ward was there already."""

    areas: int = 0
    units: int = 0
    people: int = 0
    sites: int = 0
    zones: int = 0
    devices: int = 0
    contacts: int = 0

    @property
    def is_new(self) -> bool:
        return self.sites > 0


def seed_ward(progress: Callable[[str, int, int], None] | None = None) -> SeedSummary:
    """Make the drill ward, whole or not at all; does nothing when there is one.

    Raises ValidationError when the register refuses a row.
    """
    with transaction.atomic():
        if premises.visible_to(EVERYONE).filter(is_drill=True).exists():
            return SeedSummary()
        return _Seeder(plans.load(), progress or _silence).run()


def _silence(step: str, done: int, of: int) -> None:
    """Nobody asked how far we are."""


class _Seeder:
    """One seeding, inside the caller's transaction."""

    def __init__(self, ward: Ward, tell: Progress) -> None:
        self._ward, self._tell = ward, tell
        self._made = SeedSummary()
        self._areas: dict[str, Area] = {}
        self._units: dict[str, Unit] = {}
        self._taken = set(premises.panel_places())

    def run(self) -> SeedSummary:
        before = people.areas_now().count()
        self._areas = accounts.add_areas_of_hanoi(lambda done, of: self._tell("areas", done, of))
        self._made.areas = people.areas_now().count() - before
        for done, unit in enumerate(self._ward.units, start=1):
            self._add_unit(unit)
            self._tell("units", done, len(self._ward.units))
        for done, person in enumerate(self._ward.people, start=1):
            self._add_person(person)
            self._tell("people", done, len(self._ward.people))
        for done, site in enumerate(self._ward.sites, start=1):
            self._add_site(site)
            self._tell("sites", done, len(self._ward.sites))
        sites.touch_register()
        made = self._made
        record(None, "drill.seed", "drill:ward", {"sites": made.sites, "zones": made.zones,
               "devices": made.devices, "contacts": made.contacts})  # fmt: skip
        return made

    def _add_unit(self, plan: UnitPlan) -> None:
        above = self._units.get(plan.above)
        self._units[plan.key] = accounts.add_unit(actor_id=None, name=plan.name, kind=plan.kind, parent=above)
        self._made.units += 1

    def _add_person(self, plan: PersonPlan) -> None:
        name = plan.username
        if people.user_by_name(name) is not None:
            name = f"{name}.dientap"  # a real person has it; leave that person alone
        user = accounts.add_user(actor_id=None, username=name, full_name=plan.full_name, password=None, is_drill=True)
        accounts.assign(actor_id=None, user=user, role=Role(plan.role), unit=self._units.get(plan.unit))
        self._made.people += 1

    def _add_site(self, plan: SitePlan) -> None:
        area = self._areas[plan.ward]
        site = sites.add_site(
            actor_id=None, unit_id=self._unit_of(plan).id, name=plan.name, kind=plan.kind, area_id=area.id,
            address=f"{plan.address}, {area.name[:1].lower()}{area.name[1:]}, Hà Nội",
            lat=plan.lat, lon=plan.lon, is_drill=True,
        )  # fmt: skip
        self._made.sites += 1
        self._add_zones(plan, site, self._add_panel(plan, site))
        self._add_contacts(plan, site)

    def _unit_of(self, plan: SitePlan) -> Unit:
        above = self._units[plan.unit]
        kind = next(unit.each for unit in self._ward.units if unit.key == plan.unit)
        if not kind:
            return above
        self._made.units += 1
        return accounts.add_unit(actor_id=None, name=plan.name, kind=kind, parent=above)

    def _add_panel(self, plan: SitePlan, site: Site) -> Panel:
        account = sites.free_account() if plan.account in self._taken else plan.account
        key = sites.new_key(plan.key_bits) if plan.key_bits else ""
        # They poll once a minute (data/scenes.toml), so three minutes of silence mean something.
        return sites.add_panel(
            actor_id=None, site=site, account=account, key_hex=key, name="Tủ báo động",
            reporting_s=ReportingClass.MIN3,
        ).panel  # fmt: skip

    # Zones, devices and contacts go in by the site, unchecked row by row: a thousand validations would
    # take seconds, and the tests check the file. One audit line (`drill.seed`) stands for all of them.

    def _add_zones(self, plan: SitePlan, site: Site, panel: Panel) -> None:
        new_zone, new_device, now = panel.zones.model, site.devices.model, clock.now()
        zones = [new_zone(panel=panel, number=z.number, name=z.name, use=z.use) for z in plan.zones]
        devices = [
            new_device(site=site, zone=row, kind=kind, name=name, installed_at=now)
            for row, zone in zip(zones, plan.zones, strict=True)
            for kind, name in _device_names(zone)
        ] + [new_device(site=site, kind=kind, name=name, installed_at=now) for kind, name in plan.loose]
        panel.zones.bulk_create(zones)
        site.devices.bulk_create(devices)
        self._made.zones += len(zones)
        self._made.devices += len(devices)

    def _add_contacts(self, plan: SitePlan, site: Site) -> None:
        new_contact = site.contacts.model
        site.contacts.bulk_create(
            new_contact(
                site=site, order=c.order, name=c.name, position=c.position, phone=c.phone,
                is_keyholder=c.is_keyholder,
            )
            for c in plan.contacts
        )  # fmt: skip
        self._made.contacts += len(plan.contacts)


def _device_names(zone: plans.ZonePlan) -> list[tuple[str, str]]:
    """Kind and name of each device of a zone; several are numbered."""
    if len(zone.devices) == 1:
        return [(zone.devices[0], zone.name)]
    return [(kind, f"{zone.name} ({n})") for n, kind in enumerate(zone.devices, start=1)]

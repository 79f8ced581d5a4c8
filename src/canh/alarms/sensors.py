"""Bare sensors: which premises they belong to, whether they are open, and whether they answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from canh.alarms.models_arming import Arming, Bypass, Sensor
from canh.alarms.rules_arming import BARE_DOORS, BARE_KINDS, ArmingTable
from canh.intake.terms import COUNTS_AS_SENT, Turn, Verdict
from canh.kit import bulk
from canh.kit.ids import new_id
from canh.sites.queries import working_panels

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from canh.intake.models import Signal
    from canh.sites.models import Panel, Zone


@dataclass(frozen=True, slots=True)
class Opening:
    """Something that stands open."""

    panel_id: int
    zone_number: str
    name: str
    use: str = ""


@dataclass(slots=True)
class BarePanel:
    """A sensor or camera that knows no arming."""

    id: int
    site_id: int
    name: str
    zones: dict[str, Zone] = field(default_factory=dict)

    def zone(self, number: str) -> Zone | None:
        """The zone that a message means; where a sensor has but one, it need not name it."""
        if not number and len(self.zones) == 1:
            return next(iter(self.zones.values()))
        return self.zones.get(number.lstrip("0"))

    def name_of(self, number: str) -> str:
        zone = self.zone(number)
        return zone.name if zone else self.name


def bare_panels() -> QuerySet[Panel]:
    """Sensors and cameras that report no arming themselves: Canh decides whether they ring."""
    reporting = Arming.objects.filter(panel__isnull=False).values("panel")
    found = working_panels().filter(door__in=sorted(BARE_DOORS), kind__in=sorted(BARE_KINDS))
    return found.exclude(id__in=reporting)


class SensorBook:
    """The bare sensors of premises, as they last said; observes further signals and writes what changed."""

    def __init__(self, found: QuerySet[Panel]) -> None:
        self.panels = {
            p.id: BarePanel(p.id, p.site_id, p.name, {str(z.number): z for z in p.zones.all()})
            for p in found.prefetch_related("zones")
        }
        self._rows = {
            (s.panel_id, s.zone_number, s.code): s for s in Sensor.objects.filter(panel__in=list(self.panels))
        }
        left_out = Bypass.objects.filter(panel__in=list(self.panels), ended_at__isnull=True)
        self.bypassed = set(left_out.values_list("panel", "zone_number"))
        self._made: list[Sensor] = []
        self._changed: dict[int, Sensor] = {}

    def is_bypassed(self, panel_id: int, zone_number: str) -> bool:
        return not self.bypassed.isdisjoint({(panel_id, zone_number), (panel_id, "")})

    def observe(self, signal: Signal, table: ArmingTable) -> None:
        """What a signal says about a contact, or about whether the sensor answers."""
        code = (signal.protocol, signal.code)
        if signal.verdict not in COUNTS_AS_SENT or signal.panel_id not in self.panels:
            return
        is_on = signal.turn != Turn.RESTORE
        if code in table.lost:
            self._set(signal.panel_id, "", "", lost_at=signal.received_at if is_on else None)
        elif code in table.contacts and (is_on or signal.verdict == Verdict.ACCEPTED):
            open_at = signal.received_at if is_on else None
            self._set(signal.panel_id, signal.zone_number, signal.code, open_at=open_at)
            self._set(signal.panel_id, "", "", lost_at=None)  # it answers

    def _set(self, panel_id: int, zone_number: str, code: str, **values: datetime | None) -> None:
        row = self._rows.get((panel_id, zone_number, code))
        if row is None:
            if not any(values.values()):
                return
            row = bulk.make(Sensor, id=new_id(), panel_id=panel_id, zone_number=zone_number, code=code)
            self._rows[panel_id, zone_number, code] = row
            self._made.append(row)
        for name, value in values.items():
            if (getattr(row, name) is None) != (value is None):
                setattr(row, name, value)
                self._changed[row.id] = row

    def open_at(self, site_id: int) -> list[Opening]:
        """What stands open and is not left out. A sensor that does not answer is neither open nor closed."""
        lost = self._lost()
        found = {
            (panel_id, number)
            for (panel_id, number, _code), row in self._rows.items()
            if row.open_at and panel_id not in lost and not self.is_bypassed(panel_id, number)
        }
        mine = [(self.panels[panel_id], number) for panel_id, number in sorted(found)]
        return [Opening(p.id, number, p.name_of(number), getattr(p.zone(number), "use", ""))
                for p, number in mine if p.site_id == site_id]  # fmt: skip

    def silent_at(self, site_id: int) -> list[str]:
        """Names of the sensors that do not answer."""
        return sorted(self.panels[p].name for p in self._lost() if self.panels[p].site_id == site_id)

    def _lost(self) -> set[int]:
        return {panel_id for (panel_id, _number, _code), row in self._rows.items() if row.lost_at}

    def save(self) -> None:
        """Inside the caller's transaction."""
        made = {row.id for row in self._made}
        bulk.insert(self._made)
        bulk.update([row for row in self._changed.values() if row.id not in made], ["open_at", "lost_at"])


def of_sites(site_ids: Collection[int]) -> SensorBook:
    return SensorBook(bare_panels().filter(site__in=site_ids))

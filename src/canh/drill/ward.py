"""The drill ward as written in `data/ward.toml`, composed and checked. No Django, no database."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from canh.drill.dc09 import Speech


@dataclass(frozen=True, slots=True)
class UnitPlan:
    key: str
    above: str
    """Key of the unit above; empty: the root."""
    kind: str
    name: str
    each: str
    """Kind of the organisation each site here forms; empty: sites belong to this unit itself."""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    username: str
    full_name: str
    role: str
    unit: str
    """Key of a unit; empty: everywhere."""


@dataclass(frozen=True, slots=True)
class ZonePlan:
    number: int
    name: str
    use: str
    devices: tuple[str, ...]
    """Kinds of the devices behind this zone."""


@dataclass(frozen=True, slots=True)
class ContactPlan:
    order: int
    name: str
    position: str
    phone: str
    is_keyholder: bool


@dataclass(frozen=True, slots=True)
class SitePlan:
    name: str
    kind: str
    unit: str
    ward: str
    """The state's number of the ward."""
    address: str
    """Number and street."""
    lat: float
    lon: float
    account: str
    key_bits: int
    """0, 128, 192 or 256."""
    speaks: Speech
    zones: tuple[ZonePlan, ...]
    loose: tuple[tuple[str, str], ...]
    """Devices of no zone: kind and name."""
    contacts: tuple[ContactPlan, ...]


@dataclass(frozen=True, slots=True)
class Ward:
    units: tuple[UnitPlan, ...]
    people: tuple[PersonPlan, ...]
    sites: tuple[SitePlan, ...]


@cache
def load() -> Ward:
    """The whole ward. Raises KeyError or ValueError when the file is not well formed."""
    text = files("canh.drill").joinpath("data/ward.toml").read_text(encoding="utf-8")
    return compose(tomllib.loads(text))


def compose(raw: dict[str, Any]) -> Ward:
    names = _invented_people(raw["contacts"])
    return Ward(
        units=tuple(UnitPlan(u["key"], u["above"], u["kind"], u["name"], u.get("each", "")) for u in raw["unit"]),
        people=tuple(PersonPlan(**p) for p in raw["person"]),
        sites=tuple(
            _site(kind, row, raw["template"][kind], names) for kind, rows in raw["sites"].items() for row in rows
        ),
    )


def _site(kind: str, row: dict[str, Any], template: dict[str, Any], names: Iterator[tuple[str, str, str]]) -> SitePlan:
    return SitePlan(
        name=row["name"], kind=kind, unit=row["unit"], ward=row["ward"], address=row["address"],
        lat=row["at"][0], lon=row["at"][1],
        account=row["account"], key_bits=row["key"], speaks=Speech(row["speaks"]),
        zones=tuple(
            ZonePlan(number, zone["name"], zone["use"], tuple(zone["devices"]))
            for number, zone in enumerate(template["zones"], start=1)
        ),
        loose=tuple((device, name) for device, name in template["loose"]),
        contacts=tuple(_contacts(template["contacts"], names)),
    )  # fmt: skip


def _contacts(positions: list[dict[str, Any]], names: Iterator[tuple[str, str, str]]) -> Iterator[ContactPlan]:
    for order, position in enumerate(positions, start=1):
        name, landline, mobile = next(names)
        phone = landline if order == 1 else mobile
        yield ContactPlan(order, name, position["position"], phone, position["keyholder"])


def _invented_people(raw: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Names with a landline and a mobile number. Both lists turn at their own length, so names differ."""
    families, givens = raw["families"], raw["givens"]
    for n in range(len(families) * len(givens)):
        name = f"{families[n % len(families)]} {givens[n % len(givens)]}"
        yield name, raw["landline"].format(n=n), raw["mobile"].format(n=n)

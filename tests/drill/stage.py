"""The shipped ward as a cast, without a database; and dice that fall the same each time."""

from __future__ import annotations

from random import Random

from canh.drill import ward
from canh.drill.scenes import Actor, ZoneRef
from canh.drill.ward import SitePlan


def dice(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311


def actor_of(site: SitePlan, key: bytes | None = None) -> Actor:
    zones: dict[str, list[ZoneRef]] = {}
    for zone in site.zones:
        zones.setdefault(zone.use, []).append(ZoneRef(zone.number, 1))
    return Actor(site.account, key, site.speaks, site.kind, zones)


def cast(keys: dict[str, bytes] | None = None) -> list[Actor]:
    return [actor_of(site, (keys or {}).get(site.account)) for site in ward.load().sites]

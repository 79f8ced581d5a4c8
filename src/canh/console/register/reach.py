"""Where a panel finds this machine: what to type into its network settings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings

from canh.console.access import Request
from canh.kit.net import ANY, is_loopback, own_address
from canh.sites.terms import Door


@dataclass(frozen=True, slots=True)
class Reach:
    addresses: list[str]
    port: int
    is_only_here: bool
    """The gateway listens on this machine alone; a real panel cannot come in."""


def reach(request: Request, door: str = Door.SIA) -> Reach:
    """The public address where one is set; else what we know of this machine, the likeliest first."""
    if door == Door.WEBHOOK:
        return replace(reach(request), port=settings.CANH_WEBHOOK_PORT)
    if settings.CANH_DC09_PUBLIC:
        return Reach([settings.CANH_DC09_PUBLIC], settings.CANH_DC09_PORT, False)
    if settings.CANH_DC09_HOST not in ANY:
        return Reach([settings.CANH_DC09_HOST], settings.CANH_DC09_PORT, is_loopback(settings.CANH_DC09_HOST))
    asked = request.get_host().rpartition(":")[0] or request.get_host()
    found = [asked.strip("[]")] if not is_loopback(asked.strip("[]")) else []
    own = own_address()
    return Reach(list(dict.fromkeys([*found, *([own] if own else [])])), settings.CANH_DC09_PORT, False)

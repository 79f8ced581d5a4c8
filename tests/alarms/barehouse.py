"""Premises with bare sensors, a panel of the school, and messages of both: for stories of arming and closing."""

from __future__ import annotations

import hashlib
import itertools
from datetime import datetime, time
from typing import Any

from canh.accounts import queries as accounts
from canh.accounts.models import User
from canh.accounts.queries import Viewer
from canh.alarms import queries
from canh.alarms.models import Alarm
from canh.alarms.models_arming import Arming, ArmingChange
from canh.intake.journal import Entry
from canh.intake.observation import Observation, to_json
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites import actions_panels
from canh.sites.models import Panel, Site
from tests.cast import Cast

_numbers = itertools.count(1)
DOOR, HALL, WINDOW, VAULT = "zigbee:cua@nha", "hass:hanh-lang@nha", "zigbee:cua-so@nha", "zigbee:kho@nha"
USES = {DOOR: ("Cửa chính", "entry"), HALL: ("Hành lang", "interior"), WINDOW: ("Cửa sổ", "perimeter"),
        VAULT: ("Kho quỹ", "vault")}  # fmt: skip
BUTTON = "zigbee:nut@nha"


def bare(cast: Cast) -> dict[str, Panel]:
    """The credit fund's sensors: no panel decides for them."""
    made = {}
    for account, (name, use) in USES.items():
        panel = sites.add_panel(
            actor_id=None, site=cast.fund, account=account, door="mqtt", kind="sensor", name=name
        ).panel
        sites.add_zone(actor_id=None, panel=panel, number=1, name=name, use=use)
        made[account] = panel
    made[BUTTON] = sites.add_panel(
        actor_id=None, site=cast.fund, account=BUTTON, door="mqtt", kind="sensor", name="Nút khẩn"
    ).panel
    return made


def says(account: str, code: str = "", turn: str = "new", **extra: Any) -> Entry:
    """What the MQTT door journals of a sensor."""
    protocol = {"zigbee": "ZIGBEE2MQTT", "hass": "HASS"}[account.partition(":")[0]]
    code = code or {"zigbee": "contact", "hass": "motion"}[account.partition(":")[0]]
    number = next(_numbers)
    digest = hashlib.blake2b(f"{account} {code} {turn} {number}".encode(), digest_size=16).hexdigest()
    seen = Observation(protocol=protocol, account=account, code=code, turn=turn, digest=digest, extra=extra)
    return Entry(clock.now_us(), "mqtt:nha", "127.0.0.1:1883", "accepted", b"{}", to_json([seen]))


def opens(account: str) -> Entry:
    return says(account)


def closes(account: str) -> Entry:
    return says(account, turn="restore")


def office_hours(cast: Cast, site: Site, begin: time = time(8), end: time = time(17)) -> None:
    """Monday to Friday."""
    actions_panels.add_hours(actor_id=cast.chi.id, site=site, weekdays=range(1, 6), opens=begin, closes=end)


def seen_by(user: User) -> Viewer:
    return accounts.viewer(user)


def ringing(user: User) -> list[str]:
    """Codes of the alarms that are open and not back to normal, in order of the queue."""
    return [a.code for a in queries.open_alarms(seen_by(user)) if a.returned_at is None]


def states(site: Site) -> dict[str, str]:
    """Partition -> state; "" for a panel as a whole and for bare sensors."""
    return {row.partition: row.state for row in Arming.objects.filter(site=site).order_by("id")}


def story(site: Site) -> list[tuple[str, str, str]]:
    """Before, after, why; in order."""
    rows = ArmingChange.objects.filter(site=site).order_by("at", "id")
    return [(c.before, c.after, c.cause) for c in rows]


def alarm_of(code: str) -> Alarm:
    return Alarm.objects.filter(code=code).order_by("-id")[0]


def local(moment: datetime) -> str:
    from django.utils import timezone

    return timezone.localtime(moment).strftime("%d/%m %H:%M")

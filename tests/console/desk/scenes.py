"""Alarms and browsers for the tests of the desk."""

from __future__ import annotations

from django.test import Client

from canh.accounts import queries as accounts
from canh.accounts.models import User
from canh.accounts.queries import Viewer
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.sites import actions as sites
from tests.cast import Cast
from tests.senders import copy, entry

HTMX = {"HX-Request": "true"}


def raise_alarm(account: str, code: str = "BA", zone: str = "1", **more: str) -> Alarm:
    """A message of a panel, through the engine's steps; the alarm it raised."""
    copy(entry(account, code, zone, **more))  # type: ignore[arg-type]
    RaiseAlarms()()
    return Alarm.objects.order_by("-id")[0]


PER_PANEL = 25
"""Fewer than make a runaway."""


def many_alarms(cast: Cast, count: int) -> None:
    """`count` open alarms of one site, a zone each."""
    made = []
    for number in range(count):
        account, zone = f"{0x5000 + number // PER_PANEL:X}", 10 + number % PER_PANEL
        if zone == 10:
            panel = sites.add_panel(actor_id=None, site=cast.school, account=account).panel
        sites.add_zone(actor_id=None, panel=panel, number=zone, name=f"Phòng {number}", use="interior")
        made.append(entry(account, "BA", str(zone)))
    copy(*made)
    while RaiseAlarms()():
        pass


def viewer(user: User) -> Viewer:
    return accounts.viewer(user)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client

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


def many_alarms(cast: Cast, count: int) -> None:
    """`count` open alarms of one panel, a zone each."""
    for number in range(10, 10 + count):
        sites.add_zone(actor_id=None, panel=cast.school_panel, number=number, name=f"Phòng {number}", use="interior")
    copy(*[entry("1002", "BA", str(number)) for number in range(10, 10 + count)])
    while RaiseAlarms()():
        pass


def viewer(user: User) -> Viewer:
    return accounts.viewer(user)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client

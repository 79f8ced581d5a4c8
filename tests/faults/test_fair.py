"""Engine, desk and a bulk job write to one SQLite file; none starves."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.house import House, house_in, until
from tests.panel import frame, say

pytestmark = pytest.mark.faults
ACCOUNTS = [f"3{n:03d}" for n in range(24)]

BULK = """
import django; django.setup()
import json, sys, time
from django.db import transaction
from canh.kit import clock
from canh.sites.models import Contact, Site
site, rounds, end = Site.objects.get(), 0, time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    with transaction.atomic():
        Contact.objects.bulk_create(Contact(site=site, name=f"Người {n}", phone="0900") for n in range(500))
    rounds += 1
print(json.dumps({"rounds": rounds}))
"""
DESK = """
import django; django.setup()
import json, sys, time
from canh.accounts import actions
from canh.accounts.models import User
user, waits, end = User.objects.get(), [], time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    begin = time.monotonic()
    actions.set_preferences(user, theme="light" if len(waits) % 2 else "dark")
    waits.append(time.monotonic() - begin)
    time.sleep(0.05)
print(json.dumps({"longest": max(waits), "median": sorted(waits)[len(waits) // 2], "acts": len(waits)}))
"""
PRESS = """
import json, sys, threading
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from canh.accounts import actions as accounts, queries
from canh.alarms import actions
from canh.alarms.models import Alarm
people = [accounts.add_user(actor_id=None, username=f"p{n}", full_name=f"Người {n}", password=None) for n in range(8)]
together = threading.Barrier(len(people))

def press(user):
    alarm = Alarm.objects.get(id=int(sys.argv[1]))
    together.wait()
    try:
        actions.acknowledge_alarm(alarm, user)
    except actions.TooLate as late:
        return str(late.alarm.acknowledged_by_id)
    finally:
        connection.close()
    return "won:" + str(user.id)

with ThreadPoolExecutor(len(people)) as pool:
    print(json.dumps(list(pool.map(press, people))))
"""


def test_of_eight_who_acknowledge_at_once_one_wins_and_the_others_learn_who(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        house.furnish(["3000"])
        house.start("gateway", "engine")
        say(house.dc09_port, frame("3000", 1, "NHA1"))
        alarm = until(lambda: house.rows("alarms", "--open"))[0]["id"]
        answers = json.loads(house.python(PRESS, alarm))
        [winner] = [answer.removeprefix("won:") for answer in answers if answer.startswith("won:")]
        assert [answer for answer in answers if not answer.startswith("won:")] == [winner] * 7
        assert house.rows("alarms")[0]["state"] == "acknowledged"


def test_engine_desk_and_bulk_job_together(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        house.furnish(ACCOUNTS)
        house.canh("user", "add", "dung", "--role", "administrator", text="canh-giu-cho-pho-1919\n")
        house.start("gateway", "engine")
        with Load(house.dc09_port, ACCOUNTS, pause_s=0.005) as load:
            jobs = [_python(house, BULK, 8), _python(house, DESK, 8)]
            time.sleep(1)
            copied = len(house.rows("signals"))
            bulk, desk = [json.loads(job.communicate(timeout=120)[0]) for job in jobs]
        until(lambda: len(house.rows("signals")) >= len(load.acked()), 60, 0.5)
    assert bulk["rounds"] >= 5
    assert desk["acts"] >= 20
    assert desk["longest"] < 3.0, desk  # without the fair lock: until SQLite gives up after 20 s
    assert len(load.acked()) > copied, "the engine stood still"


def _python(house: House, script: str, seconds: float) -> subprocess.Popen[bytes]:
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "canh.config.settings"}
    return subprocess.Popen([sys.executable, "-c", script, str(seconds)], env=environment, stdout=subprocess.PIPE)

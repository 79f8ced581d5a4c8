"""`canh drill run`: a real dialler, real processes, a person who takes the alarm; scored, and in no statistics."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.house import House, house_in, until
from tests.panel import frame, is_ack, say

ZONES = """
from canh.accounts import actions as accounts
from canh.accounts.models import Unit
from canh.accounts.terms import Role
from canh.sites import actions, queries
from canh.sites.models import Panel
panel = Panel.objects.get(account="1234")
for number, name, use in ((1, "Quầy 1", "hold_up"), (2, "Quầy 2", "hold_up"), (3, "Cửa sau", "perimeter")):
    actions.add_zone(actor_id=None, panel=panel, number=number, name=name, use=use)
dung = accounts.add_user(actor_id=None, username="dung", full_name="Đỗ Tiến Dũng", password=None)
accounts.assign(actor_id=None, user=dung, role=Role.OPERATOR, unit=Unit.objects.get())
"""
HELD = "from canh.alarms.queries_drills import DrillRun; print(DrillRun.objects.count())"
KPI = """
import json
from datetime import timedelta
from canh.accounts.queries import Viewer
from canh.alarms import queries_kpi as kpi
from canh.kit import clock
now = clock.now()
everything = Viewer(True, frozenset(), frozenset(), frozenset())
print(json.dumps(kpi.rates(everything, kpi.Span(now - timedelta(hours=1), now + timedelta(hours=1))).alarms))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("drill")) as house:
        house.canh("site", "add", "PGD Hàng Bông", "--kind", "bank_branch")
        house.canh("panel", "add", "pgd hang bong", "--account", "1234", "--zones", "4")
        house.python(ZONES)
        house.start("gateway", "engine")
        yield house


def begin(house: House, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "canh", "drill", "run", *words, "--json"]
    return subprocess.Popen(
        command,
        env=house.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[int, dict[str, object]]:
    out, errors = process.communicate(timeout=60)
    assert out, errors
    return process.returncode, json.loads(out.splitlines()[-1])


def marks(told: dict[str, object]) -> dict[str, dict[str, object]]:
    return {one["mark"]: one for one in told["marks"]}  # type: ignore[attr-defined]


def rings(house: House, *, drill: bool) -> list[dict[str, object]]:
    return [alarm for alarm in house.rows("alarms", "--open") if alarm["drill"] is drill]


def test_a_hold_up_that_somebody_takes_is_scored(house: House) -> None:
    process = begin(house, "hold_up_at_counter", "--site", "pgd hang bong", "--wait", "30")
    [alarm] = until(lambda: rings(house, drill=True))
    assert (alarm["kind"], alarm["zone_name"]) == ("hold_up", "Quầy 1")
    # A real button in the middle of it is a real alarm of its own.
    assert is_ack(say(house.dc09_port, frame("1234", 1, "NHA1")), 1)
    [real] = until(lambda: rings(house, drill=False))
    house.canh("alarm", "acknowledge", str(alarm["id"]), "--as", "dung")
    house.canh("alarm", "close", str(alarm["id"]), "--as", "dung", "--reason", "drill")
    code, told = end(process)
    found = marks(told)
    assert found["received"]["is_kept"]
    assert found["raised"]["is_kept"]
    assert found["taken"]["is_kept"]
    assert 0 < found["taken"]["seconds"] < 30  # type: ignore[operator]
    assert found["closed"]["seconds"] is not None
    assert found["shown"] == {"mark": "shown", "seconds": None, "wanted_s": 2.0, "is_kept": False}  # no desk is open
    assert (code, told["is_kept"]) == (1, False)
    assert rings(house, drill=False) == [real]
    assert json.loads(house.python(KPI)) == 1  # the real one alone


def test_what_nobody_takes_is_not_in_time(house: House) -> None:
    code, told = end(begin(house, "hold_up_two_buttons", "--site", "pgd hang bong", "--wait", "1", "--pace", "100"))
    found = marks(told)
    assert code == 1
    assert found["received"]["is_kept"]
    assert (found["taken"]["seconds"], found["taken"]["is_kept"]) == (None, False)


def test_afterwards_its_panel_is_a_stranger(house: House) -> None:
    end(begin(house, "hold_up_at_counter", "--site", "pgd hang bong", "--wait", "1", "--pace", "100"))
    account = [s for s in house.rows("signals") if s["drill"]][-1]["account"]
    numbers = itertools.count(5)

    def is_a_stranger() -> bool:
        """The gateway reads its directory once a second; until then it still knows the account."""
        say(house.dc09_port, frame(str(account), next(numbers), "NHA1"))
        last = house.rows("signals", "--all")[-1]
        return (last["account"], last["verdict"]) == (account, "unknown_account")

    until(is_a_stranger)


def test_one_that_was_killed_is_ended_by_the_next(house: House) -> None:
    before = len(house.rows("signals"))
    process = begin(house, "hold_up_at_counter", "--site", "pgd hang bong", "--wait", "60")
    until(lambda: len(house.rows("signals")) > before)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(0.2)
    code, told = end(begin(house, "hold_up_at_counter", "--site", "pgd hang bong", "--wait", "1", "--pace", "100"))
    assert (code, marks(told)["received"]["is_kept"]) == (1, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("no_such_scene", "--site", "pgd hang bong"), 2),
        (("hold_up_at_counter",), 2),
        (("hold_up_at_counter", "--site", "nowhere"), 1),
        (("smoke_in_office", "--site", "pgd hang bong"), 1),  # has no fire zone
    ],
)
def test_what_cannot_be_played_is_said_and_dials_nothing(house: House, words: tuple[str, ...], code: int) -> None:
    before, held = len(house.rows("signals", "--all")), house.python(HELD)
    assert house.code("drill", "run", *words) == code
    assert len(house.rows("signals", "--all")) == before
    assert house.python(HELD) == held  # nobody reads it as an exercise that failed


def test_the_scenes_are_listed(house: House) -> None:
    scenes = [json.loads(line)["scene"] for line in house.canh("drill", "list", "--json").splitlines()]
    assert "hold_up_at_counter" in scenes
    assert "working_day" not in scenes

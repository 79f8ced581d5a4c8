"""Real processes: a gateway that was stopped blames no panel; a panel that falls silent is told."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House, house_in, until
from tests.panel import frame, say

pytestmark = pytest.mark.faults
ACCOUNTS = [f"3{n:03d}" for n in range(6)]
CLASS_S = 5
"""A class no panel has, so that the test is short."""

SUPERVISE = """
from canh.sites import actions
from canh.sites.models import Panel
from canh.accounts import actions as accounts
Panel.objects.update(reporting_s=int(sys.argv[1]))
actions.touch_register()
"""


class Polling:
    """Panels that give a sign of life every second, until they are told to be quiet."""

    def __init__(self, port: int) -> None:
        self.port, self.speaking = port, set(ACCOUNTS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Polling:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(20)

    def _run(self) -> None:
        while not self._stop.wait(1):
            for account in sorted(self.speaking):
                try:
                    say(self.port, frame(account, 0, "", "NULL"), 1)
                except OSError:
                    continue  # the gateway is stopped: the panel tries again


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        house.furnish(ACCOUNTS)
        yield house


def codes(house: House) -> list[str]:
    return sorted(row["code"] for row in house.rows("alarms") if row["returned_at"] is None)


def heard(house: House) -> int:
    return int(house.python("from canh.intake.models import Path; print(Path.objects.count())"))


@pytest.mark.parametrize("fault", ["stopped", "killed"])
def test_an_outage_is_one_alarm_and_silence_counts_anew(house: House, fault: str) -> None:
    house.start("gateway", "engine")
    with Polling(house.dc09_port) as polling:
        until(lambda: heard(house) == len(ACCOUNTS), 60, 0.5)
        house.python("import sys\n" + SUPERVISE, str(CLASS_S))
        time.sleep(3)
        gateway = house.processes["gateway"].pid
        if fault == "stopped":
            os.killpg(gateway, signal.SIGSTOP)
        else:
            house.kill("gateway")
        until(lambda: codes(house) == ["gateway_silent"], 90, 1)
        if fault == "stopped":
            os.killpg(gateway, signal.SIGCONT)
        else:
            house.start("gateway")
        until(lambda: codes(house) == [], 60, 1)
        time.sleep(CLASS_S)
        assert codes(house) == []
        polling.speaking.discard(ACCOUNTS[0])
        until(lambda: codes(house) == ["path_lost"], 60, 0.5)
        polling.speaking.add(ACCOUNTS[0])
        until(lambda: codes(house) == [], 60, 0.5)
    told = [row["code"] for row in house.rows("alarms")]
    assert sorted(told) == ["gateway_silent", "path_lost"]

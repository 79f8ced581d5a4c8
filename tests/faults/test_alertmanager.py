"""A real Alertmanager against a whole Canh: one alarm a condition, whoever is restarted."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alertmanager import Alertmanager, basic, bearer
from tests.gateway.program import signed
from tests.house import House, free_port, until

pytestmark = pytest.mark.services
SITE = "Trung tâm dữ liệu"


class WebHouse(House):
    """With the webhook open."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.web_port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "CANH_WEBHOOK_PORT": str(self.web_port)}

    def program(self, name: str) -> str:
        """Register one; its secret."""
        words = ("panel", "add", SITE, "--door", "webhook", "--account", f"webhook:{name}", "--zones", "0")
        return str(self.rows(*words)[0]["key"])

    def open(self) -> None:
        self.start("gateway")
        until(lambda: self.listens(self.web_port), 60)

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/v1/alertmanager"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with WebHouse(tmp_path / "data") as house:
        house.canh("site", "add", SITE)
        yield house


def alarm(house: House) -> dict:
    (found,) = house.rows("alarms")
    return found


def turns(house: House) -> list[str]:
    return [row["turn"] for row in house.rows("signals")]


def test_one_alarm_until_it_is_resolved(house: WebHouse, tmp_path: Path) -> None:
    secret = house.program("prometheus")
    house.start("engine")
    house.open()
    with Alertmanager(tmp_path / "am", house.page, bearer(secret)) as alerts:
        alerts.fire("DiskFull", instance="db1")
        until(lambda: house.rows("alarms"), 60, 0.5)
        until(lambda: turns(house).count("still") >= 2, 60, 0.5)  # told again at every repeat_interval
        found = alarm(house)
        assert (found["priority"], found["account"]) == (2, "webhook:prometheus")
        alerts.resolve("DiskFull", instance="db1")
        until(lambda: alarm(house)["returned_at"], 60, 0.5)
        alerts.fire("DiskFull", instance="db2")
        until(lambda: len(house.rows("alarms")) == 2, 60, 0.5)  # another instance is another condition
    assert turns(house)[0] == "new"


def test_what_fires_while_either_is_away_arrives_once(house: WebHouse, tmp_path: Path) -> None:
    secret = house.program("prometheus")
    house.start("engine")
    with Alertmanager(tmp_path / "am", house.page, basic("prometheus", secret)) as alerts:
        alerts.fire("Early")  # nobody listens: it is tried again
        house.open()
        until(lambda: house.rows("alarms"), 90, 0.5)
        house.kill("gateway")
        alerts.fire("Late")
        alerts.stop()
        alerts.start()
        alerts.fire("Late")
        house.open()
        until(lambda: len(house.rows("alarms")) == 2, 90, 0.5)
    assert len(house.rows("alarms")) == 2
    assert {row["is_whole"] for row in house.rows("verify")} == {True}


def test_while_the_journal_is_broken_alertmanager_keeps_trying(house: WebHouse, tmp_path: Path) -> None:
    secret = house.program("prometheus")
    house.open()
    journal = house.data / "journal" / "gw1.db"
    with Alertmanager(tmp_path / "am", house.page, bearer(secret)) as alerts:
        os.rename(journal, journal.with_suffix(".away"))
        alerts.fire("DiskFull")
        until(lambda: b"unexpected status code 503" in (tmp_path / "am" / "log").read_bytes(), 90)
        os.rename(journal.with_suffix(".away"), journal)
        house.start("engine")
        until(lambda: house.rows("alarms"), 90, 0.5)
    assert turns(house)[0] == "new"


def test_a_signed_event_of_access_control_rings(house: WebHouse) -> None:
    secret = bytes.fromhex(house.program("doors"))
    house.start("engine")
    house.open()
    said = [{"code": "access_granted", "user": "An", "id": "1"}, {"code": "door_forced", "zone": "7", "id": "2"}]
    body = json.dumps(said).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{house.web_port}/v1/signals", body, signed(body, secret), method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer) == {"kept": 2, "repeats": 0}
    until(lambda: house.rows("alarms"), 60, 0.5)
    assert (alarm(house)["kind"], alarm(house)["zone"]) == ("intrusion", "7")

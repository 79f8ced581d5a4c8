"""A whole Canh with a GSM modem: from the words of a panel to one alarm on the desk, through kill -9."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.modem import Modem
from tests.gateway.pdus import PANEL, pdus
from tests.house import House, until

pytestmark = pytest.mark.faults
WAIT_S = 90.0

FURNISH = """
from canh.sites import actions, queries
from canh.sites.terms import ZoneUse
panel = actions.add_panel(actor_id=None, site=queries.open_sites()[0], account="sms:%s", door="sms", zones=0).panel
actions.add_zone(actor_id=None, panel=panel, number=3, name="Kho quỹ", use=ZoneUse.VAULT)
"""


class SmsHouse(House):
    """With a modem."""

    device = ""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "CANH_SMS": self.device}


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[Modem]:
    made = Modem(tmp_path)
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path, modem: Modem) -> Iterator[SmsHouse]:
    with SmsHouse(tmp_path / "house" / "data") as house:
        house.device = str(modem.device)
        house.canh("site", "add", "PGD Hàng Bông", "--kind", "bank_branch")
        house.python(FURNISH % PANEL)
        yield house


def test_a_text_message_is_one_alarm_on_the_desk(house: SmsHouse, modem: Modem) -> None:
    house.start("gateway", "engine")
    modem.receive(*pdus("vung"))
    (alarm,) = until(lambda: house.rows("alarms", "--open"), WAIT_S)
    assert (alarm["site"], alarm["kind"], alarm["zone_name"], alarm["priority"], alarm["count"]) == (
        "PGD Hàng Bông", "intrusion", "Kho quỹ", 1, 1,
    )  # fmt: skip
    until(lambda: not modem.sim, WAIT_S)
    modem.receive(*pdus("restored"))
    until(lambda: house.rows("alarms")[0]["returned_at"], WAIT_S)
    assert all(finding["is_whole"] for finding in house.rows("verify"))


def test_killed_between_keeping_and_deleting_it_rings_once(house: SmsHouse, modem: Modem) -> None:
    killed: list[int] = []

    def kill(place: int) -> bool:
        if not killed:
            killed.append(place)
            house.kill("gateway")
            return False
        return True

    modem.on_delete = kill
    modem.receive(*pdus("sos"))
    house.start("gateway", "engine")
    until(lambda: killed, WAIT_S)
    assert len(modem.sim) == 1  # kept by the journal, still on the SIM
    house.start("gateway")
    until(lambda: not modem.sim, WAIT_S)
    modem.receive(*pdus("zone"))
    alarms = until(lambda: len(rows := house.rows("alarms")) == 2 and rows, WAIT_S)
    assert sorted((a["kind"], a["count"]) for a in alarms) == [("intrusion", 1), ("panic", 1)]
    assert len(house.rows("signals", "--all")) == 2


def test_an_unknown_number_waits_for_adoption_and_rings_after(house: SmsHouse, modem: Modem) -> None:
    house.start("gateway", "engine")
    modem.receive(*pdus("stranger"))
    (signal,) = until(lambda: house.rows("signals", "--all"), WAIT_S)
    assert (signal["verdict"], signal["account"]) == ("unknown_account", "sms:+84987654321")
    found = until(lambda: house.python(STRANGERS).split("\n")[0], WAIT_S)
    assert found == "sms:+84987654321 panel"
    house.python(FURNISH % "+84987654321")
    modem.receive(*pdus("stranger"))
    (alarm,) = until(lambda: house.rows("alarms", "--open"), WAIT_S)
    assert alarm["kind"] == "panic"


STRANGERS = """
from canh.intake.queries import strangers
for found in strangers():
    print(found.account, found.kind or "-")
"""

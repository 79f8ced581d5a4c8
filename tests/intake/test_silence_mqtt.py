"""Silence of sensors behind brokers: each broker is a door of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from canh.kit import clock
from canh.sites import actions as sites
from canh.sites.models import Panel
from tests.cast import Cast, make_cast
from tests.clock import stopped
from tests.watch import Night, data_folder, give_class, open_codes

DOOR = "zigbee:0x01@bank1"


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped() as hands:
        night = Night(hands)
        night.up_since |= {"mqtt:bank1": clock.now_us(), "mqtt:bank2": clock.now_us()}
        yield night


@pytest.fixture
def people(night: Night) -> Cast:
    return make_cast()


def sensor(people: Cast, account: str) -> Panel:
    panel = sites.add_panel(actor_id=None, site=people.bank, account=account, door="mqtt", kind="sensor").panel
    give_class(panel, 90)
    return panel


def test_a_sensor_that_never_spoke_is_noticed_while_its_broker_is_heard(night: Night, people: Cast) -> None:
    sensor(people, DOOR)
    night.passes(98)
    assert open_codes() == ["never_heard"]


def test_behind_a_broker_that_is_away_no_sensor_is_late(night: Night, people: Cast) -> None:
    spoke, other = sensor(people, "zigbee:0x01@bank1"), sensor(people, "zigbee:0x02@bank2")
    for panel in (spoke, other):
        night.polls(panel.account, panel.account[-5:], f"mqtt:{panel.account[-5:]}")
    sensor(people, "zigbee:0x03@bank1")
    night.passes(4)
    night.up_since["mqtt:bank1"] = 0
    night.passes(110)
    assert sorted(open_codes()) == ["door_shut", "path_lost"]
    night.up_since["mqtt:bank1"] = clock.now_us()
    night.passes(200)
    assert sorted(open_codes()) == ["never_heard", "path_lost", "path_lost"]

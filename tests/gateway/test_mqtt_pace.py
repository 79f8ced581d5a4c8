"""Too many changes of a sensor wait; what may never be held back does not."""

from __future__ import annotations

from typing import Any, cast

import pytest

from canh.gateway.mqtt.content import NEW, RESTORE, Fact
from canh.gateway.mqtt.pace import CHANGES_A_MINUTE, WINDOW_S, Pace

SLOT = cast("Any", None)


def spent(code: str) -> Pace:
    """A sensor that has changed as often as it may."""
    pace = Pace()
    for n in range(CHANGES_A_MINUTE):
        assert pace.allows(Fact("ZIGBEE2MQTT", "a", code, NEW if n % 2 == 0 else RESTORE), SLOT, 1.0)
    return pace


@pytest.mark.parametrize(("code", "waits"), [("contact", True), ("occupancy", True), ("sos", False), ("smoke", False),
                                             ("hold_up", False), ("panic", False)])  # fmt: skip
def test_what_begins(code: str, waits: bool) -> None:
    pace, fact = spent(code), Fact("ZIGBEE2MQTT", "a", code)
    assert pace.allows(fact, SLOT, 2.0) is not waits
    assert bool(pace.due(1.0 + WINDOW_S)) is waits


def test_an_end_waits_and_a_new_beginning_takes_its_place() -> None:
    pace = spent("smoke")
    assert not pace.allows(Fact("ZIGBEE2MQTT", "a", "smoke", RESTORE), SLOT, 2.0)
    assert pace.allows(Fact("ZIGBEE2MQTT", "a", "smoke"), SLOT, 3.0)
    assert pace.due(1.0 + WINDOW_S) == []

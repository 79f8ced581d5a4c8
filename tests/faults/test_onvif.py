"""A camera and a whole house: one crossing is one alarm, also when the gateway is killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.onvif_camera import Camera
from tests.house import House, house_in, until

pytestmark = pytest.mark.faults

REGISTER = """
import json, sys
from canh.sites import actions, queries
from canh.sites.terms import Door, PanelKind
actions.add_panel(
    actor_id=None, site=queries.open_sites()[0], account="onvif:SN-0042", kind=PanelKind.CAMERA, door=Door.ONVIF,
    settings=json.loads(sys.argv[1]),
)
"""
SOURCE = {"VideoSourceConfigurationToken": "V1", "Rule": "Cửa sau"}
LINE, TAMPER = "tns1:RuleEngine/LineDetector/Crossed", "tns1:RuleEngine/TamperDetector/Tamper"


def alarms(house: House) -> list[dict[str, Any]]:
    return house.rows("alarms")


def test_one_crossing_is_one_alarm_also_over_a_kill(tmp_path: Path) -> None:
    camera = Camera()
    with house_in(tmp_path) as house:
        house.furnish([])
        house.python(REGISTER, json.dumps(camera.settings))
        house.start("gateway", "engine")
        until(lambda: "PullMessages" in camera.asked, 60)
        crossing = camera.say(LINE, SOURCE, {"ObjectId": "7"}, operation="")
        camera.queue(crossing)  # the same once more
        camera.say("tns1:VideoSource/MotionAlarm", {"Source": "V1"}, {"State": "true"})
        camera.say(TAMPER, SOURCE, {"IsTamper": "true"})
        until(lambda: len(alarms(house)) == 2, 60)
        assert {(one["kind"], one["code"]) for one in alarms(house)} == {("intrusion", "line_crossed"),
                                                                       ("tamper", "tamper")}  # fmt: skip
        house.kill("gateway")
        before = camera.asked.count("PullMessages")
        house.start("gateway")
        until(lambda: camera.asked.count("PullMessages") > before, 60)
        camera.say(TAMPER, SOURCE, {"IsTamper": "false"})
        until(lambda: [one["returned_at"] for one in alarms(house) if one["code"] == "tamper"] != [None], 60)
        assert len(alarms(house)) == 2
        assert "motion" in {one["code"] for one in house.rows("signals")}
    camera.stop()
    assert camera.wrong == []

"""Is the test camera a camera? Judged by a client we did not write."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from onvif import ONVIFCamera

from tests.gateway.onvif_camera import Camera

LINE = ("tns1:RuleEngine/LineDetector/Crossed", {"VideoSourceConfigurationToken": "V1", "Rule": "Gate"})


async def _pull(camera: Camera) -> list[Any]:
    client = ONVIFCamera("127.0.0.1", camera.port, camera.user, camera.password, adjust_time=True)
    try:
        await client.update_xaddrs()
        manager = await client.create_pullpoint_manager(timedelta(seconds=60), lambda: None)
        camera.say(*LINE, {"ObjectId": "7"}, operation="")
        service = manager.get_service()
        answer = await service.PullMessages({"Timeout": timedelta(seconds=5), "MessageLimit": 10})
        await manager.shutdown()
        return answer.NotificationMessage
    finally:
        await client.close()


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=-5)])
def test_an_independent_client_signs_in_subscribes_and_pulls(ahead: timedelta) -> None:
    camera = Camera(ahead=ahead)
    try:
        (message,) = asyncio.run(_pull(camera))
        assert message.Topic._value_1 == LINE[0]
        assert message.Message._value_1.Source.SimpleItem[1].Value == "Gate"
        assert camera.wrong == []
        assert "Unsubscribe" in camera.asked
        assert camera.subscriptions == {}
    finally:
        camera.stop()


def test_it_turns_a_wrong_password_away() -> None:
    camera = Camera()
    camera.password, wrong = "another", camera.password

    async def ask() -> None:
        client = ONVIFCamera("127.0.0.1", camera.port, camera.user, wrong)
        try:
            await (await client.create_devicemgmt_service()).GetDeviceInformation()
        finally:
            await client.close()

    try:
        with pytest.raises(Exception, match="not authorized"):
            asyncio.run(ask())
    finally:
        camera.stop()

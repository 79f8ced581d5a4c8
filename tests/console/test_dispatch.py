"""The desk sends people to the spot; a guard answers on the phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from canh.accounts.models import User
from canh.alarms import actions
from canh.alarms.models import Alarm
from canh.response import dispatching
from canh.response.models import Dispatch
from tests.cast import Cast
from tests.console.desk.scenes import raise_alarm

Enter = Callable[[User], Client]


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


@pytest.fixture
def alarm(cast: Cast) -> Alarm:
    return actions.acknowledge_alarm(raise_alarm("1001", "HA"), cast.dung)


def test_who_is_at_hand_is_offered_and_nobody_else_may_be_sent(cast: Cast, enter: Enter, alarm: Alarm) -> None:
    desk, address = enter(cast.dung), reverse("alarm-dispatch", args=[alarm.id])
    offered = text(desk.get(address))
    assert "Lê Văn Bình" in offered
    assert "Người Lạ" not in offered
    assert "không liên lạc được" in offered  # nobody has a way yet
    page = text(desk.post(address, {"people": [cast.binh.id, cast.la.id], "task": "Xem cửa sau"}, follow=True))
    assert [d.user_id for d in Dispatch.objects.all()] == [cast.binh.id]
    assert "điều động tới nơi: Lê Văn Bình · Xem cửa sau" in page
    assert "đã báo, chưa trả lời" in page
    assert desk.post(address, {"people": []}).status_code == 422


def test_the_guard_answers_on_the_phone(cast: Cast, enter: Enter, alarm: Alarm) -> None:
    (order,) = dispatching.send(alarm, [cast.binh.id], by=cast.dung, task="Xem cửa sau")
    guard = enter(cast.binh)
    assert "Xem cửa sau" in text(guard.get(reverse("orders")))
    guard.post(reverse("order", args=[order.id]), {"state": "accepted"})
    page = text(guard.post(reverse("order", args=[order.id]), {"state": "arrived", "note": "Cửa mở"}, follow=True))
    assert "Trực ban đã được báo." in page
    assert "Lê Văn Bình · Cửa mở: đã tới nơi" in text(enter(cast.dung).get(reverse("alarm", args=[alarm.id])))
    page = text(guard.post(reverse("order", args=[order.id]), {"state": "accepted"}, follow=True))
    assert "Không báo được nữa: đã tới nơi." in page
    assert enter(cast.an).post(reverse("order", args=[order.id]), {"state": "done"}).status_code == 404
    assert guard.post(reverse("order", args=[order.id]), {"state": "gone"}).status_code == 404


def test_what_is_said_by_telephone_is_taken_down(cast: Cast, enter: Enter, alarm: Alarm) -> None:
    (order,) = dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    desk, address = enter(cast.dung), reverse("alarm-dispatch-move", args=[alarm.id, order.id])
    assert "đã tới nơi" in text(desk.post(address, {"state": "arrived"}, follow=True))
    assert desk.post(address, {"state": ""}).status_code == 422
    assert desk.post(address, {"state": "gone"}).status_code == 404
    other = reverse("alarm-dispatch-move", args=[alarm.id, 7])
    assert desk.post(other, {"state": "done"}).status_code == 404


def test_stand_down_is_offered_while_somebody_is_under_way(cast: Cast, enter: Enter, alarm: Alarm) -> None:
    desk, page = enter(cast.dung), reverse("alarm", args=[alarm.id])
    assert "act-stand-down" not in text(desk.get(page))
    dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    assert "act-stand-down" in text(desk.get(page))
    answer = text(desk.post(reverse("alarm-stand-down", args=[alarm.id]), follow=True))
    assert "cho kết thúc ứng phó: Lê Văn Bình" in answer
    assert "act-stand-down" not in answer


def test_nothing_to_do_is_said(cast: Cast, enter: Enter) -> None:
    assert "Chưa có lệnh điều động" in text(enter(cast.binh).get(reverse("orders")))

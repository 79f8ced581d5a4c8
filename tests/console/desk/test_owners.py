"""Taking the next alarm, taking one over, and handing over the desk, in the console."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from canh.alarms import actions
from canh.alarms.actions_owners import hand_over, stamp_watchers
from canh.alarms.models import Handover, Watcher
from canh.alarms.queries_owners import Burden
from canh.alarms.terms import Load
from canh.console.desk import board, live
from canh.kit import clock
from tests.cast import Cast, make_cast
from tests.console.desk.scenes import HTMX, browser, raise_alarm

pytestmark = pytest.mark.django_db


def test_the_next_one_is_shown_and_mine(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA")
    answer = browser(cast.dung).post(reverse("alarm-next"), headers=HTMX)
    assert json.loads(answer["HX-Trigger-After-Settle"]) == {"alarm-acknowledged": {"id": str(alarm.id)}}
    assert f'data-case="{alarm.id}"' in answer.content.decode()


def test_when_nothing_waits_that_is_said(cast: Cast) -> None:
    answer = browser(cast.dung).post(reverse("alarm-next"), headers=HTMX)
    assert answer.status_code == 204
    assert "toast" in answer["HX-Trigger"]
    assert browser(cast.dung).post(reverse("alarm-next"))["Location"] == reverse("desk")


def test_the_owner_has_no_button_to_take_over_and_others_have(cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(raise_alarm("1001", "HA"), cast.dung)
    page = reverse("alarm", args=[alarm.id])
    assert "act-take-over" not in browser(cast.dung).get(page).content.decode()
    assert "act-take-over" in browser(cast.chi).get(page).content.decode()
    answer = browser(cast.chi).post(reverse("alarm-take-over", args=[alarm.id]), headers=HTMX)
    assert "Bạn nhận thay Đỗ Tiến Dũng" in answer.content.decode()


def test_hand_over_accept_and_read_again(cast: Cast) -> None:
    actions.acknowledge_alarm(raise_alarm("1001", "HA"), cast.dung)
    mine, theirs = browser(cast.dung), browser(cast.chi)
    page = mine.get(reverse("handover")).content.decode()
    assert "Nút khẩn quầy 2" in page
    assert mine.post(reverse("handover"), {"to": cast.chi.id, "note": ""}).status_code == 422
    assert mine.post(reverse("handover"), {"to": cast.la.id, "note": "x"}).status_code == 422
    assert mine.post(reverse("handover"), {"to": cast.chi.id, "note": "Chờ thợ kho quỹ"}).status_code == 302
    made = Handover.objects.get()
    assert made.counts == {"owned": 1, "waiting": 0, "shelved": 0, "tests": 0}
    assert "Đỗ Tiến Dũng giao bàn trực cho bạn" in theirs.get(reverse("handover-waits")).content.decode()
    assert "Chờ thợ kho quỹ" in theirs.get(reverse("handover")).content.decode()
    answer = theirs.post(reverse("handover-accept", args=[made.id]), follow=True).content.decode()
    assert "Bạn giữ bàn trực: 1 báo động" in answer
    assert "đã nhận" in mine.get(reverse("handover")).content.decode()
    again = theirs.post(reverse("handover-accept", args=[made.id]), follow=True).content.decode()
    assert "không còn chờ" in again


def test_withdrawn_it_no_longer_waits(cast: Cast) -> None:
    made = hand_over(cast.dung, cast.chi, "x", {})
    browser(cast.dung).post(reverse("handover-withdraw", args=[made.id]))
    assert browser(cast.chi).get(reverse("handover-waits")).content.decode().strip() == ""
    assert browser(cast.dung).post(reverse("handover-withdraw", args=[made.id]), follow=True).status_code == 200


def test_the_beat_tells_how_much_each_has(cast: Cast) -> None:
    data = board.beat(1, 0.5, is_failing=False, burdens=[Burden(7, "Dũng", 12, Load.FLOOD, True)])
    assert json.loads(data.decode().split("data: ")[1])["people"] == {"7": ["Dũng", 12, "flood", True]}


@pytest.mark.django_db(transaction=True)
def test_the_live_stream_stamps_who_sits_there() -> None:
    cast = make_cast()
    live._stamp({cast.dung.id}, clock.now_us())
    live._stamp({cast.dung.id, cast.chi.id}, clock.now_us())
    assert set(Watcher.objects.values_list("user_id", flat=True)) == {cast.dung.id, cast.chi.id}
    stamp_watchers([], clock.now())

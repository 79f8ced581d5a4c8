"""The shelf on the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from canh.alarms.actions_shelf import shelve_alarm
from canh.alarms.terms import State
from canh.console.desk import board
from canh.console.desk.board import Scope, full, take_picture
from tests.cast import Cast
from tests.console.desk.scenes import HTMX, browser, raise_alarm, viewer

pytestmark = pytest.mark.django_db


def test_shelving_offers_no_more_time_than_the_priority_allows(cast: Cast) -> None:
    page = browser(cast.chi).get(reverse("alarm", args=[raise_alarm("1002", "BA").id])).content.decode()
    assert 'value="14400"' in page
    assert 'value="86400"' not in page


def test_a_hold_up_has_no_such_button(cast: Cast) -> None:
    page = browser(cast.chi).get(reverse("alarm", args=[raise_alarm("1001", "HA").id])).content.decode()
    assert "shelve-dialog" not in page


def test_shelve_list_and_put_back(cast: Cast) -> None:
    alarm, desk = raise_alarm("1002", "BA"), browser(cast.chi)
    answer = desk.post(reverse("alarm-shelve", args=[alarm.id]), {"seconds": "3600", "reason": "repair"}, headers=HTMX)
    assert answer.status_code == 200
    assert "alarm-shelved" in answer["HX-Trigger-After-Settle"]
    assert 'id="act-unshelve"' in answer.content.decode()
    listed = desk.get(reverse("shelf")).content.decode()
    assert "Cổng chính" in listed
    assert "Nguyễn Thị Chi" in listed
    assert desk.post(reverse("alarm-unshelve", args=[alarm.id])).status_code == 302
    alarm.refresh_from_db()
    assert alarm.state == State.UNACKNOWLEDGED
    assert "Cổng chính" not in desk.get(reverse("shelf")).content.decode()


@pytest.mark.parametrize("seconds", ["", "abc", "-5", "0", "99999999999"])
def test_a_senseless_time_is_told(cast: Cast, seconds: str) -> None:
    alarm = raise_alarm("1002", "BA")
    answer = browser(cast.chi).post(
        reverse("alarm-shelve", args=[alarm.id]), {"seconds": seconds, "reason": "repair"}, headers=HTMX
    )
    assert answer.status_code == 422
    alarm.refresh_from_db()
    assert alarm.state == State.UNACKNOWLEDGED


def test_closing_what_is_shelved_tells_what_to_do_first(cast: Cast) -> None:
    alarm = shelve_alarm(raise_alarm("1002", "BA"), cast.chi, timedelta(hours=1), "work")
    answer = browser(cast.chi).post(reverse("alarm-close", args=[alarm.id]), {"reason": "test"}, headers=HTMX)
    assert answer.status_code == 409
    assert "toast" in answer["HX-Trigger"]


def test_the_board_tells_how_many_are_aside(cast: Cast) -> None:
    scope = Scope(viewer(cast.chi), "vi")
    alarm = raise_alarm("1002", "BA")
    before = take_picture(scope, 1)
    shelve_alarm(alarm, cast.chi, timedelta(hours=1), "work")
    now = take_picture(scope, 2)
    assert (before.shelved, now.shelved) == (0, 1)
    assert b'"shelved":1' in full(now, 1, 0).data
    assert f'"gone":["{alarm.id}"]'.encode() in board.delta(before, now, 2, 0).data


def test_the_story_tells_until_when_and_why(cast: Cast) -> None:
    alarm = shelve_alarm(raise_alarm("1002", "BA"), cast.chi, timedelta(hours=1), "work", "Thay đầu báo")
    page = browser(cast.chi).get(reverse("alarm", args=[alarm.id])).content.decode()
    assert "Bạn tạm gác đến" in page
    assert "Thay đầu báo" in page

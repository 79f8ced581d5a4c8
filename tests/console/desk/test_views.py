"""Pages of the desk: who may see and do what, and what they are told when somebody was first."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts.actions import assign
from canh.accounts.models import User
from canh.accounts.queries import EVERYWHERE
from canh.accounts.terms import Role
from canh.alarms import actions
from canh.alarms.models import Alarm
from canh.alarms.terms import State
from canh.incidents.steps import GroupAlarms
from canh.kit import clock
from canh.response.steps import Escalate
from canh.sites import actions as sites
from tests.cast import Cast
from tests.clock import stopped
from tests.console.desk.scenes import HTMX, browser, many_alarms, raise_alarm


def state(alarm: Alarm) -> str:
    return Alarm.objects.get(id=alarm.id).state


def test_the_desk_shows_the_queue(cast: Cast) -> None:
    raise_alarm("1001", "HA", "1")
    page = browser(cast.dung).get("/").content.decode()
    assert "Báo cướp — Nút khẩn quầy 2" in page
    assert "PGD Hàng Bông" in page
    assert "Chưa ai nhận" in page


def test_an_empty_desk_says_when_the_last_one_was_closed(cast: Cast) -> None:
    assert "Không có báo động nào đang chờ" in browser(cast.dung).get("/").content.decode()
    alarm = actions.acknowledge_alarm(raise_alarm("1001", "HA", "1"), cast.dung)
    actions.close_alarm(alarm, cast.dung, "test")
    assert "tại PGD Hàng Bông" in browser(cast.dung).get("/").content.decode()


@pytest.mark.parametrize("path", ["", "acknowledge/", "close/", "note/", "reopen/"])
def test_alarms_of_others_are_not_there(cast: Cast, path: str) -> None:
    alarm = raise_alarm("1002")  # the school; Dũng sits at the banks' desk
    client = browser(cast.dung)
    url = f"/alarms/{alarm.id}/{path}"
    answer = client.post(url, {"note": "x", "reason": "test"}) if path else client.get(url)
    assert answer.status_code == 404
    assert state(alarm) == State.UNACKNOWLEDGED


def test_roles(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    assert browser(cast.la).get("/").status_code == 403
    assert browser(cast.binh).get(f"/alarms/{alarm.id}/").status_code == 403
    admin = browser(cast.en)
    page = admin.get(f"/alarms/{alarm.id}/")
    assert page.status_code == 200
    assert "act-acknowledge" not in page.content.decode()
    assert admin.post(f"/alarms/{alarm.id}/acknowledge/").status_code == 403
    assert state(alarm) == State.UNACKNOWLEDGED


def two_roles(cast: Cast, role: Role) -> User:
    """Operator of the bank; `role` for the schools, or for everything where it has no place."""
    user = cast.person(Role.OPERATOR, cast.banking)
    assign(actor_id=None, user=user, role=role, unit=None if role in EVERYWHERE else cast.schools)
    return user


ACTS = {"acknowledge": {}, "close": {"reason": "test"}, "note": {"note": "x"}, "reopen": {"note": "x"}}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.INSTALLER, Role.SITE_MANAGER, Role.ADMINISTRATOR])
def test_roles_of_two_places_do_not_add_up(cast: Cast, role: Role) -> None:
    own, other = raise_alarm("1001", "HA", "1"), raise_alarm("1002", "BA", "1")
    client = browser(two_roles(cast, role))
    assert "act-acknowledge" in client.get(f"/alarms/{own.id}/").content.decode()
    page = client.get(f"/alarms/{other.id}/").content.decode()
    assert "PGD" in page  # they see it
    for trace in ("act-acknowledge", "act-note", "close-dialog"):
        assert trace not in page
    for act, form in ACTS.items():
        assert client.post(f"/alarms/{other.id}/{act}/", form).status_code == 403
    assert Alarm.objects.get(id=other.id).events.filter(actor__isnull=False).count() == 0
    assert state(other) == State.UNACKNOWLEDGED
    assert client.post(f"/alarms/{own.id}/acknowledge/").status_code == 302


def test_who_may_not_act_here_is_told_so(cast: Cast) -> None:
    alarm = raise_alarm("1002", "BA", "1")
    answer = browser(two_roles(cast, Role.AUDITOR)).post(f"/alarms/{alarm.id}/acknowledge/", headers=HTMX)
    assert json.loads(answer["HX-Trigger"])["toast"]["text"].startswith("Bạn chỉ được xem")


def test_the_page_of_an_alarm_of_others_keeps_the_keys_of_the_desk(cast: Cast) -> None:
    alarm = raise_alarm("1002", "BA", "1")
    page = browser(two_roles(cast, Role.AUDITOR)).get(f"/alarms/{alarm.id}/").content.decode()
    assert 'data-may-act="1"' in page


def test_an_alarm_that_came_back_is_nobodys(cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(raise_alarm("1001", "HA", "1"), cast.dung)
    assert f'data-by="{cast.dung.id}"' in browser(cast.dung).get("/").content.decode()
    raise_alarm("1001", "HA", "1")
    assert state(alarm) == State.UNACKNOWLEDGED
    page = browser(cast.dung).get(f"/alarms/{alarm.id}/").content.decode()
    assert 'data-by=""' in page
    assert "Chưa ai nhận" in page
    assert "act-acknowledge" in page
    assert "Tái diễn sau khi tiếp nhận: SIA HA" in page


def test_the_whole_job_without_scripts(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    client = browser(cast.dung)
    url = f"/alarms/{alarm.id}/"
    assert client.post(f"{url}acknowledge/").status_code == 302
    assert client.post(f"{url}note/", {"note": "Đã gọi chị An"}).status_code == 302
    assert "Đã gọi chị An" in client.get(url).content.decode()
    assert client.post(f"{url}close/", {"reason": "user_error", "note": "Bấm nhầm"}).status_code == 302
    assert state(alarm) == State.CLOSED
    assert client.post(f"{url}reopen/", {"note": "Còn nghi"}).status_code == 302
    assert state(alarm) == State.ACKNOWLEDGED


def test_the_case_for_htmx_is_two_panes(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    part = browser(cast.dung).get(f"/alarms/{alarm.id}/", headers=HTMX).content.decode()
    assert "<html" not in part
    assert 'id="case-side" hx-swap-oob' in part


def test_who_comes_second_is_told_who_was_first(cast: Cast) -> None:
    with stopped(clock.now()) as hands:
        alarm = raise_alarm("1001", "HA", "1")
        second = browser(cast.dung)
        actions.acknowledge_alarm(alarm, cast.chi)
        hands.forward(3)
        answer = second.post(f"/alarms/{alarm.id}/acknowledge/", headers=HTMX)
    assert answer.status_code == 409
    said = json.loads(answer["HX-Trigger"])["toast"]
    assert said["text"] == "Nguyễn Thị Chi đã tiếp nhận báo động này trước bạn, cách đây 3,0 giây."
    assert "Nguyễn Thị Chi" in answer.content.decode()
    assert 'data-state="acknowledged"' in answer.content.decode()


def test_the_sentence_stands_on_the_page_without_scripts(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    actions.acknowledge_alarm(alarm, cast.chi)
    answer = browser(cast.dung).post(f"/alarms/{alarm.id}/acknowledge/")
    assert answer.status_code == 409
    assert "trước bạn" in answer.content.decode()


def test_moves_that_are_not_possible(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    client = browser(cast.dung)
    answer = client.post(f"/alarms/{alarm.id}/close/", {"reason": "test"}, headers=HTMX)
    assert answer.status_code == 409
    assert "tiếp nhận báo động trước" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    client.post(f"/alarms/{alarm.id}/acknowledge/")
    assert client.post(f"/alarms/{alarm.id}/close/", {"reason": ""}, headers=HTMX).status_code == 422
    assert client.post(f"/alarms/{alarm.id}/close/", {"reason": "other"}, headers=HTMX).status_code == 422
    assert client.post(f"/alarms/{alarm.id}/note/", {"note": " "}, headers=HTMX).status_code == 422
    assert state(alarm) == State.ACKNOWLEDGED


def test_reopening_has_its_day(cast: Cast) -> None:
    with stopped(clock.now()) as hands:
        alarm = actions.acknowledge_alarm(raise_alarm("1001", "HA", "1"), cast.dung)
        actions.close_alarm(alarm, cast.dung, "test")
        hands.forward(25 * 3600)
        client = browser(cast.dung)
        assert "act-reopen" not in client.get(f"/alarms/{alarm.id}/").content.decode()
        assert client.post(f"/alarms/{alarm.id}/reopen/", {"note": "x"}, headers=HTMX).status_code == 422


def test_the_case_tells_the_message_the_people_and_the_paths(cast: Cast) -> None:
    sites.add_contact(actor_id=None, site=cast.bank, name="Đỗ Thu Hà", phone="090 000 0001", is_keyholder=True)
    alarm = raise_alarm("1001", "HA", "1", number="0042")
    page = browser(cast.dung).get(f"/alarms/{alarm.id}/").content.decode()
    assert 'href="tel:0900000001"' in page
    assert "giữ chìa khóa" in page
    assert "&quot;SIA-DCS&quot;0042L0#1001" in page
    assert "#1001" in page


def test_the_desk_costs_the_same_for_any_number(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    raise_alarm("1002")
    client = browser(cast.chi)
    client.get("/")
    with django_assert_max_num_queries(12) as few:
        client.get("/")
    many_alarms(cast, 200)
    with django_assert_max_num_queries(12) as many:
        assert client.get("/").content.count(b'class="row"') == 200
    assert len(few) == len(many)


def test_a_case_stays_within_its_budget(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    alarm = raise_alarm("1002")
    for _ in range(30):
        raise_alarm("1002", number="")
    GroupAlarms()()
    client = browser(cast.chi)
    with django_assert_max_num_queries(23):
        assert client.get(f"/alarms/{alarm.id}/", headers=HTMX).status_code == 200
    Escalate()()
    with django_assert_max_num_queries(27):  # and whom the next rung would call
        assert client.get(f"/alarms/{alarm.id}/", headers=HTMX).status_code == 200


def test_the_wall_has_nothing_to_press(cast: Cast) -> None:
    raise_alarm("1001", "HA", "1")
    page = browser(cast.dung).get("/?wall=1").content.decode()
    assert "data-wall" in page
    assert "<button" not in page.split('id="keys-help"')[0]
    assert "hx-post" not in page


def test_every_act_needs_its_token(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.dung)
    assert client.post(f"/alarms/{alarm.id}/acknowledge/").status_code == 403
    assert state(alarm) == State.UNACKNOWLEDGED


def test_a_security_head_may_act_and_a_manager_may_not(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    manager = cast.person(Role.SITE_MANAGER, cast.bank_unit)
    assert browser(manager).post(f"/alarms/{alarm.id}/acknowledge/").status_code == 403
    assert browser(cast.chi).post(f"/alarms/{alarm.id}/acknowledge/").status_code == 302
    assert state(alarm) == State.ACKNOWLEDGED

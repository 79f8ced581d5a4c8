"""The entry of a storm, the marks of tests and drills, and what a cut-off holds: at the desk."""

from __future__ import annotations

from datetime import date

import pytest

from canh.accounts.terms import Role
from canh.alarms import actions, queries
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.alarms.terms import Fold
from canh.console.desk import board
from canh.console.desk.board import Scope
from canh.sites import actions as sites
from tests.alarms.test_floods import neighbours
from tests.cast import Cast
from tests.console.desk.scenes import HTMX, browser, raise_alarm, viewer
from tests.console.desk.test_board import Browser, body, picture
from tests.senders import copy, entry

COUNT = queries.floods(date(2026, 3, 9)).storm_panels


def storm(cast: Cast, count: int = COUNT) -> list[str]:
    accounts = neighbours(cast, count)
    copy(*[entry(account, "AT") for account in accounts])
    while RaiseAlarms()():
        pass
    return accounts


def test_a_storm_is_one_row_behind_what_is_more_urgent(cast: Cast) -> None:
    storm(cast)
    hold_up = raise_alarm("1001", "HA", "1")
    seen = picture(cast.dung)
    assert list(seen.rows) == [str(hold_up.id), "storm"]
    assert f"Mất điện diện rộng: {COUNT} trụ sở" in seen.rows["storm"].html
    assert (seen.counts, seen.total) == ({1: 1}, 2)
    assert seen.sites == {str(cast.bank.id): 1}


def test_each_desk_counts_only_what_it_may_see(cast: Cast) -> None:
    storm(cast)
    school = cast.person(Role.OPERATOR, cast.schools)
    assert picture(school).rows == {}
    assert browser(school).get("/alarms/storm/").status_code == 302
    assert browser(cast.la).get("/alarms/storm/").status_code == 403


def test_the_stream_tells_each_change_of_it(cast: Cast) -> None:
    accounts = storm(cast)
    screen, scope = Browser(), Scope(viewer(cast.dung), "vi")
    before = board.take_picture(scope, 1)
    assert screen.takes(board.full(before, 1, 0))
    copy(entry(accounts[0], "AR"))
    RaiseAlarms()()
    now = board.take_picture(scope, 2)
    message = board.delta(before, now, 2, 0)
    assert list(body(message)["rows"]) == ["storm"]
    assert (body(message)["sound"], message.unshown) == (0, ())
    assert screen.takes(message)


def test_a_picture_of_a_storm_costs_the_same_whatever_its_size(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    storm(cast, COUNT + 60)
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        seen = picture(cast.dung)
    assert len(board.full(seen, 1, 0).data) < 5000


def test_all_are_acknowledged_and_closed_from_its_sheet(cast: Cast) -> None:
    accounts = storm(cast)
    desk = browser(cast.dung)
    page = desk.get("/alarms/storm/", headers=HTMX).content.decode()
    assert f"Mất điện diện rộng: {COUNT} trụ sở" in page
    assert "Báo cướp" in page
    desk.post("/alarms/storm/acknowledge/", headers=HTMX)
    assert set(Alarm.objects.values_list("state", "acknowledged_by")) == {("acknowledged", cast.dung.id)}
    copy(*[entry(account, "AR") for account in accounts[:3]])
    RaiseAlarms()()
    assert "trụ sở" in desk.get("/alarms/storm/").content.decode()
    answer = desk.post("/alarms/storm/close/", {"reason": "nonsense"}, headers=HTMX)
    assert "bad" in answer["HX-Trigger"]
    desk.post("/alarms/storm/close/", {"reason": "environment"}, headers=HTMX)
    assert Alarm.objects.filter(state="closed").count() == 3


def test_who_only_looks_cannot_take_it(cast: Cast) -> None:
    storm(cast)
    assert browser(cast.an).post("/alarms/storm/acknowledge/").status_code == 403
    assert "act-acknowledge" not in browser(cast.an).get("/alarms/storm/", headers=HTMX).content.decode()


def test_a_hold_up_from_a_site_on_test_says_so_and_waits_for_a_key(cast: Cast) -> None:
    sites.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=30, reason="Bảo trì")
    alarm = raise_alarm("1001", "HA", "1")
    assert "Đang kiểm tra" in picture(cast.dung).rows[str(alarm.id)].html
    page = browser(cast.dung).get(f"/alarms/{alarm.id}/").content.decode()
    assert 'id="human-key"' in page
    assert "không tự động báo công an" in page


@pytest.mark.parametrize("code", ["path_lost", "cut_off", "door_shut", "gateway_silent", "runaway", "never_heard"])
def test_what_canh_notices_tells_what_to_do(cast: Cast, code: str) -> None:
    from canh.console.desk import wording

    alarm = Alarm(protocol="CANH", code=code)
    assert len(wording.guidance(alarm)) > 80
    assert wording.guidance(Alarm(protocol="SIA-DCS", code="BA")) == ""


def test_a_cut_off_shows_its_paths(cast: Cast) -> None:
    cut = raise_alarm("1001", "HA", "1")
    part = raise_alarm("1001", "YC", "7")
    Alarm.objects.filter(id=cut.id).update(protocol="CANH", code="cut_off", kind="path", priority=2)
    Alarm.objects.filter(id=part.id).update(protocol="CANH", code="path_lost", kind="path", fold=Fold.CUT_OFF)
    page = browser(cast.dung).get(f"/alarms/{cut.id}/").content.decode()
    assert f"/alarms/{part.id}/" in page
    assert list(picture(cast.dung).rows) == [str(cut.id)]
    actions.acknowledge_alarm(Alarm.objects.get(id=cut.id), cast.dung)

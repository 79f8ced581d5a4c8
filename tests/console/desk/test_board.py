"""What a scope is told: only its own rows, only what changed, and never a gap."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from canh.accounts.terms import Role
from canh.alarms import actions, queries
from canh.console.desk import board
from canh.console.desk.board import Message, Picture, Scope
from tests.cast import Cast
from tests.console.desk.scenes import many_alarms, raise_alarm, viewer


def picture(user: object, language: str = "vi") -> Picture:
    return board.take_picture(Scope(viewer(user), language), queries.pulse())  # type: ignore[arg-type]


def body(message: Message) -> dict[str, Any]:
    text = message.data.decode()
    assert text.startswith("event: board\ndata: ")
    assert text.endswith("\n\n")
    return json.loads(text.removeprefix("event: board\ndata: "))


class Browser:
    """Keeps what a browser would keep."""

    def __init__(self) -> None:
        self.number = 0
        self.rows: dict[str, str] = {}

    def takes(self, message: Message) -> bool:
        said = body(message)
        if not said.get("state") and said["after"] != self.number:
            return False
        self.number = said["number"]
        self.rows |= said["rows"]
        self.rows = {id_: self.rows[id_] for id_ in said["order"]}
        return True


def test_a_scope_sees_its_own_sites_only(cast: Cast) -> None:
    hold_up = raise_alarm("1001", "HA", "1")
    raise_alarm("1002", "BA", "1")
    assert len(picture(cast.chi).rows) == 2
    assert list(picture(cast.dung).rows) == [str(hold_up.id)]
    assert picture(cast.la).rows == {}
    assert picture(cast.la).sites == {}
    assert picture(cast.la).counts == {}


def test_people_who_see_the_same_share_a_scope(cast: Cast) -> None:
    other = cast.person(Role.OPERATOR, cast.banking)
    assert Scope(viewer(other), "vi") == Scope(viewer(cast.dung), "vi")
    assert Scope(viewer(other), "vi") != Scope(viewer(cast.dung), "en")


def test_the_queue_is_by_priority_then_age(cast: Cast) -> None:
    path = raise_alarm("1003", "YC", "")
    burglary = raise_alarm("1002", "BA", "1")
    later = raise_alarm("1002", "BA", "2")
    hold_up = raise_alarm("1001", "HA", "1")
    assert list(picture(cast.chi).rows) == [str(a.id) for a in (hold_up, burglary, later, path)]


def test_a_delta_carries_only_what_changed(cast: Cast) -> None:
    first = raise_alarm("1002", "BA", "1")
    before = picture(cast.chi)
    second = raise_alarm("1001", "HA", "1")
    after = picture(cast.chi)
    said = body(board.delta(before, after, 2, 1000))
    assert list(said["rows"]) == [str(second.id)]
    assert said["order"] == [str(second.id), str(first.id)]
    assert (said["counts"], said["total"], said["sound"], said["gone"]) == ({"1": 1, "2": 1, "3": 0}, 2, 1, [])
    assert said["sites"] == {str(cast.bank.id): 1, str(cast.school.id): 2}


def test_acknowledging_and_closing_travel(cast: Cast) -> None:
    alarm = raise_alarm("1002")
    before = picture(cast.chi)
    alarm = actions.acknowledge_alarm(alarm, cast.chi)
    after = picture(cast.chi)
    said = body(board.delta(before, after, 2, 0))
    assert f'data-by="{cast.chi.id}"' in said["rows"][str(alarm.id)]
    assert "Nguyễn Thị Chi" in said["rows"][str(alarm.id)]
    assert (said["sound"], "sites" in said) == (0, False)
    actions.close_alarm(alarm, cast.chi, "test")
    said = body(board.delta(after, picture(cast.chi), 3, 0))
    assert (said["gone"], said["order"], said["total"], said["sites"]) == ([str(alarm.id)], [], 0, {})


def test_deltas_lead_to_the_same_as_the_whole_state(cast: Cast) -> None:
    browser, before = Browser(), picture(cast.chi)
    assert browser.takes(board.full(before, 1, 0))
    steps = [
        lambda: raise_alarm("1002", "BA", "1"),
        lambda: raise_alarm("1001", "HA", "1"),
        lambda: actions.acknowledge_alarm(queries.open_alarms(viewer(cast.chi))[0], cast.chi),
        lambda: actions.close_alarm(queries.open_alarms(viewer(cast.chi))[0], cast.chi, "real"),
        lambda: raise_alarm("1002", "BA", "1"),
    ]
    for number, step in enumerate(steps, start=2):
        step()
        now = picture(cast.chi)
        assert browser.takes(board.delta(before, now, number, 0))
        before = now
        assert browser.rows == {id_: row.html for id_, row in now.rows.items()}


def test_a_browser_notices_a_missed_message_and_the_state_heals_it(cast: Cast) -> None:
    browser = Browser()
    first = picture(cast.chi)
    browser.takes(board.full(first, 1, 0))
    raise_alarm("1002", "BA", "1")
    second = picture(cast.chi)
    raise_alarm("1002", "BA", "2")
    third = picture(cast.chi)
    assert not browser.takes(board.delta(second, third, 3, 0))
    assert browser.takes(board.full(third, 3, 0))
    assert len(browser.rows) == 2


def test_a_change_elsewhere_is_no_news(cast: Cast) -> None:
    before = picture(cast.dung)
    raise_alarm("1002", "BA", "1")
    assert picture(cast.dung) == before
    assert picture(cast.chi) != before


def test_beyond_the_window_the_counts_still_ring(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "WINDOW", 3)
    many_alarms(cast, 4)
    before = picture(cast.chi)
    raise_alarm("1002", "AT", "")
    after = picture(cast.chi)
    assert (len(after.rows), after.total) == (3, 5)
    assert board.sound(before, after) == 3


def test_an_alarm_that_waits_again_rings_again(cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(raise_alarm("1001", "HA", "1"), cast.chi)
    before = picture(cast.chi)
    raise_alarm("1001", "HA", "1")
    after = picture(cast.chi)
    said = body(board.delta(before, after, 2, 0))
    assert (said["sound"], said["counts"]["1"]) == (1, 1)
    assert 'data-state="unacknowledged"' in said["rows"][str(alarm.id)]
    assert board.sound(after, picture(cast.chi)) == 0
    actions.acknowledge_alarm(alarm, cast.chi)
    assert board.sound(after, picture(cast.chi)) == 0


def test_a_row_speaks_the_language_of_its_scope(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    assert "Báo cướp — Nút khẩn quầy 2" in picture(cast.chi, "vi").rows[str(alarm.id)].html
    english = picture(cast.chi, "en").rows[str(alarm.id)].html
    assert "Hold-up alarm" in english
    assert "Nobody yet" in english


def test_names_cannot_break_out_of_a_row(cast: Cast) -> None:
    cast.school.name = "<script>alert(1)</script>"
    cast.school.save()
    row = picture_row(cast, raise_alarm("1002"))
    assert "<script>" not in row
    assert "&lt;script&gt;" in row


def picture_row(cast: Cast, alarm: object) -> str:
    return picture(cast.chi).rows[str(alarm.id)].html  # type: ignore[attr-defined]


def test_a_look_costs_the_same_for_any_number(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    raise_alarm("1002")
    scope = Scope(viewer(cast.chi), "vi")
    with django_assert_max_num_queries(5):
        board.take_picture(scope, 1)
    many_alarms(cast, 199)
    with django_assert_max_num_queries(6):
        board.take_picture(scope, 2)


def test_unshown_alarms_are_named_once_they_are_in_a_message(cast: Cast) -> None:
    alarm = raise_alarm("1002")
    assert board.full(picture(cast.chi), 1, 0).unshown == (alarm.id,)


def test_a_beat_is_an_event_the_browser_sees() -> None:
    said = b'event: beat\ndata: {"at":7,"engine":1.5,"failing":true,"people":{}}\n\n'
    assert board.beat(7, 1.5, is_failing=True) == said

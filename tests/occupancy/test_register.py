"""Visitors and keys: in and out, overdue at closing time, forgotten in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from canh.alarms.models import Alarm
from canh.kit import clock
from canh.occupancy import actions, overdue, queries, rules
from canh.occupancy.models import KeyLoan, Visit
from canh.sites.models import Panel
from tests.alarms.barehouse import office_hours
from tests.cast import Cast, make_cast
from tests.clock import stopped
from tests.watch import Night, data_folder, open_codes

AFTERNOON = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)  # a Monday, 15:00 in Hanoi
HOUR = 3600
TABLE = rules.Table(timedelta(hours=12), timedelta(days=90))


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped(AFTERNOON) as hands:
        yield Night(hands)


@pytest.fixture
def cast(night: Night) -> Cast:
    made = make_cast()
    office_hours(made, made.bank)  # until 17:00
    night.engine()
    return made


def later(night: Night, hours: float) -> None:
    night.hands.forward(hours * HOUR)
    night.engine()


def told() -> list[str]:
    return open_codes("key_not_returned", "visitor_not_out")


def test_a_key_not_returned_by_close_is_told(night: Night, cast: Cast) -> None:
    key = actions.add_key(cast.bank, cast.an, label="K1", opens="Cửa sau")
    loan = actions.lend(key, cast.binh, holder="Anh Bình")
    assert timezone.localtime(loan.due_at).time() == time(17)
    later(night, 1.9)
    assert told() == []
    later(night, 0.2)
    assert told() == ["key_not_returned"]
    assert Alarm.objects.get(code="key_not_returned").priority == 3
    later(night, 1)
    assert Alarm.objects.get(code="key_not_returned").count == 1  # told once
    assert actions.take_back(loan, cast.binh)
    assert not actions.take_back(loan, cast.binh)
    later(night, 0.01)
    assert told() == []


def test_it_stands_until_the_last_key_is_back(night: Night, cast: Cast) -> None:
    loans = [
        actions.lend(actions.add_key(cast.bank, cast.an, label=label), cast.binh, holder="Anh Bình")
        for label in ("K1", "K2")
    ]
    later(night, 3)
    actions.take_back(loans[0], cast.binh)
    later(night, 0.01)
    assert told() == ["key_not_returned"]
    actions.take_back(loans[1], cast.binh)
    later(night, 0.01)
    assert told() == []


def test_a_visitor_still_inside_at_close_is_told(night: Night, cast: Cast) -> None:
    visit = actions.sign_in(cast.bank, cast.binh, name="Chị Hoa", company="Thợ điện", badge=" a7 ")
    assert visit.badge == "A7"
    later(night, 2.1)
    assert told() == ["visitor_not_out"]
    assert actions.sign_out(visit, cast.binh)
    later(night, 0.01)
    assert told() == []


def test_signed_out_by_mistake(night: Night, cast: Cast) -> None:
    visit = actions.sign_in(cast.bank, cast.binh, name="Chị Hoa", badge="A7")
    actions.sign_out(visit, cast.binh)
    other = actions.sign_in(cast.bank, cast.binh, name="Anh Kha", badge="A7")
    with pytest.raises(ValidationError, match="Thẻ"):
        actions.sign_in_again(visit, cast.binh)
    actions.sign_out(other, cast.binh)
    actions.sign_in_again(visit, cast.binh)
    assert [v.name for v in queries.inside(cast.bank.id)] == ["Chị Hoa"]


def test_where_nobody_stated_hours_the_usual_time_holds(night: Night, cast: Cast) -> None:
    visit = actions.sign_in(cast.fund, cast.chi, name="Chị Hoa")
    assert visit.due_at - clock.now() == timedelta(hours=12)


def test_a_time_that_somebody_states_holds(night: Night, cast: Cast) -> None:
    key = actions.add_key(cast.bank, cast.an, label="K1")
    actions.lend(key, cast.binh, holder="Anh Bình", due_at=clock.now() + timedelta(minutes=10))
    later(night, 0.2)
    assert told() == ["key_not_returned"]
    other = actions.add_key(cast.bank, cast.an, label="K2")
    with pytest.raises(ValidationError):
        actions.lend(other, cast.binh, holder="Anh Bình", due_at=clock.now() - timedelta(minutes=1))


def test_a_key_is_in_one_hand_and_a_badge_on_one_person(night: Night, cast: Cast) -> None:
    key = actions.add_key(cast.bank, cast.an, label="K1")
    actions.lend(key, cast.binh, holder="Anh Bình")
    with pytest.raises(ValidationError, match="giữ chìa"):
        actions.lend(key, cast.binh, holder="Anh Kha")
    with pytest.raises(ValidationError, match="thu lại"):
        actions.retire_key(key, cast.an)
    with pytest.raises(ValidationError, match="chìa mang tên"):
        actions.add_key(cast.bank, cast.an, label=" K1 ")
    actions.sign_in(cast.bank, cast.binh, name="Chị Hoa", badge="1")
    with pytest.raises(ValidationError, match="thẻ"):
        actions.sign_in(cast.bank, cast.binh, name="Anh Kha", badge="1")
    assert actions.sign_in(cast.school, cast.chi, name="Anh Kha", badge="1").badge == "1"


def test_nothing_without_a_name(night: Night, cast: Cast) -> None:
    key = actions.add_key(cast.bank, cast.an, label="K1")
    with pytest.raises(ValidationError):
        actions.sign_in(cast.bank, cast.binh, name="  ")
    with pytest.raises(ValidationError):
        actions.add_key(cast.bank, cast.an, label=" ")
    with pytest.raises(ValidationError):
        actions.lend(key, cast.binh, holder=" ")


def test_a_crash_between_saying_and_marking_tells_once(
    night: Night, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.lend(actions.add_key(cast.bank, cast.an, label="K1"), cast.binh, holder="Anh Bình")
    night.hands.forward(3 * HOUR)
    with monkeypatch.context() as broken:
        broken.setattr(overdue.transaction, "atomic", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            overdue.tell_late(clock.now(), 100)
    later(night, 0.01)
    assert told() == ["key_not_returned"]
    assert Alarm.objects.get(code="key_not_returned").count == 1


def test_premises_that_lost_their_device_still_list_what_is_late(night: Night, cast: Cast) -> None:
    loan = actions.lend(actions.add_key(cast.bank, cast.an, label="K1"), cast.binh, holder="Anh Bình")
    Panel.objects.filter(site=cast.bank).update(retired_at=clock.now())
    later(night, 3)
    assert told() == []
    assert queries.loans_out(cast.bank.id)[loan.key_id].due_at < clock.now()


def test_names_are_forgotten_in_time_and_not_before(night: Night, cast: Cast) -> None:
    gone = actions.sign_in(cast.bank, cast.binh, name="Chị Hoa", company="Thợ điện", host="Bà An")
    actions.sign_out(gone, cast.binh)
    stays = actions.sign_in(cast.bank, cast.binh, name="Anh Kha", due_at=clock.now() + timedelta(days=2))
    loan = actions.lend(actions.add_key(cast.bank, cast.an, label="K1"), cast.binh, holder="Anh Bình")
    actions.take_back(loan, cast.binh)
    held = actions.lend(actions.add_key(cast.bank, cast.an, label="K2"), cast.binh, holder="Anh Tú")
    later(night, 24 * 89)
    assert Visit.objects.get(id=gone.id).name == "Chị Hoa"
    later(night, 24 * 2)
    row = Visit.objects.get(id=gone.id)
    assert (row.name, row.company, row.host) == ("", "", "")
    assert KeyLoan.objects.get(id=loan.id).holder == ""
    assert Visit.objects.get(id=stays.id).name == "Anh Kha"  # inside, and due until a moment ago
    assert KeyLoan.objects.get(id=held.id).holder == "Anh Tú"
    later(night, 24 * 2)
    assert Visit.objects.get(id=stays.id).name == ""
    assert KeyLoan.objects.get(id=held.id).holder == "Anh Tú"


# ── Pure ─────────────────────────────────────────────────────────────────


def test_due_when_the_premises_close_else_after_the_usual_time() -> None:
    closes = AFTERNOON + timedelta(hours=2)
    assert rules.due_at(AFTERNOON, closes, TABLE) == closes
    assert rules.due_at(AFTERNOON, AFTERNOON, TABLE) == AFTERNOON + timedelta(hours=12)
    assert rules.due_at(AFTERNOON, None, TABLE) == AFTERNOON + timedelta(hours=12)


@given(st.lists(st.integers(1, 50), unique=True), st.dictionaries(st.integers(1, 60), st.sampled_from(
    ["safe", "help", "away"])))  # fmt: skip
def test_everybody_on_the_roll_stands_in_one_list(asked: list[int], answers: dict[int, str]) -> None:
    found = rules.roll(asked, answers)
    assert sorted([*found.missing, *found.help, *found.safe, *found.away]) == sorted(asked)
    assert all(one not in answers for one in found.missing)
    assert found.is_complete == all(answers.get(one) in {"safe", "away"} for one in asked)

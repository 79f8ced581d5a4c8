"""Signing in: right, wrong, too often; and who sees what, when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from canh.accounts import actions, queries, rules
from canh.accounts.models import LoginFailure
from canh.accounts.terms import Role
from canh.audit.models import Line
from tests.cast import Cast
from tests.clock import START, stopped

PASSWORD = "canh-giu-cho-pho-1919"


@pytest.fixture
def hoa(cast: Cast) -> str:
    actions.add_user(actor_id=None, username="Hoa", full_name="Trần Thị Hoa", password=PASSWORD)
    return "hoa"


def test_the_right_password_lets_in_and_is_hashed_with_argon2(hoa: str) -> None:
    user = actions.sign_in(" HOA ", PASSWORD, "10.0.0.1")
    assert user is not None
    assert user.username == "hoa"
    assert user.password.startswith("argon2$argon2id$")
    assert Line.objects.filter(action="user.sign_in", actor_id=user.id).count() == 1


def test_wrong_ones_do_not(hoa: str) -> None:
    assert actions.sign_in("hoa", "wrong-wrong-wrong", "10.0.0.1") is None
    assert actions.sign_in("nobody", PASSWORD, "10.0.0.1") is None
    assert not LoginFailure.objects.filter(key__contains="hoa").exists()  # names are kept as digests


def test_a_disabled_person_does_not_get_in(hoa: str, cast: Cast) -> None:
    actions.set_active(queries.user_by_name("hoa"), False, actor_id=cast.en.id)
    assert actions.sign_in("hoa", PASSWORD, "10.0.0.1") is None


def test_after_five_failures_even_the_right_password_waits(hoa: str) -> None:
    with stopped() as hands:
        for n in range(5):
            assert actions.sign_in("hoa", "wrong-wrong-wrong", f"10.0.0.{n}") is None
        with pytest.raises(actions.MustWait) as wait:
            actions.sign_in("hoa", PASSWORD, "10.0.0.99")
        assert wait.value.seconds == 10
        hands.forward(11)
        assert actions.sign_in("hoa", PASSWORD, "10.0.0.99") is not None
        assert actions.sign_in("hoa", PASSWORD, "10.0.0.99") is not None  # success clears the name


def test_one_address_cannot_try_many_names(cast: Cast) -> None:
    with stopped():
        for n in range(20):
            assert actions.sign_in(f"name{n}", PASSWORD, "10.0.0.7") is None
        with pytest.raises(actions.MustWait):
            actions.sign_in("name99", PASSWORD, "10.0.0.7")
        assert actions.sign_in("name99", PASSWORD, "10.0.0.8") is None


def test_the_wait_doubles_up_to_fifteen_minutes() -> None:
    def wait(count: int) -> int:
        return rules.wait_s([START - timedelta(seconds=1)] * count, 5, START)

    assert [wait(n) for n in (4, 5, 6, 7, 40)] == [0, 9, 19, 39, 899]
    assert rules.wait_s([START - timedelta(minutes=16)] * 40, 5, START) == 0


@pytest.mark.parametrize("password", ["short", "1234567890", "password123", "trần thị hoa"])
def test_weak_passwords_are_refused(hoa: str, password: str) -> None:
    with pytest.raises(ValidationError):
        actions.set_password(queries.user_by_name("hoa"), password, actor_id=None)


@pytest.mark.parametrize("name", ["", "a", "có dấu", "x" * 61, "a b", "<script>"])
def test_user_names_are_plain(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError):
        actions.add_user(actor_id=None, username=name, full_name="X", password=None)


class TestWhoSeesWhat:
    def test_a_role_holds_from_its_beginning_to_its_end(self, cast: Cast) -> None:
        with stopped() as hands:
            actions.assign(actor_id=None, user=cast.la, role=Role.OPERATOR, unit=cast.schools)
            assert queries.viewer(cast.la).has(Role.OPERATOR)
            hands.forward(3600)
            actions.end_assignment(cast.la.assignments.get(), actor_id=cast.en.id)
            assert queries.viewer(cast.la) == queries.NOBODY

    def test_people_who_see_the_same_are_equal(self, cast: Cast) -> None:
        other = cast.person(Role.OPERATOR, cast.banking)
        assert queries.viewer(other) == queries.viewer(cast.dung)
        assert queries.viewer(other) != queries.viewer(cast.chi)

    def test_a_role_needs_a_place_unless_it_is_for_everything(self, cast: Cast) -> None:
        with pytest.raises(ValidationError):
            actions.assign(actor_id=None, user=cast.la, role=Role.OPERATOR)
        actions.assign(actor_id=None, user=cast.la, role=Role.AUDITOR)
        assert queries.viewer(cast.la).sees_all

    def test_a_disabled_person_sees_nothing(self, cast: Cast) -> None:
        actions.set_active(cast.chi, False, actor_id=cast.en.id)
        assert queries.viewer(cast.chi) == queries.NOBODY

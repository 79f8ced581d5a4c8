"""Who is on duty: entered by hand, found by place and time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from canh.accounts.queries import viewer
from canh.audit.models import Line
from canh.guards.actions import Place, add_duty, remove_duty
from canh.guards.models import Duty
from canh.guards.queries import on_duty, running_and_coming, visible_to
from canh.kit import clock
from tests.cast import Cast
from tests.clock import Hands, stopped

HOUR = timedelta(hours=1)


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


def test_the_nearest_first_and_the_leader_before_the_guard(hands: Hands, cast: Cast) -> None:
    now = clock.now()
    add_duty(Place(unit=cast.city), cast.chi, "on_call", now - HOUR, now + HOUR, by=cast.en)
    add_duty(Place(site=cast.bank), cast.binh, "guard", now - HOUR, now + HOUR, by=cast.en)
    add_duty(Place(site=cast.bank), cast.an, "leader", now - HOUR, now + HOUR, by=cast.en)
    add_duty(Place(site=cast.fund), cast.dung, "guard", now - HOUR, now + HOUR, by=cast.en)
    found = [(d.user_id, d.level) for d in on_duty(cast.bank, now)]
    assert found == [(cast.an.id, 0), (cast.binh.id, 0), (cast.chi.id, 3)]
    assert [d.user_id for d in on_duty(cast.school, now)] == [cast.chi.id]


def test_from_the_first_moment_to_before_the_last(hands: Hands, cast: Cast) -> None:
    now = clock.now()
    add_duty(Place(site=cast.bank), cast.binh, "guard", now + HOUR, now + 2 * HOUR, by=cast.en)
    moments = (now + HOUR - timedelta(seconds=1), now + HOUR, now + 2 * HOUR - timedelta(seconds=1), now + 2 * HOUR)
    assert [len(on_duty(cast.bank, at)) for at in moments] == [0, 1, 1, 0]


def test_who_is_shut_out_is_nobody_to_call(hands: Hands, cast: Cast) -> None:
    now = clock.now()
    add_duty(Place(site=cast.bank), cast.binh, "guard", now - HOUR, now + HOUR, by=cast.en)
    cast.binh.is_active = False
    cast.binh.save()
    assert on_duty(cast.bank, now) == []
    with pytest.raises(ValidationError):
        add_duty(Place(site=cast.school), cast.binh, "guard", now, now + HOUR, by=cast.en)


def test_the_same_in_the_weeks_that_follow(hands: Hands, cast: Cast) -> None:
    now = clock.now()
    made = add_duty(Place(site=cast.bank), cast.binh, "guard", now, now + HOUR, by=cast.en, weeks=3)
    assert [d.starts_at - now for d in made] == [timedelta(weeks=n) for n in range(4)]
    with pytest.raises(ValidationError, match="ca trực"):  # one week of them meets what is there: none is written
        add_duty(Place(site=cast.bank), cast.binh, "guard", now - timedelta(weeks=0, minutes=30),
                 now + HOUR / 2, by=cast.en, weeks=2)  # fmt: skip
    assert Duty.objects.count() == 4


@pytest.mark.parametrize(("begin", "end"), [(1, 1), (2, 1), (0, 24 * 8), (-3, -2)])
def test_what_can_only_be_a_slip_is_refused(hands: Hands, cast: Cast, begin: int, end: int) -> None:
    now = clock.now()
    with pytest.raises(ValidationError):
        add_duty(Place(site=cast.bank), cast.binh, "guard", now + begin * HOUR, now + end * HOUR, by=cast.en)


def test_taken_back_what_was_stays_known(hands: Hands, cast: Cast) -> None:
    now = clock.now()
    (running,) = add_duty(Place(site=cast.bank), cast.binh, "guard", now - HOUR, now + HOUR, by=cast.en)
    (coming,) = add_duty(Place(site=cast.bank), cast.an, "guard", now + HOUR, now + 2 * HOUR, by=cast.en)
    for duty in (running, coming, coming):
        remove_duty(duty, by=cast.en)
    assert on_duty(cast.bank, now) == []
    assert len(on_duty(cast.bank, now - HOUR / 2)) == 1
    assert list(running_and_coming(viewer(cast.chi), now)) == []
    assert list(Line.objects.filter(action__startswith="duty.").values_list("action", flat=True)) == [
        "duty.add", "duty.add", "duty.remove", "duty.remove",
    ]  # fmt: skip


def test_only_of_premises_one_answers_for(hands: Hands, cast: Cast) -> None:
    now = clock.now()
    add_duty(Place(site=cast.school), cast.an, "guard", now, now + HOUR, by=cast.en)
    add_duty(Place(unit=cast.banking), cast.dung, "on_call", now, now + HOUR, by=cast.en)
    assert [visible_to(viewer(p)).count() for p in (cast.chi, cast.dung, cast.an, cast.la)] == [2, 1, 0, 0]

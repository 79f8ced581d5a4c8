"""Premises on test: said by whom, until when, and never for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from canh.audit.models import Line
from canh.kit import clock
from canh.sites import actions, queries
from canh.sites.models import OnTest, Zone
from canh.sites.steps import EndTests
from tests.cast import Cast
from tests.clock import START, stopped


def test_it_ends_by_itself_at_the_time_that_was_said(cast: Cast) -> None:
    with stopped() as hands:
        test = actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=30, reason="Thay cảm biến")
        step = EndTests()
        hands.forward(30 * 60 - 1)
        assert not step()
        assert list(queries.running_tests([cast.bank.id])) == [test]
        hands.forward(1)
        assert step()
        assert not queries.running_tests([cast.bank.id]).exists()
        hands.forward(2)
        assert not step()
    test.refresh_from_db()
    assert (test.ended_at, test.ended_by) == (START + timedelta(minutes=30), None)
    assert [(a.action, a.actor_id) for a in Line.objects.filter(action__startswith="test.").order_by("id")] == [
        ("test.start", cast.chi.id), ("test.end", None)
    ]  # fmt: skip


def test_an_engine_that_was_away_ends_it_as_of_the_time_that_was_said(cast: Cast) -> None:
    with stopped() as hands:
        test = actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=30, reason="Thay cảm biến")
        hands.forward(3 * 3600)
        EndTests()()
        test.refresh_from_db()
        assert test.ended_at == START + timedelta(minutes=30)


def test_a_person_ends_it_early_and_once(cast: Cast) -> None:
    test = actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=30, reason="Thay cảm biến")
    actions.take_off_test(test, actor_id=cast.chi.id)
    actions.take_off_test(test, actor_id=cast.chi.id)
    assert Line.objects.filter(action="test.end").count() == 1


@pytest.mark.parametrize("minutes", [0, -5, 12 * 60 + 1])
def test_it_cannot_last_for_nothing_or_for_days(cast: Cast, minutes: int) -> None:
    with pytest.raises(ValidationError, match="12"):
        actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=minutes, reason="Thay cảm biến")


def test_it_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(ValidationError) as caught:
        actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=5, reason="  ")
    assert "reason" in caught.value.message_dict


def test_again_prolongs_it(cast: Cast) -> None:
    with stopped() as hands:
        first = actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=30, reason="Thay cảm biến")
        hands.forward(20 * 60)
        again = actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=30, reason="Thay cảm biến")
    assert (again.id, again.until_at) == (first.id, START + timedelta(minutes=50))
    assert Line.objects.filter(action="test.extend").count() == 1


def test_spans_tell_what_a_signal_belongs_to(cast: Cast) -> None:
    zone = Zone.objects.get(panel=cast.bank_panel, number=2)
    with stopped() as hands:
        actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, zone=zone, minutes=30, reason="Thay cảm biến")
        test = actions.put_on_test(actor_id=cast.chi.id, site=cast.school, minutes=30, reason="Bảo trì")
        hands.forward(60)
        actions.take_off_test(test, actor_id=cast.chi.id)
        spans = queries.test_spans(START)
        later = clock.now()
    bank, school = sorted(spans, key=lambda s: s.site_id != cast.bank.id)
    assert bank.covers(cast.bank.id, zone.id, START)
    assert not bank.covers(cast.bank.id, None, START)
    assert not bank.covers(cast.bank.id, zone.id, START - timedelta(seconds=1))
    assert not bank.covers(cast.bank.id, zone.id, START + timedelta(minutes=30))
    assert school.covers(cast.school.id, None, START)
    assert not school.covers(cast.school.id, None, later)
    assert not school.covers(cast.bank.id, None, START)


def test_two_running_tests_of_one_place_are_impossible(cast: Cast) -> None:
    for zone in (None, Zone.objects.get(panel=cast.bank_panel, number=2)):
        facts = {"site": cast.bank, "zone": zone, "reason": "x", "started_at": START,
                 "until_at": START + timedelta(hours=1)}  # fmt: skip
        OnTest.objects.create(**facts)
        with pytest.raises(IntegrityError), transaction.atomic():
            OnTest.objects.create(**facts)

"""The page of exercises."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.alarms import actions_drills, queries_drills, rules_drills
from canh.console.kpi.drills import SCENES
from canh.drill.exercise import playable
from tests.cast import Cast
from tests.clock import START, Hands, stopped

Enter = Callable[[User], Client]


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


def test_every_scene_has_a_name() -> None:
    assert {scene.id for scene in playable()} <= set(SCENES)


def test_figures_stand_beside_what_was_wanted(hands: Hands, cast: Cast, enter: Enter) -> None:
    run, _made = actions_drills.begin_drill(cast.bank, "hold_up_at_counter", actor_id=cast.chi.id)
    head = enter(cast.chi)
    assert "đang chạy" in head.get(reverse("drills")).content.decode()
    sent = [rules_drills.Sent(START, START)]
    actions_drills.end_drill(run, rules_drills.score(sent, [], queries_drills.drill_table(START.date())))
    page = head.get(reverse("drills")).content.decode()
    assert "Báo cướp tại quầy" in page
    assert page.count("tag-bad") == 4  # all but the receiver's answer
    stranger = cast.person(Role.OPERATOR, cast.schools)
    assert cast.bank.name not in enter(stranger).get(reverse("drills")).content.decode()


def test_the_list_costs_the_same_for_any_number(
    hands: Hands, cast: Cast, enter: Enter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    head = enter(cast.chi)
    for n in range(6):
        run, _made = actions_drills.begin_drill(cast.bank, "hold_up_at_counter", actor_id=None)
        actions_drills.end_drill(run, [])
        if n in {0, 5}:
            head.get(reverse("drills"))
            with django_assert_num_queries(5):
                head.get(reverse("drills"))

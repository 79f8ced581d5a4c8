"""The pages of routines: what they say, what they hide, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.alarms import actions_routines as acts
from canh.alarms import rules_routines
from canh.alarms.models_routines import Clear, CrewVisit, Holder
from canh.alarms.queries_routines import rule_of
from canh.kit import clock
from canh.sites import actions as sites
from tests.alarms.barehouse import ringing
from tests.cast import Cast, make_cast
from tests.clock import stopped
from tests.senders import entry
from tests.watch import Night, data_folder

Enter = Callable[[User], Client]


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped() as hands:
        yield Night(hands)


@pytest.fixture
def cast(night: Night) -> Cast:
    return make_cast()


@pytest.fixture
def codes(cast: Cast) -> dict[str, str]:
    made = {
        name: acts.add_holder(cast.bank, cast.chi, name, number)[1] for name, number in (("Mai", "1"), ("Nam", "2"))
    }
    acts.set_rule(cast.bank, cast.chi, asks_all_clear=True, all_clear_min=None, asks_vault_second=False)
    return made


def opened(night: Night) -> None:
    night.arrives(entry("1001", "OP", user="1"))
    night.hands.forward(2)
    night.engine()


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def test_a_code_is_shown_once_and_never_again(cast: Cast, enter: Enter) -> None:
    head = enter(cast.chi)
    answer = head.post(reverse("routine-holder", args=[cast.bank.id]), {"name": "Trần Mai", "user_number": "07"})
    code = re.search(r'class="secret">(\d{6})<', text(answer))
    assert code
    assert "no-store" in answer["Cache-Control"]
    assert code[1] not in text(head.get(reverse("routine-setup", args=[cast.bank.id])))
    assert Holder.objects.get().user_number == "7"


def test_two_must_have_a_code_before_an_opening_asks_for_one(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.chi).post(reverse("routine-rule", args=[cast.bank.id]), {"asks_all_clear": "on"})
    assert answer.status_code == 422
    assert "Hãy cấp mã cho hai người trước" in text(answer)
    assert not rule_of(cast.bank.id).asks_all_clear


def test_the_page_says_the_same_with_a_duress_code(
    night: Night, cast: Cast, codes: dict[str, str], enter: Enter
) -> None:
    opened(night)
    manager, url = enter(cast.an), reverse("routine-code", args=[cast.bank.id])
    seen = []
    for typed in (codes["Nam"], rules_routines.duress_of(codes["Nam"])):
        answer = manager.post(url, {"code": typed, "kind": "opening"}, follow=True)
        seen.append(re.sub(r"[A-Za-z0-9]{64}", "", text(answer)))  # without the token against forged forms
        night.engine()
        if typed == codes["Nam"]:
            assert ringing(cast.chi) == []
    assert seen[0] == seen[1]
    assert "Đã nhận." in seen[1]
    assert (ringing(cast.chi), Clear.objects.count()) == (["all_clear_duress"], 2)


def test_a_refused_code_is_not_shown_again(cast: Cast, codes: dict[str, str], enter: Enter) -> None:
    free = next(f"{n:05d}1" for n in range(99) if f"{n:05d}" not in {code[:-1] for code in codes.values()})
    answer = enter(cast.binh).post(reverse("routine-code", args=[cast.bank.id]), {"code": free, "kind": "opening"})
    assert answer.status_code == 422
    assert "Không ai ở đây có mã này" in text(answer)
    assert free not in text(answer)


def test_the_desk_types_the_code_of_who_calls(night: Night, cast: Cast, codes: dict[str, str], enter: Enter) -> None:
    opened(night)
    enter(cast.dung).post(reverse("routine-code", args=[cast.bank.id]), {"code": codes["Nam"], "kind": "opening"})
    assert Clear.objects.get().taken_by == cast.dung


def test_a_crew_is_announced_confirmed_and_refused(night: Night, cast: Cast, enter: Enter) -> None:
    begin = timezone.localtime(clock.now())
    visit = {
        "kind": "atm", "company": "Sao Mai", "plate": "29A-123.45", "people": "3",
        "from_at": f"{begin:%Y-%m-%dT%H:%M}", "until_at": f"{begin + timedelta(hours=1):%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    assert enter(cast.an).post(reverse("routine-visit", args=[cast.bank.id]), visit).status_code == 302
    guard, url = enter(cast.binh), reverse("routine-crew", args=[cast.bank.id])
    refused = guard.post(url, {"plate": "30F 999 99"})
    assert (refused.status_code, "Không cho ai vào" in text(refused)) == (422, True)
    night.engine()
    assert ringing(cast.chi) == ["crew_unknown"]
    assert "Có trong lịch: Sao Mai, 3 người" in text(guard.post(url, {"plate": "29a 123 45"}, follow=True))
    assert CrewVisit.objects.get().confirmed_by == cast.binh
    assert guard.post(reverse("routine-visit", args=[cast.bank.id]), visit).status_code == 403


def test_a_visit_that_ends_before_it_begins_keeps_what_was_typed(cast: Cast, enter: Enter) -> None:
    visit = {"kind": "atm", "company": "Sao Mai", "plate": "29A-123.45", "people": "3",
             "from_at": "2026-03-09T12:00", "until_at": "2026-03-09T11:00"}  # fmt: skip
    answer = enter(cast.an).post(reverse("routine-visit", args=[cast.bank.id]), visit)
    assert (answer.status_code, CrewVisit.objects.count()) == (422, 0)
    assert "Giờ kết thúc phải sau giờ bắt đầu" in text(answer)
    assert 'value="29A-123.45"' in text(answer)


def test_the_way_there(cast: Cast, codes: dict[str, str], enter: Enter) -> None:
    """A guard has it in the menu and is led to the only premises; the board of closings and the site lead there too."""
    guard = enter(cast.binh)
    assert guard.get(reverse("routines")).headers["Location"] == reverse("routine", args=[cast.bank.id])
    assert reverse("routines") in text(guard.get(reverse("routine", args=[cast.bank.id])))
    assert reverse("routines") in text(enter(cast.dung).get(reverse("closing")))
    assert reverse("routine-setup", args=[cast.bank.id]) in text(
        enter(cast.chi).get(reverse("site", args=[cast.bank.id]))
    )


def test_where_nothing_is_asked_the_list_says_how_to_begin(cast: Cast, enter: Enter) -> None:
    assert "Không trụ sở nào bạn thấy cần mã an toàn" in text(enter(cast.binh).get(reverse("routines")))


def test_the_list_costs_the_same_for_any_number(
    night: Night, cast: Cast, codes: dict[str, str], enter: Enter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    head = enter(cast.chi)
    head.get(reverse("routines") + "?all=1")
    with django_assert_num_queries(6):
        head.get(reverse("routines") + "?all=1")
    for n in range(20):
        site = sites.add_site(actor_id=None, unit_id=cast.bank_unit.id, name=f"Phòng giao dịch {n}", kind="bank_branch")
        for name in ("Mai", "Nam"):
            acts.add_holder(site, cast.chi, name)
        acts.set_rule(site, cast.chi, asks_all_clear=True, all_clear_min=None, asks_vault_second=False)
    with django_assert_num_queries(6):
        assert "Phòng giao dịch 19" in text(head.get(reverse("routines") + "?all=1"))

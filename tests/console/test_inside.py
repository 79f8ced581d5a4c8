"""The reception, the roll, and the page on the phone of staff."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.alarms.models import Alarm
from canh.console.occupancy import facts as inside_facts
from canh.console.quiet import HideLinks
from canh.occupancy import actions, queries
from canh.occupancy import actions_lockdown as lockdowns
from canh.occupancy.actions_lockdown import Actor
from canh.occupancy.models import Buttons, KeyLoan, Lockdown, Visit
from tests.alarms.barehouse import ringing
from tests.cast import Cast, make_cast
from tests.clock import stopped
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
def phone(cast: Cast) -> str:
    """The address on the phone of who leads the branch."""
    _member, secret = actions.add_member(cast.bank, cast.chi, name="Bà An", place="Quầy 1", is_leader=True)
    return reverse("here", args=[secret])


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def do(client: Client, phone: str, deed: str, **typed: str) -> object:
    return client.post(f"{phone}{deed}/", typed, follow=True)


# ── The phone ────────────────────────────────────────────────────────────


def test_a_call_for_help_needs_no_password_and_no_cookie(night: Night, cast: Cast, phone: str) -> None:
    stranger = Client(enforce_csrf_checks=True)
    assert "Gọi cứu" in text(stranger.get(phone))
    assert "Đúng, gọi cứu" in text(stranger.get(f"{phone}?ask=help"))
    assert Alarm.objects.count() == 0  # asking is not doing
    assert "Trực ban đã được báo." in text(do(stranger, phone, "help"))
    night.engine()
    assert ringing(cast.chi) == ["staff_panic"]
    assert not stranger.cookies


def test_a_page_that_lay_open_for_weeks_still_works(night: Night, cast: Cast, phone: str) -> None:
    night.hands.forward(60 * 86400)
    assert "Trực ban đã được báo." in text(do(Client(enforce_csrf_checks=True), phone, "help"))


def test_lockdown_answer_and_all_safe_by_phone(night: Night, cast: Cast, phone: str) -> None:
    _member, secret = actions.add_member(cast.bank, cast.chi, name="Thầy Minh")
    other, stranger = reverse("here", args=[secret]), Client(enforce_csrf_checks=True)
    assert "KHOÁ CỬA TRÚ ẨN" in text(do(stranger, phone, "lockdown"))
    page = text(do(stranger, other, "answer", kind="safe", people="30", note="Phòng 204"))
    assert "An toàn. Có thay đổi thì báo lại." in page
    assert "Chưa trả lời" not in page  # the roll is for who leads
    page = text(stranger.get(phone))
    assert "1 người chưa trả lời" in page
    assert "và 30 người nữa ở cùng" in page
    assert "phụ trách" in text(do(stranger, other, "safe"))
    assert "Đã an toàn: trực ban đã được báo." in text(do(stranger, phone, "safe"))
    night.hands.forward(2)
    night.engine()
    assert ringing(cast.chi) == []


def test_the_state_alone_is_asked_for_again(cast: Cast, phone: str) -> None:
    lockdowns.start_lockdown(cast.bank, Actor(user=cast.chi), is_drill=True)
    part = text(Client().get(phone, headers={"HX-Request": "true"}))
    assert "Diễn tập: khoá cửa trú ẩn" in part
    assert "<html" not in part


@pytest.mark.parametrize("kind", ["", "fine", "safe' OR 1=1"])
def test_an_answer_that_is_none_is_refused(cast: Cast, phone: str, kind: str) -> None:
    lockdowns.start_lockdown(cast.bank, Actor(user=cast.chi), is_drill=True)
    assert Client().post(f"{phone}answer/", {"kind": kind}).status_code == 422
    assert queries.roll_call(Lockdown.objects.get()).missing


def test_a_wrong_link_is_nobody(cast: Cast, phone: str) -> None:
    for address in ("/here/abc/", "/here/" + "x" * 3000 + "/", phone[:-2] + "/"):
        assert Client().get(address).status_code == 404
    assert Client().post("/here/abc/help/").status_code == 404
    assert Client().post(f"{phone}explode/").status_code == 404
    assert Client().get(f"{phone}help/").status_code == 405  # a link that is only looked at does nothing


def test_the_secret_of_a_link_stands_in_no_log(cast: Cast, phone: str) -> None:
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.addFilter(HideLinks())
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["links"]
    logging.getLogger("django.request").addHandler(handler)
    try:
        lockdowns.start_lockdown(cast.bank, Actor(user=cast.chi), is_drill=True)
        Client().post(f"{phone}answer/", {"kind": "fine"})
        Client().get(f"{phone}help/")
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert told.getvalue().count("/here/…/") == 2
    assert phone.split("/")[2] not in told.getvalue()


# ── The roll ─────────────────────────────────────────────────────────────


def test_who_has_not_answered_is_taken_down_by_telephone(night: Night, cast: Cast, phone: str, enter: Enter) -> None:
    visit = actions.sign_in(cast.bank, cast.binh, name="Chị Hoa")
    guard = enter(cast.binh)
    roll = reverse("lockdown", args=[cast.bank.id])
    assert "Chưa lần nào" in text(guard.get(roll))
    page = text(guard.post(reverse("lockdown-start", args=[cast.bank.id]), follow=True))
    assert "2 người chưa trả lời" in page
    run = Lockdown.objects.get()
    answer = reverse("lockdown-answer", args=[cast.bank.id, run.id])
    page = text(guard.post(answer, {"who": str(visit.id), "kind": "safe"}, follow=True))
    assert "1 người chưa trả lời" in page
    assert "Lê Văn Bình" in page
    assert guard.post(answer, {"who": "17", "kind": "safe"}).status_code == 404
    page = text(guard.post(reverse("lockdown-end", args=[cast.bank.id, run.id]), follow=True))
    assert "trực ban được báo" in page
    assert "lúc" in text(guard.get(f"{roll}?of={run.id}"))
    assert guard.get(f"{roll}?of=17").status_code == 404


def test_the_case_shows_the_roll(night: Night, cast: Cast, phone: str, enter: Enter) -> None:
    lockdowns.start_lockdown(cast.bank, Actor(user=cast.chi))
    night.engine()
    alarm = Alarm.objects.select_related("site").get()
    assert inside_facts.of_alarm(None, alarm)["roll"].missing[0].name == "Bà An"  # type: ignore[index, arg-type]
    page = text(enter(cast.dung).get(reverse("alarm", args=[alarm.id])))
    assert reverse("lockdown", args=[cast.bank.id]) in page
    assert "1 người chưa trả lời" in page


def test_an_exercise_says_so(night: Night, cast: Cast, phone: str, enter: Enter) -> None:
    page = text(enter(cast.an).post(reverse("lockdown-start", args=[cast.bank.id]), {"drill": "1"}, follow=True))
    assert "Diễn tập" in page
    night.engine()
    assert ringing(cast.chi) == []


# ── The reception ────────────────────────────────────────────────────────


def test_visitors_come_and_go(cast: Cast, enter: Enter) -> None:
    guard, site = enter(cast.binh), cast.bank.id
    typed = {"name": "  Chị   Hoa ", "kind": "contractor", "company": "Thợ điện", "badge": "a7"}
    page = text(guard.post(reverse("visit-in", args=[site]), typed, follow=True))
    assert "Chị Hoa đã vào." in page
    assert "Nhà thầu · Thợ điện · thẻ A7" in page
    page = text(guard.post(reverse("visit-in", args=[site]), {**typed, "name": "Anh Kha"}))
    assert "Người đang ở bên trong mang thẻ này." in page
    assert 'value="Anh Kha"' in page  # nothing typed is lost
    visit = Visit.objects.get()
    assert "Chị Hoa đã ra." in text(guard.post(reverse("visit-out", args=[site, visit.id]), follow=True))
    assert "Không có khách" not in text(guard.post(reverse("visit-again", args=[site, visit.id]), follow=True))


def test_the_list_for_a_spreadsheet_holds_no_formula(cast: Cast, enter: Enter) -> None:
    visit = actions.sign_in(cast.bank, cast.binh, name='=HYPERLINK("x")', company="Sao Mai")
    actions.sign_out(visit, cast.binh)
    answer = enter(cast.an).get(reverse("visits-csv", args=[cast.bank.id]))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith('"\'=HYPERLINK(""x"")",Khách,Sao Mai')


def test_keys_are_lent_and_come_back(cast: Cast, enter: Enter) -> None:
    manager, guard, site = enter(cast.an), enter(cast.binh), cast.bank.id
    manager.post(reverse("keyring-add", args=[site]), {"label": "K1", "opens": "Cửa sau"})
    key = queries.keys(site).get()
    page = text(guard.post(reverse("key-lend", args=[site, key.id]), {"holder": " "}))
    assert f'id="lend-{key.id}" aria-labelledby="lend-{key.id}-title" open' in page
    assert "Ô này không được để trống." in page
    page = text(guard.post(reverse("key-lend", args=[site, key.id]), {"holder": "Anh Kha"}, follow=True))
    assert "Anh Kha, từ" in page
    refused = text(manager.post(reverse("keyring-retire", args=[site, key.id]), follow=True))
    assert "hãy thu lại trước" in refused
    loan = KeyLoan.objects.get()
    assert "Chìa K1 đã trả." in text(guard.post(reverse("key-back", args=[site, loan.id]), follow=True))


def test_a_link_is_shown_once_with_its_code(cast: Cast, enter: Enter) -> None:
    manager = enter(cast.an)
    answer = manager.post(reverse("member-add", args=[cast.bank.id]), {"name": "Cô Nga", "is_leader": "on"})
    found = re.search(r'href="(http://testserver/here/[^"]+)"', text(answer))
    assert found
    assert "<svg" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert found[1] not in text(manager.get(reverse("inside-setup", args=[cast.bank.id])))
    assert "Cô Nga" in text(Client().get(found[1]))


def test_buttons_are_chosen_among_the_devices_of_the_premises(cast: Cast, enter: Enter) -> None:
    manager, address = enter(cast.an), reverse("lockdown-buttons", args=[cast.bank.id])
    panel = cast.bank_panel.id
    assert manager.post(address, {"lockdown": panel, "safe": panel}).status_code == 422
    assert manager.post(address, {"lockdown": cast.fund_panel.id}).status_code == 422
    manager.post(address, {"lockdown": panel})
    assert Buttons.objects.get().lockdown_id == panel


def test_a_full_house_costs_no_more_questions(
    cast: Cast, enter: Enter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(15):
        actions.add_member(cast.bank, cast.chi, name=f"Người {n}")
        actions.sign_in(cast.bank, cast.binh, name=f"Khách {n}")
        actions.lend(actions.add_key(cast.bank, cast.chi, label=f"K{n}"), cast.binh, holder="Anh Kha")
    lockdowns.start_lockdown(cast.bank, Actor(user=cast.chi), is_drill=True)
    head = enter(cast.chi)
    for name in ("inside-site", "lockdown", "inside-setup"):
        with django_assert_max_num_queries(17):
            head.get(reverse(name, args=[cast.bank.id]))
    with django_assert_max_num_queries(9):
        head.get(reverse("inside") + "?all=1")

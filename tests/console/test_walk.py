"""Stories of the installer: on test, walk, tick by tick, sign; and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.audit.models import Line
from canh.intake import actions_walks, queries_walks, rules
from canh.intake.models import Signal, WalkTest, WalkTick
from canh.kit import clock
from canh.sites import actions, queries
from tests.cast import Cast
from tests.clock import stopped
from tests.senders import copy, entry

Enter = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def khoa(cast: Cast) -> User:
    """The installer of the bank."""
    return cast.person(Role.INSTALLER, cast.bank_unit)


@pytest.fixture
def phone(khoa: User, enter: Enter) -> Client:
    return enter(khoa)


@pytest.fixture
def walk(cast: Cast, phone: Client) -> str:
    url = f"/walk/{cast.bank.id}/"
    assert phone.post(url, {"minutes": 60, "reason": "Nghiệm thu"}).headers["Location"] == url
    return url


def live(phone: Client, url: str) -> str:
    return phone.get(f"{url}live/", headers=HTMX).content.decode()


def test_the_installer_lands_on_their_own_page(cast: Cast, phone: Client) -> None:
    assert phone.get("/sign-in/").headers["Location"] == "/walk/"
    text = phone.get("/walk/", {"q": "hang bong"}).content.decode()
    assert "PGD Hàng Bông" in text
    assert "Ngô Sĩ Liên" not in phone.get("/walk/").content.decode()
    assert phone.get("/sites/").status_code == 403


def test_a_walk_puts_the_premises_on_test(cast: Cast, khoa: User, walk: str) -> None:
    test = queries.running_tests([cast.bank.id]).get()
    assert (test.started_by, test.reason) == (khoa, "Nghiệm thu")
    assert WalkTest.objects.get().started_by == khoa


def test_each_zone_ticks_as_its_signal_arrives(phone: Client, walk: str) -> None:
    assert "Còn 2 vùng" in live(phone, walk)
    copy(entry("1001", "BA", "2"))
    text = live(phone, walk)
    assert "Còn 1 vùng" in text
    assert 'class="is-ticked" data-zone="2"' in text
    copy(entry("1001", "HA", "1"))
    assert "Mọi vùng đã có tín hiệu" in live(phone, walk)


def test_of_several_panels_each_zone_names_its_own(cast: Cast, phone: Client, walk: str) -> None:
    assert "1001 ·" not in live(phone, walk), "one panel needs no name"
    actions.add_panel(site=cast.bank, account="1009", key_hex="", name="Tủ kho", zones=1, actor_id=None)
    copy(entry("1009", "BA", "1"))
    for text in (live(phone, walk), phone.get(f"{walk}sign/").content.decode()):
        assert "1001 ·" in text
    assert "Tủ kho 1009 ·" in live(phone, walk)


def test_nothing_new_moves_nothing(phone: Client, walk: str) -> None:
    import re

    copy(entry("1001", "BA", "2"))
    seen = re.search(r"seen=([^\"]+)\"", live(phone, walk))
    assert seen
    asked = f"{walk}live/?seen={seen[1]}"
    assert phone.get(asked, headers=HTMX).status_code == 204
    copy(entry("1001", "HA", "1"))
    assert phone.get(asked, headers=HTMX).status_code == 200


def test_what_came_before_the_walk_or_from_others_ticks_nothing(cast: Cast, phone: Client) -> None:
    url = f"/walk/{cast.bank.id}/"
    with stopped(clock.now()) as hands:
        copy(entry("1001", "BA", "2"))
        hands.forward(5)
        phone.post(url, {"minutes": 60, "reason": "Nghiệm thu"})
        copy(entry("1002", "BA", "2"), entry("1001", "BR", "2", turn="restore"))
        copy(entry("1001", "BA", "2", verdict="wrong_key"))
        assert "Còn 2 vùng" in live(phone, url)


def test_a_button_that_reports_a_burglary_is_wrong(phone: Client, walk: str) -> None:
    copy(entry("1001", "BA", "1"))
    text = live(phone, walk)
    assert "Còn 2 vùng" in text
    assert "xem lại cách lập trình vùng" in text
    copy(entry("1001", "HA", "1"))
    assert "xem lại cách lập trình vùng" not in live(phone, walk)


def test_a_zone_nobody_entered_is_shown(phone: Client, walk: str) -> None:
    copy(entry("1001", "BA", "17"))
    text = live(phone, walk)
    assert "không có trong sổ" in text
    assert "17" in text


@pytest.mark.parametrize(
    ("use", "kind", "proves"),
    [("hold_up", "hold_up", True), ("hold_up", "panic", True), ("hold_up", "intrusion", False),
     ("hold_up", "test", False), ("fire", "fire", True), ("fire", "intrusion", False), ("vault", "intrusion", True),
     ("interior", "hold_up", False), ("interior", "test", True), ("interior", "open_close", False),
     ("technical", "power", True), ("technical", "fire", False)],
)  # fmt: skip
def test_what_proves_a_zone(use: str, kind: str, proves: bool) -> None:
    assert rules.proves_zone(use, kind) is proves


def test_the_browser_may_be_closed(phone: Client, khoa: User, enter: Enter, walk: str) -> None:
    copy(entry("1001", "BA", "2"))
    again = enter(khoa).get(walk).content.decode()
    assert 'class="is-ticked" data-zone="2"' in again


def test_beginning_again_goes_on_with_the_same_walk(phone: Client, walk: str) -> None:
    copy(entry("1001", "BA", "2"))
    phone.post(walk, {"minutes": 120, "reason": "Nghiệm thu"})
    assert WalkTest.objects.count() == 1
    assert "Còn 1 vùng" in live(phone, walk)


# ── The sheet ────────────────────────────────────────────────────────────


def test_the_sheet_holds_each_zone_with_its_proof(cast: Cast, khoa: User, phone: Client, walk: str) -> None:
    copy(entry("1001", "HA", "1"), entry("1001", "BA", "2"), entry("1001", "BA", "17"))
    where = phone.post(f"{walk}sign/", {"name": "Trần Văn Khoa", "note": "Đủ"}).headers["Location"]
    signed = WalkTest.objects.get()
    assert (signed.signed_by, signed.signed_name, len(signed.digest)) == (khoa, "Trần Văn Khoa", 64)
    assert not queries.running_tests([cast.bank.id]).exists()
    assert Line.objects.get(action="walk.sign").detail == {
        "site": cast.bank.id, "digest": signed.digest, "heard": 2, "not_tested": 0}  # fmt: skip
    text = phone.get(where).content.decode()
    for words in ("BIÊN BẢN NGHIỆM THU", "Độc lập - Tự do - Hạnh phúc", "Nút khẩn quầy 2", "Kho quỹ",
                  "Trần Văn Khoa", signed.digest, "III."):  # fmt: skip
        assert words in text
    signal = Signal.objects.get(zone_number="2")
    assert bytes(signal.hash or b"").hex()[:16] in text
    assert actions_walks.is_as_signed(signed)


def test_what_was_not_heard_needs_a_reason(cast: Cast, phone: Client, walk: str) -> None:
    copy(entry("1001", "HA", "1"))
    vault = cast.bank_panel.zones.get(number=2)
    answer = phone.post(f"{walk}sign/", {"name": "Trần Văn Khoa"})
    assert "ghi lý do chưa thử" in answer.content.decode()
    assert not WalkTick.objects.exists()
    where = phone.post(f"{walk}sign/", {"name": "Trần Văn Khoa", f"zone-{vault.id}": "Kho khóa"}).headers["Location"]
    assert "Kho khóa" in phone.get(where).content.decode()
    assert WalkTick.objects.get(zone=vault).signal is None


@pytest.mark.parametrize("name", ["", "  ", "ab"])
def test_nobody_signs_without_a_name(phone: Client, walk: str, name: str) -> None:
    copy(entry("1001", "HA", "1"), entry("1001", "BA", "2"))
    assert "Hãy ghi đủ họ và tên" in phone.post(f"{walk}sign/", {"name": name}).content.decode()
    assert not WalkTest.objects.filter(signed_at__isnull=False).exists()


def test_a_sheet_changed_afterwards_says_so(phone: Client, walk: str) -> None:
    copy(entry("1001", "HA", "1"), entry("1001", "BA", "2"))
    where = phone.post(f"{walk}sign/", {"name": "Trần Văn Khoa"}).headers["Location"]
    WalkTick.objects.filter(zone_number="2").update(zone_name="Sân sau")
    assert "không còn đúng với nội dung đã ký" in phone.get(where).content.decode()


def test_a_sheet_is_signed_once(cast: Cast, phone: Client, walk: str) -> None:
    copy(entry("1001", "HA", "1"), entry("1001", "BA", "2"))
    for _ in range(2):
        phone.post(f"{walk}sign/", {"name": "Trần Văn Khoa"})
    assert WalkTest.objects.filter(signed_at__isnull=False).count() == 1
    assert WalkTick.objects.count() == 2


def test_given_up_leaves_no_sheet(cast: Cast, phone: Client, walk: str) -> None:
    phone.post(f"{walk}give-up/")
    assert queries_walks.running_walk(cast.bank.id) is None
    assert not queries.running_tests([cast.bank.id]).exists()
    assert "Bắt đầu" in phone.get(walk).content.decode()


def test_managers_and_the_desk_read_the_sheet(cast: Cast, enter: Enter, phone: Client, walk: str) -> None:
    copy(entry("1001", "HA", "1"), entry("1001", "BA", "2"))
    where = phone.post(f"{walk}sign/", {"name": "Trần Văn Khoa"}).headers["Location"]
    for reader in (cast.an, cast.chi, cast.dung):
        assert enter(reader).get(where).status_code == 200
    assert enter(cast.person(Role.SITE_MANAGER, cast.schools)).get(where).status_code == 404
    assert enter(cast.an).post(walk, {"minutes": 60, "reason": "x"}).status_code == 404
    assert where in enter(cast.dung).get(f"/sites/{cast.bank.id}/").content.decode()


# ── On test without a walk ───────────────────────────────────────────────


def test_on_and_off_test_from_the_page_of_the_site(cast: Cast, enter: Enter) -> None:
    chi = enter(cast.chi)
    base = f"/sites/{cast.bank.id}/"
    chi.post(f"/walk/{cast.bank.id}/test/", {"minutes": 30, "reason": "Thay cảm biến"})
    text = chi.get(base).content.decode()
    assert "Nguyễn Thị Chi" in text
    assert "Thay cảm biến" in text
    listed = chi.get("/walk/tests/").content.decode()
    assert "Thay cảm biến" in listed
    assert "Thay cảm biến" not in enter(cast.person(Role.OPERATOR, cast.schools)).get("/walk/tests/").content.decode()
    test = queries.running_tests([cast.bank.id]).get()
    chi.post(f"/walk/{cast.bank.id}/test/{test.id}/end/", {"from": "tests"})
    assert not queries.running_tests([cast.bank.id]).exists()
    assert "Không nơi nào đang kiểm tra" in chi.get("/walk/tests/").content.decode()


def test_a_test_without_a_reason_is_refused(cast: Cast, enter: Enter) -> None:
    enter(cast.chi).post(f"/walk/{cast.bank.id}/test/", {"minutes": 30, "reason": " "})
    assert not queries.running_tests([cast.bank.id]).exists()


# ── Budgets ──────────────────────────────────────────────────────────────


def test_the_list_and_the_walk_cost_the_same_for_many(
    cast: Cast, phone: Client, walk: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(60):
        actions.add_site(actor_id=None, unit_id=cast.bank_unit.id, name=f"Điểm {n:03d}", kind="bank_branch")
        actions.add_zone(actor_id=None, panel=cast.bank_panel, number=100 + n, name=f"Phòng {n}", use="interior")
    for n in range(60):
        copy(entry("1001", "BA", str(100 + n)))
    with django_assert_max_num_queries(10):
        phone.get("/walk/")
    with django_assert_max_num_queries(10):
        assert "Còn 2 vùng" in live(phone, walk)
    with stopped(clock.now() + timedelta(seconds=1)), django_assert_max_num_queries(60):
        reasons = {f"zone-{z.id}": "Phòng khóa" for z in cast.bank_panel.zones.filter(number__lt=100)}
        assert phone.post(f"{walk}sign/", {"name": "Trần Văn Khoa", **reasons}).status_code == 302

"""Stories of the register: find premises, add them, add a panel in under a minute, and see it report."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts import actions as accounts
from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.audit.models import Line
from canh.intake.actions import note_heard
from canh.intake.journal import Heard
from canh.kit import clock
from canh.sites import actions, queries
from canh.sites.models import Contact, Device, Panel, Site, Zone
from tests.cast import BANK_KEY, Cast
from tests.clock import stopped
from tests.console.desk.scenes import raise_alarm
from tests.senders import copy, entry

Enter = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def chi(cast: Cast, enter: Enter) -> Client:
    """The security head at her browser."""
    return enter(cast.chi)


def names(answer: Any) -> list[str]:
    return [row.site.name for row in answer.context["rows"]]


# ── The list ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", ["hang bong", "HÀNG BÔNG", "bong hang", "44 hang", "1001", "pgd"])
def test_premises_are_found_without_marks_in_any_order(chi: Client, words: str) -> None:
    assert names(chi.get("/sites/", {"q": words})) == ["PGD Hàng Bông"]


def test_searching_dong_da_finds_dong_da(cast: Cast, chi: Client) -> None:
    actions.add_site(actor_id=None, unit_id=cast.bank_unit.id, name="PGD Đống Đa", kind="bank_branch")
    assert names(chi.get("/sites/", {"q": "dong da"})) == ["PGD Đống Đa"]


def test_typing_brings_the_rows_alone(chi: Client) -> None:
    text = chi.get("/sites/", {"q": "truong"}, headers=HTMX).content.decode()
    assert "Ngô Sĩ Liên" in text
    assert "<html" not in text


def test_filters_by_kind_and_area(cast: Cast, chi: Client) -> None:
    assert names(chi.get("/sites/", {"kind": "school"})) == ["Trường THCS Ngô Sĩ Liên"]
    assert len(names(chi.get("/sites/", {"area": cast.ward.id}))) == 3
    elsewhere = accounts.add_area(actor_id=None, name="Phường Tây Hồ", kind="ward")
    assert names(chi.get("/sites/", {"area": elsewhere.id})) == []
    for nonsense in ("x", "-1", "9" * 30):
        assert len(names(chi.get("/sites/", {"area": nonsense, "kind": nonsense, "page": nonsense}))) in {0, 3}


def test_nobody_finds_what_is_not_theirs(cast: Cast, enter: Enter) -> None:
    dung = enter(cast.dung)
    assert names(dung.get("/sites/")) == ["PGD Hàng Bông", "QTD nhân dân Phú Thượng"]
    assert names(dung.get("/sites/", {"q": "1002"})) == []
    assert "Ngô Sĩ Liên" not in body(dung.get("/sites/export.csv"))


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_open_alarms_and_last_signs_of_life_are_marked(cast: Cast, chi: Client) -> None:
    raise_alarm("1001", "HA")
    note_heard([Heard("sia", "1001", "L0", "10.0.0.1:1", clock.now_us())], queries.panel_places())
    bank, *others = chi.get("/sites/").context["rows"]
    assert (bank.priority, bank.heard_at is not None) == (1, True)
    assert [(row.priority, row.heard_at) for row in others] == [(None, None)] * 2


def test_an_empty_register_says_what_to_do(cast: Cast, enter: Enter) -> None:
    head = enter(cast.person(Role.SECURITY_HEAD, accounts.add_unit(actor_id=None, name="Mới", kind="agency")))
    text = head.get("/sites/").content.decode()
    assert "Chưa có trụ sở nào" in text
    assert 'href="/sites/add/"' in text


def test_the_file_holds_all_pages_and_no_formula(cast: Cast, chi: Client) -> None:
    actions.add_site(actor_id=None, unit_id=cast.bank_unit.id, name='=HYPERLINK("x")', kind="other")
    rows = list(csv.reader(io.StringIO(body(chi.get("/sites/export.csv")))))
    assert rows[0][0] == "Tên"
    assert sorted(row[0] for row in rows[1:])[0] == '\'=HYPERLINK("x")'
    assert len(rows) == 5
    assert next(row for row in rows if row[0] == "PGD Hàng Bông")[7] == "1001"


def test_names_are_text_never_markup(cast: Cast, chi: Client) -> None:
    actions.add_site(actor_id=None, unit_id=cast.bank_unit.id, name="<script>alert(1)</script>", kind="other")
    text = chi.get("/sites/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.fixture
def crowd(cast: Cast) -> Cast:
    """200 more premises, each with a panel, zones, a path and an open alarm on every tenth."""
    for n in range(200):
        site = actions.add_site(actor_id=None, unit_id=cast.bank_unit.id, name=f"Điểm {n:03d}", kind="bank_branch")
        actions.add_panel(actor_id=None, site=site, account=f"B{n:03d}", zones=1)
    heard = [Heard("sia", f"B{n:03d}", "L0", "10.0.0.1:1", clock.now_us()) for n in range(200)]
    note_heard(heard, queries.panel_places())
    return cast


def test_the_list_costs_few_queries(
    crowd: Cast, chi: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        answer = chi.get("/sites/")
    assert len(answer.context["rows"]) == 50
    assert answer.context["page"].paginator.num_pages == 5
    assert "page=2" in answer.content.decode()


# ── One site ─────────────────────────────────────────────────────────────


def busy_bank(cast: Cast, count: int = 200) -> None:
    for n in range(3, count):
        actions.add_zone(actor_id=None, panel=cast.bank_panel, number=n, name=f"Vùng {n}", use="interior")
        actions.add_device(actor_id=None, site=cast.bank, zone=None, kind="motion", name=f"Đầu báo {n}")
        actions.add_contact(actor_id=None, site=cast.bank, name=f"Người {n}", phone="0900")
    copy(*[entry("1001", "BA", str(n)) for n in range(3, count)])
    raise_alarm("1001", "HA")


def test_the_page_of_a_site_costs_few_queries(
    cast: Cast, enter: Enter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    busy_bank(cast)
    for user in (cast.chi, cast.dung, cast.en):
        client = enter(user)
        with django_assert_max_num_queries(24):
            assert client.get(f"/sites/{cast.bank.id}/").status_code == 200


def test_the_page_tells_what_happened_in_words(cast: Cast, enter: Enter) -> None:
    raise_alarm("1001", "HA", "1")
    text = enter(cast.dung).get(f"/sites/{cast.bank.id}/").content.decode()
    assert "Báo cướp — Nút khẩn quầy 2" in text
    assert "44 Hàng Bông" in text
    assert "Chưa có tin nào" not in text
    assert "Chưa có tin nào" in enter(cast.dung).get(f"/sites/{cast.fund.id}/").content.decode()


def test_an_operator_looks_and_is_offered_nothing_to_change(cast: Cast, enter: Enter) -> None:
    text = enter(cast.dung).get(f"/sites/{cast.bank.id}/").content.decode()
    for offered in ("/change/", "/add/", "/retire/", "/key/", "/zones/"):
        assert offered not in text


def test_a_wrong_clock_is_told(cast: Cast, chi: Client) -> None:
    note_heard([Heard("sia", "1001", "L0", "10.0.0.1:1", clock.now_us(), -95_000)], queries.panel_places())
    assert "đồng hồ chậm 95 giây" in chi.get(f"/sites/{cast.bank.id}/").content.decode()


# ── Add and change a site ────────────────────────────────────────────────


def form_of(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"name": "PGD Hàng Gai", "kind": "bank_branch", "unit": cast.bank_unit.id, "address": "2 Hàng Gai", **more}


def test_a_site_is_added_with_its_position(cast: Cast, chi: Client) -> None:
    answer = chi.post("/sites/add/", form_of(cast, lat="21.0325", lon="105.8495", area=cast.ward.id))
    site = Site.objects.get(name="PGD Hàng Gai")
    assert answer.headers["Location"] == f"/sites/{site.id}/"
    assert (site.lat, site.lon, site.area_id) == (21.0325, 105.8495, cast.ward.id)
    assert "đã vào sổ" in chi.get(f"/sites/{site.id}/").content.decode()
    assert "đã vào sổ" not in chi.get(f"/sites/{site.id}/").content.decode(), "said once"


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("21,0325", "105,8495"), ("21.0325, 105.8495", ""), ("21.0325;105.8495", ""), (" 21.0325 ", "105.8495")],
)
def test_degrees_as_people_write_or_paste_them(cast: Cast, chi: Client, lat: str, lon: str) -> None:
    chi.post("/sites/add/", form_of(cast, lat=lat, lon=lon))
    site = Site.objects.get(name="PGD Hàng Gai")
    assert (site.lat, site.lon) == (21.0325, 105.8495)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "A" * 300}, "name"),
        ({"name": "PGD Hàng Bông"}, "name"),
        ({"kind": "castle"}, "kind"),
        ({"unit": 7}, "unit"),
        ({"lat": "north", "lon": "105"}, "lat"),
        ({"lat": "121", "lon": "105"}, "lat"),
        ({"lat": "105.85, 21.03"}, "lat"),
        ({"lat": "21.03"}, "lon"),
        ({"lat": "nan", "lon": "inf"}, "lat"),
        ({"address": "A" * 301}, "address"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    cast: Cast, chi: Client, change: dict[str, Any], field: str
) -> None:
    before = Site.objects.count()
    answer = chi.post("/sites/add/", form_of(cast, **change))
    assert answer.status_code == 200
    assert next(iter(answer.context["form"].errors)) == field
    assert Site.objects.count() == before
    kept = "PGD Hàng Gai" if field == "address" else "2 Hàng Gai"
    assert kept in answer.content.decode()


def test_the_same_form_twice_makes_one_site(cast: Cast, chi: Client) -> None:
    answers = [chi.post("/sites/add/", form_of(cast)).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert Site.objects.filter(name="PGD Hàng Gai").count() == 1


def test_nobody_puts_premises_into_another_unit(cast: Cast, enter: Enter) -> None:
    head = enter(cast.person(Role.SECURITY_HEAD, cast.schools))
    answer = head.post("/sites/add/", form_of(cast))
    assert "unit" in answer.context["form"].errors
    assert head.post("/sites/add/", form_of(cast, unit=cast.schools.id)).status_code == 302


def test_a_change_is_kept_and_audited(cast: Cast, chi: Client) -> None:
    url = f"/sites/{cast.school.id}/change/"
    form = chi.get(url).context["form"].initial
    typed = {name: value for name, value in form.items() if value is not None}
    assert chi.post(url, {**typed, "name": "Trường mới"}).status_code == 302
    assert Site.objects.get(id=cast.school.id).name == "Trường mới"
    assert Line.objects.filter(action="site.change", actor_id=cast.chi.id).count() == 1


def test_the_nearest_ward_is_suggested_and_never_forced(cast: Cast, chi: Client) -> None:
    near = chi.get("/sites/area/", {"lat": "21.0330", "lon": "105.8510"}).content.decode()
    assert "Tâm gần nhất: Phường Hoàn Kiếm, 0,2 km" in near
    assert f'value="{cast.ward.id}" selected' in near
    chosen = chi.get(
        "/sites/area/", {"lat": "21.0330", "lon": "105.8510", "area": cast.ward.parent_id}
    ).content.decode()
    assert f'value="{cast.ward.parent_id}" selected' in chosen
    assert "selected" in chi.get("/sites/area/", {"lat": "10.77", "lon": "106.69"}).content.decode()
    assert "Hoàn Kiếm, " not in chi.get("/sites/area/", {"lat": "10.77", "lon": "106.69"}).content.decode()


# ── A panel in under a minute ────────────────────────────────────────────


def add_panel(client: Client, site: Site, **more: Any) -> Any:
    url = f"/sites/{site.id}/panels/add/"
    return client.post(url, {**client.get(url).context["form"].initial, "strength": "128", **more})


def test_everything_is_filled_in_already(cast: Cast, chi: Client) -> None:
    answer = add_panel(chi, cast.school)
    panel = Panel.objects.latest("id")
    assert answer.headers["Location"] == f"/sites/{cast.school.id}/panels/{panel.id}/ready/"
    assert panel.account not in {"1001", "1002", "1003"}
    assert panel.zones.count() == 8
    key = queries.key_of(panel)
    assert len(key) == 32
    page = chi.get(answer.headers["Location"])
    assert page.context["key"] == key
    text = page.content.decode()
    assert f'data-copy="{key}"' in text
    assert f"<span>{key[:4]}</span>" in text
    assert "12128" in text
    assert "SIA DC-09, TCP hoặc UDP" in text
    assert "Đang chờ tín hiệu đầu tiên…" in text


@pytest.mark.parametrize(("strength", "digits"), [("128", 32), ("192", 48), ("256", 64), ("none", 0)])
def test_each_strength(cast: Cast, chi: Client, strength: str, digits: int) -> None:
    add_panel(chi, cast.school, strength=strength)
    assert len(queries.key_of(Panel.objects.latest("id"))) == digits


def test_a_key_of_ones_own(cast: Cast, chi: Client) -> None:
    add_panel(chi, cast.school, strength="own", key="0011-2233 4455 6677 8899 aabb ccdd eeff")
    assert queries.key_of(Panel.objects.latest("id")) == BANK_KEY


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"account": "1001"}, "account"),
        ({"account": "XYZ"}, "account"),
        ({"account": "1"}, "account"),
        ({"account": "1" * 17}, "account"),
        ({"strength": "own", "key": "12"}, "key"),
        ({"strength": "own", "key": "xyz"}, "key"),
        ({"strength": "own", "key": ""}, "key"),
        ({"strength": "512"}, "strength"),
        ({"zones": "5000"}, "zones"),
        ({"zones": "-1"}, "zones"),
        ({"name": "A" * 101}, "name"),
    ],
)
def test_a_panel_that_will_not_do(cast: Cast, chi: Client, change: dict[str, str], field: str) -> None:
    answer = add_panel(chi, cast.school, **change)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert Panel.objects.count() == 3


def test_the_same_panel_sent_twice_is_one_panel(cast: Cast, chi: Client) -> None:
    answers = [add_panel(chi, cast.school, account="4711").headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert Panel.objects.filter(account="4711").count() == 1


def test_the_key_is_shown_to_its_maker_for_half_an_hour_and_to_nobody_else(
    cast: Cast, chi: Client, enter: Enter
) -> None:
    with stopped(clock.now() + timedelta(seconds=1)) as hands:
        url = add_panel(chi, cast.school).headers["Location"]
        key = queries.key_of(Panel.objects.latest("id"))
        assert chi.get(url).context["key"] == key
        assert key not in str(dict(chi.session)), "the session holds no key"
        assert enter(cast.en).get(url).context["key"] == ""
        hands.forward(1801)
        text = chi.get(url).content.decode()
    assert key not in text
    assert "đã đặt, không hiện nữa" in text


def test_typed_in_means_not_shown_again(cast: Cast, chi: Client) -> None:
    url = add_panel(chi, cast.school).headers["Location"]
    assert chi.post(url.replace("/ready/", "/done/")).headers["Location"] == f"/sites/{cast.school.id}/"
    assert chi.get(url).context["key"] == ""


def test_another_key_replaces_the_old_one(cast: Cast, chi: Client) -> None:
    url = f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}"
    answer = chi.post(f"{url}/key/", {"strength": "256"})
    assert answer.headers["Location"] == f"{url}/ready/"
    key = queries.key_of(Panel.objects.get(id=cast.bank_panel.id))
    assert len(key) == 64
    assert chi.get(f"{url}/ready/").context["key"] == key
    assert Line.objects.filter(action="panel.key", actor_id=cast.chi.id).exists()


# ── Waiting for the first signal ─────────────────────────────────────────


@pytest.fixture
def waiting(cast: Cast, chi: Client) -> Callable[[], str]:
    """A panel 4711 just added at the school; asks how it is."""
    url = add_panel(chi, cast.school, account="4711").headers["Location"].replace("/ready/", "/heard/")
    return lambda: chi.get(url, headers=HTMX).content.decode()


def test_it_waits_and_asks_again_each_second(waiting: Callable[[], str]) -> None:
    text = waiting()
    assert "Đang chờ tín hiệu đầu tiên…" in text
    assert 'hx-trigger="every 1s"' in text


def test_a_poll_shows_that_it_is_connected(waiting: Callable[[], str]) -> None:
    note_heard([Heard("sia", "4711", "L0", "10.0.0.9:1", clock.now_us())], queries.panel_places())
    assert "Tủ đã kết nối" in waiting()


def test_the_first_signal_ends_the_waiting(waiting: Callable[[], str]) -> None:
    copy(entry("4711", "BA", "2"))
    copy(entry("9999", "BA", "2", verdict="unknown_account"))
    text = waiting()
    assert "Đã nhận tín hiệu của tủ" in text
    assert "9999" not in text, "what others send matters no more"
    assert "Đột nhập — Vùng 2" in text
    assert "every 1s" not in text


@pytest.mark.parametrize(
    ("account", "verdict", "words"),
    [
        ("4712", "unknown_account", "<b>4712</b>"),
        ("4711", "wrong_key", "không giải mã được"),
        ("4711", "downgrade", "không mã hóa"),
        ("4711", "bad_time", "đồng hồ sai"),
        ("", "garbage", "không phải bản tin DC-09"),
        ("4711", "unknown_account", "đến trước khi thêm tủ"),
    ],
)
def test_what_goes_wrong_is_explained(waiting: Callable[[], str], account: str, verdict: str, words: str) -> None:
    copy(entry(account, "BA", "2", verdict=verdict))
    assert words in waiting()


@pytest.mark.parametrize("verdict", ["not_understood", "bad_crc", "bad_length", "wrong_key"])
def test_what_came_from_premises_of_others_is_no_hint(cast: Cast, enter: Enter, verdict: str) -> None:
    """A security head of the schools learns neither when the bank reported nor from where."""
    head = enter(cast.person(Role.SECURITY_HEAD, cast.schools))
    url = add_panel(head, cast.school, account="4711").headers["Location"].replace("/ready/", "/heard/")
    copy(entry("1001", "BA", "2", verdict=verdict))
    assert head.get(url, headers=HTMX).context["hints"] == []
    copy(entry("", "BA", "2", verdict="garbage"))
    assert len(head.get(url, headers=HTMX).context["hints"]) == 1


def test_a_message_that_does_not_open_is_no_first_signal(waiting: Callable[[], str]) -> None:
    copy(entry("4711", "BA", "2", verdict="wrong_key"))
    assert "Đang chờ tín hiệu đầu tiên…" in waiting()


def test_troubles_of_before_are_not_about_this_panel(cast: Cast, chi: Client) -> None:
    with stopped(clock.now() + timedelta(seconds=1)) as hands:
        copy(entry("9999", "BA", "2", verdict="unknown_account"))
        hands.forward(60)
        url = add_panel(chi, cast.school).headers["Location"]
        assert "9999" not in chi.get(url).content.decode()


def test_after_a_new_key_it_waits_for_a_new_signal(cast: Cast, chi: Client) -> None:
    url = f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}"
    with stopped(clock.now() + timedelta(seconds=1)) as hands:
        copy(entry("1001", "BA", "2"))
        assert "Đã nhận tín hiệu của tủ" in chi.get(f"{url}/ready/").content.decode()
        hands.forward(60)
        chi.post(f"{url}/key/", {"strength": "128"})
        assert "Đang chờ tín hiệu đầu tiên…" in chi.get(f"{url}/ready/").content.decode()


def test_waiting_costs_few_queries(
    cast: Cast, chi: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    busy_bank(cast)
    with django_assert_max_num_queries(10):
        chi.get(f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}/heard/", headers=HTMX)


# ── Zones, devices, contacts, retiring ───────────────────────────────────


def test_a_zone_is_renamed_in_its_row(cast: Cast, chi: Client) -> None:
    url = f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}/zones/"
    answer = chi.post(url, {"number": 1, "name": "Nút khẩn quầy 5", "use": "hold_up"}, headers=HTMX)
    assert answer.status_code == 200
    assert 'value="Nút khẩn quầy 5"' in answer.content.decode()
    assert Zone.objects.get(panel=cast.bank_panel, number=1).name == "Nút khẩn quầy 5"


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"name": "A" * 121}, {"use": "dungeon"}, {"number": "0"}, {"number": "x"}]
)
def test_a_bad_zone_says_so_in_its_row(cast: Cast, chi: Client, change: dict[str, str]) -> None:
    url = f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}/zones/"
    typed = {"number": "1", "name": "Tên mới", "use": "hold_up", **change}
    answer = chi.post(url, typed, headers=HTMX)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert Zone.objects.get(panel=cast.bank_panel, number=1).name == "Nút khẩn quầy 2"


def test_a_further_zone(cast: Cast, chi: Client) -> None:
    url = f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}/zones/"
    answer = chi.post(url, {"new": "1", "number": "9", "name": "Mái", "use": "perimeter"})
    assert answer.headers["Location"].startswith(f"/sites/{cast.bank.id}/#panel-")
    assert cast.bank_panel.zones.get(number=9).use == "perimeter"


def test_a_device_and_a_contact_come_and_go(cast: Cast, chi: Client) -> None:
    base = f"/sites/{cast.bank.id}"
    for _twice in range(2):
        chi.post(f"{base}/devices/add/", {"kind": "siren", "name": "Còi hú", "zone": ""})
        chi.post(f"{base}/contacts/add/", {"name": "Bà An", "phone": "0900 000 001", "order": 1, "is_keyholder": "on"})
    device, contact = Device.objects.get(), Contact.objects.get()
    text = chi.get(f"{base}/").content.decode()
    assert "Còi hú" in text
    assert "tel:0900000001" in text
    chi.post(f"{base}/devices/{device.id}/remove/")
    chi.post(f"{base}/contacts/{contact.id}/remove/")
    text = chi.get(f"{base}/").content.decode()
    assert "Còi hú" not in text
    assert "Bà An" not in text


def test_the_zone_of_another_site_is_no_choice(cast: Cast, chi: Client) -> None:
    zone = Zone.objects.get(panel=cast.school_panel, number=1)
    answer = chi.post(f"/sites/{cast.bank.id}/devices/add/", {"kind": "siren", "name": "Còi", "zone": zone.id})
    assert list(answer.context["form"].errors) == ["zone"]


@pytest.mark.parametrize("phone", ["", "call me", "0" * 31, "<b>1</b>"])
def test_a_telephone_number_is_one(cast: Cast, chi: Client, phone: str) -> None:
    answer = chi.post(f"/sites/{cast.bank.id}/contacts/add/", {"name": "Bà An", "phone": phone, "order": 1})
    assert list(answer.context["form"].errors) == ["phone"]


def test_a_retired_panel_is_unknown_but_its_past_stays(cast: Cast, chi: Client) -> None:
    raise_alarm("1001", "HA")
    url = f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}"
    assert chi.post(f"{url}/retire/").headers["Location"] == f"/sites/{cast.bank.id}/"
    assert "1001" not in queries.panel_directory()
    text = chi.get(f"/sites/{cast.bank.id}/").content.decode()
    assert "Chưa có tủ báo động" in text
    assert "Báo cướp" in text
    assert chi.post(f"{url}/retire/").status_code == 404
    assert add_panel(chi, cast.bank, account="1001").status_code == 302, "its account is free again"


def test_from_an_unknown_account_to_its_panel(cast: Cast, chi: Client) -> None:
    text = chi.get("/sites/", {"account": "7777"}).content.decode()
    assert f"/sites/{cast.school.id}/panels/add/?account=7777" in text
    form = chi.get(f"/sites/{cast.school.id}/panels/add/?account=7777").context["form"]
    assert form.initial["account"] == "7777"


# ── Where the panel finds us ─────────────────────────────────────────────


def reach(client: Client, cast: Cast, **where: Any) -> Any:
    return client.get(f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}/ready/", **where).context["reach"]


def test_the_public_address_goes_first(cast: Cast, chi: Client, settings: Any) -> None:
    settings.CANH_DC09_PUBLIC = "canh.example"
    assert (reach(chi, cast).addresses, reach(chi, cast).is_only_here) == (["canh.example"], False)


def test_a_gateway_of_this_machine_only_says_so(cast: Cast, chi: Client) -> None:
    assert reach(chi, cast).is_only_here
    text = chi.get(f"/sites/{cast.bank.id}/panels/{cast.bank_panel.id}/ready/").content.decode()
    assert "--dc09-host 0.0.0.0" in text


def test_an_open_gateway_is_told_by_the_name_one_used(cast: Cast, chi: Client, settings: Any) -> None:
    settings.CANH_DC09_HOST, settings.ALLOWED_HOSTS = "0.0.0.0", ["*"]  # noqa: S104  # a setting, nothing binds
    assert reach(chi, cast, HTTP_HOST="192.168.1.5:8113").addresses[0] == "192.168.1.5"
    assert "127.0.0.1" not in reach(chi, cast, HTTP_HOST="127.0.0.1:8113").addresses


def test_no_key_in_any_log(cast: Cast, chi: Client, data: Path, caplog: pytest.LogCaptureFixture) -> None:
    add_panel(chi, cast.school, strength="own", key=BANK_KEY)
    assert BANK_KEY not in caplog.text
    assert BANK_KEY not in str(list(Line.objects.values_list("detail", flat=True)))

"""Stories of one device: how it is heard, what was agreed, what it said, what was put in its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.alarms.models import Alarm
from canh.audit.models import Line
from canh.intake.actions import note_heard
from canh.intake.journal import Heard
from canh.intake.models import Signal
from canh.kit import clock
from canh.sites import actions, actions_panels, queries
from canh.sites.models import Contact, Device, FloorPlan, OnTest, Panel, PlanMark, Site, Zone
from tests.cast import BANK_KEY, Cast
from tests.clock import stopped
from tests.console.desk.scenes import raise_alarm
from tests.senders import copy, entry

Enter = Callable[[User], Client]


@pytest.fixture
def chi(cast: Cast, enter: Enter) -> Client:
    return enter(cast.chi)


def url(panel: Panel, act: str = "") -> str:
    return f"/sites/{panel.site_id}/panels/{panel.id}/{act}"


def hear(account: str, skew_ms: int | None = None, dialect: str = "") -> None:
    note_heard([Heard("sia", account, "L0", "10.0.0.1:1", clock.now_us(), skew_ms, dialect)], queries.panel_places())


def test_it_tells_how_a_panel_is_heard(cast: Cast, chi: Client) -> None:
    hear("1001", skew_ms=-30_000, dialect="lower_crc")
    copy(entry("1001", "BA", "2"))
    text = chi.get(url(cast.bank_panel)).content.decode()
    assert "chậm 30 giây" in text
    assert "Mã kiểm tra viết chữ thường" in text
    assert "Đột nhập — Kho quỹ" in text
    assert "AES-128" in text
    assert BANK_KEY not in text


def test_the_clock_is_kept_day_by_day(cast: Cast, chi: Client) -> None:
    (signal,) = copy(entry("1001", "BA", "2"))
    Signal.objects.filter(id=signal.id).update(skew_ms=7000)
    ((day, words, is_off),) = chi.get(url(cast.bank_panel)).context["ledger"]
    assert (day.least_ms, day.most_ms, day.count, is_off) == (7000, 7000, 1, True)
    assert "nhanh" in words


def test_the_reporting_class_is_suggested_and_chosen(cast: Cast, chi: Client) -> None:
    assert "3 phút" in chi.get(url(cast.bank_panel)).content.decode()
    chi.post(url(cast.bank_panel, "change/"), {"name": "Tủ tầng 1", "kind": "panel", "reporting_s": "180"})
    panel = Panel.objects.get(id=cast.bank_panel.id)
    assert (panel.name, panel.reporting_s) == ("Tủ tầng 1", 180)
    assert Line.objects.get(action="panel.change").detail == {"fields": ["name", "reporting_s"]}
    before = queries.directory_revision()
    chi.post(url(cast.bank_panel, "change/"), {"name": "Tủ tầng 1", "kind": "panel", "reporting_s": "7"})
    assert Panel.objects.get(id=cast.bank_panel.id).reporting_s == 180
    assert queries.directory_revision() == before


def test_one_click_agrees_to_local_time_and_one_takes_it_back(cast: Cast, chi: Client) -> None:
    hear("1002", dialect="local_time")
    assert 'value="local_time"' in chi.get(url(cast.school_panel)).content.decode()
    chi.post(url(cast.school_panel, "agree/"), {"word": "local_time"})
    assert queries.panel_directory()["1002"].dialect == {"clock": "local"}
    chi.post(url(cast.school_panel, "agree/"), {"word": "local_time", "take_back": "1"})
    assert queries.panel_directory()["1002"].dialect == {}
    chi.post(url(cast.school_panel, "agree/"), {"word": "lower_crc"})
    assert Panel.objects.get(id=cast.school_panel.id).dialect == {}


# ── New hardware ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("account", ["1001", "2222"])
def test_new_hardware_keeps_zones_class_and_history(cast: Cast, chi: Client, account: str) -> None:
    old = cast.bank_panel
    actions_panels.change_panel(old, actor_id=cast.chi.id, reporting_s=180)
    vault = Zone.objects.get(panel=old, number=2)
    device = actions.add_device(actor_id=None, site=cast.bank, zone=vault, kind="seismic", name="Rung két")
    test = actions.put_on_test(actor_id=cast.chi.id, site=cast.bank, zone=vault, minutes=30, reason="Thay")
    plan = FloorPlan.objects.create(site=cast.bank, name="Tầng 1", sha256="", media="image/png", size=1,
                                    added_at=clock.now())  # fmt: skip
    mark = PlanMark.objects.create(plan=plan, zone=vault, x=1, y=2)
    alarm = raise_alarm("1001", "HA")
    answer = chi.post(url(old, "replace/"), {"name": "Tủ mới", "account": account, "key": "new"})
    new = Panel.objects.get(replaces=old)
    assert answer.headers["Location"] == url(new, "ready/")
    assert (new.account, new.reporting_s, new.site) == (account, 180, cast.bank)
    mark.refresh_from_db()
    assert (mark.zone.panel, mark.zone.number) == (new, 2)
    assert list(new.zones.order_by("number").values_list("number", "name", "use")) == [
        (1, "Nút khẩn quầy 2", "hold_up"), (2, "Kho quỹ", "vault")]  # fmt: skip
    assert old.zones.count() == 2
    assert Device.objects.get(id=device.id).zone == new.zones.get(number=2)
    assert OnTest.objects.get(id=test.id).zone == new.zones.get(number=2)
    page = chi.get(url(new))
    assert [line.signal.id for line in page.context["said"]] == [alarm.first_signal_id]
    assert [a.id for a, _title in page.context["alarms"]] == [alarm.id]
    assert Alarm.objects.get(id=alarm.id).state == "unacknowledged"
    assert "Đã thay bằng" in chi.get(url(old)).content.decode()
    assert queries.panel_directory()[account].panel_id == new.id


def test_the_same_key_may_move_along(cast: Cast, chi: Client) -> None:
    chi.post(url(cast.bank_panel, "replace/"), {"name": "Tủ mới", "account": "1001", "key": "same"})
    assert queries.key_of(Panel.objects.get(replaces=cast.bank_panel)) == BANK_KEY


def test_a_replacement_that_fails_leaves_the_old_panel_working(cast: Cast, chi: Client) -> None:
    answer = chi.post(url(cast.bank_panel, "replace/"), {"name": "Tủ mới", "account": "1002", "key": "new"})
    assert "account" in answer.context["form"].errors
    assert Panel.objects.get(id=cast.bank_panel.id).retired_at is None


def test_three_generations_are_one_history(cast: Cast, chi: Client) -> None:
    for account in ("2001", "2002"):
        newest = Panel.objects.get(site=cast.bank, retired_at=None)
        copy(entry(newest.account, "BA", "2"))
        chi.post(url(newest, "replace/"), {"name": "Tủ", "account": account, "key": "none"})
    newest = Panel.objects.get(site=cast.bank, retired_at=None)
    copy(entry("2002", "BA", "2"))
    page = chi.get(url(newest))
    assert [p.account for p in page.context["chain"]] == ["2002", "2001", "1001"]
    assert [line.account for line in page.context["said"]] == ["", "2001", "1001"]
    assert len(chi.get(url(cast.bank_panel)).context["said"]) == 3


# ── Premises, devices, contacts ──────────────────────────────────────────


def test_premises_are_closed_for_a_reason_and_reopened(cast: Cast, chi: Client) -> None:
    chi.post(f"/sites/{cast.bank.id}/close/", {"reason": " "})
    assert Site.objects.get(id=cast.bank.id).closed_at is None
    with stopped(clock.now() + timedelta(seconds=1)):
        chi.post(f"/sites/{cast.bank.id}/close/", {"reason": "Chuyển địa điểm"})
    assert "1001" not in queries.panel_directory()
    text = chi.get(f"/sites/{cast.bank.id}/").content.decode()
    assert "Chuyển địa điểm" in text
    assert "Hàng Bông" not in chi.get("/sites/").content.decode()
    chi.post(f"/sites/{cast.bank.id}/reopen/")
    assert queries.panel_directory()["1001"].panel_id == cast.bank_panel.id
    assert [line.action for line in Line.objects.filter(action__in=["site.close", "site.reopen"]).order_by("id")] == [
        "site.close", "site.reopen"]  # fmt: skip


def test_an_account_given_away_meanwhile_stays_with_its_new_panel(cast: Cast, chi: Client) -> None:
    chi.post(f"/sites/{cast.bank.id}/close/", {"reason": "Sửa nhà"})
    actions.add_panel(actor_id=None, site=cast.school, account="1001")
    chi.post(f"/sites/{cast.bank.id}/reopen/")
    assert Site.objects.get(id=cast.bank.id).closed_at is None
    assert Panel.objects.get(account="1001", retired_at=None).site == cast.school


def test_a_name_given_away_meanwhile_is_told(cast: Cast, chi: Client) -> None:
    chi.post(f"/sites/{cast.bank.id}/close/", {"reason": "Sửa nhà"})
    actions.add_site(actor_id=None, unit_id=cast.bank_unit.id, name=cast.bank.name, kind="bank_branch")
    chi.post(f"/sites/{cast.bank.id}/reopen/")
    assert Site.objects.get(id=cast.bank.id).closed_at is not None


def test_a_device_and_a_contact_are_changed(cast: Cast, chi: Client) -> None:
    device = actions.add_device(actor_id=None, site=cast.bank, zone=None, kind="siren", name="Còi")
    contact = actions.add_contact(actor_id=None, site=cast.bank, name="Bà An", phone="0900 000 001")
    base = f"/sites/{cast.bank.id}"
    chi.post(f"{base}/devices/{device.id}/", {"kind": "siren", "name": "Còi mái", "model": "X1", "zone": ""})
    chi.post(f"{base}/contacts/{contact.id}/", {"name": "Bà An", "phone": "0900 000 002", "order": 2})
    assert (Device.objects.get().name, Device.objects.get().model) == ("Còi mái", "X1")
    assert (Contact.objects.get().phone, Contact.objects.get().order) == ("0900 000 002", 2)
    bad = chi.post(f"{base}/contacts/{contact.id}/", {"name": "Bà An", "phone": "x", "order": 2})
    assert list(bad.context["form"].errors) == ["phone"]


def test_the_page_costs_the_same_for_a_long_history(
    cast: Cast, chi: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        copy(entry("1001", "BA", "2"))
    hear("1001")
    with django_assert_max_num_queries(25):
        chi.get(url(cast.bank_panel))


# ── Opening hours ────────────────────────────────────────────────────────


def test_opening_hours_are_added_and_removed(cast: Cast, chi: Client) -> None:
    page = f"/sites/{cast.bank.id}/hours/"
    chi.post(page, {"weekdays": ["1", "2"], "opens": "07:30", "closes": "11:30"})
    chi.post(page, {"weekdays": ["6"], "opens": "22:00", "closes": "06:00"})
    assert list(cast.bank.hours.order_by("weekday").values_list("weekday", "is_overnight")) == [
        (1, False), (2, False), (6, True)]  # fmt: skip
    again = chi.post(page, {"weekdays": ["2", "3"], "opens": "07:30", "closes": "12:00"})
    assert "opens" in again.context["form"].errors
    assert cast.bank.hours.count() == 3
    assert "07:30–11:30" in chi.get(f"/sites/{cast.bank.id}/").content.decode()
    chi.post(f"{page}{cast.bank.hours.get(weekday=6).id}/remove/")
    assert cast.bank.hours.count() == 2


def test_renaming_a_zone_keeps_its_partition(cast: Cast, chi: Client) -> None:
    Zone.objects.filter(panel=cast.bank_panel, number=2).update(partition=3)
    chi.post(
        url(cast.bank_panel, "zones/"), {"number": 2, "name": "Két", "use": "vault"}, headers={"HX-Request": "true"}
    )
    zone = Zone.objects.get(panel=cast.bank_panel, number=2)
    assert (zone.name, zone.partition) == ("Két", 3)

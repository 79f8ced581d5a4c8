"""Stories of what speaks and belongs to nobody: seen, given premises in two clicks, or put aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.audit.models import Line
from canh.intake import actions as intake
from canh.intake import queries
from canh.intake.journal import Discovery, Heard
from canh.intake.models import Found, Signal
from canh.intake.observation import Observation
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites.models import Panel, Site
from canh.sites.queries import key_of, panel_places
from tests.cast import BANK_KEY, Cast
from tests.clock import stopped
from tests.senders import copy, entry

Enter = Callable[[User], Client]


@pytest.fixture
def en(cast: Cast, enter: Enter) -> Client:
    return enter(cast.en)


def speak(account: str, code: str = "BA", zone: str = "2", **more: str) -> Found:
    copy(entry(account, code, zone, verdict="unknown_account", **more))  # type: ignore[arg-type]
    return Found.objects.get(account=account)


def closed(account: str) -> Found:
    """As the door keeps an encrypted message it cannot open."""
    seen = Observation(protocol="SIA-DCS", account=account)
    item = entry(account, "", verdict="unknown_account")
    raw = f'"*SIA-DCS"0001L0#{account}[A1B2C3'.encode()
    from canh.intake.observation import to_json

    copy(type(item)(item.received_at, "sia", "10.0.0.9:1", "unknown_account", raw, to_json([seen])))
    return Found.objects.get(account=account)


def test_who_waits_is_told_with_what_they_said(en: Client) -> None:
    speak("7001")
    speak("7001", zone="5")
    text = en.get("/sites/unknown/").content.decode()
    assert "7001" in text
    assert "Đột nhập — vùng 5" in text
    assert "2 lần" in text
    assert "127.0.0.1" in text


def test_two_clicks_and_it_belongs(cast: Cast, en: Client) -> None:
    found = speak("7001", zone="2")
    speak("7001", zone="11")
    page = en.get(f"/sites/unknown/{found.id}/").content.decode()
    assert f'name="site" value="{cast.school.id}"' in page
    answer = en.post(f"/sites/unknown/{found.id}/", {"site": cast.school.id, "name": "Tủ nhà A"})
    panel = Panel.objects.get(account="7001")
    assert answer.headers["Location"] == f"/sites/{cast.school.id}/panels/{panel.id}/"
    assert (panel.site, panel.name, panel.door) == (cast.school, "Tủ nhà A", "sia")
    assert list(panel.zones.order_by("number").values_list("number", flat=True)) == [2, 11]
    assert not queries.strangers().exists()
    assert Line.objects.get(action="found.adopt").detail == {"panel": panel.id, "site": cast.school.id}


def test_what_it_said_before_stays_as_it_was_and_is_shown_apart(cast: Cast, en: Client) -> None:
    with stopped(clock.now()) as hands:
        found = speak("7001", zone="2")
        kept = list(Signal.objects.values())
        hands.forward(60)
        where = en.post(f"/sites/unknown/{found.id}/", {"site": cast.school.id}).headers["Location"]
        hands.forward(1)
        (new,) = copy(entry("7001", "BA", "2"))
    assert list(Signal.objects.filter(id=kept[0]["id"]).values()) == kept, "the chain must stay"
    assert new.panel is not None
    answer = en.get(where)
    assert [line.signal.id for line in answer.context["said"]] == [new.id]
    assert [signal.id for signal, _title in answer.context["before"]] == [kept[0]["id"]]
    assert queries.first_retold("gw1", 10**9) is None


def test_one_that_speaks_encrypted_needs_its_key(cast: Cast, en: Client) -> None:
    found = closed("7002")
    text = en.get(f"/sites/unknown/{found.id}/").content.decode()
    assert 'name="key"' in text
    refused = en.post(f"/sites/unknown/{found.id}/", {"site": cast.school.id})
    assert "key" in refused.context["form"].errors
    assert not Panel.objects.filter(account="7002").exists()
    en.post(f"/sites/unknown/{found.id}/", {"site": cast.school.id, "key": BANK_KEY})
    assert key_of(Panel.objects.get(account="7002")) == BANK_KEY


def test_what_a_door_discovered_keeps_its_kind_and_account(cast: Cast, en: Client) -> None:
    intake.note_found([Discovery("mqtt", "frigate:San-truoc", "camera", "Sân trước", "{}", clock.now_us())])
    found = Found.objects.get()
    en.post(f"/sites/unknown/{found.id}/", {"site": cast.school.id})
    panel = Panel.objects.get(account="frigate:San-truoc")
    assert (panel.kind, panel.door, panel.name) == ("camera", "mqtt", "Sân trước")


def test_premises_are_found_without_marks_as_one_types(en: Client) -> None:
    text = en.get("/sites/unknown/premises/", {"q": "ngo si lien"}).content.decode()
    assert "Ngô Sĩ Liên" in text
    assert "Hàng Bông" not in text


def test_likely_premises_come_first(cast: Cast, en: Client) -> None:
    intake.note_heard([Heard("sia", "1002", "L0", "127.0.0.1:9", clock.now_us())], panel_places())
    found = speak("7001")
    (likely,) = en.get(f"/sites/unknown/{found.id}/").context["likely"]
    assert (likely.site, likely.reason) == (cast.school, "address")
    sites.retire_panel(cast.fund_panel, actor_id=cast.en.id)
    found = speak("1003")
    assert en.get(f"/sites/unknown/{found.id}/").context["likely"][0].site == cast.fund


def test_put_aside_and_brought_back(en: Client) -> None:
    found = speak("7001")
    en.post(f"/sites/unknown/{found.id}/dismiss/")
    assert not queries.strangers().exists()
    speak("7001")
    assert not queries.strangers().exists(), "it stays aside while it goes on speaking"
    assert "7001" in en.get("/sites/unknown/?aside=1").content.decode()
    en.post(f"/sites/unknown/{found.id}/back/")
    assert queries.strangers().count() == 1


def test_an_account_taken_meanwhile_is_no_stranger(cast: Cast, en: Client) -> None:
    found = speak("7001")
    sites.add_panel(actor_id=None, site=cast.school, account="7001")
    assert en.post(f"/sites/unknown/{found.id}/", {"site": cast.school.id}).status_code == 404


def test_closed_premises_take_nobody_in(cast: Cast, en: Client) -> None:
    found = speak("7001")
    Site.objects.filter(id=cast.school.id).update(closed_at=clock.now())
    answer = en.post(f"/sites/unknown/{found.id}/", {"site": cast.school.id})
    assert answer.context["form"].non_field_errors()


def test_health_tells_how_many_wait(cast: Cast, en: Client, enter: Enter) -> None:
    speak("7001")
    speak("7002")
    text = en.get("/health/").content.decode()
    assert "2 thiết bị" in text
    assert 'href="/sites/unknown/"' in text
    assert 'href="/sites/unknown/"' not in enter(cast.dung).get("/health/").content.decode()
    assert 'href="/sites/unknown/"' in en.get("/sites/").content.decode()


def test_the_list_costs_the_same_for_many(en: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    at = clock.now() - timedelta(days=1)
    Found.objects.bulk_create(
        Found(door="sia", account=f"{n:06X}", first_at=at, last_at=at) for n in range(0x100000, 0x100000 + 300)
    )
    speak("7001")
    with django_assert_max_num_queries(12):
        answer = en.get("/sites/unknown/")
    assert len(answer.context["rows"]) == 25


def test_a_program_that_is_adopted_gets_a_secret_that_is_shown(en: Client, cast: Cast) -> None:
    seen = Observation(protocol="WEBHOOK", account="webhook:doors")
    item = entry("webhook:doors", "", verdict="unknown_account")
    from canh.intake.observation import to_json

    copy(type(item)(item.received_at, "webhook", "10.0.0.9:1", "unknown_account", b"{}", to_json([seen])))
    found = Found.objects.get(account="webhook:doors")
    assert found.kind == "service"
    answer = en.post(f"/sites/unknown/{found.id}/", {"site": cast.bank.id}, follow=True)
    panel = Panel.objects.get(account="webhook:doors")
    text = answer.content.decode()
    assert (panel.door, len(key_of(panel))) == ("webhook", 64)
    assert key_of(panel)[:4] in text
    assert "/v1/alertmanager" in text


def test_a_panel_heard_through_a_receiver_is_adopted_as_a_panel(en: Client, cast: Cast) -> None:
    item = entry("7009", "BA", "3", verdict="unknown_account")
    copy(type(item)(item.received_at, "receiver", "10.0.0.9:1", item.verdict, item.raw, item.facts))
    found = Found.objects.get(account="7009")
    en.post(f"/sites/unknown/{found.id}/", {"site": cast.bank.id})
    panel = Panel.objects.get(account="7009")
    assert (panel.door, panel.site) == ("sia", cast.bank)
    assert "7009" in en.get(f"/sites/{cast.bank.id}/panels/{panel.id}/").content.decode()


def test_a_receiver_is_adopted_by_its_address(en: Client, cast: Cast) -> None:
    found_at = clock.now_us()
    intake.note_found([Discovery("receiver", "receiver:10.0.0.9", "service", "Sur-Gard", "{}", found_at)])
    found = Found.objects.get()
    en.post(f"/sites/unknown/{found.id}/", {"site": cast.bank.id, "name": "Máy thu"})
    panel = Panel.objects.get(account="receiver:10.0.0.9")
    assert (panel.door, panel.kind, panel.name) == ("sia", "service", "Máy thu")

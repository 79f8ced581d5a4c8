"""Stories of keys in bulk: new ones made, printed once, and who has not taken theirs yet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.audit.models import Line
from canh.intake import queries_keys
from canh.intake.actions import note_heard
from canh.intake.journal import Heard
from canh.kit import clock
from canh.sites import actions, queries
from canh.sites.models import Panel
from tests.cast import BANK_KEY, Cast
from tests.clock import stopped

Enter = Callable[[User], Client]


@pytest.fixture
def chi(cast: Cast, enter: Enter) -> Client:
    return enter(cast.chi)


def renew(client: Client, *panels: Panel, **more: str) -> str:
    typed = {"panel": [p.id for p in panels], "strength": "256", "overlap_h": "24", **more}
    return str(client.post("/sites/keys/renew/", typed).headers["Location"])


def hear(account: str, dialect: str = "") -> None:
    note_heard([Heard("sia", account, "L0", "10.0.0.1:1", clock.now_us(), 0, dialect)], queries.panel_places())


def test_new_keys_are_made_and_shown_once(cast: Cast, chi: Client) -> None:
    where = renew(chi, cast.bank_panel, cast.school_panel)
    keys = {p.account: queries.key_of(Panel.objects.get(id=p.id)) for p in (cast.bank_panel, cast.school_panel)}
    assert {len(key) for key in keys.values()} == {64}
    text = chi.get(where).content.decode()
    for key in keys.values():
        assert all(f"<span>{key[i : i + 4]}</span>" in text for i in range(0, 64, 4))
    rows = list(csv.reader(io.StringIO(chi.get(f"{where}sheet.csv").content.decode("utf-8-sig")), delimiter=";"))
    assert {row[3]: row[4] for row in rows[1:]} == keys
    chi.post(f"{where}forget/")
    assert chi.get(where).status_code == 404
    assert keys["1001"] not in str(list(Line.objects.values_list("detail", flat=True)))


def test_nobody_else_reads_the_sheet_and_nobody_after_half_an_hour(cast: Cast, chi: Client, enter: Enter) -> None:
    with stopped(clock.now()) as hands:
        where = renew(chi, cast.bank_panel)
        assert enter(cast.en).get(where).status_code == 404
        assert chi.get(where).status_code == 200
        hands.forward(31 * 60)
        assert chi.get(where).status_code == 404


def test_the_old_key_overlaps_and_then_ends(cast: Cast, chi: Client) -> None:
    with stopped(clock.now()) as hands:
        renew(chi, cast.bank_panel)
        told = queries.panel_directory()["1001"]
        assert [key.hex().upper() for key in told.old_keys] == [BANK_KEY]
        hands.forward(24 * 3600 + 1)
        assert queries.panel_directory()["1001"].old_keys == ()


def test_who_speaks_under_which_key(cast: Cast, chi: Client) -> None:
    everything = queries.working_panels()
    with stopped(clock.now()) as hands:
        hear("1001")
        hands.forward(60)
        renew(chi, cast.bank_panel)
        hands.forward(1)
        hear("1001", "old_key")
        assert [p.account for p in queries_keys.rotating(everything)] == ["1001"]
        assert [p.account for p in queries_keys.unproven(everything)] == ["1001"]
        assert not queries_keys.cut_off(everything).exists()
        assert "chưa có tin dùng khóa này" in chi.get("/sites/keys/?q=1001").content.decode()
        hands.forward(24 * 3600)
        Panel.objects.filter(account="1001").update(key_set_at=clock.now() - timedelta(seconds=1))
        assert [p.account for p in queries_keys.cut_off(everything)] == ["1001"]
        assert "1 tủ bị ngắt" in chi.get("/sites/keys/").content.decode()
        hear("1001")
        assert not queries_keys.unproven(everything).exists()
        assert "đã có tin dùng khóa này" in chi.get("/sites/keys/?q=1001").content.decode()


def test_all_that_fit_the_filter(cast: Cast, chi: Client) -> None:
    where = renew(chi, all="1", state="none")
    assert {line.panel.account for line in chi.get(where).context["lines"]} == {"1002", "1003"}
    assert queries.key_of(Panel.objects.get(account="1001")) == BANK_KEY


def test_nobody_changes_keys_of_others(cast: Cast, enter: Enter) -> None:
    head = enter(cast.person(Role.SECURITY_HEAD, cast.schools))
    assert renew(head, cast.bank_panel) == "/sites/keys/"
    assert queries.key_of(Panel.objects.get(id=cast.bank_panel.id)) == BANK_KEY
    assert "1001" not in head.get("/sites/keys/").content.decode()


def test_nothing_chosen_is_said(chi: Client) -> None:
    assert renew(chi) == "/sites/keys/"
    assert "Hãy chọn tủ trước" in chi.get("/sites/keys/").content.decode()


def test_the_list_costs_the_same_for_many(
    cast: Cast, chi: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(120):
        site = actions.add_site(actor_id=None, unit_id=cast.bank_unit.id, name=f"Điểm {n:03d}", kind="bank_branch")
        actions.add_panel(actor_id=None, site=site, account=f"B{n:03d}")
    with django_assert_max_num_queries(12):
        answer = chi.get("/sites/keys/")
    assert len(answer.context["panels"]) == 50

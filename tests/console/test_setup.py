"""The first run: nobody yet, then the first administrator, the first premises, the first panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from canh.accounts import actions, queries
from canh.accounts.models import Area, Unit, User
from canh.accounts.terms import Role
from canh.alarms import queries as alarms
from canh.console.setup import views
from canh.sites import actions as sites
from canh.sites import queries as site_queries
from canh.sites.models import Panel, Site
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HERE: dict[str, Any] = {"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"}
AWAY: dict[str, Any] = {"HTTP_HOST": "testserver", "REMOTE_ADDR": "192.168.1.20"}
PERSON = {"full_name": "Phạm Minh An", "username": "an", "password": "ba con mèo đen", "password2": "ba con mèo đen"}
PLACE = {"unit_name": "Ngân hàng Hoa Sen", "unit_kind": "bank", "name": "PGD Hàng Bông", "kind": "bank_branch"}


@pytest.mark.parametrize("address", ["/", "/sites/", "/people/", "/sign-in/", "/health/"])
def test_every_page_leads_to_the_first_step(client: Client, address: str) -> None:
    assert client.get(address, **HERE).headers["Location"] == "/setup/"


def test_from_nothing_to_a_panel(data: Path, client: Client) -> None:
    answer = client.post("/setup/", PERSON, **HERE)
    assert answer.headers["Location"] == "/setup/premises/"
    answer = client.post("/setup/premises/", PLACE, **HERE)
    site = Site.objects.get()
    assert answer.headers["Location"] == f"/sites/{site.id}/panels/add/"
    page = client.get(answer.headers["Location"], **HERE)
    assert "Tủ báo động đầu tiên" in page.content.decode()
    typed = page.context["form"].initial | {"strength": "128"}
    answer = client.post(f"/sites/{site.id}/panels/add/", typed, **HERE)
    assert answer.headers["Location"] == f"/sites/{site.id}/panels/{Panel.objects.get().id}/ready/"


def test_the_founder_sees_the_desk_and_keeps_people(data: Path, client: Client) -> None:
    client.post("/setup/", PERSON, **HERE)
    client.post("/setup/premises/", PLACE, **HERE)
    viewer = queries.viewer(User.objects.get())
    assert viewer.roles == {Role.ADMINISTRATOR, Role.SECURITY_HEAD}
    assert viewer.sees_all
    assert client.get("/", **HERE).status_code == 200
    assert client.get("/people/", **HERE).status_code == 200


def test_the_founder_may_work_the_desk_of_premises_that_were_there_before(data: Path, client: Client) -> None:
    bank = actions.add_unit(actor_id=None, name="Ngân hàng Hoa Sen", kind="bank")
    branch = actions.add_unit(actor_id=None, name="Chi nhánh Hoàn Kiếm", kind="bank", parent=bank)
    sites.add_site(actor_id=None, unit_id=branch.id, name="PGD Hàng Bông", kind="bank_branch")
    client.post("/setup/", PERSON, **HERE)
    me = User.objects.get()
    assert set(me.assignments.values_list("role", "unit")) == {("administrator", None), ("security_head", bank.id)}
    assert alarms.may_act(queries.viewer(me))
    assert [site.name for site in site_queries.visible_to(queries.viewer(me))] == ["PGD Hàng Bông"]


@pytest.mark.parametrize(("browser", "language"), [("en-GB,en", "en"), ("vi", "vi"), ("fr", "vi")])
def test_the_founder_goes_on_in_the_language_of_the_form(
    data: Path, client: Client, browser: str, language: str
) -> None:
    client.post("/setup/", PERSON, headers={"Accept-Language": browser}, **HERE)
    assert User.objects.get().language == language


def test_afterwards_the_first_step_is_gone(cast: Cast, client: Client) -> None:
    assert client.get("/setup/", **HERE).status_code == 404
    assert client.post("/setup/", PERSON, **HERE).status_code == 404


def test_of_two_founders_one_wins(data: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both forms were open; the second is sent after the first has passed the first look."""
    actions.found(username="first", full_name="Người đến trước", password="ba con mèo đen")
    monkeypatch.setattr(views.queries, "is_empty", Once(True))
    assert client.post("/setup/", PERSON, **HERE).status_code == 404
    assert [u.username for u in User.objects.all()] == ["first"]


class Once:
    """Answers wrongly the first time, then as it is."""

    def __init__(self, answer: bool) -> None:
        self.answers, self.real = [answer], queries.is_empty

    def __call__(self) -> bool:
        return self.answers.pop() if self.answers else self.real()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"username": "Có Dấu"}, "username"),
        ({"password": "ngắn", "password2": "ngắn"}, "password"),
        ({"password2": "khác"}, "password2"),
        ({"full_name": "A" * 5000}, "full_name"),
    ],
)
def test_what_is_wrong_stands_at_its_field(data: Path, client: Client, change: dict[str, str], field: str) -> None:
    answer = client.post("/setup/", {**PERSON, **change}, **HERE)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert User.objects.count() == 0
    if field != "full_name":
        assert 'value="Phạm Minh An"' in answer.content.decode()


def test_from_elsewhere_one_needs_the_code_of_the_terminal(data: Path, client: Client) -> None:
    (data / "run").mkdir()
    (data / "run" / "setup-code").write_text("1234-5678-9012\n")
    assert "code" in client.get("/setup/", **AWAY).context["form"].fields
    for wrong in ("", "1234-5678-9013", "1234"):
        answer = client.post("/setup/", {**PERSON, "code": wrong}, **AWAY)
        assert list(answer.context["form"].errors) == ["code"]
    assert User.objects.count() == 0
    assert client.post("/setup/", {**PERSON, "code": " 1234 5678 9012 "}, **AWAY).status_code == 302
    assert not (data / "run" / "setup-code").exists(), "it serves once"


def test_without_a_code_nobody_founds_from_elsewhere(data: Path, client: Client) -> None:
    assert list(client.post("/setup/", {**PERSON, "code": ""}, **AWAY).context["form"].errors) == ["code"]
    assert list(client.post("/setup/", {**PERSON, "code": "x"}, **AWAY).context["form"].errors) == ["code"]


def test_a_proxy_on_this_machine_does_not_make_a_visitor_local(data: Path, client: Client) -> None:
    answer = client.get("/setup/", headers={"X-Forwarded-For": "203.0.113.9"}, **HERE)
    assert "code" in answer.context["form"].fields


def test_the_second_step_sent_twice_makes_one_organisation(data: Path, client: Client) -> None:
    client.post("/setup/", PERSON, **HERE)
    client.post("/setup/premises/", PLACE, **HERE)
    assert client.post("/setup/premises/", PLACE, **HERE).headers["Location"] == "/sites/"
    assert (Unit.objects.count(), Site.objects.count()) == (1, 1)


def test_half_a_second_step_leaves_nothing(data: Path, client: Client) -> None:
    client.post("/setup/", PERSON, **HERE)
    answer = client.post("/setup/premises/", {**PLACE, "name": " "}, **HERE)
    assert list(answer.context["form"].errors) == ["name"]
    assert Unit.objects.count() == 0


def test_the_wards_of_hanoi_come_with_the_first_premises_when_wanted(client: Client) -> None:
    client.post("/setup/", PERSON, **HERE)
    client.post("/setup/premises/", {**PLACE, "has_hanoi": "on"}, **HERE)
    assert Area.objects.filter(kind__in=["ward", "commune"]).count() == 126


def test_and_do_not_when_not(client: Client) -> None:
    client.post("/setup/", PERSON, **HERE)
    client.post("/setup/premises/", PLACE, **HERE)
    assert Area.objects.count() == 0


@pytest.mark.parametrize("address", ["/", "/sites/", "/sites/add/", "/map/"])
def test_who_left_after_step_one_is_led_back_to_step_two(client: Client, address: str) -> None:
    client.post("/setup/", PERSON, **HERE)
    assert client.get(address, **HERE).headers["Location"] == "/setup/premises/"
    client.post("/setup/premises/", PLACE, **HERE)
    assert client.get(address, **HERE).status_code == 200

"""Stories of an administrator: people come, get roles, lose them, and are shut out; and all of it is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts import actions, queries
from canh.accounts.models import Area, Assignment, Unit, User
from canh.accounts.terms import Role
from canh.alarms.actions import acknowledge_alarm
from canh.audit.actions import seal_lines
from canh.audit.models import Line
from canh.console.people.audit import GROUPS, WORDS
from canh.console.people.names import new_password, username_for
from canh.incidents.actions_evidence import attach
from canh.incidents.actions_procedures import answer_step
from canh.incidents.models import Incident
from canh.incidents.steps import GroupAlarms
from canh.sites.models import Site
from tests.cast import Cast
from tests.console.desk.scenes import raise_alarm

Enter = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
SOURCE = Path(__file__).resolve().parents[2] / "src" / "canh"


@pytest.fixture
def en(cast: Cast, enter: Enter) -> Client:
    """The administrator at her browser."""
    return enter(cast.en)


def person_form(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"full_name": "Trần Văn Phúc", "role": "operator", "unit": cast.banking.id, **more}


def added(en: Client, cast: Cast, **more: Any) -> Any:
    return en.post("/people/add/", person_form(cast, **more))


# ── Add ──────────────────────────────────────────────────────────────────


def test_a_new_person_signs_in_with_the_password_shown_once(cast: Cast, en: Client) -> None:
    answer = added(en, cast)
    password, person = answer.context["password"], User.objects.get(username="phuc.tran")
    assert password in answer.content.decode()
    assert queries.viewer(person).roles == {Role.OPERATOR}
    assert password not in en.get(f"/people/{person.id}/").content.decode()
    client = Client()
    assert client.post("/sign-in/", {"username": "phuc.tran", "password": password}).status_code == 302
    assert client.get(f"/sites/{cast.bank.id}/").status_code == 200
    assert client.get(f"/sites/{cast.school.id}/").status_code == 404


@pytest.mark.parametrize(
    ("full_name", "username"),
    [
        ("Nguyễn Thị Chi", "chi.nguyen"),
        ("Đỗ Đức", "duc.do"),
        ("  Ỷ  ", "y.y"),
        ("Lê-Văn O'Neil", "oneil.levan"),
        ("林", ""),
    ],
)
def test_user_names_from_names(db: None, full_name: str, username: str) -> None:
    assert username_for(full_name) == username


def test_the_second_of_a_name_gets_a_number(cast: Cast, en: Client) -> None:
    added(en, cast)
    added(en, cast, phone="0900 000 002")
    assert set(User.objects.filter(full_name="Trần Văn Phúc").values_list("username", flat=True)) == {
        "phuc.tran", "phuc.tran2",
    }  # fmt: skip


def test_the_same_person_sent_twice_is_one_person(cast: Cast, en: Client) -> None:
    added(en, cast)
    assert added(en, cast).status_code == 302
    assert User.objects.filter(full_name="Trần Văn Phúc").count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"full_name": "A" * 121}, "full_name"),
        ({"full_name": "林"}, "username"),
        ({"username": "Có Dấu"}, "username"),
        ({"username": "chi"}, "username"),
        ({"unit": ""}, "unit"),
        ({"unit": 7}, "unit"),
        ({"role": "king"}, "role"),
        ({"role": "administrator"}, "unit"),
        ({"phone": "0" * 31}, "phone"),
    ],
)
def test_a_person_that_will_not_do(cast: Cast, en: Client, change: dict[str, Any], field: str) -> None:
    before = User.objects.count(), Assignment.objects.count()
    answer = added(en, cast, **change)
    assert list(answer.context["form"].errors) == [field]
    assert (User.objects.count(), Assignment.objects.count()) == before, "nobody half made"
    if field != "full_name":
        assert "Trần Văn Phúc" in answer.content.decode() or change.get("full_name")


def test_passwords_are_all_different_and_pass_their_own_rules(cast: Cast) -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    for password in list(made)[:20]:
        actions.set_password(cast.la, password, actor_id=None)


# ── Roles ────────────────────────────────────────────────────────────────


def test_a_role_is_given_and_ended(cast: Cast, en: Client) -> None:
    url = f"/people/{cast.la.id}/"
    for _twice in range(2):
        assert en.post(f"{url}roles/", {"role": "operator", "unit": cast.schools.id}).status_code == 302
    assignment = Assignment.objects.get(user=cast.la)
    assert queries.viewer(cast.la).unit_paths == {cast.schools.path}
    assert "Từ giờ có vai trò Trực ban." in en.get(url).content.decode()
    en.post(f"{url}roles/{assignment.id}/end/")
    assert queries.viewer(cast.la).roles == frozenset()
    assert "1 vai trò đã qua" in en.get(url).content.decode()


@pytest.mark.parametrize("role", ["operator", "guard", "security_head"])
def test_a_role_needs_a_place(cast: Cast, en: Client, role: str) -> None:
    answer = en.post(f"/people/{cast.la.id}/roles/", {"role": role})
    assert list(answer.context["form"].errors) == ["unit"]


def test_an_area_is_a_place_too(cast: Cast, en: Client) -> None:
    en.post(f"/people/{cast.la.id}/roles/", {"role": "operator", "area": cast.ward.id})
    assert queries.viewer(cast.la).area_paths == {cast.ward.path}


def test_the_role_of_another_person_is_not_ended_here(cast: Cast, en: Client) -> None:
    of_chi = cast.chi.assignments.get()
    assert en.post(f"/people/{cast.la.id}/roles/{of_chi.id}/end/").status_code == 404
    assert queries.viewer(cast.chi).roles


def test_the_last_administrator_stays(cast: Cast, en: Client) -> None:
    own = cast.en.assignments.get()
    for answer in (
        en.post(f"/people/{cast.en.id}/roles/{own.id}/end/"),
        en.post(f"/people/{cast.en.id}/active/", {"active": "0"}),
    ):
        assert "người quản trị cuối cùng" in answer.content.decode()
    assert queries.viewer(User.objects.get(id=cast.en.id)).has(Role.ADMINISTRATOR)


def test_with_a_second_administrator_the_first_may_go(cast: Cast, en: Client) -> None:
    actions.assign(actor_id=None, user=cast.chi, role=Role.ADMINISTRATOR)
    assert en.post(f"/people/{cast.en.id}/roles/{cast.en.assignments.get().id}/end/").status_code == 302
    assert en.get("/people/").status_code == 403


def test_a_disabled_administrator_does_not_count(cast: Cast, en: Client) -> None:
    actions.assign(actor_id=None, user=cast.chi, role=Role.ADMINISTRATOR)
    en.post(f"/people/{cast.chi.id}/active/", {"active": "0"})
    answer = en.post(f"/people/{cast.en.id}/active/", {"active": "0"})
    assert "người quản trị cuối cùng" in answer.content.decode()


# ── Shut out, let in, new password ───────────────────────────────────────


def test_shut_out_is_at_once_and_let_in_again_brings_all_back(cast: Cast, en: Client, enter: Enter) -> None:
    dung = enter(cast.dung)
    en.post(f"/people/{cast.dung.id}/active/", {"active": "0"})
    assert dung.get("/sites/").status_code == 302
    en.post(f"/people/{cast.dung.id}/active/", {"active": "1"})
    assert enter(User.objects.get(id=cast.dung.id)).get("/sites/").status_code == 200


def test_a_new_password_ends_the_old_sessions(cast: Cast, en: Client, enter: Enter) -> None:
    dung = enter(cast.dung)
    password = en.post(f"/people/{cast.dung.id}/password/").context["password"]
    assert dung.get("/sites/").status_code == 302
    assert dung.post("/sign-in/", {"username": "dung", "password": password}).status_code == 302
    assert password not in str(list(Line.objects.values_list("detail", flat=True)))


# ── The list and the tree ────────────────────────────────────────────────


def test_people_are_found_without_marks(cast: Cast, en: Client) -> None:
    rows = en.get("/people/", {"q": "do tien"}, headers=HTMX).context["rows"]
    assert [row.person.full_name for row in rows] == ["Đỗ Tiến Dũng"]
    assert "Không thấy ai" in en.get("/people/", {"q": "zzz"}).content.decode()


def test_the_list_costs_few_queries(
    cast: Cast, en: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(200):
        person = actions.add_user(actor_id=None, username=f"p{n}", full_name=f"Người {n}", password=None)
        actions.assign(actor_id=None, user=person, role=Role.GUARD, unit=cast.bank_unit)
    with django_assert_max_num_queries(12):
        assert len(en.get("/people/").context["rows"]) == 50
    with django_assert_max_num_queries(12):
        en.get(f"/people/{cast.dung.id}/")


def test_units_stand_below_their_parents(cast: Cast, en: Client) -> None:
    tree = [(b.unit.name, b.depth) for b in en.get("/people/units/").context["branches"]]
    assert tree == [
        ("Thành phố", 0),
        ("Ngành giáo dục", 1),
        ("Ngành ngân hàng", 1),
        ("Ngân hàng Hoa Sen", 2),
        ("Quỹ tín dụng Phú Thượng", 2),
    ]


def test_a_unit_is_added_once_and_renamed(cast: Cast, en: Client) -> None:
    form = {"name": "Ngân hàng Sông Tô", "kind": "bank", "parent": cast.banking.id}
    assert en.post("/people/units/add/", form).status_code == 302
    answer = en.post("/people/units/add/", form)
    assert list(answer.context["form"].errors) == ["name"]
    unit = Unit.objects.get(name="Ngân hàng Sông Tô")
    assert unit.path.startswith(cast.banking.path)
    row = en.post(f"/people/units/{unit.id}/rename/", {"name": "Ngân hàng Sông Hồng"}, headers=HTMX)
    assert 'value="Ngân hàng Sông Hồng"' in row.content.decode()
    assert queries.units_now().filter(folded="ngan hang song hong").exists()


def test_wards_can_be_entered_where_the_first_run_was_passed_over(cast: Cast, en: Client) -> None:
    button = 'action="/people/units/areas/"'
    assert button not in en.get("/people/units/").content.decode()  # the cast lives in wards already
    Site.objects.update(area=None)
    Area.objects.exclude(parent=None).delete()
    Area.objects.all().delete()
    assert button in en.get("/people/units/").content.decode()
    assert en.post("/people/units/areas/").status_code == 302
    assert queries.areas_now().filter(name="Phường Hoàn Kiếm").exists()
    assert queries.areas_now().count() == 127
    assert Line.objects.filter(action="area.add").exclude(actor_id=None).count() == 127
    assert button not in en.get("/people/units/").content.decode()


@pytest.mark.parametrize("name", ["", "   ", "A" * 201])
def test_a_unit_keeps_a_name(cast: Cast, en: Client, name: str) -> None:
    row = en.post(f"/people/units/{cast.schools.id}/rename/", {"name": name}, headers=HTMX)
    assert row.status_code == 422
    assert Unit.objects.get(id=cast.schools.id).name == "Ngành giáo dục"


# ── Audit ────────────────────────────────────────────────────────────────


def test_every_act_has_words() -> None:
    """Actions as they stand in the source: a new one without words would read like a code."""
    text = "\n".join(path.read_text() for path in SOURCE.rglob("*.py") if "console" not in path.parts)
    # What is recorded always stands with its subject, an f-string of kind and id.
    acts = set(re.findall(r'"([a-z_]+\.[a-z_]+)"(?: if is_active else "([a-z_]+\.[a-z_]+)")?,\s*f"[a-z]+:\{', text))
    named = {name for pair in acts for name in pair if name}
    assert len(named) > 20
    assert named - set(WORDS) == set()


def test_every_act_is_found_by_a_filter() -> None:
    starts = tuple(start for _label, found in GROUPS.values() for start in found)
    assert [act for act in WORDS if not act.startswith(starts)] == []


def test_the_audit_names_the_case_of_what_was_done_in_it(cast: Cast, en: Client) -> None:
    raise_alarm("1001", "HA")
    GroupAlarms()()
    case = Incident.objects.get()
    answer_step(case, cast.dung, "police", "done")
    attach(case, cast.dung, name="a.txt", chunks=[b"a"])
    text = " ".join(re.sub(r"<[^>]+>", "", en.get("/audit/", {"about": "cases"}).content.decode()).split())
    named = f"{case.label} · PGD Hàng Bông"
    assert f"Đỗ Tiến Dũng đã trả lời một bước quy trình của vụ việc: {named}" in text
    assert text.count(named) >= 3  # opened, answered, evidence


def test_the_audit_reads_as_sentences(cast: Cast, en: Client) -> None:
    alarm = raise_alarm("1001", "HA")
    acknowledge_alarm(alarm, cast.dung)
    text = " ".join(re.sub(r"<[^>]+>", "", en.get("/audit/").content.decode()).split())
    assert "Đỗ Tiến Dũng đã tiếp nhận báo động: Báo cướp — Nút khẩn quầy 2 · PGD Hàng Bông" in text
    assert "Canh đã thêm trụ sở: PGD Hàng Bông" in text
    assert "Canh đã đặt tên vùng: PGD Hàng Bông · 1001" in text
    assert "Canh đã giao vai trò cho: Đỗ Tiến Dũng · Trực ban" in text


def test_the_audit_tells_what_is_sealed(cast: Cast, en: Client) -> None:
    assert {row.line.sequence for row in en.get("/audit/", {"seal": "unsealed"}).context["rows"]} == {None}
    while seal_lines():
        pass
    assert en.get("/audit/", {"seal": "unsealed"}).context["rows"] == []
    assert None not in {row.line.sequence for row in en.get("/audit/", {"seal": "sealed"}).context["rows"]}


def test_the_audit_by_theme(cast: Cast, en: Client) -> None:
    acts = {row.line.action for row in en.get("/audit/", {"about": "register"}).context["rows"]}
    assert {act.split(".")[0] for act in acts} <= {"site", "panel", "zone", "device", "contact"}
    assert en.get("/audit/", {"about": "x", "before": "x", "seal": "x"}).status_code == 200


def test_the_audit_pages_by_the_last_line_seen(cast: Cast, en: Client) -> None:
    for n in range(120):
        actions.set_active(cast.la, n % 2 == 0, actor_id=cast.en.id)
    seen: list[int] = []
    older = ""
    while True:
        page = en.get("/audit/", {"before": older} if older else {}).context
        seen += [row.line.id for row in page["rows"]]
        older = page["older"]
        if not older:
            break
    assert len(seen) == len(set(seen)) == Line.objects.count()


def test_the_audit_costs_few_queries(
    cast: Cast, en: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(200):
        actions.set_active(cast.la, n % 2 == 0, actor_id=cast.en.id)
    raise_alarm("1001", "HA")
    with django_assert_max_num_queries(15):
        en.get("/audit/")


def test_who_is_erased_is_still_a_line(cast: Cast, en: Client) -> None:
    actions.set_active(cast.la, False, actor_id=12345)
    assert "người không còn trong sổ" in en.get("/audit/").content.decode()

"""Pages of calls: who is on duty, ladders, the call sheet, and what the desk shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from canh.accounts.terms import Role
from canh.alarms.models import Alarm
from canh.audit.models import Line
from canh.guards.actions import Place, add_duty
from canh.guards.models import Duty
from canh.kit import clock
from canh.response.actions import write_ladder
from canh.response.models import Climb, Ladder, Notice
from canh.response.rules import Rung
from canh.response.steps import Escalate
from canh.response.terms import Target
from canh.sites import actions as sites
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.console.desk.scenes import HTMX, browser, raise_alarm

HOUR, MOMENT = timedelta(hours=1), "%Y-%m-%dT%H:%M"


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


@pytest.fixture
def head(hands: Hands, cast: Cast) -> Client:
    return browser(cast.chi)


def told(client: Client) -> str:
    return client.get("/me/").content.decode()


# -- on duty


def duty_form(cast: Cast, **more: Any) -> dict[str, Any]:
    local = timezone.localtime(clock.now())
    return {"person": cast.binh.id, "unit": cast.bank_unit.id, "kind": "guard", "note": "",
            "starts_at": f"{local:{MOMENT}}", "ends_at": f"{local + 8 * HOUR:{MOMENT}}", **more}  # fmt: skip


def test_somebody_is_put_on_duty_for_a_unit_and_the_weeks_that_follow(head: Client, cast: Cast) -> None:
    assert head.post("/duty/", duty_form(cast, weeks=2)).status_code == 302
    assert [d.unit_id for d in Duty.objects.all()] == [cast.bank_unit.id] * 3
    page = head.get("/duty/").content.decode()
    assert page.count("Lê Văn Bình") == 3 * 2 + 2  # a row each with its button; the form; what was just done
    assert "đang trực" in page
    assert "không liên lạc được" in page  # he has no way that works


def test_at_one_site_alone(head: Client, cast: Cast) -> None:
    url = f"/duty/?site={cast.bank.id}"
    assert head.post(url, duty_form(cast)).status_code == 302
    assert Duty.objects.get().site == cast.bank
    assert "Lê Văn Bình" in head.get(url).content.decode()
    other = head.get(f"/duty/?site={cast.school.id}").content.decode()
    assert "Chưa có ai trực" in other


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(head: Client, cast: Cast) -> None:
    early = f"{timezone.localtime(clock.now()) - HOUR:%Y-%m-%dT%H:%M}"
    answer = head.post("/duty/", duty_form(cast, ends_at=early, note="ca đêm"))
    assert answer.status_code == 422
    assert "Giờ kết thúc phải sau giờ bắt đầu." in answer.content.decode()
    assert "ca đêm" in answer.content.decode()
    assert not Duty.objects.exists()


def test_nobody_of_another_unit(hands: Hands, cast: Cast) -> None:
    schools = browser(cast.person(Role.SECURITY_HEAD, cast.schools))
    assert schools.post("/duty/", duty_form(cast)).status_code == 422
    assert schools.get(f"/duty/?site={cast.bank.id}").status_code == 404


def test_taken_back(head: Client, cast: Cast) -> None:
    begin = clock.now() + HOUR
    (duty,) = add_duty(Place(site=cast.bank), cast.binh, "guard", begin, begin + HOUR, by=cast.chi)
    answer = head.post(f"/duty/{duty.id}/remove/", {"of": "site"})
    assert answer["Location"] == f"/duty/?site={cast.bank.id}"
    assert "Đã rút: Lê Văn Bình." in head.get("/duty/").content.decode()


# -- ladders


def ladder_form(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"name": "Chi nhánh", "unit": cast.bank_unit.id, "priority": 1, "rounds": 2, "again_s": 300,
            "who_1": "on_duty", "wait_1": 20, "who_2": "person", "wait_2": 40, "person_2": cast.an.id,
            "who_3": "siren", "wait_3": 10, "topic_3": "canh/siren/hall", **more}  # fmt: skip


def test_a_ladder_is_written_changed_and_removed(head: Client, cast: Cast) -> None:
    assert head.post("/ladders/new/", ladder_form(cast)).status_code == 302
    ladder = Ladder.objects.get()
    assert ladder.rungs == [
        {"wait_s": 20, "who": "on_duty"}, {"wait_s": 40, "who": "person", "person": cast.an.id},
        {"wait_s": 10, "who": "siren", "topic": "canh/siren/hall"},
    ]  # fmt: skip
    page = head.get("/ladders/").content.decode()
    assert "sau 40 giây: Nguyễn Thị An" in page
    assert "sau 10 giây: còi canh/siren/hall" in page
    assert head.post(f"/ladders/{ladder.id}/", ladder_form(cast, wait_1=5, who_3="")).status_code == 302
    ladder.refresh_from_db()
    assert [r["wait_s"] for r in ladder.rungs] == [5, 40]
    head.post(f"/ladders/{ladder.id}/remove/")
    assert not Ladder.objects.exists()
    acts = Line.objects.filter(action__startswith="ladder.").order_by("id").values_list("action", flat=True)
    assert list(acts) == ["ladder.write", "ladder.write", "ladder.remove"]


def test_written_twice_for_one_place_it_is_one(head: Client, cast: Cast) -> None:
    head.post("/ladders/new/", ladder_form(cast))
    head.post("/ladders/new/", ladder_form(cast, name="Mới"))
    assert Ladder.objects.get().name == "Mới"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"person_2": ""}, "Bậc 2: hãy chọn người."),
        ({"topic_3": ""}, "Bậc 3: ghi chủ đề MQTT"),
        ({"topic_3": "a/#"}, "canh/siren/hall"),
        ({"rounds": 9}, "5"),
    ],
)
def test_what_a_ladder_may_not_be(head: Client, cast: Cast, wrong: dict[str, Any], said: str) -> None:
    answer = head.post("/ladders/new/", ladder_form(cast, **wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Ladder.objects.exists()


def test_the_nearest_ladder_holds_and_what_is_under_way_stays(head: Client, cast: Cast, hands: Hands) -> None:
    head.post("/ladders/new/", ladder_form(cast, unit=cast.banking.id, name="Ngành", wait_1=50))
    head.post(f"/ladders/new/?site={cast.bank.id}", ladder_form(cast, name="PGD", wait_1=7))
    bank, fund = raise_alarm("1001", "HA"), raise_alarm("1003", "HA")
    school = raise_alarm("1002", "PA")
    Escalate()()
    first = {c.alarm_id: c.rungs[0]["wait_s"] for c in Climb.objects.all()}
    assert first == {bank.id: 7, fund.id: 50, school.id: 30}
    head.post(f"/ladders/{Ladder.objects.get(name='PGD').id}/", ladder_form(cast, wait_1=90))
    assert Climb.objects.get(alarm=bank).rungs[0]["wait_s"] == 7


def test_a_ladder_without_rungs_leaves_the_desk_alone(head: Client, cast: Cast) -> None:
    nobody = {f"who_{n}": "" for n in range(1, 9)}
    assert head.post("/ladders/new/", ladder_form(cast, **nobody)).status_code == 302
    alarm = raise_alarm("1001", "HA")
    Escalate()()
    assert "Không có trình tự chuyển cấp: chỉ bàn trực biết." in head.get(f"/alarms/{alarm.id}/").content.decode()


# -- the sheet and the desk


def test_the_sheet_names_who_is_to_be_called_now_with_numbers(head: Client, cast: Cast) -> None:
    sites.add_contact(actor_id=None, site=cast.bank, name="Bà Tư", phone="0900 000 001", is_keyholder=True)
    cast.binh.phone = "0912 345 678"
    cast.binh.save()
    add_duty(Place(site=cast.bank), cast.binh, "guard", clock.now(), clock.now() + HOUR, by=cast.chi)
    page = head.get(f"/sites/{cast.bank.id}/calls/").content.decode()
    for words in ("Bà Tư", "0900 000 001", "113 công an", "sau 30 giây: người đang trực tại đó", "0912 345 678",
                  "Nguyễn Thị Chi", "chưa ghi số điện thoại"):  # fmt: skip
        assert words in page


def climbing(hands: Hands, cast: Cast) -> tuple[Alarm, Escalate]:
    add_duty(Place(site=cast.bank), cast.binh, "guard", clock.now(), clock.now() + HOUR, by=cast.chi)
    alarm, step = raise_alarm("1001", "HA"), Escalate()
    step()
    return alarm, step


def test_the_desk_shows_who_comes_next_and_calls_them_now(head: Client, cast: Cast, hands: Hands) -> None:
    alarm, step = climbing(hands, cast)
    page = head.get(f"/alarms/{alarm.id}/").content.decode()
    assert "Bậc 1 lúc 09:14:35" in page
    assert "<b>Lê Văn Bình</b>" in page
    answer = head.post(f"/alarms/{alarm.id}/escalate/", headers=HTMX)
    assert answer.status_code == 200
    step()
    page = head.get(f"/alarms/{alarm.id}/").content.decode()
    assert "không có cách liên lạc" in page
    assert "Chuyển cấp bậc 1, báo cho: Lê Văn Bình" in page
    assert Line.objects.filter(action="alarm.escalate").count() == 1


def test_what_somebody_has_is_not_called_for(head: Client, cast: Cast, hands: Hands) -> None:
    alarm, step = climbing(hands, cast)
    head.post(f"/alarms/{alarm.id}/acknowledge/", headers=HTMX)
    step()
    answer = head.post(f"/alarms/{alarm.id}/escalate/", headers=HTMX)
    assert answer.status_code == 422
    assert "báo động đã có người nhận" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert "Chưa báo cho ai ngoài bàn trực." in answer.content.decode()


def test_at_the_end_of_the_ladder_the_desk_says_that_nobody_came(head: Client, cast: Cast, hands: Hands) -> None:
    alarm, step = climbing(hands, cast)
    for _n in range(60):
        hands.forward(30)
        step()
    page = head.get(f"/alarms/{alarm.id}/").content.decode()
    assert "Đã báo hết mọi người trong trình tự mà chưa ai nhận" in page


def test_a_siren_that_cannot_be_switched_off_is_seen(head: Client, cast: Cast, hands: Hands) -> None:
    head.post(
        "/ladders/new/", ladder_form(cast, who_1="siren", wait_1=0, topic_1="canh/siren/hall", who_2="", who_3="")
    )
    alarm, step = climbing(hands, cast)
    hands.forward(1)
    step()
    Notice.objects.update(state="sent", next_at=None)
    head.post(f"/alarms/{alarm.id}/acknowledge/", headers=HTMX)
    step()
    Notice.objects.filter(purpose="silence").update(state="failed", tries=1, detail="máy chủ MQTT không trả lời")
    page = head.get(f"/alarms/{alarm.id}/").content.decode()
    assert "Tắt còi: canh/siren/hall" in page
    assert "máy chủ MQTT không trả lời" in page


def test_lists_cost_the_same_for_any_number(
    head: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for n in range(2):
        for k in range(1 if n == 0 else 20):
            begin = clock.now() + (n * 30 + k) * 9 * HOUR
            add_duty(Place(unit=cast.bank_unit), cast.binh, "guard", begin, begin + HOUR, by=cast.chi)
            place = [cast.bank_unit, cast.fund_unit, cast.banking][k % 3]
            write_ladder(Place(unit=place), 1, "Thử", [Rung(0, Target.PERSON, person=cast.an.id)], rounds=1,
                         again_s=300, by=cast.chi)  # fmt: skip
        for url in ("/duty/", "/ladders/"):
            with django_assert_max_num_queries(14) as asked:
                head.get(url)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]

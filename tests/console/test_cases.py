"""Cases and procedures on the pages: steps beside the alarm, the refused closing, the editor."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.alarms import actions as alarms
from canh.alarms.models import Alarm
from canh.incidents import queries_procedures as queries
from canh.incidents.models import Incident
from canh.incidents.models_procedures import Answer, Procedure
from canh.incidents.steps import GroupAlarms
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.console.desk.scenes import HTMX, raise_alarm

Enter = Callable[[User], Client]


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


@pytest.fixture
def case(hands: Hands, cast: Cast) -> Incident:
    raise_alarm("1001", "HA", "1")
    GroupAlarms()()
    return Incident.objects.get()


def step(client: Client, case: Incident, key: str, **told: str) -> object:
    return client.post(reverse("case-step", args=[case.id, key]), told, follow=True)


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_the_next_step_stands_beside_the_alarm_with_its_keys(case: Incident, cast: Cast, enter: Enter) -> None:
    alarm, desk = Alarm.objects.get(), enter(cast.chi)
    page = text(desk.get(reverse("alarm", args=[alarm.id]), headers=HTMX))
    assert "Gọi 113" in page
    assert 'data-key="b">Xong' in page
    assert "0/5" in page  # police, video, unit, nobody_in, result: what hangs on an answer is not asked yet
    told = {"value": "done", "known": "0"}
    page = text(desk.post(reverse("alarm-step", args=[alarm.id, "police"]), told, headers=HTMX))
    assert 'data-key="1">Thấy người có vũ khí' in page
    assert "1/5" in page


def test_who_is_second_is_told_who_was_first_and_what(case: Incident, cast: Cast, enter: Enter) -> None:
    alarm, told = Alarm.objects.get(), {"value": "done", "known": "0"}
    url = reverse("alarm-step", args=[alarm.id, "police"])
    assert enter(cast.chi).post(url, told, headers=HTMX).status_code == 200
    answer = enter(cast.dung).post(url, {"known": "0", "skip": "1", "reason": "không cần"}, headers=HTMX)
    assert answer.status_code == 422
    assert "đã trả lời bước này trước bạn" in answer.headers["HX-Trigger"].encode().decode("unicode_escape")
    assert Answer.objects.count() == 1


def test_the_closing_is_refused_with_what_is_missing(case: Incident, cast: Cast, enter: Enter) -> None:
    desk, url = enter(cast.chi), reverse("case-close", args=[case.id])
    answer = desk.post(url, {"outcome": "user_error"})
    page = text(answer)
    assert answer.status_code == 409
    assert page.count("Chưa làm:") == 4
    assert page.count("Còn mở:") == 1
    for key, value in (("police", "done"), ("video", "people"), ("unit", "done"), ("result", "Khách bấm nhầm")):
        step(desk, case, key, value=value, known="0")
    alarm = alarms.acknowledge_alarm(Alarm.objects.get(), cast.chi)
    alarms.close_alarm(alarm, cast.chi, "user_error")
    assert desk.post(url, {"outcome": "real"}).status_code == 422
    assert "Vụ việc đã kết thúc" in text(desk.post(url, {"outcome": "user_error"}, follow=True))
    assert "Khách bấm nhầm" in text(desk.get(reverse("case", args=[case.id])))


def test_a_skip_stands_on_the_page_of_who_supervises(case: Incident, cast: Cast, enter: Enter) -> None:
    page = text(step(enter(cast.dung), case, "unit", skip="1", reason="", known="0"))
    assert "Nói rõ vì sao bỏ qua" in page
    step(enter(cast.dung), case, "unit", skip="1", reason="Lãnh đạo đang ở đó", known="0")
    head = enter(cast.chi)
    page = text(head.get(reverse("procedures")))
    assert "Lãnh đạo đang ở đó" in page
    assert "Báo lãnh đạo đơn vị" in page
    assert "Lãnh đạo đang ở đó" not in text(enter(cast.dung).get(reverse("procedures")))
    head.post(reverse("procedure-seen", args=[Answer.objects.get().id]))
    assert "Lãnh đạo đang ở đó" not in text(head.get(reverse("procedures")))


def test_a_procedure_is_written_and_published(case: Incident, cast: Cast, enter: Enter) -> None:
    head = enter(cast.chi)
    head.post(reverse("procedure-write"), {"unit": cast.banking.id, "kind": "hold_up"})
    procedure = Procedure.objects.get()

    def send(name: str, **told: str) -> object:
        procedure.refresh_from_db()
        known = procedure.draft_at.isoformat() if procedure.draft_at else ""
        return head.post(reverse(name, args=[procedure.id]), {"known": known, **told}, follow=True)

    for old in queries.draft_of(procedure):
        send("procedure-remove", key=old.key)
    refused = send("procedure-publish")
    assert "Chưa có bước nào" in text(refused)
    send("procedure-step", **{"new-vi": "Có người trong quầy?", "new-answer": "choice", "new-mandatory": "on",
                              "new-choices": "Có | Yes\nKhông | No"})  # fmt: skip
    procedure.refresh_from_db()
    [first] = queries.draft_of(procedure)
    send("procedure-step", **{"new-vi": "Gọi 113", "new-answer": "done", "new-mandatory": "on",
                              "new-when": f"{first.key}=c1", "new-due_s": "60"})  # fmt: skip
    page = text(head.get(reverse("procedure", args=[procedure.id])))
    assert "chỉ sau bước 1: Có" in page
    procedure.refresh_from_db()
    second = queries.draft_of(procedure)[1]
    send("procedure-move", key=second.key, up="1")
    assert "không đứng trước nó" in text(send("procedure-publish"))
    send("procedure-move", key=second.key)
    assert "Bản 1 có hiệu lực" in text(send("procedure-publish"))
    assert "Có người trong quầy?" in text(enter(cast.dung).get(reverse("case", args=[case.id])))


def test_what_is_typed_wrong_keeps_what_was_typed(case: Incident, cast: Cast, enter: Enter) -> None:
    head = enter(cast.chi)
    head.post(reverse("procedure-write"), {"unit": cast.banking.id, "kind": "hold_up"})
    procedure = Procedure.objects.get()
    told = {"new-vi": "Đếm tiền", "new-answer": "choice", "new-choices": "\n".join(map(str, range(10)))}
    answer = head.post(reverse("procedure-step", args=[procedure.id]), told)
    assert (answer.status_code, "Nhiều nhất chín" in text(answer), "Đếm tiền" in text(answer)) == (422, True, True)


def test_a_unit_of_others_cannot_be_written_for(case: Incident, cast: Cast, enter: Enter) -> None:
    from canh.accounts.terms import Role

    head = enter(cast.person(Role.SECURITY_HEAD, cast.schools))
    head.post(reverse("procedure-write"), {"unit": cast.banking.id, "kind": "hold_up"})
    assert not Procedure.objects.exists()


def test_lists_and_a_case_cost_the_same_for_any_number(
    case: Incident, cast: Cast, enter: Enter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk = enter(cast.chi)
    for url, cost in ((reverse("cases"), 5), (reverse("case", args=[case.id]), 10)):
        desk.get(url)
        with django_assert_num_queries(cost):
            desk.get(url)
    for zone in range(2, 12):
        raise_alarm("1002", "BA", str(zone))
    raise_alarm("1003", "HA")
    GroupAlarms()()
    assert Incident.objects.count() == 3
    with django_assert_num_queries(5):
        desk.get(reverse("cases"))


def test_the_catalogue_suggests_and_keeps_nothing(cast: Cast, enter: Enter) -> None:
    reader = enter(cast.dung)
    page = text(reader.get(reverse("catalogue")))
    assert "Giật điện thoại trên đường" in page
    assert "Có khả năng nhất" not in page
    with CaptureQueriesContext(connection) as asked:
        found = text(reader.post(reverse("catalogue"), {"narrative": "Em bị giật điện thoại khi nhắn tin ở lề đường"}))
    assert found.index("Có khả năng nhất") < found.index('href="#SN-PHONE"')
    assert "vì có:" in found
    assert asked.captured_queries
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    nothing = text(reader.post(reverse("catalogue"), {"narrative": "Xin hỏi giờ làm việc."}))
    assert "Không có thủ đoạn nào khớp" in nothing
    empty = text(reader.post(reverse("catalogue"), {"narrative": " "}))
    assert "Có khả năng nhất" not in empty


def test_a_case_offers_the_names_of_the_catalogue(case: Incident, cast: Cast, enter: Enter) -> None:
    """Beside the field in which the method is stated; what is not in the catalogue can be typed."""
    page = text(enter(cast.chi).get(reverse("case", args=[case.id])))
    assert '<option value="Giật điện thoại trên đường">' in page
    assert 'list="methods"' in page

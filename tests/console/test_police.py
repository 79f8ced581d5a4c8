"""Pages of the police: the script, the sheet, the story, the directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from canh.accounts.terms import Role
from canh.alarms.models import Alarm
from canh.incidents.models import Incident
from canh.incidents.steps import GroupAlarms
from canh.liaison import actions
from canh.liaison.models import PoliceDesk, Referral
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.console.desk.scenes import browser, raise_alarm


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


@pytest.fixture
def operator(hands: Hands, cast: Cast) -> Client:
    return browser(cast.dung)


@pytest.fixture
def desk(hands: Hands, cast: Cast) -> PoliceDesk:
    made = PoliceDesk(name="Công an phường Hoàn Kiếm", kind="ward", area=cast.ward, phone="024 3825 4321")
    return actions.save_desk(made, by=cast.chi)


@pytest.fixture
def case(hands: Hands, cast: Cast) -> Incident:
    raise_alarm("1001", "HA")
    GroupAlarms()()
    return Incident.objects.get()


def form(desk: PoliceDesk, **more: Any) -> dict[str, Any]:
    return {"desk": desk.id, "gate": "Cổng chính", "is_live": "yes", "weapons": "unknown", "held": "no",
            "callback": "024 3825 0000", **more}  # fmt: skip


def handed_over(operator: Client, case: Incident, desk: PoliceDesk) -> Referral:
    assert operator.post(f"/cases/{case.id}/police/", form(desk)).status_code == 302
    return Referral.objects.latest("id")


def test_the_whole_way_by_hand(operator: Client, case: Incident, desk: PoliceDesk) -> None:
    page = operator.get(f"/cases/{case.id}/police/").content.decode()
    for words in ("Công an phường Hoàn Kiếm", "024 3825 4321", "44 Hàng Bông", "mức 2 trên 4", "lâu chưa gọi thử"):
        assert words in page
    referral = handed_over(operator, case, desk)
    url = f"/police/{referral.id}/"
    assert operator.get(f"/cases/{case.id}/police/")["Location"] == url  # once it is with them, there is one page
    assert "chờ công an xác nhận" in operator.get(url).content.decode()
    assert operator.post(f"{url}accept/", {"officer": "Đại úy Nam", "reference": "HK-1"}).status_code == 302
    operator.post(f"{url}update/", {"kind": "on_way"})
    operator.post(f"{url}close/", {"disposition": "record", "text": "Biên bản 12"})
    page = operator.get(url).content.decode()
    for words in ("Đại úy Nam, HK-1", "Công an đang đến", "Công an đã kết thúc: Đã lập biên bản", "Biên bản 12",
                  "Tin báo này đã xong."):  # fmt: skip
        assert words in page
    assert "Taken by the police" not in page


def test_what_is_missing_is_said_and_nothing_typed_is_lost(operator: Client, case: Incident, desk: PoliceDesk) -> None:
    answer = operator.post(f"/cases/{case.id}/police/", form(desk, gate="", more="Hai xe máy"))
    assert answer.status_code == 422
    assert "Hai xe máy" in answer.content.decode()
    assert not Referral.objects.exists()
    referral = handed_over(operator, case, desk)
    answer = operator.post(f"/police/{referral.id}/update/", {"kind": "news", "text": ""})
    assert answer.status_code == 422
    assert "Hãy ghi nội dung đã nói." in answer.content.decode()


def test_two_who_answer_at_once(operator: Client, case: Incident, desk: PoliceDesk, cast: Cast) -> None:
    referral = handed_over(operator, case, desk)
    actions.reject(referral, by=cast.chi, refusal="too_old")
    assert operator.post(f"/police/{referral.id}/accept/", {"officer": "Nam"}).status_code == 302
    page = operator.get(f"/police/{referral.id}/").content.decode()
    assert "Người khác vừa ghi câu trả lời" in page
    assert "Công an không nhận: Đã quá lâu" in page
    assert "Báo lại" in page


def test_nobody_confirmed(operator: Client, case: Incident, desk: PoliceDesk, hands: Hands) -> None:
    referral = handed_over(operator, case, desk)
    hands.forward(181)
    assert "Chưa ai bên công an xác nhận." in operator.get(f"/police/{referral.id}/").content.decode()
    assert "quá hạn" in operator.get("/police/?show=open").content.decode()


def test_the_sheet_has_all_of_it_and_a_code_to_read_off(operator: Client, case: Incident, desk: PoliceDesk) -> None:
    referral = handed_over(operator, case, desk)
    page = operator.get(f"/police/{referral.id}/sheet/").content.decode()
    assert '<svg width="' in page
    assert 'class="qr"' in page
    assert "PHIẾU BÁO TIN CÔNG AN" in page
    assert "DIỄN TẬP" not in page
    Referral.objects.update(is_drill=True, sheet={**referral.sheet, "is_drill": True})
    assert "DIỄN TẬP — KHÔNG PHẢI VIỆC THẬT" in operator.get(f"/police/{referral.id}/sheet/").content.decode()


def test_from_the_code_of_a_caller_to_the_case(operator: Client, case: Incident, desk: PoliceDesk) -> None:
    referral = handed_over(operator, case, desk)
    assert operator.get(f"/police/code/?code={referral.code}")["Location"] == f"/police/{referral.id}/"
    assert operator.get("/police/code/?code=")["Location"] == "/police/"
    operator.post(f"/police/{referral.id}/code/", {"code": referral.code})
    assert "Đúng mã" in operator.get(f"/police/{referral.id}/").content.decode()
    operator.post(f"/police/{referral.id}/code/", {"code": "1"})
    assert "Sai mã" in operator.get(f"/police/{referral.id}/").content.decode()


def test_the_list_and_its_export(operator: Client, case: Incident, desk: PoliceDesk, cast: Cast) -> None:
    assert "Chưa báo vụ nào" in operator.get("/police/").content.decode()
    desk.name = "=Công an"  # a spreadsheet must not reckon with it
    actions.save_desk(desk, by=cast.chi)
    handed_over(operator, case, desk)
    lines = operator.get("/police/csv/").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("case,site,desk,state,drill,made_at")
    assert lines[1].startswith(f"{case.label},PGD Hàng Bông,'=Công an,new,false,2026-03-09T09:14:05")


def test_the_desk_leads_there(operator: Client, case: Incident, desk: PoliceDesk) -> None:
    alarm = Alarm.objects.get()
    page = operator.get(f"/alarms/{alarm.id}/").content.decode()
    assert f'href="/cases/{case.id}/police/"' in page
    referral = handed_over(operator, case, desk)
    page = operator.get(f"/alarms/{alarm.id}/").content.decode()
    assert f'href="/police/{referral.id}/"' in page
    assert f'href="/cases/{case.id}/police/"' not in page


def test_a_desk_is_added_changed_tested_and_taken_out(operator: Client, cast: Cast) -> None:
    head = browser(cast.chi)
    assert "Chưa có đầu mối nào" in head.get("/police/desks/").content.decode()
    data = {"name": "Công an phường Cửa Nam", "kind": "ward", "area": cast.ward.id, "phone": "024 1", "opens": "07:00"}
    assert head.post("/police/desks/add/", data).status_code == 422  # from, and not until
    assert head.post("/police/desks/add/", {**data, "closes": "19:00"}).status_code == 302
    desk = PoliceDesk.objects.get()
    assert head.post(f"/police/desks/{desk.id}/", {**data, "opens": "", "email": "cn@example.vn"}).status_code == 302
    assert operator.post(f"/police/desks/{desk.id}/test/", {"note": "Trung úy Hà"}).status_code == 302
    page = operator.get("/police/desks/?q=cua nam").content.decode()
    assert "Trung úy Hà" in page
    assert "cn@example.vn" in page
    head.post(f"/police/desks/{desk.id}/retire/")
    assert "Công an phường Cửa Nam." in head.get("/police/desks/").content.decode()
    assert not PoliceDesk.objects.filter(retired_at__isnull=True).exists()


def test_who_only_looks_writes_nothing_down(case: Incident, desk: PoliceDesk, operator: Client, cast: Cast) -> None:
    referral = handed_over(operator, case, desk)
    keeper = browser(cast.en)
    page = keeper.get(f"/police/{referral.id}/").content.decode()
    assert "Rút tin" not in page
    assert keeper.post(f"/police/{referral.id}/accept/", {"officer": "x"}).status_code == 403
    schools = browser(cast.person(Role.OPERATOR, cast.schools))
    assert schools.get(f"/police/{referral.id}/").status_code == 404

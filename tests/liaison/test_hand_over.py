"""A case goes to the police by telephone and paper, and comes back with what became of it. No machine of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from canh.accounts.queries import viewer
from canh.alarms.actions_drills import begin_drill
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.audit.models import Line
from canh.channels.actions_setup import set_up
from canh.channels.terms import ChannelKind, OutcomeState
from canh.incidents.models import Incident
from canh.incidents.steps import GroupAlarms
from canh.intake.steps import CopyJournals
from canh.kit import clock
from canh.liaison import actions, queries, sheet
from canh.liaison.models import PoliceDesk, Referral, ReferralLine
from canh.liaison.rules import IllegalMove
from canh.liaison.sheet import Answers
from canh.liaison.steps import MissReceipts
from canh.liaison.terms import ReferralState
from canh.sites import actions as sites
from tests.cast import Cast
from tests.channels.peers import MailServer, running
from tests.clock import Hands, stopped
from tests.senders import copy, entry

ANSWERS = Answers(gate="Cổng 44 Hàng Bông", weapons="yes", held="unknown", is_live="yes", keyholder="",
                  callback="024 3825 0000", more="Hai người, một xe máy")  # fmt: skip


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written here is nobody else's: journals and heartbeats outlive a test's database."""
    monkeypatch.setenv("CANH_DATA", str(tmp_path / "data"))


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


@pytest.fixture
def desk(hands: Hands, cast: Cast) -> PoliceDesk:
    made = PoliceDesk(name="Công an phường Hoàn Kiếm", kind="ward", area=cast.ward, phone="024 3825 4321",
                      email="hoankiem@example.vn")  # fmt: skip
    return actions.save_desk(made, by=cast.chi)


def case_of(account: str = "1001") -> Incident:
    copy(entry(account, "HA", "1"))
    RaiseAlarms()()
    GroupAlarms()()
    return Incident.objects.latest("id")


def hand_over(case: Incident, desk: PoliceDesk, cast: Cast, **more: Any) -> Referral:
    return actions.hand_over(case, desk, ANSWERS, by=cast.dung, reason="Có người báo khẩn một lần.", **more)


def story(referral: Referral) -> list[tuple[str, str]]:
    return [(line.kind, line.text) for line in referral.lines.all()]


def test_from_the_call_to_what_came_of_it(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    referral = hand_over(case_of(), desk, cast)
    hands.forward(40)
    actions.accept(referral, by=cast.dung, officer="Đại úy Nam, số hiệu 123", reference="HK-881")
    hands.forward(60)
    actions.update(referral, by=cast.dung, kind="on_way")
    actions.update(referral, by=cast.dung, kind="question", text="Ai mở cửa?")
    actions.update(referral, by=cast.chi, kind="keyholder", text="Bà An, 10 phút nữa")
    hands.forward(300)
    actions.update(referral, by=cast.dung, kind="on_spot")
    hands.forward(900)
    actions.close(referral, by=cast.dung, disposition="arrest", text="Một người")
    assert story(referral) == [
        ("made", "Công an phường Hoàn Kiếm"), ("accepted", "Đại úy Nam, số hiệu 123, HK-881"), ("on_way", ""),
        ("question", "Ai mở cửa?"), ("keyholder", "Bà An, 10 phút nữa"), ("on_spot", ""), ("closed", "Một người"),
    ]  # fmt: skip
    times = [(line.at - referral.made_at).seconds for line in referral.lines.all()]
    assert times == [0, 40, 100, 100, 100, 400, 1300]
    assert (referral.state, referral.disposition, referral.reference) == (ReferralState.CLOSED, "arrest", "HK-881")
    assert (referral.ended_at - referral.made_at).seconds == 1300  # type: ignore[operator]
    acts = Line.objects.filter(action__startswith="referral.").order_by("id").values_list("action", flat=True)
    assert [a.split(".")[1] for a in acts] == ["make", "accept", *["update"] * 4, "close"]
    assert "Nam" not in str(list(Line.objects.values_list("detail", flat=True)))


def test_the_sheet_says_in_order_what_the_police_ask(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    referral = hand_over(case_of(), desk, cast)
    told = sheet.sheet_of(referral.sheet)
    said = dict(sheet.lines(told, referral.code))
    assert list(said)[:4] == ["Việc gì", "Ở đâu", "Vị trí", "Cổng nào"]
    assert said["Việc gì"] == "Báo cướp, Nút khẩn quầy 2"
    assert said["Ở đâu"] == "PGD Hàng Bông (Chi nhánh, phòng giao dịch), 44 Hàng Bông, Phường Hoàn Kiếm"
    assert said["Vị trí"] == "21.02980, 105.84720"
    assert said["Vũ khí"] == "Có"
    assert said["Người bị giữ, bị thương"] == "Chưa rõ"
    assert said["Mức chắc chắn"].startswith("mức 2 trên 4.")
    assert said["Ai mở cửa"] == "chưa có ai"
    assert sheet.spoken(referral.code) in said["Gọi lại"]
    assert len(referral.code) == 5
    text = sheet.qr_text(told, referral.code)
    assert text == f"TEL:02438250000 CANH {told.case} {referral.code}"
    # As it was then: what is renamed later was told under its old name.
    cast.bank.name = "Tên mới"
    cast.bank.save()
    assert sheet.sheet_of(Referral.objects.get().sheet).site == "PGD Hàng Bông"


def test_one_case_is_with_one_desk_at_a_time(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    case = case_of()
    referral = hand_over(case, desk, cast)
    with pytest.raises(ValidationError, match="báo công an rồi"):
        hand_over(case, desk, cast)
    with pytest.raises(IntegrityError), transaction.atomic():  # the table keeps it, whoever writes
        Referral.objects.create(
            incident=case, alarm=referral.alarm, desk=desk, code="00000", sheet={}, made_at=clock.now(),
            made_by=cast.dung, due_at=clock.now(),
        )  # fmt: skip
    actions.reject(referral, by=cast.dung, refusal="bad_address", text="Thuộc phường bên")
    again = hand_over(case, desk, cast)
    assert again.code != referral.code or again.id != referral.id
    with pytest.raises(IllegalMove):
        actions.accept(referral, by=cast.dung, officer="Nam")


@pytest.mark.parametrize(
    ("act", "words", "field"),
    [("accept", {"officer": " "}, "officer"), ("reject", {"refusal": "other"}, "refusal"),
     ("reject", {"refusal": "nonsense"}, "refusal"), ("update", {"kind": "question", "text": ""}, "text"),
     ("update", {"kind": "closed", "text": "x"}, "kind"), ("close", {"disposition": "other"}, "disposition"),
     ("cancel", {"text": ""}, "text")],
)  # fmt: skip
def test_what_is_missing_is_asked_for_and_nothing_is_written(
    hands: Hands, cast: Cast, desk: PoliceDesk, act: str, words: dict[str, str], field: str
) -> None:
    referral = hand_over(case_of(), desk, cast)
    with pytest.raises(ValidationError) as caught:
        getattr(actions, act)(referral, by=cast.dung, **words)
    assert field in caught.value.message_dict
    assert len(story(referral)) == 1


def test_without_a_confirmation_it_rings_and_with_one_it_is_over(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    referral, step = hand_over(case_of(), desk, cast), MissReceipts()
    hands.forward(179)
    assert not step()
    hands.forward(2)
    assert step()
    assert not step()
    engine(hands)
    alarm = Alarm.objects.get(code="receipt_missing")
    assert (alarm.priority, alarm.site_id, alarm.returned_at) == (1, cast.bank.id, None)
    assert story(referral)[-1] == ("overdue", "")
    actions.accept(referral, by=cast.dung, officer="Nam")
    hands.forward(1)
    assert step()
    engine(hands)
    alarm.refresh_from_db()
    assert alarm.returned_at is not None
    hands.forward(1)
    assert not step()


def test_an_answer_that_comes_while_it_is_being_rung_for_ends_it_too(
    hands: Hands, cast: Cast, desk: PoliceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral, step, really = hand_over(case_of(), desk, cast), MissReceipts(), actions.tell_lapses

    def meanwhile(lapses: Any) -> None:
        really(lapses)
        monkeypatch.setattr(actions, "tell_lapses", really)
        actions.accept(Referral.objects.get(id=referral.id), by=cast.dung, officer="Nam")

    monkeypatch.setattr(actions, "tell_lapses", meanwhile)
    hands.forward(181)
    assert step()
    hands.forward(1)
    step()
    engine(hands)
    assert Alarm.objects.get(code="receipt_missing").returned_at is not None


def engine(hands: Hands) -> None:
    CopyJournals()()
    while RaiseAlarms()():
        pass


def test_what_was_confirmed_in_time_never_rings(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    referral, step = hand_over(case_of(), desk, cast), MissReceipts()
    hands.forward(60)
    actions.accept(referral, by=cast.dung, officer="Nam")
    hands.forward(3600)
    assert not step()
    assert not ReferralLine.objects.filter(kind="overdue").exists()


def test_an_exercise_goes_only_to_who_agreed_and_is_marked(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    case = case_of()
    Incident.objects.filter(id=case.id).update(is_drill=True)
    case.refresh_from_db()
    assert queries.desks_for(cast.bank, clock.now(), is_urgent=True, is_drill=True) == []
    with pytest.raises(ValidationError, match="diễn tập"):
        hand_over(case, desk, cast)
    desk.joins_drills = True
    actions.save_desk(desk, by=cast.chi)
    server = MailServer()
    with running(server):
        facts = {"host": "127.0.0.1", "port": server.port, "security": "none", "ca": "",
                 "sender": "canh@example.vn", "user": ""}  # fmt: skip
        set_up(ChannelKind.EMAIL, is_on=True, facts=facts, secret="")
        referral = hand_over(case, desk, cast)
        assert actions.mail_sheet(referral, by=cast.dung).state == OutcomeState.SENT
    mail = message_from_bytes(server.mails[0][2], policy=policy.default)
    assert mail["Subject"].startswith("[DIỄN TẬP]")
    body = mail.get_content()
    assert "Cổng nào: Cổng 44 Hàng Bông" in body
    assert sheet.spoken(referral.code) in body
    assert story(referral)[-1] == ("mailed", "hoankiem@example.vn")


def test_a_mail_that_does_not_leave_is_told(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    referral = hand_over(case_of(), desk, cast)
    assert actions.mail_sheet(referral, by=cast.dung).state == OutcomeState.FAILED  # no channel is set up
    assert story(referral)[-1][0] == "not_mailed"


def test_from_premises_on_test_a_person_must_have_decided_it(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    sites.put_on_test(actor_id=cast.chi.id, site=cast.bank, minutes=30, reason="Bảo trì")
    case = case_of()
    with pytest.raises(ValidationError) as caught:
        hand_over(case, desk, cast)
    assert "has_decided" in caught.value.message_dict
    assert hand_over(case, desk, cast, has_decided=True).state == ReferralState.NEW


def test_a_caller_is_known_by_the_code(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    referral = hand_over(case_of(), desk, cast)
    wrong = f"{(int(referral.code) + 1) % 10**5:05d}"
    assert not actions.confirm_code(referral, wrong, by=cast.dung)
    for nonsense in ("", "mã", "٤٨²", "9" * 500):
        assert not actions.confirm_code(referral, nonsense, by=cast.dung)
    assert actions.confirm_code(referral, sheet.spoken(referral.code), by=cast.dung)
    assert [kind for kind, _text in story(referral)] == ["made", "called_back"]
    assert queries.open_with_code(viewer(cast.dung), referral.code) == referral
    assert queries.open_with_code(viewer(cast.la), referral.code) is None


def test_only_of_cases_one_may_see(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    hand_over(case_of(), desk, cast)
    assert [queries.visible_to(viewer(p)).count() for p in (cast.chi, cast.dung, cast.la)] == [1, 1, 0]


def test_the_directory_keeps_who_answered(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    assert not queries.is_tested(desk, clock.now())
    with pytest.raises(ValidationError):
        actions.test_desk(desk, by=cast.dung, note=" ")
    actions.test_desk(desk, by=cast.dung, note="Trung úy Hà")
    desk.refresh_from_db()
    assert queries.is_tested(desk, clock.now())
    assert not queries.is_tested(desk, clock.now() + timedelta(days=32))
    actions.retire_desk(desk, by=cast.chi)
    actions.retire_desk(desk, by=cast.chi)
    assert list(queries.desks()) == []
    assert Line.objects.filter(action="desk.retire").count() == 1


def test_an_exercise_is_scored_by_when_the_police_were_told(hands: Hands, cast: Cast, desk: PoliceDesk) -> None:
    run, made = begin_drill(cast.bank, "hold_up_at_counter", actor_id=cast.chi.id)
    case = case_of(made.panel.account)
    assert case.is_drill
    assert not queries.takes_part(cast.bank)
    assert queries.of_panel(run.panel_id) is None
    desk.joins_drills = True
    actions.save_desk(desk, by=cast.chi)
    assert queries.takes_part(cast.bank)
    referral = hand_over(case, desk, cast)
    assert queries.of_panel(run.panel_id) == referral

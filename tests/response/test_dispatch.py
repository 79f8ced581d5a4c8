"""People are sent to the spot, answer, and are called back: each told once, nobody left running for what is over."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from canh.alarms import actions, queries
from canh.alarms.terms import EventKind
from canh.audit.models import Line
from canh.channels.terms import OutcomeState
from canh.kit import clock
from canh.response import dispatching, rules, sending
from canh.response import queries as response
from canh.response.models import Dispatch, Notice
from canh.response.terms import DispatchState, NoticeState, Purpose
from tests.cast import Cast
from tests.response.town import Town, on_duty, way


def sent(town: Town) -> list[str]:
    return [address for _second, address, _message in town.left]


def test_who_is_sent_is_told_what_where_and_how_to_answer(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    (made,) = dispatching.send(alarm, [cast.binh.id], by=cast.dung, task="Xem cửa sau")
    town.run(2)
    ((_second, address, message),) = town.left
    assert address == "binh@example.vn"
    assert message.title == "Tới ngay: Báo cướp, Nút khẩn quầy 2 — PGD Hàng Bông"
    assert "Xem cửa sau" in message.text
    assert "44 Hàng Bông, Phường Hoàn Kiếm" in message.body
    assert "Lệnh điều động" in message.body
    assert (made.state, made.made_by) == (DispatchState.SENT, cast.dung)


def test_on_the_way_there_done(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    (made,) = dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    town.run(2)
    dispatching.move(made, "accepted", by=cast.binh)
    town.run(300)
    dispatching.move(made, "arrived", by=cast.binh)
    dispatching.move(made, "arrived", by=cast.binh)  # said twice: once
    dispatching.move(made, "done", by=cast.binh, note="Không có ai")
    made.refresh_from_db()
    assert made.accepted_at
    assert made.arrived_at
    assert made.ended_at
    assert (made.arrived_at - made.accepted_at).total_seconds() == 300
    said = [(e.reason, e.note) for e in queries.timeline(alarm) if e.kind == EventKind.ON_SPOT]
    assert said == [("accepted", "Lê Văn Bình"), ("arrived", "Lê Văn Bình"), ("done", "Lê Văn Bình\nKhông có ai")]


@pytest.mark.parametrize(("state", "to"), [
    ("done", "arrived"), ("declined", "accepted"), ("stood_down", "done"), ("sent", "done"), ("sent", "stood_down"),
])  # fmt: skip
def test_what_cannot_be_said(state: str, to: str) -> None:
    assert not rules.may_move(DispatchState(state), DispatchState(to))


def test_who_was_called_back_cannot_say_they_arrived(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    (made,) = dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    dispatching.stand_down(alarm, by=cast.dung)
    with pytest.raises(ValidationError, match="kết thúc ứng phó"):
        dispatching.move(made, "arrived", by=cast.binh)


def test_the_next_way_where_the_first_fails(town: Town, cast: Cast) -> None:
    way(cast.binh, "binh2@example.vn", order=2)
    town.outcomes["binh@example.vn"] = OutcomeState.FAILED
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    town.run(3)
    assert sent(town) == ["binh@example.vn", "binh2@example.vn"]


def test_a_killed_sender_doubles_no_order(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    assert len(sending.claim(clock.now(), 8)) == 1  # and killed before it was settled
    town.run(60)
    assert sent(town) == []
    assert Notice.objects.get().state == NoticeState.UNCERTAIN


def test_who_has_no_way_is_known_to_have_none(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    dispatching.send(alarm, [cast.en.id], by=cast.dung)
    assert Notice.objects.get().state == NoticeState.NO_WAY


def test_nobody_is_sent_twice_for_one_thing(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    assert dispatching.send(alarm, [cast.binh.id, cast.an.id], by=cast.chi)[0].user_id == cast.an.id
    town.run(3)
    assert sorted(sent(town)) == ["an@example.vn", "binh@example.vn"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispatch.objects.create(alarm=alarm, user=cast.an, made_at=clock.now(), made_by=cast.dung)
    with pytest.raises(ValidationError):
        dispatching.send(alarm, [], by=cast.dung)


def test_stand_down_reaches_who_is_under_way_and_who_was_called(town: Town, cast: Cast) -> None:
    on_duty(cast.an, cast.chi, site=cast.bank)
    alarm = town.ring()
    town.run(31)
    assert sent(town) == ["an@example.vn"]
    with pytest.raises(ValidationError, match="tiếp nhận"):
        dispatching.stand_down(alarm, by=cast.dung)
    alarm = actions.acknowledge_alarm(alarm, cast.dung)
    dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    town.run(2)
    assert dispatching.stand_down(alarm, by=cast.dung) == ["Lê Văn Bình", "Nguyễn Thị An"]
    town.run(2)
    assert sorted(sent(town)[2:]) == ["an@example.vn", "binh@example.vn"]
    assert town.left[-1][2].title == "Kết thúc ứng phó: Báo cướp, Nút khẩn quầy 2 — PGD Hàng Bông"
    assert dispatching.stand_down(alarm, by=cast.dung) == []  # told once
    town.run(5)
    assert len(town.left) == 4
    assert [e.kind for e in queries.timeline(alarm)][-1] == EventKind.STOOD_DOWN


def test_what_was_not_sent_yet_is_not_sent_any_more(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    dispatching.stand_down(alarm, by=cast.dung)
    town.run(2)
    assert [m.title.split(":")[0] for _s, _a, m in town.left] == ["Kết thúc ứng phó"]


def test_nobody_runs_on_for_an_alarm_that_is_closed(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    town.run(2)
    actions.close_alarm(alarm, cast.dung, "user_error", "")
    town.run(3)
    assert Dispatch.objects.get().state == DispatchState.STOOD_DOWN
    assert sent(town) == ["binh@example.vn", "binh@example.vn"]
    with pytest.raises(ValidationError):
        dispatching.send(alarm, [cast.an.id], by=cast.dung)


def test_on_duty_first_then_the_nearest(town: Town, cast: Cast) -> None:
    on_duty(cast.dung, cast.chi, unit=cast.banking)
    found = response.at_hand(cast.bank, clock.now())
    assert list(found.items()) == [(cast.dung.id, True), (cast.an.id, False), (cast.binh.id, False),
                                   (cast.chi.id, False)]  # fmt: skip
    assert cast.la.id not in found


def test_a_call_and_an_order_to_one_person_are_two_messages(town: Town, cast: Cast) -> None:
    on_duty(cast.binh, cast.chi, site=cast.bank)
    first = town.ring()
    town.ring("1001", "BA", "2")
    dispatching.send(first, [cast.binh.id], by=cast.dung)
    town.run(31)
    assert {m.title.split(":")[0] for _s, _a, m in town.left} >= {"Tới ngay"}
    assert Notice.objects.filter(purpose=Purpose.CALL).exists()


def test_all_of_it_is_in_the_audit(town: Town, cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(town.ring(), cast.dung)
    (made,) = dispatching.send(alarm, [cast.binh.id], by=cast.dung)
    dispatching.move(made, "accepted", by=cast.binh)
    dispatching.stand_down(alarm, by=cast.dung)
    lines = Line.objects.filter(action__startswith="dispatch.").order_by("id")
    assert list(lines.values_list("action", "actor_id")) == [
        ("dispatch.send", cast.dung.id), ("dispatch.accepted", cast.binh.id), ("dispatch.stand_down", cast.dung.id),
    ]  # fmt: skip

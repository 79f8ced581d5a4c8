"""An alarm that nobody takes: the next person, then the next unit, until somebody has it. No word twice, none after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from canh.accounts.models_contacts import ContactMethod
from canh.accounts.terms import Role
from canh.alarms import actions, queries
from canh.alarms.actions_owners import release_lost, stamp_watchers
from canh.alarms.actions_shelf import shelve_alarm
from canh.alarms.models import Alarm
from canh.alarms.terms import EventKind, Fold
from canh.channels.terms import OutcomeState
from canh.guards.actions import Place
from canh.kit import clock
from canh.response import sending
from canh.response.actions import write_ladder
from canh.response.models import Climb, Notice
from canh.response.notifier import Notifier
from canh.response.rules import Rung
from canh.response.terms import ClimbEnd, NoticeState, Target
from tests.cast import Cast
from tests.response.town import Town, on_duty, way


def test_the_next_person_then_the_next_unit(town: Town, cast: Cast) -> None:
    """Built-in ladder of priority 1: 30 s who is on duty, 60 s the security head, 90 s the next unit above."""
    sector = cast.person(Role.SECURITY_HEAD, cast.banking)
    way(sector, "nganh@example.vn")
    on_duty(cast.binh, cast.chi, site=cast.bank)
    alarm = town.ring()
    town.run(200)
    assert town.calls == [(30, "binh@example.vn"), (90, "nganh@example.vn"), (180, "chi@example.vn")]
    called = [line for line in queries.timeline(alarm) if line.kind == EventKind.CALLED]
    assert [(c.reason, c.note) for c in called] == [("1", "Lê Văn Bình"), ("2", str(sector)), ("3", "Nguyễn Thị Chi")]


def test_the_message_says_what_where_and_that_it_is_an_exercise(town: Town, cast: Cast) -> None:
    on_duty(cast.binh, cast.chi, unit=cast.bank_unit)
    alarm = town.ring()
    Alarm.objects.filter(id=alarm.id).update(is_drill=True)
    town.run(31)
    message = town.left[0][2]
    assert message.text == "P1 Báo cướp, Nút khẩn quầy 2, PGD Hàng Bông 09:14:05. Chưa ai tiếp nhận."
    assert "44 Hàng Bông, Phường Hoàn Kiếm" in message.body
    assert message.is_drill
    assert not message.is_test


def test_acknowledged_nobody_more_is_called(town: Town, cast: Cast) -> None:
    on_duty(cast.binh, cast.chi, site=cast.bank)
    alarm = town.ring()
    town.run(31)
    actions.acknowledge_alarm(alarm, cast.chi)
    town.run_by(10, 900)
    assert town.calls == [(30, "binh@example.vn")]
    climb = Climb.objects.get()
    assert (climb.end, climb.next_at) == (ClimbEnd.ACKNOWLEDGED, None)


def test_taken_in_the_moment_before_it_is_sent_it_is_not_sent(town: Town, cast: Cast) -> None:
    on_duty(cast.binh, cast.chi, site=cast.bank)
    alarm = town.ring()
    town.hands.forward(31)
    town.escalate()
    actions.acknowledge_alarm(alarm, cast.chi)  # between the engine and the sender
    town.cycle()
    assert town.calls == []
    assert Notice.objects.get().state == NoticeState.STOPPED


def test_closed_or_shelved_it_stops_as_well(town: Town, cast: Cast) -> None:
    first, second = town.ring("1002", "BA", "1"), town.ring("1002", "BA", "2")
    town.run(2)
    actions.close_alarm(actions.acknowledge_alarm(first, cast.chi), cast.chi, "test")
    shelve_alarm(second, cast.chi, timedelta(minutes=15), "repair")
    town.run(5)
    assert {c.alarm_id: c.end for c in Climb.objects.all()} == {
        first.id: ClimbEnd.CLOSED, second.id: ClimbEnd.SHELVED,
    }  # fmt: skip


def test_an_owner_who_goes_lets_it_begin_anew(town: Town, cast: Cast) -> None:
    on_duty(cast.binh, cast.chi, site=cast.bank)
    alarm = town.ring()
    stamp_watchers([cast.chi.id], clock.now())
    actions.acknowledge_alarm(alarm, cast.chi)
    town.run(40)
    assert town.calls == []
    assert release_lost(clock.now(), 10) == 1
    assert Alarm.objects.get().state == "unacknowledged"
    town.run(32)
    assert [address for _s, address in town.calls] == ["binh@example.vn"]
    assert town.calls[0][0] - 40 in range(30, 33)  # its own wait again: it waits since now


def test_a_rung_without_anybody_is_passed_at_once(town: Town, cast: Cast) -> None:
    """Nobody is on duty; the head of the city is the nearest head."""
    alarm = town.ring()
    town.run(32)
    assert town.calls == [(30, "chi@example.vn")]
    assert [line.note for line in queries.timeline(alarm) if line.kind == EventKind.CALLED] == ["", "Nguyễn Thị Chi"]


def test_who_has_no_way_is_told_as_such_and_costs_no_time(town: Town, cast: Cast) -> None:
    ContactMethod.objects.filter(user=cast.binh).delete()
    on_duty(cast.binh, cast.chi, site=cast.bank)
    town.ring()
    town.run(32)
    assert town.calls == [(30, "chi@example.vn")]
    assert Notice.objects.get(user=cast.binh).state == NoticeState.NO_WAY


def test_nobody_comes_the_ladder_is_climbed_again_and_then_ends(town: Town, cast: Cast) -> None:
    on_duty(cast.binh, cast.chi, site=cast.bank)
    town.ring()
    town.run(200)
    town.run_by(5, 2000)
    assert [address for _s, address in town.calls] == ["binh@example.vn", "chi@example.vn"] * 2
    climb = Climb.objects.get()
    assert (climb.round, climb.next_at, climb.ended_at) == (2, None, None)


def test_what_fails_for_good_goes_another_way(town: Town, cast: Cast) -> None:
    way(cast.binh, "binh-2@example.vn", order=2)
    town.outcomes["binh@example.vn"] = OutcomeState.FAILED
    on_duty(cast.binh, cast.chi, site=cast.bank)
    town.ring()
    town.run(32)
    assert town.calls == [(30, "binh@example.vn"), (30, "binh-2@example.vn")]


def test_where_every_way_fails_the_next_rung_does_not_wait(town: Town, cast: Cast) -> None:
    town.outcomes["binh@example.vn"] = OutcomeState.FAILED
    on_duty(cast.binh, cast.chi, site=cast.bank)
    town.ring()
    town.run(33)
    assert town.calls == [(30, "binh@example.vn"), (31, "chi@example.vn")]


def test_what_may_pass_is_tried_again_with_growing_pauses(town: Town, cast: Cast) -> None:
    town.outcomes["binh@example.vn"] = OutcomeState.RETRY
    on_duty(cast.binh, cast.chi, site=cast.bank)
    town.ring()
    town.run(59)
    assert [second for second, _address in town.calls] == [30, 32, 37, 52]  # 2, 5, 15 s
    town.outcomes["binh@example.vn"] = OutcomeState.SENT
    town.run(30)
    assert [second for second, _address in town.calls] == [30, 32, 37, 52, 82]


def test_claimed_by_a_sender_that_was_killed_it_is_not_sent_again_by_that_way(town: Town, cast: Cast) -> None:
    way(cast.binh, "binh-2@example.vn", order=2)
    on_duty(cast.binh, cast.chi, site=cast.bank)
    town.ring()
    town.hands.forward(31)
    town.escalate()
    assert len(sending.claim(clock.now(), 8)) == 1  # and here it is killed
    town.run(29)
    assert town.calls == []
    town.run(2)
    assert [address for _s, address in town.calls] == ["binh-2@example.vn"]
    assert [n.state for n in Notice.objects.filter(user=cast.binh).order_by("way")] == ["uncertain", "sent"]


def test_a_new_sender_takes_up_at_once_what_the_killed_one_left(town: Town, cast: Cast) -> None:
    on_duty(cast.binh, cast.chi, site=cast.bank)
    town.ring()
    town.hands.forward(31)
    town.escalate()
    sending.claim(clock.now(), 8)
    Notifier(town.deliver)
    town.cycle()
    assert town.calls == [(31, "chi@example.vn")]  # Bình has no other way: the next rung, at once


def test_many_alarms_are_one_message(town: Town, cast: Cast) -> None:
    on_duty(cast.chi, cast.chi, unit=cast.city)
    for account, code, zone in (("1002", "BA", "1"), ("1002", "BA", "2"), ("1002", "BA", "3"), ("1002", "BA", "4")):
        town.ring(account, code, zone)
    town.run(95)
    assert len(town.left) == 1
    assert town.left[0][2].title == "4 báo động đang chờ"
    assert town.left[0][2].text.endswith("và 1 báo động khác. Chưa ai tiếp nhận.")


def test_an_exercise_is_never_told_in_one_breath_with_what_is_real(town: Town, cast: Cast) -> None:
    on_duty(cast.chi, cast.chi, unit=cast.city)
    town.ring("1002", "BA", "1")
    exercise = town.ring("1002", "BA", "2")
    Alarm.objects.filter(id=exercise.id).update(is_drill=True)
    town.run(95)
    assert sorted(message.is_drill for _s, _a, message in town.left) == [False, True]


def test_priority_three_is_for_the_desk_alone(town: Town, cast: Cast) -> None:
    on_duty(cast.chi, cast.chi, unit=cast.city)
    alarm = town.ring("1002", "YT", "1")
    assert alarm.priority == 3
    town.run_by(10, 1000)
    assert (town.calls, Climb.objects.count()) == ([], 0)


def test_what_becomes_part_of_a_storm_is_not_called_for(town: Town, cast: Cast) -> None:
    on_duty(cast.chi, cast.chi, unit=cast.city)
    alarm = town.ring("1002", "BA", "1")
    town.run(5)
    Alarm.objects.filter(id=alarm.id).update(fold=Fold.STORM, revision=actions.next_pulse())
    town.run(200)
    assert town.calls == []
    assert Climb.objects.get().end == ClimbEnd.FOLDED


def test_the_step_costs_the_same_for_one_and_for_many(
    town: Town, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    on_duty(cast.chi, cast.chi, unit=cast.city)
    for zone in range(3, 23):
        town.ring("1003", "BA", str(zone))
    town.escalate()
    town.hands.forward(100)
    with django_assert_max_num_queries(24):
        town.escalate()
    assert Notice.objects.count() == 20
    with django_assert_max_num_queries(6):
        town.escalate()


def siren(cast: Cast) -> None:
    write_ladder(Place(site=cast.bank), 1, "Còi", [Rung(5, Target.SIREN, topic="canh/siren/hall")], rounds=1,
                 again_s=300, by=cast.chi)  # fmt: skip


def test_a_siren_is_switched_off_when_somebody_has_the_alarm(town: Town, cast: Cast) -> None:
    siren(cast)
    alarm = town.ring()
    town.run(10)
    assert town.calls == [(5, "canh/siren/hall")]
    actions.acknowledge_alarm(alarm, cast.chi)
    town.run(60)
    assert town.calls == [(5, "canh/siren/hall"), (11, "off canh/siren/hall")]


def test_its_off_does_not_overtake_its_on(town: Town, cast: Cast) -> None:
    siren(cast)
    alarm = town.ring()
    town.hands.forward(6)
    town.escalate()
    [under_way] = sending.claim(clock.now(), 8)
    actions.acknowledge_alarm(alarm, cast.chi)
    town.run(5)
    assert town.calls == []
    town.notifier.send(under_way)  # it took ten seconds
    town.run(20)
    assert [address for _s, address in town.calls] == ["canh/siren/hall", "off canh/siren/hall"]
    assert town.calls[1][0] - town.calls[0][0] >= 6


def test_a_channel_that_has_its_share_of_room_leaves_the_rest_to_others(town: Town, cast: Cast) -> None:
    siren(cast)
    on_duty(cast.chi, cast.chi, unit=cast.schools)
    town.ring()
    town.ring("1002", "PA", "1")
    town.hands.forward(40)
    while town.escalate():
        pass
    assert [b.first.kind for b in sending.claim(clock.now(), 8, {"email"})] == ["siren"]
    assert [b.first.kind for b in sending.claim(clock.now(), 1)] == ["email"]

"""Silence is noticed within its class and a tenth, told once, and never blamed on who could not be heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.alarms.models import Alarm
from canh.alarms.queries import visible_to
from canh.intake import rules
from canh.intake.models import Path as SignalPath
from canh.intake.models import Signal, Supervision
from canh.intake.rules import Fate, Hearing, Watched
from canh.intake.steps import NoticeSilence
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites.models import Panel, Site
from canh.sites.terms import ReportingClass
from tests.cast import Cast
from tests.clock import START, stopped
from tests.console.desk.scenes import viewer
from tests.watch import Night, data_folder, give_class, open_codes


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class TestRule:
    @pytest.mark.parametrize(
        ("path", "up_since", "until", "expected"),
        [
            # class, last word, since, busy until
            (Watched(90, at(0), at(-999)), -999, 89.9, (Fate.KEPT, at(90))),
            (Watched(90, at(0), at(-999)), -999, 90, (Fate.LOST, None)),
            (Watched(180, at(0), at(-999)), -999, 179, (Fate.KEPT, at(180))),
            (Watched(90, at(0), at(-999)), 60, 149, (Fate.KEPT, at(150))),
            (Watched(90, at(0), at(-999)), 60, 150, (Fate.LOST, None)),
            (Watched(90, at(0), at(40)), -999, 129, (Fate.KEPT, at(130))),
            (Watched(90, None, at(40)), -999, 129, (Fate.KEPT, at(130))),
            (Watched(90, None, at(40)), -999, 130, (Fate.LOST, None)),
            (Watched(90, at(0), at(-999), at(500)), -999, 589, (Fate.KEPT, at(590))),
            (Watched(90, at(0), at(-999), at(500)), -999, 590, (Fate.LOST, None)),
            (Watched(None, at(0), at(-999)), -999, 10_000, (Fate.NOT_COUNTED, None)),
            (Watched(90, at(0), at(-999), is_lost=True), -999, 10_000, (Fate.LOST, None)),
            (Watched(90, at(500), at(-999), is_lost=True, has_spoken=True), -999, 501, (Fate.RESTORED, None)),
        ],
    )
    def test_table(self, path: Watched, up_since: float, until: float, expected: tuple[Fate, datetime | None]) -> None:
        assert rules.fate(path, Hearing(at(up_since), at(until))) == expected

    def test_behind_a_shut_door_nobody_is_late(self) -> None:
        assert rules.fate(Watched(90, at(0), at(-999)), None) == (Fate.NOT_COUNTED, None)

    @given(
        class_s=st.sampled_from(ReportingClass.values),
        heard=st.one_of(st.none(), st.integers(-200_000, 200_000)),
        since=st.integers(-200_000, 200_000),
        up=st.integers(-200_000, 200_000),
        busy=st.one_of(st.none(), st.integers(-200_000, 200_000)),
        until=st.integers(-200_000, 400_000),
    )
    def test_lost_means_a_whole_class_in_which_it_could_have_been_heard(
        self, class_s: int, heard: int | None, since: int, up: int, busy: int | None, until: int
    ) -> None:
        path = Watched(class_s, None if heard is None else at(heard), at(since), None if busy is None else at(busy))
        verdict, due_at = rules.fate(path, Hearing(at(up), at(until)))
        begins = [b for b in (heard, since, up, busy) if b is not None]
        assert (verdict == Fate.LOST) == all(until - begin >= class_s for begin in begins)
        if verdict == Fate.KEPT:
            assert due_at is not None
            later, _none = rules.fate(path, Hearing(at(up), due_at))
            assert later == Fate.LOST, "at its deadline it is lost, not a moment later"


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped() as hands:
        yield Night(hands)


@pytest.fixture
def people(night: Night) -> Cast:
    from tests.cast import make_cast

    return make_cast()


@pytest.mark.parametrize("class_s", [90, 180, 1800])
def test_silence_rings_within_its_class_and_a_tenth_never_before(night: Night, people: Cast, class_s: int) -> None:
    give_class(people.bank_panel, class_s)
    night.polls("1001")
    night.passes(4)
    night.polls("1001")
    night.passes(class_s - 1, class_s / 45)
    assert open_codes() == []
    assert class_s <= class_s - 1 + night.waits_for("path_lost", class_s * 0.1 + 1) <= class_s * 1.1
    alarm = Alarm.objects.get()
    assert (alarm.panel, alarm.protocol, alarm.zone_number, alarm.priority) == (people.bank_panel, "CANH", "sia L0", 2)
    night.passes(300, 20)
    assert Alarm.objects.count() == 1


def test_a_path_heard_again_closes_its_silence(night: Night, people: Cast) -> None:
    give_class(people.bank_panel, 90)
    night.polls("1001")
    night.passes(110)
    assert SignalPath.objects.get().lost_at == at(92), "from when the engine learned of the class"
    night.polls("1001")
    night.passes(6)
    alarm = Alarm.objects.get()
    assert alarm.returned_at is not None
    assert SignalPath.objects.get().lost_at is None
    night.passes(110)
    alarm.refresh_from_db()
    assert (alarm.returned_at, alarm.count) == (None, 2)
    assert Signal.objects.filter(code="path_lost").count() == 3


def test_two_paths_are_told_apart_and_both_lost_ranks_higher(night: Night, people: Cast) -> None:
    give_class(people.bank_panel, 90)
    night.always = [("1001", "L0"), ("1001", "L1")]
    night.passes(10)
    night.always = [("1001", "L0")]
    night.passes(100)
    assert [(a.code, a.zone_number, a.priority) for a in Alarm.objects.all()] == [("path_lost", "sia L1", 3)]
    night.always = []
    night.passes(100)
    assert open_codes() == ["path_lost", "path_lost", "cut_off"]
    assert Alarm.objects.get(code="cut_off").priority == 2
    night.always = [("1001", "L1")]
    night.passes(6)
    assert [(a.code, a.zone_number) for a in Alarm.objects.filter(returned_at=None)] == [("path_lost", "sia L0")]
    night.always = [("1001", "L1"), ("1001", "L0")]
    night.passes(6)
    assert open_codes() == []


def test_a_panel_never_heard_is_told_as_such(night: Night, people: Cast) -> None:
    give_class(people.school_panel, 90)
    night.passes(88)
    assert open_codes() == []
    night.passes(10)
    assert open_codes() == ["never_heard"]
    night.polls("1002")
    night.passes(6)
    assert open_codes() == []
    night.passes(100)
    assert open_codes() == ["path_lost"]


def test_a_class_counts_from_when_it_was_set(night: Night, people: Cast) -> None:
    night.polls("1001")
    night.passes(600, 20)
    give_class(people.bank_panel, 90)
    night.passes(86)
    assert open_codes() == []
    night.passes(10)
    assert open_codes() == ["path_lost"]


@pytest.mark.parametrize("how", ["retired", "no class"])
def test_who_is_no_longer_supervised_rings_no_longer(night: Night, people: Cast, how: str) -> None:
    give_class(people.bank_panel, 90)
    give_class(people.school_panel, 90)
    night.polls("1001", "L0")
    night.polls("1001", "L1")
    night.passes(110)
    assert sorted(open_codes()) == ["cut_off", "never_heard", "path_lost", "path_lost"]
    for panel in (people.bank_panel, people.school_panel):
        if how == "retired":
            sites.retire_panel(panel, actor_id=people.en.id)
        else:
            give_class(panel, None)
    night.passes(4)
    assert open_codes() == []
    assert not Supervision.objects.exists()
    night.passes(200, 10)
    assert open_codes() == []


def test_an_account_given_to_another_panel_ends_the_alarm_of_the_first(night: Night, people: Cast) -> None:
    give_class(people.bank_panel, 90)
    night.polls("1001")
    night.passes(110)
    sites.retire_panel(people.bank_panel, actor_id=people.en.id)
    sites.add_panel(actor_id=people.en.id, site=people.fund, account="1001")
    night.passes(4)
    assert open_codes() == []
    assert Signal.objects.filter(turn="restore").get().panel == people.bank_panel


def test_nobody_is_late_while_the_premises_are_worked_on(night: Night, people: Cast) -> None:
    give_class(people.bank_panel, 90)
    night.polls("1001")
    test = sites.put_on_test(actor_id=people.chi.id, site=people.bank, minutes=60, reason="Thay tủ")
    night.passes(600, 10)
    assert open_codes() == []
    sites.take_off_test(test, actor_id=people.chi.id)
    night.passes(86)
    assert open_codes() == []
    night.passes(10)
    assert open_codes() == ["path_lost"], "what does not come back after the work rings"


class TestOutage:
    def test_a_gateway_away_for_ten_minutes_is_one_alarm(self, night: Night, people: Cast) -> None:
        give_class(people.bank_panel, 90)
        give_class(people.school_panel, 180)
        night.polls("1001")
        night.polls("1002")
        night.passes(10)
        night.stop_gateway()
        night.passes(600, 5)
        assert open_codes() == ["gateway_silent"]
        assert Alarm.objects.get().priority == 2
        night.start_gateway()
        night.passes(84)
        assert open_codes() == []
        night.passes(14)
        assert open_codes() == ["path_lost"], "a full class time after it was back"
        assert Alarm.objects.filter(code="gateway_silent").count() == 1

    def test_so_is_a_door_that_hears_nobody(self, night: Night, people: Cast) -> None:
        give_class(people.bank_panel, 90)
        night.up_since["mqtt"] = night.up_since["sia"]
        night.always = [("1002", "L0")]
        night.polls("1001", "", "mqtt")
        night.passes(10)
        night.up_since["mqtt"] = 0
        night.passes(600, 5)
        assert [(a.code, a.zone_number) for a in Alarm.objects.all()] == [("door_shut", "mqtt")]
        night.up_since["mqtt"] = clock.now_us()
        night.passes(80)
        assert open_codes() == []
        night.passes(20)
        assert open_codes() == ["path_lost"]

    def test_the_engine_that_was_away_blames_nobody(self, night: Night, people: Cast) -> None:
        give_class(people.bank_panel, 90)
        night.always = [("1001", "L0")]
        night.passes(10)
        night.stop_engine()
        night.passes(600, 10)
        night.start_engine()
        night.passes(30)
        assert open_codes() == []

    def test_nor_does_a_machine_that_starts_anew(self, night: Night, people: Cast) -> None:
        give_class(people.bank_panel, 90)
        night.always = [("1001", "L0")]
        night.passes(10)
        night.stop_gateway()
        night.stop_engine()
        night.hands.forward(8 * 3600)
        night.start_engine()
        night.passes(20)
        night.start_gateway()
        night.passes(200)
        assert open_codes() == []

    def test_every_desk_is_told_and_nobody_else(self, night: Night, people: Cast) -> None:
        night.passes(4)
        night.stop_gateway()
        night.passes(60)
        alarm = Alarm.objects.get(code="gateway_silent")
        assert alarm.site.kind == "control_room"
        seen = {who.username for who in (people.dung, people.chi, people.an, people.binh, people.la)
                if visible_to(viewer(who)).filter(id=alarm.id).exists()}  # fmt: skip
        assert seen == {"dung", "chi"}

    def test_the_control_room_that_is_there_is_taken(self, night: Night, people: Cast) -> None:
        mine = sites.add_site(actor_id=None, unit_id=people.banking.id, name="Phòng trực", kind="control_room")
        assert sites.own_panel("gw1") == sites.own_panel("gw1") == "own:gw1"
        assert Panel.objects.get(account="own:gw1").site == mine
        assert Site.objects.filter(kind="control_room").count() == 1

    def test_without_a_unit_there_is_nobody_to_tell(self, night: Night) -> None:
        night.passes(4)
        night.stop_gateway()
        night.passes(60)
        assert not Alarm.objects.exists()


def test_a_crash_between_word_and_mark_makes_no_second_alarm(
    night: Night, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_class(people.bank_panel, 90)
    night.polls("1001")
    night.passes(88)
    with monkeypatch.context() as broken:
        broken.setattr("canh.intake.silence.bulk.update", _raise)
        night.passes(6)
    night.start_engine()
    night.passes(6)
    assert Signal.objects.filter(code="path_lost").count() >= 2
    assert Alarm.objects.get().count == 1


def _raise(*_: object) -> None:
    raise RuntimeError("the machine stops here")


def test_a_tick_costs_the_same_queries_whatever_the_number(
    night: Night, people: Cast, django_assert_max_num_queries: object
) -> None:
    give_class(people.bank_panel, 90)
    night.polls("1001")
    night.passes(4)
    panel = people.bank_panel
    made = [
        SignalPath(gateway="gw1", door="sia", account="1001", path=f"X{n}", panel=panel, heard_at=START, due_at=at(90))
        for n in range(400)
    ]
    SignalPath.objects.bulk_create(made)
    step = NoticeSilence()
    step()
    night.hands.forward(100)
    night.journal()
    night.cycle.steps[0]()  # type: ignore[union-attr]
    with django_assert_max_num_queries(26):  # type: ignore[operator]
        step()
    assert SignalPath.objects.filter(lost_at__isnull=False).count() == 401
    night.hands.forward(2)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        step()


def test_the_silence_of_a_receiver_that_stands_before_canh_is_a_lost_path(night: Night, people: Cast) -> None:
    account = "receiver:10.0.0.9"
    box = sites.add_panel(actor_id=None, site=people.bank, account=account, kind="service").panel
    give_class(box, ReportingClass.S90)
    night.up_since["receiver"] = clock.now_us()
    night.polls(account, "", door="receiver")
    night.passes(88)
    assert open_codes() == []
    night.waits_for("path_lost", 15)
    assert Alarm.objects.get().panel == box
    night.polls(account, "", door="receiver")
    night.passes(4)
    assert open_codes() == []

"""Canh watches itself: what fails is told once, again while it lasts, and when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from canh.accounts.models_contacts import ContactMethod
from canh.alarms.models import Alarm
from canh.channels.actions_setup import set_up
from canh.channels.message import Message, Outcome
from canh.channels.queries import Setup
from canh.channels.terms import ChannelKind, OutcomeState
from canh.engine import watch
from canh.engine.rules_watch import Part, Word, looked
from canh.kit import beat, clock
from tests.alarms.barehouse import ringing
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.watch import Night, data_folder, open_codes


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written here is nobody else's: journals and heartbeats outlive a test's database."""
    monkeypatch.setenv("CANH_DATA", str(tmp_path / "data"))


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


class Office:
    """A watched house with a few levers, and what leaves it."""

    def __init__(self, hands: Hands) -> None:
        self.hands, self.well = hands, {"engine": True, "database": True}
        self.left: list[tuple[str, str]] = []
        self.watch = watch.Watch({name: lambda name=name: self.well[name] for name in self.well}, self.send)

    def send(self, _setup: Setup, kind: str, address: str, message: Message) -> Outcome:
        self.left.append((address, message.title))
        return Outcome(OutcomeState.SENT, "")

    def live(self, seconds: int) -> list[tuple[str, Word]]:
        told = []
        for _n in range(0, seconds, 3):
            self.hands.forward(3)
            told += self.watch.once()
        return told


@pytest.fixture
def office(hands: Hands, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Office:
    facts: dict[str, Any] = {"host": "mail.example.vn", "port": 25, "security": "none", "ca": "",
                             "sender": "canh@example.vn", "user": ""}  # fmt: skip
    set_up(ChannelKind.EMAIL, is_on=True, facts=facts, secret="")
    for person in (cast.en, cast.chi):  # an administrator, and somebody who is none
        ContactMethod.objects.create(user=person, kind="email", address=f"{person.username}@example.vn", order=1,
                                     verified_at=clock.now(), due_at=clock.now() + timedelta(days=9))  # fmt: skip
    monkeypatch.setattr(watch, "database_answers", lambda: True)  # this test's own connection must stay open
    return Office(hands)


def test_told_once_again_while_it_lasts_and_when_it_is_over(office: Office) -> None:
    assert office.live(30) == []
    office.well["engine"] = False
    assert office.live(9) == []  # a supervisor starts it again within a second
    assert office.live(60) == [("engine", Word.DOWN)]
    assert office.live(1770) == [("engine", Word.STILL)]
    office.well["engine"] = True
    assert office.live(30) == [("engine", Word.BACK)]
    assert [address for address, _title in office.left] == ["en@example.vn"] * 3
    assert office.left[0][1] == "Canh hỏng một phần: Bộ xử lý: không phát được báo động"


def test_what_comes_back_in_time_is_not_told(office: Office) -> None:
    for _n in range(10):
        office.well["engine"] = False
        office.live(9)
        office.well["engine"] = True
        office.live(6)
    assert office.left == []


def test_what_fails_together_is_one_message(office: Office) -> None:
    office.live(3)
    office.well.update(engine=False, database=False)
    assert {name for name, _word in office.live(20)} == {"engine", "database"}
    assert len(office.left) == 1


def test_without_a_database_who_was_known_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.live(3)

    def gone() -> list[watch.Addressee]:
        raise AssertionError("the database is away")

    monkeypatch.setattr(watch, "database_answers", lambda: False)
    monkeypatch.setattr(watch, "addressees", gone)
    office.well["database"] = False
    office.live(120)
    assert len(office.left) == 1


def test_a_heartbeat_of_long_ago(hands: Hands) -> None:
    is_well = watch.beats("notify")
    assert is_well()  # it has never run here
    beat.stamp("notify")
    hands.forward(24)
    assert is_well()
    hands.forward(2)
    assert not is_well()


def test_a_step_that_fails_again_and_again(hands: Hands) -> None:
    assert watch.steps_work()
    beat.stamp("engine", steps={"a": {"in_a_row": 4}, "b": {"in_a_row": 0}})
    assert watch.steps_work()
    beat.stamp("engine", steps={"a": {"in_a_row": 5}, "b": {"in_a_row": 0}})
    assert not watch.steps_work()


def test_a_worker_that_fails_rings_at_the_desk_and_no_longer(
    hands: Hands, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_folder(monkeypatch, tmp_path)
    night, well = Night(hands), {"notify": True, "web": True}
    watching = watch.Watch({name: lambda name=name: well[name] for name in well}, say=watch.desk_teller("watch"))

    def live(seconds: int) -> None:
        for _n in range(0, seconds, 3):
            hands.forward(3)
            watching.once()
        night.engine()

    live(30)
    assert open_codes() == []
    well["notify"] = well["web"] = False
    live(60)
    alarm = Alarm.objects.get()  # the console's failure is no alarm: nobody would see it
    assert (alarm.code, alarm.zone_number, alarm.priority, alarm.count) == ("worker_failed", "notify", 2, 1)
    assert ringing(cast.chi) == ["worker_failed"]
    assert ringing(cast.dung) == ["worker_failed"]  # whoever works a desk, wherever Canh stands in the register
    well["notify"] = True
    live(9)
    assert open_codes() == []


def test_a_desk_that_cannot_be_told_stops_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watch, "tell_workers", full)
    watch.desk_teller("watch")([("notify", Word.DOWN)])


def test_a_missing_file_makes_no_new_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "canh.db"
    there = SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(gone)})
    monkeypatch.setattr(watch, "connection", there)  # the tests' own would be closed, and all their tables gone
    assert not watch.database_answers()
    assert not gone.exists()


def test_the_rule_forgets_what_is_well() -> None:
    part, word = looked(Part(clock.now(), clock.now()), True, clock.now())
    assert (part, word) == (Part(), Word.BACK)

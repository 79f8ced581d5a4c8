"""What is news, what the door remembers, how a broker is written."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway.mqtt.broker import BadBroker, parse
from canh.gateway.mqtt.content import NEW, RESTORE, Fact
from canh.gateway.mqtt.judge import News, Told, digest, judge
from canh.gateway.mqtt.memory import MAX_EVENTS, Memory
from canh.gateway.mqtt.pace import CHANGES_A_MINUTE, Pace
from canh.gateway.mqtt.slot import Slot
from canh.gateway.mqtt.wire import refusal
from canh.intake.journal import Entry
from canh.intake.journal_writer import JournalWriter
from canh.intake.observation import Observation, to_json
from canh.kit.saying import english

SECOND = 1_000_000


class Sensor:
    """Facts one after another, as the clerk brings them."""

    def __init__(self) -> None:
        self.told: dict[Any, Told] = {}
        self.now = 0

    def says(
        self, code: str, turn: str = NEW, *, retained: bool = False, again: bool = False, **more: Any
    ) -> News | None:
        self.now += SECOND
        fact = Fact("ZIGBEE2MQTT", "zigbee:x@b", code, turn, **more)
        news = judge(fact, self.told, self.now, is_retained=retained, is_again=again)
        if news:
            self.told[news.key] = news.told
        return news


def test_only_a_change_of_state_is_news_and_two_openings_are_two() -> None:
    door = Sensor()
    assert door.says("contact", RESTORE) is None, "calm from the beginning is no news"
    first = door.says("contact")
    assert door.says("contact", retained=True) is None
    closed = door.says("contact", RESTORE)
    second = door.says("contact")
    assert first
    assert closed
    assert second
    assert len({digest(news) for news in (first, closed, second)}) == 3


def test_an_event_begins_once_and_ends_once() -> None:
    camera = Sensor()
    assert camera.says("alert", occasion="1")
    assert camera.says("alert", occasion="1") is None
    ended = camera.says("alert", RESTORE, occasion="1")
    assert ended
    assert ended.code == "alert"
    assert camera.says("alert", RESTORE, occasion="1") is None
    assert camera.says("alert", occasion="1") is None, "a late copy does not ring"


def test_while_another_person_is_there_the_first_only_leaves() -> None:
    camera = Sensor()
    camera.says("alert", occasion="1")
    camera.says("alert", occasion="2")
    first, second = camera.says("alert", RESTORE, occasion="1"), camera.says("alert", RESTORE, occasion="2")
    assert first
    assert second
    assert (first.code, second.code) == ("left", "alert")


def test_an_event_that_never_ended_does_not_hold_the_others_for_ever() -> None:
    camera = Sensor()
    camera.says("alert", occasion="1")
    camera.now += 86_400 * SECOND
    camera.says("alert", occasion="2")
    ended = camera.says("alert", RESTORE, occasion="2")
    assert ended
    assert ended.code == "alert"


def test_each_press_of_a_button_is_news_but_a_delivery_again_repeats() -> None:
    button = Sensor()
    one, two = button.says("hold_up", mark="a"), button.says("hold_up", mark="a")
    again = button.says("hold_up", mark="a", again=True)
    assert one
    assert two
    assert again
    assert digest(one) != digest(two) == digest(again)
    assert button.says("hold_up", mark="a", retained=True) is None
    assert button.says("hold_up", mark="b", retained=True), "pressed while nobody listened"


def test_a_state_that_ends_by_itself_can_begin_again() -> None:
    motion = Sensor()
    assert motion.says("motion", lasts_s=30)
    assert motion.says("motion", lasts_s=30) is None
    motion.now += 30 * SECOND
    assert motion.says("motion", lasts_s=30)


@given(st.lists(st.sampled_from([NEW, RESTORE]), max_size=30))
def test_what_is_told_alternates_and_ends_as_the_sensor_does(turns: list[str]) -> None:
    door = Sensor()
    told = [news.told.turn for turn in turns if (news := door.says("contact", turn))]
    assert told == [NEW, RESTORE] * (len(told) // 2) + [NEW] * (len(told) % 2)
    assert (told or [RESTORE])[-1] == (turns or [RESTORE])[-1]


# -- memory

KEY = ("zigbee:x@bank1", "contact", "")


def observation(code: str, turn: str, number: int = 1, event: str = "", **more: Any) -> Observation:
    extra = {"event": event} if event else {}
    return Observation(protocol="FRIGATE", account="zigbee:x@bank1", code=code, turn=turn, path="bank1",
                       number="" if event else str(number), extra={**extra, **more})  # fmt: skip


def write(path: Path, *seen: Observation) -> None:
    writer = JournalWriter(path)
    writer.submit([Entry(7, "mqtt", "", "accepted", b"", to_json([one])) for one in seen])
    writer.stop()


def loaded(path: Path, broker: str = "bank1") -> Memory:
    memory = Memory(broker)
    memory.load(path)
    return memory


def test_the_journal_alone_tells_what_was_told(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    write(path, observation("contact", NEW, 5), observation("alert", NEW, event="1", topic="reviews"))
    write(path, observation("alert", NEW, event="2"), observation("left", RESTORE, event="1"))
    memory = loaded(path)
    assert memory.told[KEY] == Told(NEW, 5, 7)
    assert memory.told["zigbee:x@bank1", "alert", "1"].turn == RESTORE
    assert memory.told["zigbee:x@bank1", "alert", "2"].turn == NEW
    assert memory.has_reviews
    assert not loaded(path, "bank2").told


def test_the_file_saves_reading_and_what_came_after_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    write(path, observation("contact", NEW, 1))
    memory = loaded(path)
    memory.told["only", "in", "the file"] = Told(NEW, 1, 1)
    memory.save(memory.as_text(1))
    write(path, observation("contact", RESTORE, 2))
    assert loaded(path).told == {("only", "in", "the file"): Told(NEW, 1, 1), KEY: Told(RESTORE, 2, 7)}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"upto": 1, "told": [[1]]}', json.dumps({"upto": 99, "told": []})])
def test_a_file_that_is_damaged_or_of_another_journal_is_passed_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "j.db"
    write(path, observation("contact", NEW, 3))
    Memory("bank1")._file.write_text(text)
    assert loaded(path).told == {KEY: Told(NEW, 3, 7)}


def test_what_did_not_reach_the_disk_was_never_told() -> None:
    memory = Memory("bank1")
    one, two = News(KEY, Told(NEW, 1, 1), "contact"), News(KEY, Told(RESTORE, 2, 2), "contact")
    memory.expect(one)
    memory.keep(one)
    memory.expect(two)
    assert not memory.is_settled
    memory.lose()
    assert memory.told == {KEY: one.told}
    assert memory.is_settled


def test_frigate_that_starts_again_will_not_end_the_old_events() -> None:
    memory = Memory("bank1")
    memory.told["c", "alert", "1"] = Told(NEW, 1, 1)
    memory.told[KEY] = Told(NEW, 1, 1)
    memory.restart()
    assert [one.turn for one in memory.told.values()] == [RESTORE, NEW]


def test_events_are_forgotten_at_last_and_states_never() -> None:
    memory = Memory("bank1")
    memory.told[KEY] = Told(NEW, 1, 1)
    for number in range(MAX_EVENTS + 2):
        news = News(("c", "alert", str(number)), Told(NEW, 1, 1), "alert")
        memory.expect(news)
        memory.keep(news)
    assert KEY in memory.told
    assert MAX_EVENTS // 2 <= len(memory.told) <= MAX_EVENTS
    assert ("c", "alert", str(MAX_EVENTS + 1)) in memory.told


def test_who_left_the_register_begins_anew() -> None:
    memory = Memory("bank1")
    memory.told[KEY] = Told(NEW, 1, 1)
    memory.forget_all_but({}.get)
    assert not memory.told


# -- pace


def test_too_many_changes_leave_the_last_word_for_the_end_of_the_minute() -> None:
    pace, slot = Pace(), cast("Slot", SimpleNamespace())
    facts = [Fact("P", "a", "contact", turn) for turn in (NEW, RESTORE)]
    allowed = [pace.allows(facts[n % 2], slot, n / 10) for n in range(CHANGES_A_MINUTE + 11)]
    assert sum(allowed) == CHANGES_A_MINUTE
    assert pace.allows(Fact("P", "b", "contact"), slot, 1), "others go on"
    assert pace.allows(Fact("P", "a", "smoke"), slot, 1), "and so does the smoke of the same sensor"
    assert pace.due(30) == []
    assert pace.due(61) == [(facts[0], slot)]
    assert pace.allows(facts[0], slot, 62)


def test_a_power_cut_of_twenty_thousand_sensors_is_not_too_much() -> None:
    pace, slot = Pace(), cast("Slot", SimpleNamespace())
    assert all(pace.allows(Fact("P", str(n), "offline"), slot, 0) for n in range(20_000))


# -- addresses of brokers


def test_a_broker_is_written_as_an_address(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("m,t#kh@u\n")
    broker = parse(f"mqtts://canh@mq.example.vn?password_file={secret}&frigate=nvr&discovery=#bank1")
    assert (broker.name, broker.host, broker.port, broker.is_tls) == ("bank1", "mq.example.vn", 8883, True)
    assert (broker.user, broker.password) == ("canh", "m,t#kh@u")
    assert (broker.frigate, broker.zigbee2mqtt, broker.discovery) == ("nvr", "zigbee2mqtt", "")
    plain = parse("mqtt://an:b%40c@127.0.0.1:1884?version=3")
    assert (plain.name, plain.port, plain.password, plain.version) == ("127.0.0.1", 1884, "b@c", 3)
    assert "b@c" not in repr(plain)


@pytest.mark.parametrize(
    "url",
    ["http://x", "mqtt://", "mqtt://:secret-9@host:port", "mqtt://u:secret-9@a-very-long-name.example.vn",
     "mqtt://u:secret-9@h?topic=x", "mqtt://u:secret-9@h?version=4", "mqtt://u:secret-9@h#tên",
     "mqtt://u:secret-9@h?password_file=/nowhere"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_told_without_the_password(url: str) -> None:
    with pytest.raises(BadBroker) as told:
        parse(url)
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("Not authorized", "password"),
        ("Session taken over", "?client="),
        ("Unsupported protocol version", "?version=3"),
    ],
)
def test_a_refusal_says_what_to_do(reason: str, advice: str) -> None:
    assert advice in english(refusal(reason, parse("mqtt://u:secret-9@h")))

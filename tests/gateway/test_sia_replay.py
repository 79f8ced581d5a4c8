"""A sealed message played again by somebody else is told apart from a panel that tries again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway.directory import Directory
from canh.gateway.sia.frame import Frame, parse
from canh.gateway.sia.judge import judge
from canh.gateway.sia.replay import MOMENT_US, RETRY_US, Memory, Trace, is_replay
from canh.gateway.sia.reply import Answer
from canh.intake.queries_doors import Accepted
from canh.kit import clock
from tests.gateway.conftest import KEYS, Running, entry, register
from tests.gateway.panel import Wire, frame, sealed, stamp
from tests.house import until

Start = Callable[..., Running]
KEY = KEYS[16]
NOW = clock.to_us(datetime(2026, 11, 23, 10, tzinfo=UTC))
SECOND = 1_000_000


def message(number: int = 1, **words: Any) -> bytes:
    return sealed("SIA-DCS", f"#AE16|NHA{words.pop('zone', 1)}", KEY, number=number, account="AE16", **words)


def renumbered(raw: bytes, number: int) -> bytes:
    """The same ciphertext under another number: what stands outside the seal can be changed by anybody."""
    return frame(b'"*SIA-DCS"%04d' % number + raw[raw.index(b"L0#") : -1])


def parsed(raw: bytes) -> Frame:
    found = parse(raw[:-1])
    assert isinstance(found, Frame)
    return found


# -- the rule


RULE = [
    # age in seconds, same head, same host, sender had the answer -> replay
    (5, True, True, False, False),
    (60, True, True, False, False),
    (60, True, True, True, False),  # a panel that does not understand our answer tries again
    (180, True, True, True, False),
    (181, True, True, False, True),  # days later, as it was recorded
    (30, True, False, False, False),  # the mobile network gave it another address
    (30, True, False, True, True),  # it had its answer; somebody else sends the same
    (2, False, True, False, False),  # one event told on two paths, with a pad that never changes
    (6, False, True, False, True),
    (6, False, False, False, True),
]


@pytest.mark.parametrize(("age_s", "same_head", "same_host", "is_taken", "expected"), RULE)
def test_rule(age_s: int, same_head: bool, same_host: bool, is_taken: bool, expected: bool) -> None:
    before = Trace(NOW, "0001L0#AE16", "192.0.2.1")
    before.is_taken = is_taken
    echo = "0001L0#AE16" if same_head else "0002L0#AE16"
    host = "192.0.2.1" if same_host else "192.0.2.2"
    assert is_replay(before, echo, host, NOW + age_s * SECOND) is expected


@given(st.integers(0, RETRY_US), st.booleans())
def test_a_panel_that_tries_again_never_counts_as_a_replay(age_us: int, is_taken: bool) -> None:
    before = Trace(NOW, "0001L0#AE16", "192.0.2.1")
    before.is_taken = is_taken
    assert not is_replay(before, "0001L0#AE16", "192.0.2.1", NOW + age_us)


def test_the_judge_answers_a_replay_by_the_book() -> None:
    """Whoever plays it learns nothing, and a panel that was wronged is served."""
    tail = stamp(datetime(2026, 11, 23, 10, tzinfo=UTC))
    raw = parsed(message(tail=tail))
    panel, before = entry("AE16", KEY), Trace(NOW, "0009L0#AE16", "192.0.2.1")
    young = judge(raw, panel, NOW + 30 * SECOND, before=before, host="192.0.2.1")
    assert (young.verdict, young.answer, young.is_alive) == ("replay", Answer.ACK, False)
    old = judge(raw, panel, NOW + 3600 * SECOND, before=before, host="192.0.2.1")
    assert (old.verdict, old.answer, old.is_alive) == ("replay", Answer.NAK, False)
    first = judge(raw, panel, NOW + 30 * SECOND, host="192.0.2.1")
    assert (first.verdict, first.is_alive) == ("accepted", True)


def test_what_does_not_open_is_no_replay() -> None:
    before = Trace(NOW, "0001L0#AE16", "192.0.2.1")
    found = judge(parsed(message()), entry("AE16", KEYS[32]), NOW + 3600 * SECOND, before=before, host="192.0.2.2")
    assert found.verdict == "wrong_key"


# -- the memory


def test_memory_keeps_the_first_and_forgets_the_old() -> None:
    memory, raw = Memory(), parsed(message())
    assert memory.recall(raw) is None
    first = memory.note(raw, "192.0.2.1", NOW)
    assert memory.note(raw, "192.0.2.2", NOW + 5) is first
    assert memory.recall(parsed(renumbered(message(tail="_10:00:00,11-23-2026"), 7))) is None
    memory.note(parsed(message(2, zone=2)), "192.0.2.1", NOW + RETRY_US + 1)
    assert memory.recall(raw) is None
    assert len(memory) == 1


def test_memory_is_bounded() -> None:
    memory = Memory(limit=10)
    for number in range(1, 100):
        memory.note(parsed(message(number, zone=number)), "192.0.2.1", NOW)
    assert len(memory) == 10


# -- at the door


def verdicts(gateway: Running) -> list[str]:
    return [verdict for verdict, _ in gateway.seen()]


def send(gateway: Running, raw: bytes) -> tuple[Wire, bytes]:
    wire = gateway.wire()
    wire.send(raw)
    return wire, wire.answer()


def test_a_panel_that_lost_its_answer_is_no_attacker(gateway: Running) -> None:
    raw = message()
    for _ in range(3):
        wire, answer = send(gateway, raw)
        assert b'"*ACK"' in answer
        wire.close()
    assert verdicts(gateway) == ["accepted"] * 3


def test_the_same_seal_under_another_number(gateway: Running) -> None:
    raw = message()
    send(gateway, raw)
    assert b'"*ACK"' in send(gateway, renumbered(raw, 2))[1]
    age(gateway, MOMENT_US + SECOND)
    assert b'"*ACK"0003' in send(gateway, renumbered(raw, 3))[1]
    assert verdicts(gateway) == ["accepted", "accepted", "replay"]
    assert gateway.counts["replay"] == 1


def age(gateway: Running, by_us: int) -> None:
    """Move what the door remembers into the past: nobody waits."""

    def older() -> None:
        for trace in gateway.gateway.doors[0]._clerk.memory._traces.values():  # type: ignore[attr-defined]
            trace.at_us -= by_us

    gateway.call(older)


def test_the_same_frame_from_elsewhere_after_its_sender_had_the_answer(gateway: Running) -> None:
    raw = message()
    wire, _ = send(gateway, raw)
    move(gateway, "192.0.2.77")
    assert b'"*ACK"' in send(gateway, raw)[1]  # no answer taken yet: perhaps a roaming panel
    wire.close()
    until(lambda: gateway.call(lambda: is_taken(gateway)), 20)
    assert b'"*ACK"' in send(gateway, raw)[1]
    assert verdicts(gateway) == ["accepted", "accepted", "replay"]


def move(gateway: Running, host: str) -> None:
    """As if the first delivery had come from another machine: tests have one address only."""

    def elsewhere() -> None:
        for trace in gateway.gateway.doors[0]._clerk.memory._traces.values():  # type: ignore[attr-defined]
            trace.host = host

    gateway.call(elsewhere)


def is_taken(gateway: Running) -> bool:
    return all(t.is_taken for t in gateway.gateway.doors[0]._clerk.memory._traces.values())  # type: ignore[attr-defined]


def test_going_on_with_the_next_message_takes_the_answer(gateway: Running) -> None:
    wire, _ = send(gateway, message(1))
    assert not gateway.call(lambda: is_taken(gateway))
    wire.send(sealed("NULL", "", KEY, number=0, account="AE16"))
    wire.answer()
    traces = gateway.call(lambda: [t.is_taken for t in gateway.gateway.doors[0]._clerk.memory._traces.values()])  # type: ignore[attr-defined]
    assert traces == [True, False]


def test_a_restart_does_not_make_the_door_forget(start: Start) -> None:
    raw = message()
    first = start()
    send(first, raw)
    first.stop()
    again = start()
    age(again, MOMENT_US + SECOND)
    send(again, renumbered(raw, 2))
    assert verdicts(again) == ["accepted", "replay"]


# -- long after


def remembering(*known: Accepted, wait_s: float = 0) -> Directory:
    def recall(panel_id: int, tail: bytes, sent_at: int) -> Accepted | None:
        time.sleep(wait_s)
        found = [k for k in known if k.raw.upper().endswith(tail) and panel_id == int("AE16", 16)]
        return found[0] if found else None

    return Directory(register, lambda: 1, recall)


def recorded(minutes: float, **words: Any) -> tuple[bytes, Accepted]:
    moment = datetime.now(UTC) - timedelta(minutes=minutes)
    raw = message(tail=stamp(moment), **words)
    return raw, Accepted(clock.to_us(moment), raw[:-1], "192.0.2.1:4000")


def test_a_recording_played_days_later(start: Start) -> None:
    raw, known = recorded(3 * 24 * 60)
    gateway = start(remembering(known))
    assert b'"NAK"' in send(gateway, raw)[1]
    assert b'"NAK"' in send(gateway, renumbered(raw, 77))[1]
    assert verdicts(gateway) == ["replay", "replay"]


def test_an_old_clock_alone_is_no_replay(start: Start) -> None:
    """A panel whose clock has stopped: nothing of this was ever accepted."""
    raw, _ = recorded(3 * 24 * 60)
    gateway = start(remembering())
    assert b'"NAK"' in send(gateway, raw)[1]
    assert verdicts(gateway) == ["bad_time"]


def test_a_panel_that_tries_again_after_two_minutes_is_no_replay(start: Start) -> None:
    raw, known = recorded(2)
    known = known._replace(peer="127.0.0.1:4000")
    gateway = start(remembering(known))
    assert b'"NAK"' in send(gateway, raw)[1]
    assert verdicts(gateway) == ["bad_time"]


def test_a_register_that_is_slow_or_away_holds_nobody_up(start: Start) -> None:
    raw, known = recorded(3 * 24 * 60)
    gateway = start(remembering(known, wait_s=1), register_wait_s=0.05)
    assert b'"NAK"' in send(gateway, raw)[1]
    assert verdicts(gateway) == ["bad_time"]


def test_a_flood_of_recordings_asks_the_register_a_few_times_only(start: Start) -> None:
    asked: list[int] = []

    def recall(panel_id: int, tail: bytes, sent_at: int) -> None:
        asked.append(sent_at)

    gateway = start(Directory(register, lambda: 1, recall), unanswered=500)
    wire = gateway.wire(20)
    wire.send(*[recorded(60, number=n, zone=n)[0] for n in range(1, 301)])
    for _ in range(300):
        assert b'"NAK"' in wire.answer()
    assert len(asked) < 300

"""Verdict and answer for every kind of message, and the bytes of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from my_dc09_spt.msg.dc09_msg import dc09_msg

from canh.gateway.sia import reply
from canh.gateway.sia.frame import Frame, parse
from canh.gateway.sia.judge import judge
from canh.gateway.sia.reply import Answer
from canh.kit import clock
from canh.sites.queries import PanelEntry
from tests.gateway import panel
from tests.gateway.conftest import KEYS, entry

NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
NOW_US = clock.to_us(NOW)
PLAIN = entry("1234")
EVENT = "#1234|NBA3"


def keyed(size: int = 16) -> PanelEntry:
    return entry("1234", KEYS[size])


def parsed(raw: bytes) -> Frame:
    found = parse(raw[:-1])
    assert isinstance(found, Frame)
    return found


def at(seconds: float) -> str:
    return panel.stamp(NOW + timedelta(seconds=seconds))


def plain(data: str = EVENT, tail: str = "", name: str = "SIA-DCS") -> Frame:
    return parsed(panel.plain(name, data, tail=tail))


def sealed(key: bytes, data: str = EVENT, tail: str = at(0), name: str = "SIA-DCS") -> Frame:
    return parsed(panel.sealed(name, data, key, tail=tail))


CASES = {
    "plain": (plain(), PLAIN, "accepted", Answer.ACK, True),
    "plain in time": (plain(tail=at(-40)), PLAIN, "accepted", Answer.ACK, True),
    "plain ahead in time": (plain(tail=at(20)), PLAIN, "accepted", Answer.ACK, True),
    "plain late": (plain(tail=at(-41)), PLAIN, "bad_time", Answer.NAK, True),
    "plain early": (plain(tail=at(21)), PLAIN, "bad_time", Answer.NAK, True),
    "plain, no moment": (plain(tail="_25:00:00,13-40-2026"), PLAIN, "accepted", Answer.ACK, True),
    "plain, not understood": (plain("hello"), PLAIN, "not_understood", Answer.ACK, True),
    "plain, id unknown": (plain(name="XYZ"), PLAIN, "not_understood", Answer.ACK, True),
    "plain, nobody": (plain(), None, "unknown_account", Answer.ACK, False),
    "plain, nobody, late": (plain(tail=at(-900)), None, "unknown_account", Answer.ACK, False),
    "plain with a key": (plain(), keyed(), "downgrade", Answer.ACK, False),
    "plain poll with a key": (plain("", name="NULL"), keyed(), "downgrade", Answer.ACK, False),
    "poll": (plain("", name="NULL"), PLAIN, "accepted", Answer.ACK, True),
    "late poll": (plain("", at(-100), "NULL"), PLAIN, "bad_time", Answer.NAK, True),
    "sealed": (sealed(KEYS[16]), keyed(), "accepted", Answer.ACK, True),
    "sealed 192": (sealed(KEYS[24]), keyed(24), "accepted", Answer.ACK, True),
    "sealed 256": (sealed(KEYS[32]), keyed(32), "accepted", Answer.ACK, True),
    "sealed late": (sealed(KEYS[16], tail=at(-41)), keyed(), "bad_time", Answer.NAK, False),
    "sealed, no time": (sealed(KEYS[16], tail=""), keyed(), "bad_time", Answer.NAK, False),
    "sealed, no moment": (sealed(KEYS[16], tail="_25:00:00,13-40-2026"), keyed(), "bad_time", Answer.NAK, False),
    "sealed, not understood": (sealed(KEYS[16], "hello"), keyed(), "not_understood", Answer.ACK, True),
    "sealed poll": (sealed(KEYS[16], "", name="NULL"), keyed(), "accepted", Answer.ACK, True),
    "sealed poll played again": (sealed(KEYS[16], "", at(-90), "NULL"), keyed(), "bad_time", Answer.NAK, False),
    "wrong key": (sealed(KEYS[16]), keyed(32), "wrong_key", Answer.DUH, False),
    "sealed, no key here": (sealed(KEYS[16]), PLAIN, "wrong_key", Answer.DUH, False),
    "sealed, key of no legal size": (sealed(KEYS[16]), entry("1234", b"12345"), "wrong_key", Answer.DUH, False),
    "sealed, nobody": (sealed(KEYS[16]), None, "unknown_account", Answer.DUH, False),
}


@pytest.mark.parametrize("case", CASES)
def test_verdict_and_answer(case: str) -> None:
    frame, entry, verdict, answer, is_alive = CASES[case]
    found = judge(frame, entry, NOW_US)
    assert (found.verdict, found.answer, found.is_alive) == (verdict, answer, is_alive)
    if frame.name != "NULL":
        assert [o.account for o in found.message.observations] == ["1234"]


def test_skew_is_measured_also_when_refused() -> None:
    assert judge(plain(tail=at(300)), PLAIN, NOW_US).skew_ms == 300_000
    assert judge(sealed(KEYS[16], tail=at(-7)), keyed(), NOW_US).skew_ms == -7_000
    assert judge(plain(), PLAIN, NOW_US).skew_ms is None


def test_nobody_is_told_to_give_up_while_the_register_is_away() -> None:
    assert judge(sealed(KEYS[16]), None, NOW_US, is_sure=False).answer is Answer.SILENCE
    assert judge(plain(), None, NOW_US, is_sure=False).answer is Answer.ACK


@given(st.binary(max_size=100))
def test_a_frame_changed_on_the_way_never_counts_as_life(junk: bytes) -> None:
    frame = parsed(panel.frame(b'"*SIA-DCS"0001L0#1234[' + junk.hex().encode()))
    found = judge(frame, keyed(), NOW_US)
    assert (found.verdict, found.is_alive) == ("wrong_key", False)


# -- the bytes


@pytest.fixture
def at_ten() -> Iterator[None]:
    with clock.use(lambda: NOW_US * 1000):
        yield


@pytest.mark.usefixtures("at_ten")
def test_answers_letter_for_letter() -> None:
    frame = parsed(panel.plain("SIA-DCS", EVENT, number=42, head="R1fL0A"))
    assert reply.make(Answer.ACK, frame, None) == panel.frame('"ACK"0042R1fL0A#1234[]')
    assert reply.make(Answer.DUH, frame, None) == panel.frame('"DUH"0042R1fL0A#1234[]')
    assert reply.make(Answer.NAK, frame, None) == panel.frame('"NAK"0000R0L0A0[]_10:00:00,11-23-2026')
    assert reply.make(Answer.SILENCE, frame, None) == b""


def test_nak_equals_one_captured_in_the_field() -> None:
    moment = clock.to_us(datetime(2019, 5, 7, 15, 39, 35, tzinfo=UTC))
    with clock.use(lambda: moment * 1000):
        assert reply.nak() == b'\n3C3B0025"NAK"0000R0L0A0[]_15:39:35,05-07-2019\r'


@pytest.mark.usefixtures("at_ten")
@pytest.mark.parametrize("size", KEYS)
def test_sealed_ack_carries_the_time(size: int) -> None:
    answer = reply.make(Answer.ACK, sealed(KEYS[size]), KEYS[size])
    assert answer[9:27] == b'"*ACK"0001L0#1234['
    assert panel.frame(answer[9:-1]) == answer
    assert panel.opened(answer, KEYS[size]).partition(b"|")[2] == b"]_10:00:00,11-23-2026"


@given(
    st.integers(0, 9999),
    st.sampled_from([None, 0, 0x1234, 0xFFFFFF]),
    st.sampled_from([None, 0, 0x1234, 0xFFFFFF]),
    st.sampled_from(["000", "1234", "123456", "FEDCBA9876543210"]),
    st.sampled_from([None, KEYS[16], KEYS[32]]),
    st.sampled_from(list(Answer)[:3]),
)
def test_an_independent_dialler_takes_every_answer(
    number: int, receiver: int | None, line: int | None, account: str, key: bytes | None, answer: Answer
) -> None:
    dialler = dc09_msg(account, key, receiver, line)
    # Its block runs on from the seal's first byte; what is inside does not matter here.
    frame = parsed(dialler.dc09block(number, "SIA-DCS", f"#{account}|NRP0]").encode())
    sent = reply.make(answer, frame, key).decode()
    kind, offset = dialler.dc09answer(number, sent)
    assert kind == answer.name
    if answer is Answer.NAK or (key and answer is Answer.ACK):
        assert abs(offset) < 2

"""The encoder and the reader of replies, against two parsers that share no code with them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysiaalarm import SIAAccount, SIAEvent

from canh.drill import dc09
from canh.drill.dc09 import Answer, BadReply, Message, Sender
from canh.gateway.sia import judge as gateway_judge
from canh.gateway.sia import reply as gateway_reply
from canh.gateway.sia.frame import Frame, Splitter
from canh.intake.observation import from_json
from canh.intake.terms import Verdict
from canh.kit import clock
from canh.sites.queries import PanelEntry
from tests.clock import stopped
from tests.drill.receiver import aes, crc, frame, understand

NOW = datetime(2026, 3, 9, 4, 5, 6, tzinfo=UTC)
KEYS = {bits: ("0123456789ABCDEF" * 2)[: bits // 8] for bits in (128, 192, 256)}
"""pysiaalarm takes the letters of a key as its bytes; so do these tests."""
keys = pytest.mark.parametrize("bits", [0, 128, 192, 256])
MESSAGES = [
    Message("SIA-DCS", 12, dc09.sia_content("BA", "03", 1)),
    Message("SIA-DCS", 9999, dc09.sia_content("RP", "", None)),
    Message("SIA-DCS", 1, dc09.sia_content("HA", "1", 2), NOW - timedelta(seconds=95)),
    Message("ADM-CID", 13, dc09.cid_content("130", False, 1, 3)),
    Message("ADM-CID", 14, dc09.cid_content("401", True, 1, 4), NOW - timedelta(seconds=95)),
    Message("NULL", 0),
]
messages = pytest.mark.parametrize("message", MESSAGES, ids=lambda m: f"{m.kind}-{m.number}")


def sender(bits: int, account: str = "2001") -> Sender:
    return Sender(account, KEYS[bits].encode() if bits else None, receiver="1A")


def test_a_plain_message_letter_for_letter() -> None:
    assert crc(b"123456789") == 0xBB3D  # the known check value of CRC-16/ARC
    raw = dc09.encode(MESSAGES[0], Sender("2001"), NOW)
    assert raw == b'\nF2BA0039"SIA-DCS"0012L0#2001[#2001|Nri1/BA03]_04:05:06,03-09-2026\r'


def test_contents() -> None:
    assert dc09.sia_content("BA", "03", 1) == "Nri1/BA03"
    assert dc09.cid_content("130", False, 1, 15) == "1130 01 015"
    assert dc09.cid_content("130", True, 1, 15) == "3130 01 015"


@keys
@messages
def test_pysiaalarm_understands(bits: int, message: Message) -> None:
    who = sender(bits)
    raw = dc09.encode(message, who, NOW)
    account = SIAAccount("2001", KEYS[bits] if bits else None, allowed_timeband=None)
    event = SIAEvent.from_line(raw[1:-1].decode(), {"2001": account})
    assert event.valid_message  # its CRC
    assert event.encrypted == bool(bits)
    assert (event.account, event.sequence) == ("2001", f"{message.number:04d}")
    assert event.timestamp == NOW
    if message.kind == "SIA-DCS":
        assert message.content.endswith((event.code or "") + (event.message or ""))
    if message.kind == "ADM-CID":
        assert message.content == f"{event.event_qualifier}{event.event_type} {event.partition} {event.ri}"
    if message.occurred_at:
        assert event.x_data == "H04:03:31,03-09-2026"
    reply = dc09.read_reply(event.create_response(), who)
    assert (reply.answer, reply.number, reply.account) == (Answer.ACK, message.number, "2001")


@keys
@messages
def test_our_receiver_understands(bits: int, message: Message) -> None:
    who = sender(bits)
    splitter = Splitter()
    splitter.feed(dc09.encode(message, who, NOW))
    taken = splitter.next()
    assert isinstance(taken, Frame)
    now_us = clock.to_us(NOW)
    judgement = gateway_judge.judge(taken, PanelEntry(1, "2001", who.key), now_us)
    assert judgement.verdict == Verdict.ACCEPTED
    for observation in from_json(judgement.message.facts):
        assert observation.account == "2001"
        assert observation.code in message.content
        happened = clock.to_us(message.occurred_at) if message.occurred_at else None
        assert observation.occurred_at == happened
    with stopped(NOW):
        reply = dc09.read_reply(gateway_reply.make(judgement.answer, taken, who.key), who)
    assert (reply.answer, reply.number, reply.account) == (Answer.ACK, message.number, "2001")
    assert reply.at == (NOW if bits else None)


@given(content=st.from_regex(r"[A-Za-z0-9/ ]{1,60}", fullmatch=True), bits=st.sampled_from([128, 192, 256]))
def test_the_pad_fills_whole_blocks_and_holds_no_mark(content: str, bits: int) -> None:
    key = KEYS[bits].encode()
    raw = dc09.encode(Message("SIA-DCS", 1, content), Sender("2001", key), NOW)
    plain = aes(key, bytes.fromhex(raw.partition(b"[")[2][:-1].decode()), decrypt=True).decode()
    pad = plain.partition("|")[0]
    assert 16 <= len(pad) <= 31
    assert not set(pad) & set("|[]")
    assert understand(raw, key).inside == f"#2001|{content}]_04:05:06,03-09-2026"


def test_the_same_message_never_looks_the_same_when_encrypted() -> None:
    frames = {dc09.encode(MESSAGES[0], sender(128), NOW) for _ in range(50)}
    assert len(frames) == 50


def test_a_nak_tells_the_time_of_the_receiver() -> None:
    with stopped(NOW):
        reply = dc09.read_reply(gateway_reply.nak(), sender(128))
    assert (reply.answer, reply.number, reply.at) == (Answer.NAK, 0, NOW)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not a DC-09 frame"),
        (b"HTTP/1.1 400 Bad Request\r", "not a DC-09 frame"),
        (frame('"ACK"0001L0#2001[]')[:-2] + b"\r", "length"),
        (frame('"ACK"0001L0#2001[]').replace(b"2001", b"2002"), "checksum"),
        (frame('"SIA-DCS"0001L0#2001[]'), "not a DC-09 reply"),
        (frame('"ACK"0001L0#2001[]_04:05:06,03-09-2026 and more'), "cannot be read"),
        (frame('"ACK"0001L0#2001[]_04:05:06,13-39-2026'), "time"),
        (frame('"*ACK"0001L0#2001[0123'), "no key"),
    ],
)
def test_what_is_no_reply_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(BadReply, match=why):
        dc09.read_reply(raw, Sender("2001"))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (frame('"ACK"0001L0#2001[]'), "not encrypted"),
        (frame('"*ACK"0001L0#2001[01234'), "damaged"),
        (frame('"*ACK"0001L0#2001[' + "AB" * 15), "damaged"),
        (frame('"*ACK"0001L0#2001[' + aes(b"x" * 16, b"0" * 10 + b"|]_04:05:06,03-09-2026").hex().upper()),
         "another key"),
    ],
)  # fmt: skip
def test_a_reply_under_no_or_another_key_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(BadReply, match=why):
        dc09.read_reply(raw, sender(128))


@given(st.binary(max_size=200))
def test_noise_is_never_more_than_a_bad_reply(noise: bytes) -> None:
    for raw in (noise, frame('"*ACK"0001L0#2001[' + noise.hex().upper()), b"\n" + noise + b"\r"):
        for who in (Sender("2001"), sender(128)):
            with pytest.raises(BadReply):
                dc09.read_reply(raw, who)

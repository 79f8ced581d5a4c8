"""How real panels depart from the standard: real bytes, what is learned from them, what a person must agree to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from canh.gateway.directory import fixed
from canh.gateway.sia import content, crypt, loose
from canh.gateway.sia.frame import Bad, Frame, Splitter, parse
from canh.intake.journal import JournalReader
from canh.intake.terms import DIALECTS, Dialect
from tests.gateway.conftest import KEYS, Running, entry
from tests.gateway.panel import cipher, crc, frame, opened, plain, sealed, stamp

Start = Callable[..., Running]
EVENT = '"SIA-DCS"0042L0#1234[#1234|Nri1/BA03]'
STAMPED = EVENT + "_10:00:00,11-23-2026"

LUPUS = b"\n" + bytes.fromhex("F956") + b'0040"SIA-DCS"0049L0#AFFE[#AFFE|Nri1CL0001^user^]_14:06:21,05-17-2026\r'
"""As a Lupus XT2 writes it: the checksum as two bytes (ioBroker.sia issue 111, with the checksum mended)."""

ELDES = [
    b'\nF19A002B"ADM-CID"0056L9999#9999[#9999|1900 00 001]\r',
    b'\n367B002B"ADM-CID"0058L9999#9999[#9999|1900 00 001]\r',
    b'\nF6EA002B"ADM-CID"0059L9999#9999[#9999|1900 00 001]\r',
    b'\nBCD30028"ADM-CID"1533L0#4F39[#4F39|1412 00 000]\r',
    b'\nFCDF0028"ADM-CID"1534L0#4F39[#4F39|1412 00 000]\r',
]
"""Captured in the field (Cheaterdev/sia-ha issue 3, pysiaalarm issue 28; the length of the last two computed as that of
the first three). Others refuse them: length and checksum count the CR."""


def with_crc(value: int, quoted: str, length: int | None = None) -> bytes:
    return f"\n{value:04X}{len(quoted) if length is None else length:04X}{quoted}\r".encode()


def binary(quoted: str) -> bytes:
    return b"\n" + crc(quoted.encode()).to_bytes(2, "big") + f"{len(quoted):04X}{quoted}\r".encode()


def lower(raw: bytes) -> bytes:
    return raw[:9].lower() + raw[9:]


BY_FORM = {
    "binary_crc": [LUPUS, binary(EVENT)],
    "crc_with_cr": [*ELDES, with_crc(crc(STAMPED.encode() + b"\r"), STAMPED)],
    "crc_no_time": [
        with_crc(crc(EVENT.encode()), STAMPED), with_crc(crc(EVENT.encode()), STAMPED, len(EVENT)),
    ],
    "lower_crc": [lower(frame('"SIA-DCS"0004L0#1234[#1234|Nri1/FA03]'))],
    "no_length": [b"\n%04X%b\r" % (crc(EVENT.encode()), EVENT.encode())],
    "no_lf": [frame(EVENT)[1:]],
    "junk": [b"\0" + frame(EVENT)],
    "no_line": [frame('"SIA-DCS"0042#1234[#1234|NBA03]'), b'\nBB86002C"NULL"0001L#7303658550[]_15:39:38,06-07-2019\r'],
    "no_account": [frame('"SIA-DCS"0042L0[#1234|NBA03]')],
    "no_hash": [frame('"SIA-DCS"00421234[#1234|NBA03]'), frame('"SIA-DCS"0042L0#1234[1234|NBA03]')],
    "short_account": [frame('"SIA-DCS"0042L0#7[#7|NBA03]')],
    "long_account": [
        frame(f'"SIA-DCS"0042L0#{a}[#{a}|NBA03]') for a in ("123456", "7303658550", "FEDCBA9876543210")
    ],
    "letter_account": [frame('"SIA-DCS"0042L0#HOME1[#HOME1|NBA03]')],
    "old_text": [frame("\"SIA-DCS\"0042L0#1234[#1234|NBA03^B\u00fcro^]".encode("cp1252"))],
    "odd_time": [frame(EVENT + "_17:53:48,00-31-2019")],
}  # fmt: skip
CASES = [(word, raw) for word, raws in BY_FORM.items() for raw in raws]


def all_of(*chunks: bytes) -> list[Frame | Bad]:
    splitter, found = Splitter(), []
    for chunk in chunks:
        splitter.feed(chunk)
        while (item := splitter.next()) is not None:
            found.append(item)
    return found


def words(raw: bytes) -> list[str]:
    """What is noted of a message in clear, without how it came."""
    [found] = all_of(raw)
    assert isinstance(found, Frame), found
    [seen] = content.read(found, found.body).observations
    return seen.dialect.split(",")


@pytest.mark.parametrize(("word", "raw"), CASES)
def test_a_departure_is_read_and_named(word: str, raw: bytes) -> None:
    assert word in words(raw)
    assert set(words(raw)) <= DIALECTS.keys()


def test_the_standard_has_no_dialect() -> None:
    for raw in (frame(EVENT), frame(STAMPED), plain("NULL", "", number=0), plain("ADM-CID", "#1234|1130 01 003")):
        assert words(raw) == [""]


def test_every_word_is_explained_in_both_languages() -> None:
    from django.utils import translation

    assert DIALECTS.keys() == set(Dialect.values)
    for departure in DIALECTS.values():
        for text in (departure.word.label, departure.meaning, departure.advice):
            with translation.override("en"):
                english = str(text)
            with translation.override("vi"):
                assert str(text) not in {"", english}


def numbered(number: int) -> bytes:
    return binary(f'"SIA-DCS"{number:04d}L0#1234[#1234|NBA{number}]')


MARKED = [n for n in range(1, 5000) if set(numbered(n)[1:3]) & set(b'\r\n"0|#[')]
"""One checksum in sixty has a byte that means something elsewhere: CR and LF too."""


@pytest.mark.parametrize("number", [*range(1, 50), *MARKED])
def test_a_binary_checksum_may_hold_any_byte(number: int) -> None:
    raw = numbered(number) + frame(EVENT)
    first, second = all_of(raw)
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert (first.number, second.number) == (f"{number:04d}", "0042")
    for cut in range(1, 12):
        assert [f.number for f in all_of(raw[:cut], raw[cut:]) if isinstance(f, Frame)] == [f"{number:04d}", "0042"]


def test_the_checksums_above_do_hold_marks() -> None:
    heads = [numbered(n)[1:3] for n in MARKED]
    assert any(head[0] == 13 for head in heads)
    assert any(head[1] == 13 for head in heads)
    assert any(head[0] == 10 for head in heads)
    assert any(head[1] == 10 for head in heads)


def test_batched_and_split_are_noted() -> None:
    batch = all_of(frame(EVENT) + plain("NULL", "", number=0))
    assert [f.dialect for f in batch if isinstance(f, Frame)] == ["batched", "batched"]
    pieces = all_of(frame(EVENT)[:20], frame(EVENT)[20:])
    assert [f.dialect for f in pieces if isinstance(f, Frame)] == ["split"]


@given(st.sampled_from(CASES), st.integers(0, 80), st.integers(1, 255))
def test_a_changed_byte_is_never_taken_for_a_dialect(case: tuple[str, bytes], at: int, change: int) -> None:
    """Of what stands between the quotes and the end, nothing may change unnoticed, except a time stamp that the panel
    itself left out of its checksum."""
    word, raw = case
    start = raw.index(b'"')
    at = start + at % (len(raw) - start - 1)
    if word == "crc_no_time" and at >= raw.index(b"]_"):
        return
    changed = raw[:at] + bytes([raw[at] ^ change]) + raw[at + 1 :]
    honest = parse(raw[:-1])
    for item in all_of(changed):
        assert isinstance(item, Bad) or item.body != honest.body or item.echo == honest.echo  # type: ignore[union-attr]
        assert isinstance(item, Bad) or item.raw == raw[:-1]


@given(st.binary(max_size=120))
def test_nothing_makes_the_loose_reading_fail(line: bytes) -> None:
    assert loose.read(line) is None or isinstance(loose.read(line), loose.Loose)


# -- pads


def seal(key: bytes, text: bytes) -> bytes:
    """Ciphertext of whole blocks, as hex."""
    worker = cipher(key).encryptor()
    return (worker.update(text) + worker.finalize()).hex().upper().encode()


MESSAGE = b"#1234|NBA3]_10:00:00,11-23-2026"  # 31 bytes
PADS = {
    "2013, 16 bytes where none were needed": (b"x" * 16 + b"|" + MESSAGE, ""),
    "2026, 31 bytes": (b"x" * 16 + b"|" + MESSAGE[:-1] + b"6", ""),
    "none": (b"|" + MESSAGE, "odd_pad"),
    "32 bytes": (b"x" * 32 + b"|" + MESSAGE, "odd_pad"),
    "brackets in it": (b"[]" * 8 + b"|" + MESSAGE, "odd_pad"),
    "a bar in it": (b"xx|" + b"x" * 13 + b"|" + MESSAGE, "odd_pad"),
    "a bar and digits in it": (b"xx|" + b"0" * 13 + b"|" + MESSAGE, "odd_pad"),
    "behind, NUL": (b"|" + MESSAGE + b"\0" * 16, "odd_pad"),
    "behind, PKCS#7": (b"|" + MESSAGE + b"\x10" * 16, "odd_pad"),
    "in front without a bar": (MESSAGE + b" ", "odd_pad"),
}


@pytest.mark.parametrize("case", PADS)
@pytest.mark.parametrize("size", KEYS)
def test_pads(case: str, size: int) -> None:
    text, word = PADS[case]
    assert crypt.decrypt(KEYS[size], seal(KEYS[size], text)) == (MESSAGE, word)


@pytest.mark.parametrize("pad", range(1, 32))
def test_both_pad_rules_are_the_standard(pad: int) -> None:
    message = b"#1234|N" + b"A" * ((16 - (pad + 29) % 16) % 16) + b"]_10:00:00,11-23-2026"
    assert crypt.decrypt(KEYS[16], seal(KEYS[16], b"x" * pad + b"|" + message)) == (message, "")


def test_a_sealed_poll_without_a_bar_is_read() -> None:
    text = b"0123456789" + b"]_10:00:00,11-23-2026"
    assert crypt.decrypt(KEYS[16], seal(KEYS[16], b"x" + text)) == (b"]_10:00:00,11-23-2026", "empty_poll")


@settings(derandomize=True)  # one in 100,000 looks like a message by chance: no news, and no reason to fail
@example(b"\x1a\xb1" * 16)  # noise that ends with "|B]"
@given(st.binary(min_size=1, max_size=10).map(lambda b: b * 16))
def test_noise_is_no_odd_pad(sealed_text: bytes) -> None:
    with pytest.raises(crypt.CannotDecrypt):
        crypt.decrypt(KEYS[32], sealed_text.hex().encode())


# -- at the door


def dialects(gateway: Running) -> list[str]:
    return [seen.dialect for _, seen in gateway.seen() if seen]


def test_a_binary_checksum_is_answered_with_one(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(binary(EVENT))
    quoted = b'"ACK"0042L0#1234[]'
    expected = b"\n" + crc(quoted).to_bytes(2, "big") + b"%04X" % len(quoted) + quoted + b"\r"
    assert wire.socket.recv(len(expected)) == expected
    assert dialects(gateway) == ["binary_crc"]


@pytest.mark.parametrize("raw", ELDES[:3])
def test_a_checksum_over_the_end_mark_is_acknowledged(start: Start, raw: bytes) -> None:
    gateway = start(fixed({"9999": entry("9999")}))
    wire = gateway.wire()
    wire.send(raw)
    number = raw[18:22].decode()
    assert wire.answer() == frame(f'"ACK"{number}L9999#9999[]')
    [(verdict, seen)] = gateway.seen()
    assert seen is not None
    assert (verdict, seen.code, seen.dialect) == ("accepted", "900", "crc_with_cr")


def test_what_is_learned_stays_with_the_path(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(lower(plain("NULL", "", number=0)))
    wire.answer()
    gateway.stop()
    [heard] = JournalReader(gateway.journal).heard_since(0)
    assert heard.dialect == "lower_crc"


def local(seconds: float = 0) -> str:
    """The time in Hanoi, written as if it were UTC."""
    return stamp(datetime.now(UTC) + timedelta(hours=7, seconds=seconds))


def day_first(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("_%H:%M:%S,%d-%m-%Y")


def agreed(account: str, key: bytes | None, **dialect: str) -> Any:
    return fixed({account: dataclasses.replace(entry(account, key), dialect=dialect)})


@pytest.mark.parametrize("key", [None, KEYS[16]])
def test_local_time_is_refused_kept_and_suggested(start: Start, key: bytes | None) -> None:
    gateway = start(fixed({"1234": entry("1234", key)}))
    wire = gateway.wire()
    event = "#1234|NBA1"
    wire.send(sealed("SIA-DCS", event, key, tail=local()) if key else plain("SIA-DCS", event, tail=local()))
    assert b'"NAK"0000R0L0A0[]_' in wire.answer()
    [(verdict, seen)] = gateway.seen()
    assert seen is not None
    assert (verdict, seen.code, seen.dialect) == ("bad_time", "BA", "local_time")
    assert seen.sent_at is not None
    assert 6.9 < (seen.sent_at - gateway.kept()[0].received_at) / 3.6e9 < 7.1


@pytest.mark.parametrize("key", [None, KEYS[32]])
def test_local_time_is_accepted_once_agreed_and_answered_in_kind(start: Start, key: bytes | None) -> None:
    gateway = start(agreed("1234", key, clock="local"))
    wire = gateway.wire()
    event, occurred = "#1234|NBA1", f"[H{local(-5)[1:]}"
    answers = []
    for tail in (local(-3), local(-300)):
        data = f"{event}][{occurred[1:]}"
        wire.send(sealed("SIA-DCS", data, key, tail=tail) if key else plain("SIA-DCS", data, tail=tail))
        answers.append(wire.answer())
    first, second = answers
    assert b"ACK" in first
    assert local()[:3].encode() in (opened(first, key) if key else second)  # the hour of Hanoi
    assert b'"NAK"' in second
    (verdict, seen), (late, _) = gateway.seen()
    assert seen is not None
    assert (verdict, late, seen.dialect) == ("accepted", "bad_time", "local_time")
    assert seen.occurred_at is not None
    assert seen.sent_at is not None
    assert 1_000_000 <= seen.sent_at - seen.occurred_at <= 3_000_000


def test_utc_of_a_panel_agreed_to_be_local_is_refused_and_said(start: Start) -> None:
    gateway = start(agreed("1234", KEYS[16], clock="local"))
    wire = gateway.wire()
    wire.send(sealed("SIA-DCS", "#1234|NBA1", KEYS[16]))
    wire.answer()
    assert [(v, o.dialect) for v, o in gateway.seen() if o] == [("bad_time", "standard_time")]


def test_day_first_in_clear_needs_no_agreement(gateway: Running) -> None:
    """In clear a stamp guards nothing. Where day and month are equal, both readings are one."""
    wire = gateway.wire()
    wire.send(plain("SIA-DCS", "#1234|NBA1", tail=day_first()))
    assert b'"ACK"' in wire.answer()
    [(verdict, seen)] = gateway.seen()
    now = datetime.now(UTC)
    assert seen is not None
    assert (verdict, seen.dialect) == ("accepted", "" if now.day == now.month else "day_first")


def test_day_first_under_a_key_must_be_agreed(start: Start) -> None:
    """Else a message of 3 April could be played again on 4 March."""
    now = datetime.now(UTC)
    refused = start(fixed({"1234": entry("1234", KEYS[16])}), journal="a.db")
    wire = refused.wire()
    wire.send(sealed("SIA-DCS", "#1234|NBA1", KEYS[16], tail=day_first()))
    is_one = now.day == now.month
    assert (b'"*ACK"' if is_one else b'"NAK"') in wire.answer()
    if not is_one:
        assert "day_first" in dialects(refused)[0]
    taken = start(agreed("1234", KEYS[16], date="day_first"), journal="b.db")
    wire = taken.wire()
    wire.send(sealed("SIA-DCS", "#1234|NBA1", KEYS[16], tail=day_first()))
    assert day_first()[-11:].encode() in opened(wire.answer(), KEYS[16])
    assert dialects(taken) == ["day_first"]


def test_an_empty_sealed_poll_proves_nothing_until_agreed(start: Start) -> None:
    empty = frame('"*NULL"0000L0#1234[]')
    refused = start(fixed({"1234": entry("1234", KEYS[16])}), journal="a.db")
    wire = refused.wire()
    wire.send(empty)
    assert b'"NAK"' in wire.answer()
    assert [(v, o.dialect) for v, o in refused.seen() if o] == [("bad_time", "empty_poll")]
    refused.stop()
    assert JournalReader(refused.journal).heard_since(0) == []
    taken = start(agreed("1234", KEYS[16], poll="empty"), journal="b.db")
    wire = taken.wire()
    wire.send(empty)
    assert b'"*ACK"0000L0#1234[' in wire.answer()
    assert taken.kept() == []


def test_sealed_without_a_stamp_is_named(start: Start) -> None:
    gateway = start(fixed({"1234": entry("1234", KEYS[16])}))
    wire = gateway.wire()
    wire.send(sealed("SIA-DCS", "#1234|NBA1", KEYS[16], tail=""))
    assert b'"NAK"' in wire.answer()
    assert dialects(gateway) == ["no_time"]


def test_the_key_before_opens_while_its_time_lasts(start: Start) -> None:
    rotating = dataclasses.replace(entry("1234", KEYS[32]), old_keys=(KEYS[16],))
    over = dataclasses.replace(rotating, old_keys_until=1)
    gateway = start(fixed({"1234": rotating}), journal="a.db")
    wire = gateway.wire()
    wire.send(sealed("SIA-DCS", "#1234|NBA1", KEYS[16]))
    assert opened(wire.answer(), KEYS[16]).partition(b"|")[2].startswith(b"]_")
    wire.send(sealed("SIA-DCS", "#1234|NBA2", KEYS[32], number=2))
    assert opened(wire.answer(), KEYS[32]).partition(b"|")[2].startswith(b"]_")
    assert [(v, o.dialect) for v, o in gateway.seen() if o] == [("accepted", "old_key"), ("accepted", "")]
    late = start(fixed({"1234": over}), journal="b.db")
    wire = late.wire()
    wire.send(sealed("SIA-DCS", "#1234|NBA1", KEYS[16]))
    assert b'"DUH"' in wire.answer()
    assert [v for v, _ in late.seen()] == ["wrong_key"]


def test_an_account_of_another_door_is_nobodys_here(start: Start) -> None:
    gateway = start(fixed({"1234": dataclasses.replace(entry("1234"), door="webhook")}))
    wire = gateway.wire()
    wire.send(plain("SIA-DCS", "#1234|NBA1"))
    assert b'"ACK"' in wire.answer()
    assert [v for v, _ in gateway.seen()] == ["unknown_account"]

"""Frames of DC-09: what is cut out of a stream and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway.sia.frame import MAX_BODY, MAX_LINE, Bad, Frame, Splitter, parse
from canh.intake.terms import Verdict
from tests.gateway.panel import frame, plain

EVENT = plain("SIA-DCS", "#1234|Nri1/BA03", number=42, head="R1L0")

# Frames as real panels sent them (public issue reports); their CRCs were computed by the panels.
CAPTURED = [
    (b'\n9F0D001A"SIA-DCS"0001L[#9999|NBA2]\r', ("SIA-DCS", "0001", "", "L", "")),
    (b'\nA6CC003B"SIA-DCS"1662L0#0000[#0000|Nri0/RP0000]_12:40:52,12-22-2021\r', ("SIA-DCS", "1662", "", "L0", "0000")),
    (b'\n3C3B0025"NAK"0000R0L0A0[]_15:39:35,05-07-2019\r', None),  # an answer: not for us
]


def all_of(*chunks: bytes) -> list[Frame | Bad]:
    splitter, found = Splitter(), []
    for chunk in chunks:
        splitter.feed(chunk)
        while (item := splitter.next()) is not None:
            found.append(item)
    return found


def without_manner(item: Frame | Bad) -> Frame | Bad:
    """Less whether it came alone, with others, or in pieces."""
    if isinstance(item, Bad):
        return item
    return item._replace(dialect=",".join(w for w in item.dialect.split(",") if w not in {"batched", "split"}))


def names(items: list[Frame | Bad]) -> list[str]:
    return [item.name if isinstance(item, Frame) else item.verdict for item in items]


@pytest.mark.parametrize(("raw", "expected"), CAPTURED)
def test_frames_of_real_panels(raw: bytes, expected: tuple[str, ...] | None) -> None:
    [found] = all_of(raw)
    if expected is None:
        assert isinstance(found, Bad)
        assert found.verdict == Verdict.GARBAGE
    else:
        assert isinstance(found, Frame)
        assert (found.name, found.number, found.receiver, found.line, found.account) == expected


def test_every_field_is_read_as_sent() -> None:
    [found] = all_of(plain("ADM-CID", "#12AB|1130 01 003", number=7, account="12ab", head="RfF1L1234"))
    assert isinstance(found, Frame)
    assert (found.receiver, found.line, found.account, found.number) == ("RfF1", "L1234", "12AB", "0007")
    assert found.echo == "0007RfF1L1234#12ab"
    assert found.body == b"#12AB|1130 01 003]"
    assert not found.is_encrypted


@pytest.mark.parametrize("head", ["", "R0", "L0", "R0L0", "RFFFFFFLFFFFFF", "R1234L1234", "L"])
def test_receiver_and_line_may_be_absent(head: str) -> None:
    [found] = all_of(plain("NULL", "", number=0, head=head))
    assert isinstance(found, Frame)
    assert found.receiver + found.line == head


@pytest.mark.parametrize("case", [bytes.upper, bytes.lower])
def test_crc_in_either_case(case: object) -> None:
    body = b'"SIA-DCS"0006L0#1234[#1234|NBA1]'
    good = frame(body)
    assert any(c in b"ABCDEF" for c in good[1:5])  # otherwise there is no case to speak of
    raw = b"\n" + case(good[1:5]) + good[5:]  # type: ignore[operator]
    assert names(all_of(raw)) == ["SIA-DCS"]


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        (b"\nF" + EVENT[2:] if EVENT[1:2] != b"F" else b"\n0" + EVENT[2:], "bad_crc"),
        (EVENT.replace(b"BA03", b"BA04"), "bad_crc"),
        (EVENT.replace(b"1234[", b"12345["), "bad_length"),
        (EVENT.replace(b"|Nri1", b"|ri1"), "bad_length"),
        (b"GET / HTTP/1.1\r", "garbage"),
        (b"\x16\x03\x01\x02\x00\x01\r", "garbage"),
        (frame('"SIA-DCS"X042L0#1234[NBA1]'), "garbage"),  # well enclosed, yet no frame
        (b"\n00000010\r", "garbage"),
        (frame('"ACK"0001L0#1234[]'), "garbage"),  # two receivers must not answer each other for ever
        (frame('"DUH"0001L0#1234[]'), "garbage"),
    ],
)
def test_what_is_no_frame(raw: bytes, verdict: str) -> None:
    [found] = all_of(raw)
    assert isinstance(found, Bad)
    assert found.verdict == verdict
    assert found.raw == raw.removesuffix(b"\r")


def test_ten_frames_in_one_segment() -> None:
    raw = [plain("SIA-DCS", f"#1234|NBA{n}", number=n) for n in range(1, 11)]
    found = all_of(b"".join(raw))
    assert [f.number for f in found if isinstance(f, Frame)] == [f"{n:04d}" for n in range(1, 11)]
    assert [f.raw + b"\r" for f in found] == raw


@pytest.mark.parametrize("between", [b"\0", b"\n\n", b"\r\n\r\n", b" \0\r\0"])
def test_blanks_between_frames_are_nothing(between: bytes) -> None:
    assert names(all_of(EVENT + between + EVENT + between)) == ["SIA-DCS", "SIA-DCS"]


def test_junk_before_a_frame_is_kept_with_it() -> None:
    [found] = all_of(b"+++ATH0" + EVENT)
    assert isinstance(found, Frame)
    assert found.raw == b"+++ATH0" + EVENT[:-1]


def test_missing_lf_is_forgiven() -> None:
    assert names(all_of(EVENT[1:])) == ["SIA-DCS"]


def test_a_cut_frame_does_not_spoil_the_next() -> None:
    assert names(all_of(EVENT[:30], EVENT, EVENT)) == ["SIA-DCS", "SIA-DCS"]


def longest(extra: int = 0) -> bytes:
    shell = '"SIA-DCS"0001L0#1234[#1234|A{}]'
    return frame(shell.format("x" * (MAX_BODY + extra - len(shell) + 2)))


def test_longest_frame() -> None:
    assert len(longest()) == MAX_LINE + 1
    assert names(all_of(longest())) == ["SIA-DCS"]


@pytest.mark.parametrize("size", [1, 7, 5000, 100_000])
def test_too_long_is_dropped_and_told_once(size: int) -> None:
    raw = longest(5000) + EVENT
    found = all_of(*(raw[at : at + size] for at in range(0, len(raw), size)))
    assert names(found) == ["bad_length", "SIA-DCS"]
    assert len(found[0].raw) <= MAX_LINE + 1


def test_endless_stream_is_told_once_and_not_stored() -> None:
    splitter, told = Splitter(), []
    for _ in range(100):
        splitter.feed(b"x" * 65536)
        while (item := splitter.next()) is not None:
            told.append(item)
        assert len(splitter._data) - splitter._at <= MAX_LINE
    assert names(told) == ["garbage"]
    assert splitter.is_partial


def test_frame_behind_long_junk_is_found() -> None:
    assert names(all_of(b"j" * 9000 + EVENT)) == ["garbage", "SIA-DCS"]
    assert names(all_of(b"j" * 9000, EVENT)) == ["garbage", "SIA-DCS"]


def test_partial_line_is_known() -> None:
    splitter = Splitter()
    assert not splitter.is_partial
    splitter.feed(EVENT + b"\0")
    assert splitter.next() is not None
    assert splitter.next() is None
    assert not splitter.is_partial
    splitter.feed(EVENT[:5])
    assert splitter.next() is None
    assert splitter.is_partial


@given(
    st.lists(st.sampled_from([EVENT, plain("NULL", "", number=0), EVENT.replace(b"BA", b"FA"), b"junk\r", b"\0"])),
    st.lists(st.integers(1, 60), min_size=1),
)
def test_how_the_stream_is_cut_changes_nothing(parts: list[bytes], sizes: list[int]) -> None:
    raw, chunks, at = b"".join(parts), [], 0
    while at < len(raw):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(raw[at : at + size])
        at += size
    assert list(map(without_manner, all_of(*chunks))) == list(map(without_manner, all_of(raw)))


@given(st.lists(st.binary(max_size=300)))
def test_nothing_makes_it_fail(chunks: list[bytes]) -> None:
    for item in all_of(*chunks):
        assert isinstance(item, Frame | Bad)


@given(st.binary(max_size=60).filter(lambda junk: b"\r" not in junk))
def test_any_change_of_the_body_is_noticed(junk: bytes) -> None:
    found = parse(EVENT[:-1] + junk)
    assert isinstance(found, Bad) == bool(junk)

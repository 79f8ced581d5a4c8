"""The pure parts of the receiver door: frames as the manuals print them, and what tells a repeat from an event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway.receiver.content import Message, read
from canh.gateway.receiver.course import Case, Course
from canh.gateway.receiver.frame import MAX_FRAME, Frame, Splitter
from canh.gateway.receiver.judge import account_of, facts_of, judge
from canh.intake.observation import from_json
from canh.intake.terms import Verdict
from canh.sites.queries import PanelEntry

D = b"\x14"
NEW = {"code": "130", "partition": "01", "zone": "003"}


def cut(data: bytes, *cuts: int) -> list[Frame]:
    splitter, found = Splitter(), []
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        splitter.feed(data[start:end])
        while (frame := splitter.next()) is not None:
            found.append(frame)
    return found


def message(text: str) -> Message:
    return read(Frame(text.encode(), False))


def test_every_cut_gives_the_same_frames():
    data = (
        b"5011 181234E13001003"
        + D
        + b"\r\n"
        + b"\0\0\0\x14S011[#1|NBA1]"
        + D
        + b"1011           @    "
        + D
        + b"\x01"
        + D
    )
    whole = cut(data)
    assert [(f.raw[:4], f.has_header, f.is_damaged) for f in whole] == [
        (b"5011", False, False), (b"S011", True, False), (b"1011", False, False), (b"\x01", False, True),
    ]  # fmt: skip
    for first in range(1, len(data)):
        assert cut(data, first) == whole


def test_a_frame_that_never_ends_is_cut_and_the_next_one_read():
    frames = cut(b"5" * 5000 + D + b"5011 181234E13001003" + D, 1000, 2000, 3000)
    assert [f.is_damaged for f in frames] == [True, False]
    assert len(frames[0].raw) <= MAX_FRAME


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_nothing_makes_the_splitter_or_the_reader_fail(parts):
    splitter = Splitter()
    for part in parts:
        splitter.feed(part)
        while (frame := splitter.next()) is not None:
            assert isinstance(read(frame), Message)


@given(st.sampled_from(["5011 18", "S011[#1234|", "3011    ", "1011      ", "0011[#0000|", ""]), st.text(max_size=60))
def test_nothing_a_receiver_says_makes_the_reader_fail(head, tail):
    found = message(head + tail + ("]" if "[" in head else ""))
    facts = facts_of(found, "1234", "0" * 32)
    assert len(from_json(facts)) == max(len(found.facts), 1)


@pytest.mark.parametrize(
    ("text", "account", "path", "facts"),
    [
        # MLR2-DG and MLR2E manuals: a duress alarm; their second example
        ("5011 181234E12101001", "1234", "R01L1", {"code": "121", "partition": "01", "user": "001"}),
        ("5011 181221E11000101", "1221", "R01L1", {"code": "110", "partition": "00", "zone": "101"}),
        # three digits of the line (System III), longer and shorter accounts, blanks, the other qualifiers
        ("501001 181234R13001003", "1234", "R01L001", NEW | {"turn": "restore"}),
        ("5011 18123456P13001003", "123456", "R01L1", NEW | {"turn": "still"}),
        ("5011 18  1234 E130 01 003", "1234", "R01L1", NEW),
        ("5011 18E1E0E13001003", "E1E0", "R01L1", NEW),
        ("5000 180001E10001001", "0001", "R00L0", {"code": "100", "partition": "01", "zone": "001"}),
        ("5011 18123E13001003", "123", "R01L1", NEW),
        ("5011 181234113001003", "1234", "R01L1", NEW),
        # SIA protocol 2
        ("S011[#1234|Nri1BA01]", "1234", "R01L1", {"code": "BA", "partition": "1", "zone": "01"}),
        ("S01001[#ABCDEF1234567890|NBA1]", "ABCDEF1234567890", "R01L001", {"code": "BA", "zone": "1"}),
        ("S011[#1234|Lri1BA01]", "1234", "R01L1", {"code": "BA", "partition": "1", "zone": "01"}),
        ("0011[#0000|NYC01]", "0000", "R01L1", {"code": "YC", "zone": "01"}),
        # SIA protocol 1
        ("3011      1234BA0003", "1234", "R01L1", {"code": "BA", "zone": "0003"}),
        # pulse formats of the MLR2E manual, and areas and users of the MLR2-DG manual
        ("1011      123 A   1", "123", "R01L1", {"code": "A", "zone": "1"}),
        ("1011      1234 A  22", "1234", "R01L1", {"code": "A", "zone": "22"}),
        ("1011      2255 A 266", "2255", "R01L1", {"code": "A", "zone": "266"}),
        ("1011      0012 C1128", "0012", "R01L1", {"code": "C", "partition": "1", "user": "128"}),
        ("1011      0000 P  0L", "0000", "R01L1", {"code": "P", "zone": "0L"}),
    ],
)  # fmt: skip
def test_frames_of_the_manuals(text, account, path, facts):
    found = message(text)
    (seen,) = found.facts
    assert (found.account, found.path) == (account, path)
    assert {name: value for name, value in seen.items() if name != "extra"} == facts


def test_several_events_of_one_message_are_told_apart():
    found = message("S011[#1234|Nda04-22-94ti16:02:15/id22/CL/PA31]")
    assert [event["code"] for event in found.facts] == ["CL", "PA"]
    first, second = from_json(facts_of(found, "1234", "a" * 32))
    assert first.digest == "a" * 32 != second.digest


@pytest.mark.parametrize("text", ["1011           @    ", "1010           @    ", "101000           @    "])
def test_heartbeats(text):
    assert message(text).is_heartbeat


@pytest.mark.parametrize("text", ["6011      1234BA0001", "5011 18xyz", "S011[#1234|garble]", "hello", "5", " "])
def test_what_is_not_understood_is_kept_bare(text):
    found = message(text)
    assert not found.facts
    assert judge(found, None, True).verdict is Verdict.NOT_UNDERSTOOD


def test_a_panel_with_a_key_is_believed_through_a_receiver_of_the_register_only():
    found, panel = message("5011 181234E13001003"), PanelEntry(1, "1234", b"k" * 16)
    assert judge(found, panel, True).verdict is Verdict.ACCEPTED
    assert judge(found, panel, False).verdict is Verdict.DOWNGRADE
    assert judge(found, PanelEntry(1, "1234", None), False).verdict is Verdict.ACCEPTED
    assert judge(found, None, True).verdict is Verdict.UNKNOWN_ACCOUNT


def test_a_prefix_tells_the_accounts_of_two_receivers_apart():
    found = message("5021 181234E13001003")
    prefixes = {"10.0.0.1": "A", "10.0.0.2": "RL"}
    assert account_of(found, "10.0.0.1", prefixes) == "A1234"
    assert account_of(found, "10.0.0.2", prefixes) == "0211234"
    assert account_of(found, "10.0.0.3", prefixes) == "1234"
    assert account_of(message("0011[#0000|NYC01]"), "10.0.0.1", prefixes) == "receiver:10.0.0.1"


X, Y = b"x", b"y"


def test_after_a_prompt_ack_the_same_bytes_are_a_second_event():
    course = Course()
    case, first = course.take(X, "1", 0)
    course.answer(first, 0.01)
    again, second = course.take(X, "2", 2)
    assert (case, again) == (Case.NEW, Case.NEW)
    assert first.digest != second.digest


def test_while_the_ack_waits_the_same_bytes_need_no_second_one():
    course = Course()
    _, first = course.take(X, "1", 0)
    assert course.take(X, "2", 4) == (Case.WAITING, first)
    _, second = course.take(Y, "3", 5)
    assert course.take(X, "4", 6)[0] is Case.NEW  # it has gone on meanwhile
    assert course.pending[:2] == [first, second]


def test_a_late_ack_may_be_crossed_by_the_next_try():
    course = Course()
    _, first = course.take(X, "1", 0)
    course.answer(first, 4.0)
    assert course.take(X, "2", 4.01) == (Case.CROSSED, first)
    case, third = course.take(X, "3", 8.1)  # it did wait for an ACK after all
    assert (case, third.digest) == (Case.REPEAT, first.digest)


def test_a_lost_connection_leaves_the_last_message_in_doubt():
    course = Course()
    _, first = course.take(X, "1", 0)
    course.answer(first, 0.01)
    _, second = course.take(Y, "2", 1)
    after = Course(course.lost(False))
    case, again = after.take(Y, "3", 5)
    assert (case, again.digest) == (Case.REPEAT, second.digest)
    after.answer(again, 5.01)
    assert after.take(Y, "4", 6)[0] is Case.NEW


def test_what_a_new_connection_begins_with_is_new_when_it_differs_or_is_old():
    course = Course()
    course.take(X, "1", 0)
    assert Course(course.lost(False)).take(Y, "2", 1)[0] is Case.NEW
    assert Course(course.lost(False)).take(X, "2", 1000)[0] is Case.NEW
    passed = Course(course.lost(False))
    passed.take(Y, "2", 1)
    assert passed.take(X, "3", 2)[0] is Case.NEW


def test_who_closes_in_good_order_after_a_prompt_ack_has_got_it():
    course = Course()
    _, first = course.take(X, "1", 0)
    assert course.lost(True) == [first]
    course.answer(first, 0.01)
    assert course.lost(True) == []
    assert course.lost(False) == [first]
    _, late = course.take(Y, "2", 1)
    course.answer(late, 5)
    assert course.lost(True) == [late]


def test_two_connections_share_the_doubt_and_one_resolves_it():
    course = Course()
    _, first = course.take(X, "1", 0)
    doubt = course.lost(False)
    other, another = Course(doubt), Course(doubt)
    assert other.take(Y, "2", 1)[0] is Case.NEW
    case, again = another.take(X, "3", 2)
    assert (case, again.digest) == (Case.REPEAT, first.digest)
    assert Course(doubt).take(X, "4", 3)[0] is Case.NEW


@given(st.lists(st.tuples(st.sampled_from([X, Y]), st.booleans(), st.floats(0.1, 9)), max_size=30))
def test_no_course_answers_a_message_twice(steps):
    course, now_s = Course(), 0.0
    for index, (raw, is_answered, gap_s) in enumerate(steps):
        now_s += gap_s
        case, last = course.take(raw, str(index), now_s)
        assert (last in course.pending) == (case is not Case.CROSSED)
        if is_answered and course.pending:
            course.answer(course.pending[0], now_s)
    assert len({one.digest for one in course.pending}) == len(course.pending)

"""Cases in clear: frame, heading, numbers, data, polls."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from canh.drill.conformance import talk as ask
from canh.drill.conformance import wire
from canh.drill.conformance.case import TCP, Case
from canh.drill.conformance.talk import STRANGER, Talk
from canh.drill.conformance.wire import CID, NULL, SIA, XNM, Wrong

VIETNAMESE = "[ITrụ sở Hàng Bông, Quận Hoàn Kiếm][SNgân hàng]"
EXTENDED = "[M0026B9E4268B][G2][H07:08:09,01-31-2026][LTang 3][X105E51.2][Y21N1.7][Vhttp://camera.test/1]"
RECEIVERS, LINES = ("R0", "R1234", "RFFFFFF"), ("L0", "L1234", "LFFFFFF")
BETWEEN_BYTES_S = 0.01  # else they travel together
ACCOUNTS = ("000", "123456", "0123456789ABCDEF", "FEDCBA9876543210")


def one(talk: Talk, **parts: Any) -> None:
    """One message, acknowledged by the book."""
    talk.acked(talk.message(**parts))


def _answer_form(talk: Talk) -> None:
    """Several: a checksum may happen to have no letter."""
    for _ in range(8):
        talk.line.send(talk.message().data)
        raw = talk.line.receive()
        if raw is None:
            raise Wrong("không có trả lời · no answer")
        wire.read(raw)
        if raw[1:9] != raw[1:9].upper():
            raise Wrong("CRC và độ dài phải viết hoa · CRC and length are written in upper case")
    talk.nothing_more()


def lower(talk: Talk) -> None:
    """A message whose checksum has a letter, so that lower case is lower."""
    sent = talk.message(is_lower=True)
    while sent.data[1:5].isdigit():
        sent = talk.message(is_lower=True)
    talk.acked(sent)


def _numbers(numbers: tuple[str, ...], talk: Talk) -> None:
    for number in numbers:
        talk.acked(talk.message(number=number))
    talk.nothing_more()


def _heading(talk: Talk) -> None:
    for receiver in RECEIVERS:
        for line in LINES:
            talk.acked(talk.message(receiver=receiver, line=line))


def _accounts(talk: Talk) -> None:
    for account in ACCOUNTS:
        sent = talk.message(account=account)
        ask.is_ack_or_duh(talk.answer_to(sent), sent)


def _wrong_crc(talk: Talk) -> None:
    data = talk.message().data
    good = int(data[1:5], 16)
    talk.silent_about(b"\n%04X%b" % (good ^ 0x0101, data[5:]))


def _wrong_length(talk: Talk) -> None:
    data = talk.message().data
    for step in (1, -1):
        talk.silent_about(data[:5] + b"%04X" % (int(data[5:9], 16) + step) + data[9:])


def _cut_short(talk: Talk) -> None:
    data = talk.message().data
    talk.silent_about(data[: len(data) // 2] + b"\r")


def _repeat(talk: Talk) -> None:
    sent = talk.message()
    for _ in range(3):
        talk.acked(sent)


def _longest(talk: Talk) -> None:
    bare = talk.message(extended="[I]")
    room = wire.LONGEST - (len(bare.data) - len(b"\nCCCC0LLL\r"))
    talk.acked(talk.message(extended=f"[I{'A' * room}]"))


def _ack_or_duh(talk: Talk, **parts: str) -> None:
    sent = talk.message(**parts)
    ask.is_ack_or_duh(talk.answer_to(sent), sent)
    talk.acked(talk.message())


def _stale(talk: Talk) -> None:
    sent = talk.message(shift_s=-3600.0)
    answer = talk.answer_to(sent)
    if answer.name == "NAK":
        ask.is_nak(answer)
    else:
        ask.is_ack(answer, sent)


def _polls(talk: Talk) -> None:
    for shift_s in (None, 0.0):
        talk.acked(talk.message(kind=NULL, shift_s=shift_s))


def _three_at_once(talk: Talk) -> None:
    sent = [talk.message(number=number) for number in ("4101", "4102", "4103")]
    talk.line.send(b"".join(one.data for one in sent))
    for one in sent:
        talk.next_is_ack(one)
    talk.nothing_more()


def _by_bytes(talk: Talk) -> None:
    sent = talk.message()
    for place in range(len(sent.data)):
        talk.line.send(sent.data[place : place + 1])
        time.sleep(BETWEEN_BYTES_S)
    talk.next_is_ack(sent)
    talk.nothing_more()


def _without_end(talk: Talk) -> None:
    sent = talk.message()
    talk.line.send(sent.data[:-1])
    talk.meanwhile()
    talk.not_answered("đã trả lời trước CR · answered before the CR")
    talk.line.send(b"\r")
    talk.next_is_ack(sent)


def _one_each(talk: Talk) -> None:
    for _ in range(3):
        talk.acked(talk.message())
        talk.redial()


def _one_for_all(talk: Talk) -> None:
    for kind in (SIA, CID, SIA, CID):
        sent = talk.message(kind=kind)
        talk.line.send(sent.data)
        talk.next_is_ack(sent)


CASES = (
    Case("ack-sia", "5.5.3.1, C.2.3.6", "SIA event", "Tin SIA-DCS",
         "a SIA-DCS test report", "ACK that repeats number, line and account", partial(one, kind=SIA)),
    Case("ack-cid", "5.5.3.1, C.2.3.6", "Contact ID event", "Tin ADM-CID",
         "an ADM-CID test report", "ACK that repeats number, line and account", partial(one, kind=CID)),
    Case("answer-form", "5.5.1.1-5.5.1.3", "Form of the answer", "Mẫu của trả lời",
         "eight test reports", "each one frame: LF, CRC and length right and in upper case, CR; nothing more",
         _answer_form),
    Case("heading", "5.5.1.6, C.2.3.8", "Receiver and line numbers", "Số bộ thu và số đường",
         "R 0, 1234, FFFFFF, each with L 0, 1234, FFFFFF", "nine ACKs that repeat R and L", _heading),
    Case("no-receiver", "5.5.1.6, C.2.3.8", "No receiver number", "Không có số bộ thu",
         "a report without R", "ACK without R", partial(one, receiver="")),
    Case("accounts", "5.5.1.6, C.2.3.8", "Forms of the account", "Các dạng tài khoản",
         "accounts 000, 123456, 0123456789ABCDEF, FEDCBA9876543210",
         "ACK, or DUH where the receiver does not know it, with the account as sent", _accounts),
    Case("wrong-crc", "5.5.1.2, C.2.3.5", "Wrong CRC", "CRC sai",
         "a report with a wrong CRC, then a good one", "silence, then ACK of the good one", _wrong_crc),
    Case("wrong-length", "5.5.1.3", "Wrong length", "Độ dài sai",
         "reports whose length is one too many and one too few", "silence, then ACK of the good one", _wrong_length),
    Case("cut-short", "5.5.1.2, 5.5.1.3", "Message cut short", "Tin bị cụt",
         "the first half of a report and CR", "silence, then ACK of a good one", _cut_short),
    Case("lower-hex", "practice", "Hex digits in lower case", "Chữ số hex viết thường",
         "CRC and length in lower case", "ACK", lower),
    Case("repeat-between", "5.5.1.5, C.2.3.7", "A number again between others", "Số thứ tự lặp lại xen kẽ",
         "numbers 9995, 9996, 9995, 9997", "four ACKs, each with its number",
         partial(_numbers, ("9995", "9996", "9995", "9997"))),
    Case("wrap", "5.5.1.5, C.2.3.7", "Numbers begin anew", "Số thứ tự quay vòng",
         "numbers 9998, 9999, 0001, 0002", "four ACKs, each with its number",
         partial(_numbers, ("9998", "9999", "0001", "0002"))),
    Case("out-of-order", "5.5.1.5", "Numbers out of order", "Số thứ tự lộn xộn",
         "numbers 0500, 0100, 0300", "three ACKs, each with its number", partial(_numbers, ("0500", "0100", "0300"))),
    Case("retransmission", "5.6.1.1, C.1.3.15", "The same message again", "Gửi lại cùng một tin",
         "the same bytes three times", "three ACKs", _repeat),
    Case("extended-data", "5.5.1.8", "Extended data", "Dữ liệu mở rộng",
         "MAC, path, time of occurrence, place, coordinates, address of a clip", "ACK",
         partial(one, extended=EXTENDED)),
    Case("vietnamese", "5.5.1.8 (2026)", "Vietnamese text", "Chữ tiếng Việt",
         "UTF-8 in the extended data I and S", "ACK: length and CRC count bytes", partial(one, extended=VIETNAMESE)),
    Case("longest", "5.5.1.3", "Longest message", "Tin dài nhất",
         "a report of 4,095 bytes (0FFF)", "ACK", _longest),
    Case("unknown-sia-code", "5.5.3.1", "Unknown SIA code", "Mã SIA lạ",
         "code RZ, which DC-03 does not list", "ACK: it came without an error",
         partial(one, content="Nri0/RZ00")),
    Case("unknown-cid-code", "5.5.3.1", "Unknown Contact ID code", "Mã Contact ID lạ",
         "code 6F6, which DC-05 does not list", "ACK: it came without an error",
         partial(one, kind=CID, content="16F6 00 000")),
    Case("unknown-account", "5.5.3", "Unknown account", "Tài khoản lạ",
         f"a report of account {STRANGER}, then a good one", "ACK or DUH that repeats the heading, then ACK",
         partial(_ack_or_duh, account=STRANGER)),
    Case("unknown-type", "5.5.3.3", "Message type nobody knows", "Loại tin lạ",
         "id ZZZ-99, then a good one", "DUH, or ACK when it is kept for a person; then ACK",
         partial(_ack_or_duh, kind="ZZZ-99", content="1234")),
    Case("plain-time", "5.5.1.9", "In clear with a time stamp", "Tin không mã hóa, có giờ",
         "a report with the present time", "ACK", partial(one, shift_s=0.0)),
    Case("plain-stale", "5.5.1.9, 5.5.3.2", "In clear with an old time stamp", "Tin không mã hóa, giờ cũ",
         "a report whose time is an hour old", "NAK with the receiver's time, or ACK: in clear the test is optional",
         _stale),
    Case("poll", "5.5.2.1, 5.5.1.5", "Poll", "Thăm dò NULL",
         "NULL with number 0000, without and with time", "two ACKs with number 0000", _polls),
    Case("extended-poll", "Annex H (2026)", "Extended poll", "Thăm dò mở rộng XNM",
         "XNM with number 0000 and a supervision category", "ACK with number 0000",
         partial(one, kind=XNM, extended="[CDP]")),
    Case("three-at-once", "5.3, practice", "Three messages in one segment", "Ba tin trong một gói",
         "three reports in one write", "three ACKs, each with its number", _three_at_once, over=TCP),
    Case("byte-by-byte", "5.3, practice", "A message in single bytes", "Một tin gửi từng byte",
         "a report, one byte after the other", "one ACK", _by_bytes, over=TCP),
    Case("without-end", "5.5.1.1", "A message without its end", "Tin chưa hết",
         "a report without CR, a moment later the CR", "nothing before the CR, then ACK", _without_end, over=TCP),
    Case("connection-each", "5.3", "A connection for each message", "Mỗi tin một kết nối",
         "three reports, each on a connection of its own", "three ACKs", _one_each, over=TCP),
    Case("connection-kept", "5.3", "One connection for all messages", "Một kết nối cho mọi tin",
         "four messages one after the other", "four ACKs", _one_for_all, over=TCP),
)  # fmt: skip

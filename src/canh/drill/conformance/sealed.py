"""Cases under encryption: key lengths, pads, time stamps, wrong keys."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial

from canh.drill.conformance import talk as ask
from canh.drill.conformance import wire
from canh.drill.conformance.case import Case, Need, TooSlow
from canh.drill.conformance.plain import VIETNAMESE, lower, one
from canh.drill.conformance.talk import Talk
from canh.drill.conformance.wire import CID, NULL, SIA, Answer, Wrong
from canh.kit import clock

EARLIEST_S, LATEST_S = -39.0, 19.0  # the window is 40 s behind and 20 s ahead: 5.5.1.9
TOO_OLD_S, TOO_NEW_S = -120.0, 120.0
SLOW_S = 0.5
TRIES = 5
CLOCKS_AGREE_S = 2.0  # a stamp has whole seconds


def _padded(talk: Talk, *, shortest: int) -> None:
    """Contents of every length modulo 16, so that every length of pad comes up."""
    for length in range(wire.BLOCK):
        sent = talk.message(content=f"{wire.TEST[SIA]}|A{'x' * length}", pad=_pad(talk, length, shortest))
        talk.acked(sent)


def _pad(talk: Talk, length: int, shortest: int) -> int:
    plain = f"|#{talk.account}|{wire.TEST[SIA]}|A{'x' * length}]_00:00:00,01-01-2026"
    fill = -len(plain) % wire.BLOCK
    return fill if fill >= shortest else fill + wire.BLOCK


def _answer_pad(talk: Talk) -> None:
    pads = [wire.opened(talk.acked(talk.message()), talk.key)[0] for _ in range(2)]
    if not all(pads):
        raise Wrong("ACK mã hóa không có phần đệm · the encrypted ACK has no pad")
    if pads[0] == pads[1]:
        raise Wrong(f"phần đệm không ngẫu nhiên · the pad is not random: {pads[0]!r}")


def _off(shift_s: float, talk: Talk) -> None:
    ask.is_nak(talk.answer_to(talk.message(shift_s=shift_s)))


def _clock_error_s(talk: Talk) -> float:
    """The receiver's clock less ours, as its NAK tells."""
    told = _told(talk.answer_to(talk.message(shift_s=TOO_OLD_S * 30)))
    error_s = (told - clock.now()) / timedelta(seconds=1)
    return 0.0 if abs(error_s) < CLOCKS_AGREE_S else error_s


def _told(answer: Answer) -> datetime:
    ask.is_nak(answer)
    told = wire.time_in(wire.opened(answer, None)[1])
    if told is None:
        raise Wrong("NAK thiếu giờ của bộ thu · the NAK does not tell the receiver's time")
    return told


def _edge(edge_s: float, talk: Talk) -> None:
    """Within the window by a second; judged only when the answer came quickly."""
    error_s = _clock_error_s(talk)
    for _ in range(TRIES):
        time.sleep(1.0 - clock.now().microsecond / 1e6)  # the stamp drops what is less than a second
        began = time.monotonic()
        sent = talk.message(shift_s=edge_s + error_s)
        answer = talk.answer_to(sent)
        if answer.name == "ACK" or time.monotonic() - began < SLOW_S:
            ask.is_ack(answer, sent)
            return
    raise TooSlow("trả lời quá chậm để xét · the answers came too slowly to judge")


def _resync(talk: Talk) -> None:
    told = _told(talk.answer_to(talk.message(shift_s=TOO_OLD_S * 30)))
    talk.acked(talk.message(shift_s=(told - clock.now()) / timedelta(seconds=1)))


def _no_time(talk: Talk) -> None:
    ask.is_nak(talk.answer_to(talk.message(shift_s=None)))


def _wrong_key(talk: Talk) -> None:
    wrong = bytes(byte ^ 0x5A for byte in talk.key or b"")
    sent = talk.message(key=wrong)
    answer = talk.answer_to(sent)
    ask.named(answer, "DUH")
    ask.in_clear(answer)
    ask.echoes(answer, sent)


def _not_hex(talk: Talk) -> None:
    sent = talk.message()
    text = sent.data[9 : sent.data.index(b"[") + 1] + b"not hexadecimal at all"
    talk.line.send(wire.frame(text))
    raw = talk.line.receive()
    if raw is not None and (answer := wire.read(raw)).name != "DUH":
        raise Wrong(f"nhận tin không giải mã được: {answer.name} · took what cannot be opened: {answer.name}")
    talk.redial()
    talk.acked(talk.message())


def _repeat(talk: Talk) -> None:
    sent = talk.message()
    for _ in range(2):
        talk.acked(sent)


def _of_length(bits: str, need: Need) -> tuple[Case, ...]:
    return (
        Case(f"aes-{bits}-sia", "5.4.5.1, 5.5.3.1, C.2.3.3", f"AES-{bits}, SIA event", f"AES-{bits}, tin SIA-DCS",
             "an encrypted SIA-DCS test report", "encrypted ACK that opens under the key and has a time stamp",
             partial(one, kind=SIA), need),
        Case(f"aes-{bits}-cid", "5.4.5.1, 5.5.3.1, C.2.3.3", f"AES-{bits}, Contact ID", f"AES-{bits}, tin ADM-CID",
             "an encrypted ADM-CID test report", "encrypted ACK that opens under the key and has a time stamp",
             partial(one, kind=CID), need),
        Case(f"aes-{bits}-poll", "5.5.2.1.2", f"AES-{bits}, poll", f"AES-{bits}, thăm dò NULL",
             "an encrypted NULL with a time stamp", "encrypted ACK with number 0000", partial(one, kind=NULL), need),
    )  # fmt: skip


CASES = (
    *_of_length("128", Need.KEY_128),
    *_of_length("192", Need.KEY_192),
    *_of_length("256", Need.KEY_256),
    Case("aes-pad-2013", "5.4.4 (2013)", "Pads of 1 to 16 bytes", "Phần đệm 1 đến 16 byte",
         "16 contents of every length, padded by 1 to 16 bytes: 16 where none were needed", "16 encrypted ACKs",
         partial(_padded, shortest=1), Need.KEY),
    Case("aes-pad-2026", "5.4.4.3 (2026)", "Pads of 16 to 31 bytes", "Phần đệm 16 đến 31 byte",
         "16 contents of every length, padded by 16 to 31 bytes", "16 encrypted ACKs",
         partial(_padded, shortest=16), Need.KEY),
    Case("aes-lower-hex", "practice", "Ciphertext in lower case", "Bản mã viết thường",
         "CRC, length and ciphertext in lower case", "encrypted ACK", lower, Need.KEY),
    Case("aes-vietnamese", "5.5.1.8 (2026)", "Vietnamese text, encrypted", "Chữ tiếng Việt, mã hóa",
         "UTF-8 in the extended data I and S", "encrypted ACK",
         partial(one, extended=VIETNAMESE), Need.KEY),
    Case("aes-answer-pad", "5.4.4.3, 5.5.3.1", "Pad of the answer", "Phần đệm của trả lời",
         "two reports", "encrypted ACKs whose pads are there and differ", _answer_pad, Need.KEY),
    Case("aes-stale", "5.5.1.9, 5.5.3.2", "Old time stamp", "Giờ cũ", "a report two minutes old",
         "NAK in clear, 0000R0L0A0, with the receiver's time", partial(_off, TOO_OLD_S), Need.KEY),
    Case("aes-future", "5.5.1.9, 5.5.3.2", "Time stamp ahead", "Giờ ở tương lai", "a report two minutes ahead",
         "NAK in clear, 0000R0L0A0, with the receiver's time", partial(_off, TOO_NEW_S), Need.KEY),
    Case("aes-earliest", "5.5.1.9", "Time stamp just old enough", "Giờ sát biên cũ",
         "a report 39 s old by the receiver's clock", "encrypted ACK", partial(_edge, EARLIEST_S), Need.KEY),
    Case("aes-latest", "5.5.1.9", "Time stamp just new enough", "Giờ sát biên mới",
         "a report 19 s ahead by the receiver's clock", "encrypted ACK", partial(_edge, LATEST_S), Need.KEY),
    Case("aes-resync", "5.5.3.2, C.1.3.13", "Again with the receiver's time", "Gửi lại theo giờ bộ thu",
         "an old report, then one with the time of the NAK", "NAK, then encrypted ACK", _resync, Need.KEY),
    Case("aes-no-time", "5.5.1.9", "Encrypted without a time stamp", "Mã hóa mà thiếu giờ",
         "an encrypted report without a time stamp", "NAK: it could be an old one played again", _no_time, Need.KEY),
    Case("aes-wrong-key", "5.5.3.3", "Wrong key", "Sai khóa",
         "a report under another key", "DUH in clear that repeats the heading", _wrong_key, Need.KEY),
    Case("aes-not-hex", "5.4, 5.5.3.3", "Encrypted nonsense", "Bản mã vô nghĩa",
         "an encrypted report whose body is no hex, then a good one", "DUH or silence, then encrypted ACK",
         _not_hex, Need.KEY),
    Case("aes-retransmission", "5.6.1.1, C.1.3.15", "The same encrypted message again", "Gửi lại cùng tin mã hóa",
         "the same bytes twice", "two encrypted ACKs", _repeat, Need.KEY),
)  # fmt: skip

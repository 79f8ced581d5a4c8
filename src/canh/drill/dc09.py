"""The panel's side of SIA DC-09: making messages and reading replies. No sockets, no clock.

    LF CRC 0LLL "id" seq [Rreceiver] Lprefix #account [content] [extended data] _time CR

CRC: CRC-16, reflected polynomial 0xA001, start 0, from the first quote to the last byte before CR.
Encrypted (`*` before the id): AES-CBC with a zero vector over everything after the bracket, padded
in front, written as hex digits. Source: SIA DC-09 (2013) 5.4-5.5; padding after DC-09 (2026) 5.4.4.3.
"""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import fastcrc
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 16
ZERO_VECTOR = bytes(BLOCK)
PAD_LETTERS = (string.ascii_letters + string.digits).encode()  # any but | [ ]
TIME_FORM = "%H:%M:%S,%m-%d-%Y"  # always UTC
LONGEST_REPLY = 4096 + 10


class Speech(StrEnum):
    """Which message type a panel uses for its events."""

    SIA = "SIA-DCS"
    CID = "ADM-CID"


class Answer(StrEnum):
    """What a receiver may answer."""

    ACK = "ACK"
    """Stored."""
    NAK = "NAK"
    """Refused for its time; carries the receiver's own."""
    DUH = "DUH"
    """Cannot be processed; must not be repeated."""
    RSP = "RSP"
    """Stored, and here is data for you."""


class BadReply(ValueError):
    """What came back is not a reply of a DC-09 receiver, or not for us."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: the fixed part of every message of a panel."""

    account: str
    key: bytes | None = None
    """16, 24 or 32 bytes; None: plain messages."""
    receiver: str = ""
    """1 to 6 hex digits; empty: the field is left out."""
    prefix: str = "0"


@dataclass(frozen=True, slots=True)
class Message:
    """What is said."""

    kind: str
    """`SIA-DCS`, `ADM-CID` or `NULL`."""
    number: int
    """1 to 9999; 0 for NULL."""
    content: str = ""
    """Between the brackets, without the account: `Nri1/BA03`, `1130 01 003`."""
    occurred_at: datetime | None = None
    """When it happened, if not just now: extended data H."""


@dataclass(frozen=True, slots=True)
class Reply:
    answer: Answer
    number: int
    account: str
    at: datetime | None
    """The receiver's time, where it tells it."""


def sia_content(code: str, number: str, partition: int | None) -> str:
    """DC-03 event: area in `ri`, then the code with its zone, user or area number."""
    area = f"ri{partition}/" if partition is not None else ""
    return f"N{area}{code}{number}"


def cid_content(code: str, is_restore: bool, partition: int, number: int) -> str:
    """DC-05 event: qualifier 1 new or opening, 3 restore or closing; group; zone or user."""
    return f"{3 if is_restore else 1}{code} {partition:02d} {number:03d}"


def encode(message: Message, sender: Sender, at: datetime) -> bytes:
    """The bytes to send at the moment `at`."""
    star = "*" if sender.key else ""
    receiver = f"R{sender.receiver}" if sender.receiver else ""
    head = f'"{star}{message.kind}"{message.number:04d}{receiver}L{sender.prefix}#{sender.account}['
    body = _inner(message, sender.account, at)
    if sender.key:
        body = _encrypt(f"|{body}".encode("ascii"), sender.key)
    return _frame((head + body).encode("ascii"))


def _inner(message: Message, account: str, at: datetime) -> str:
    content = f"#{account}|{message.content}" if message.content else ""
    happened = f"[H{_stamp(message.occurred_at)}]" if message.occurred_at else ""
    return f"{content}]{happened}_{_stamp(at)}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(TIME_FORM)


def _frame(text: bytes) -> bytes:
    return b"\n%04X0%03X%s\r" % (fastcrc.crc16.arc(text), len(text), text)


def _encrypt(text: bytes, key: bytes) -> str:
    """Pads with 16 to 31 letters in front: a receiver of any edition drops all before the first `|`."""
    pad = bytes(secrets.choice(PAD_LETTERS) for _ in range(BLOCK + -len(text) % BLOCK))
    encryptor = Cipher(AES(key), CBC(ZERO_VECTOR)).encryptor()
    return (encryptor.update(pad + text) + encryptor.finalize()).hex().upper()


_ENVELOPE = re.compile(rb'\n?([0-9A-F]{4})0([0-9A-F]{3})(".*)\r', re.DOTALL)
_REPLY = re.compile(
    rb'"(?P<star>\*?)(?P<answer>ACK|NAK|DUH|RSP)"(?P<number>\d{4})'
    rb"(?:R[0-9A-F]{1,6})?(?:L[0-9A-F]{1,6})?(?:#(?P<account>[0-9A-F]{3,16})|A0)?"
    rb"\[(?P<rest>.*)",
    re.DOTALL,
)
_REST = re.compile(rb"[^|\[\]]*\|?[^|\[\]]*\](?:\[[^\[\]]*\])*(?:_([0-9:,-]{19}))?")


def read_reply(frame: bytes, sender: Sender) -> Reply:
    """What a receiver answered to a message of `sender`. Raises BadReply."""
    match = _REPLY.fullmatch(_checked(frame))
    if not match:
        raise BadReply("this is not a DC-09 reply")
    answer, rest = Answer(match["answer"].decode()), match["rest"]
    if sender.key and answer in {Answer.ACK, Answer.RSP} and not match["star"]:
        raise BadReply("the reply to an encrypted message is not encrypted: anybody could have sent it")
    if match["star"]:
        rest = _decrypt(rest, sender.key)
    account = (match["account"] or b"").decode()
    return Reply(answer, int(match["number"]), account, _time_in(rest))


def _checked(frame: bytes) -> bytes:
    envelope = _ENVELOPE.fullmatch(frame)
    if not envelope:
        raise BadReply("this is not a DC-09 frame")
    text = envelope[3]
    if int(envelope[2], 16) != len(text):
        raise BadReply("the length of the reply is wrong")
    if int(envelope[1], 16) != fastcrc.crc16.arc(text):
        raise BadReply("the checksum of the reply is wrong")
    return text


def _decrypt(digits: bytes, key: bytes | None) -> bytes:
    if key is None:
        raise BadReply("the reply is encrypted, but this panel has no key")
    try:
        secret = bytes.fromhex(digits.decode("ascii"))
        decryptor = Cipher(AES(key), CBC(ZERO_VECTOR)).decryptor()
        return decryptor.update(secret) + decryptor.finalize()
    except ValueError as error:
        raise BadReply("the encrypted reply is damaged") from error


def _time_in(rest: bytes) -> datetime | None:
    match = _REST.fullmatch(rest)
    if not match:
        raise BadReply("the reply cannot be read: damaged, or encrypted with another key")
    if not match[1]:
        return None
    try:
        return datetime.strptime(match[1].decode(), TIME_FORM).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadReply("the time in the reply cannot be read") from error

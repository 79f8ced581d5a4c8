"""What goes over the wire: messages with any part as a case wants it, answers read without mercy. No sockets.

Clauses of SIA DC-09: frame 5.5.1.1-5.5.1.3, heading 5.5.1.4-5.5.1.6, data 5.5.1.7-5.5.1.9, encryption 5.4,
answers 5.5.3.
"""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from canh.kit import clock

BLOCK = 16
LONGEST = 0xFFF
LETTERS = string.ascii_letters + string.digits  # any but | [ ]
SIA, CID, NULL, XNM = "SIA-DCS", "ADM-CID", "NULL", "XNM"
TEST = {SIA: "Nri0/RP00", CID: "1602 00 000", NULL: "", XNM: ""}
"""Automatic test reports: nobody is woken by a conformance test."""


class Wrong(Exception):
    """The receiver does not do what the case asks; says what it did instead, in two languages."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, and what its answer must repeat."""

    data: bytes
    number: str
    receiver: str
    """`R` and its digits; empty when left out."""
    line: str
    account: str
    key: bytes | None


@dataclass(frozen=True, slots=True)
class Message:
    """Every part of a message that a case may want otherwise."""

    account: str
    key: bytes | None = None
    kind: str = SIA
    content: str | None = None
    """Behind the account; None: a test report."""
    number: str = "0001"
    receiver: str = "R0"
    line: str = "L0"
    extended: str = ""
    shift_s: float | None = None
    """Time stamp, seconds from now; None: without."""
    pad: int | None = None
    """Length of the pad; None: 16 to 31, as the edition of 2026 has it."""
    is_lower: bool = False
    """Hex digits in lower case."""


def make(message: Message) -> Sent:
    star = "*" if message.key else ""
    head = f'"{star}{message.kind}"{message.number}{message.receiver}{message.line}#{message.account}['
    text = head.encode() + _body(message)
    data = frame(text, message.is_lower)
    return Sent(data, message.number, message.receiver, message.line, message.account, message.key)


def _body(message: Message) -> bytes:
    content = TEST.get(message.kind, "") if message.content is None else message.content
    data = f"#{message.account}|{content}" if content else ""
    plain = f"{data}]{message.extended}{_stamp(message.shift_s)}".encode()
    if message.key is None:
        return plain
    sealed = seal(message.key, plain, message.pad).hex()
    return (sealed if message.is_lower else sealed.upper()).encode()


def _stamp(shift_s: float | None) -> str:
    if shift_s is None:
        return ""
    return (clock.now() + timedelta(seconds=shift_s)).astimezone(UTC).strftime("_%H:%M:%S,%m-%d-%Y")


def frame(text: bytes, is_lower: bool = False) -> bytes:
    form = b"\n%04x%04x%b\r" if is_lower else b"\n%04X%04X%b\r"
    return form % (crc(text), len(text), text)


def crc(text: bytes) -> int:
    """CRC-16, reflected polynomial A001, from 0, one bit after the other."""
    value = 0
    for byte in text:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def seal(key: bytes, plain: bytes, pad: int | None = None) -> bytes:
    """AES-CBC from a zero vector over `pad|plain`."""
    text = b"|" + plain
    length = BLOCK + -len(text) % BLOCK if pad is None else pad
    text = "".join(secrets.choice(LETTERS) for _ in range(length)).encode() + text
    worker = Cipher(AES(key), CBC(bytes(BLOCK))).encryptor()
    return worker.update(text) + worker.finalize()


def unseal(key: bytes, sealed: bytes) -> bytes:
    worker = Cipher(AES(key), CBC(bytes(BLOCK))).decryptor()
    return worker.update(sealed) + worker.finalize()


# -- answers


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose frame is right."""

    name: str
    is_encrypted: bool
    number: str
    receiver: str
    line: str
    account: str
    """`#` and its digits, or the `A0` of a NAK."""
    body: bytes
    """Behind the bracket, as sent."""


_FRAME = re.compile(rb'\n([0-9A-Fa-f]{4})0([0-9A-Fa-f]{3})(".*)\r', re.DOTALL)
_ANSWER = re.compile(
    rb'"(?P<star>\*?)(?P<name>ACK|NAK|DUH|RSP)"(?P<number>[0-9]{4})'
    rb"(?P<receiver>R[0-9A-Fa-f]{1,6})?(?P<line>L[0-9A-Fa-f]{1,6}?)?(?P<account>#[0-9A-Za-z]{1,16}|A0)?\[(?P<body>.*)",
    re.DOTALL,
)
_TIME = re.compile(r"_(\d\d:\d\d:\d\d,\d\d-\d\d-\d{4})\Z")


def read(raw: bytes) -> Answer:
    """Raises Wrong."""
    found = _FRAME.fullmatch(raw)
    if found is None:
        raise Wrong(f"trả lời không phải khung DC-09 · the answer is no frame: {raw[:60]!r}")
    if int(found[2], 16) != len(found[3]):
        raise Wrong("độ dài trong trả lời sai · the length in the answer is wrong")
    if int(found[1], 16) != crc(found[3]):
        raise Wrong("CRC của trả lời sai · the CRC of the answer is wrong")
    parts = _ANSWER.fullmatch(found[3])
    if parts is None:
        raise Wrong(f"trả lời sai mẫu · the answer is malformed: {found[3][:60]!r}")
    words = {name: (part or b"").decode() for name, part in parts.groupdict().items() if name not in {"body", "star"}}
    return Answer(is_encrypted=bool(parts["star"]), body=parts["body"], **words)


def opened(answer: Answer, key: bytes | None) -> tuple[str, str]:
    """Pad, and what stands from the closing bracket on. Raises Wrong."""
    if not answer.is_encrypted or key is None:
        return "", answer.body.decode("ascii", "replace")
    try:
        text = unseal(key, bytes.fromhex(answer.body.decode("ascii"))).decode("ascii")
    except ValueError as error:
        raise Wrong("không giải mã được trả lời · the answer does not open under the key") from error
    before, bracket, rest = text.partition("]")
    if not bracket:
        raise Wrong("không giải mã được trả lời · the answer does not open under the key")
    return before.partition("|")[0], bracket + rest


def time_in(text: str) -> datetime | None:
    """The time stamp at the end, if there is one that is a moment."""
    found = _TIME.search(text)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%H:%M:%S,%m-%d-%Y").replace(tzinfo=UTC)
    except ValueError:
        return None

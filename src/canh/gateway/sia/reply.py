"""Answers to a panel (SIA DC-09 5.5.4)."""

from __future__ import annotations

from enum import Enum

from fastcrc.crc16 import arc

from canh.gateway.sia import crypt, stamp
from canh.gateway.sia.frame import Frame
from canh.gateway.sia.stamp import STANDARD, Reading
from canh.intake.terms import Dialect


class Answer(Enum):
    """What the panel is told."""

    ACK = "kept"
    NAK = "the time stamp is off: set your clock by ours and send again"
    DUH = "cannot be processed: do not send again"
    SILENCE = "nothing: send again, or take your next path"


def wrap(quoted: bytes, is_binary: bool = False) -> bytes:
    """A whole frame around what stands from the first quote to the last byte before CR."""
    crc = arc(quoted)
    if is_binary:
        return b"\n%b%04X%b\r" % (crc.to_bytes(2, "big"), len(quoted), quoted)
    return b"\n%04X%04X%b\r" % (crc, len(quoted), quoted)


def nak(reading: Reading = STANDARD) -> bytes:
    """Never encrypted, names nobody, carries our time."""
    return wrap(_nak(reading))


def make(answer: Answer, frame: Frame, key: bytes | None, reading: Reading = STANDARD) -> bytes:
    """The bytes of an answer. `key` is needed for the ACK of an encrypted frame only. `reading`: how the
    panel reads a time stamp."""
    if answer is Answer.SILENCE:
        return b""
    quoted = _quoted(answer, frame, key, reading)
    return wrap(quoted, bool(frame.dialect) and Dialect.BINARY_CRC in frame.dialect)


def _quoted(answer: Answer, frame: Frame, key: bytes | None, reading: Reading) -> bytes:
    if answer is Answer.NAK:
        return _nak(reading)
    if answer is Answer.DUH:  # never encrypted: it is sent when keys do not fit
        return f'"DUH"{frame.echo}[]'.encode()
    if not frame.is_encrypted or key is None:
        return f'"ACK"{frame.echo}[]'.encode()
    sealed = crypt.encrypt(key, f"]{stamp.now(reading)}".encode())
    return f'"*ACK"{frame.echo}['.encode() + sealed


def _nak(reading: Reading) -> bytes:
    return f'"NAK"0000R0L0A0[]{stamp.now(reading)}'.encode()

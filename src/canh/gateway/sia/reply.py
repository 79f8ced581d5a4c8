"""Answers to a panel (SIA DC-09 5.5.4)."""

from __future__ import annotations

from enum import Enum

from fastcrc.crc16 import arc

from canh.gateway.sia import crypt, stamp
from canh.gateway.sia.frame import Frame


class Answer(Enum):
    """What the panel is told."""

    ACK = "kept"
    NAK = "the time stamp is off: set your clock by ours and send again"
    DUH = "cannot be processed: do not send again"
    SILENCE = "nothing: send again, or take your next path"


def wrap(quoted: bytes) -> bytes:
    """A whole frame around what stands from the first quote to the last byte before CR."""
    return b"\n%04X%04X%b\r" % (arc(quoted), len(quoted), quoted)


def make(answer: Answer, frame: Frame, key: bytes | None) -> bytes:
    """The bytes of an answer. `key` is needed for the ACK of an encrypted frame only."""
    if answer is Answer.ACK:
        return ack(frame, key)
    if answer is Answer.NAK:
        return nak()
    return duh(frame) if answer is Answer.DUH else b""


def ack(frame: Frame, key: bytes | None) -> bytes:
    """Encrypted if and only if the frame was."""
    if not frame.is_encrypted or key is None:
        return wrap(f'"ACK"{frame.echo}[]'.encode())
    sealed = crypt.encrypt(key, f"]{stamp.now()}".encode())
    return wrap(f'"*ACK"{frame.echo}['.encode() + sealed)


def nak() -> bytes:
    """Never encrypted, names nobody, carries our time."""
    return wrap(f'"NAK"0000R0L0A0[]{stamp.now()}'.encode())


def duh(frame: Frame) -> bytes:
    """Never encrypted: it is sent when keys do not fit."""
    return wrap(f'"DUH"{frame.echo}[]'.encode())

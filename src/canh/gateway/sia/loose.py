"""Headers of frames as some panels send them: near the standard, and still proven by their checksum.

The standard's own form is read in `frame`; only what fails there comes here. Nothing is guessed: a form is
taken only when its checksum is right, and its departures are named (intake.terms.Dialect).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fastcrc.crc16 import arc

from canh.gateway.sia import stamp
from canh.intake.terms import Dialect

_REST = (
    r'"(\*?)([0-9A-Z-]{1,20})"'
    r"(([0-9]{4})(R[0-9A-Fa-f]{1,6})?(L[0-9A-Fa-f]{0,6})?(?:(#?)([0-9A-Za-z]{1,16}))?)\["
)
_HEX = re.compile(r"([0-9A-Fa-f]{4})(0[0-9A-Fa-f]{3})?" + _REST)
_BINARY = re.compile(r"(..)(0[0-9A-Fa-f]{3})" + _REST, re.DOTALL)  # two bytes: any two, CR and LF too
_STAMP = re.compile(rb"_" + stamp.FORM.encode() + rb"\Z")
_HEX_ACCOUNT = re.compile(r"[0-9A-Fa-f]*")
LONG_ACCOUNT = 6


class Loose(NamedTuple):
    """What frame.Frame needs, without the account's case settled."""

    words: list[str]
    name: str
    is_encrypted: bool
    echo: str
    number: str
    receiver: str
    line: str
    account: str
    body: bytes


def read(line: bytes) -> Loose | None:
    """A line without its CR. None: not a frame in any form we know."""
    text = line.decode("latin-1")
    start = line.rfind(b"\n") + 1
    found = _HEX.match(text, start)
    loose = found and _proven(line, found, start, int(found[1], 16))
    return loose or _read_binary(line, text)


def _read_binary(line: bytes, text: str) -> Loose | None:
    """The checksum as two bytes; they may look like anything, an LF or digits too."""
    found = _BINARY.search(text)
    loose = found and _proven(line, found, found.start(), int.from_bytes(found[1].encode("latin-1"), "big"))
    return loose and loose._replace(words=[Dialect.BINARY_CRC.value, *loose.words])


def _proven(line: bytes, found: re.Match[str], start: int, crc: int) -> Loose | None:
    _, length, star, name, echo, number, receiver, prefix, mark, account = found.groups()
    quoted = line[found.start(3) - 1 :]
    how = _checked(quoted, crc, length)
    if how is None:
        return None
    words = [how, *_frame_words(found, start), *_account_words(mark or "", account or "")]
    return Loose(
        [word for word in words if word], name, bool(star), echo, number, receiver or "", prefix or "",
        account or "", line[found.end() :],
    )  # fmt: skip


def _checked(quoted: bytes, crc: int, length: str | None) -> str | None:
    """How the checksum was made: "" by the standard; None when it is wrong, or the length is."""
    said = len(quoted) if length is None else int(length, 16)
    if said == len(quoted) and crc == arc(quoted):
        return ""
    if length is not None and said in {len(quoted), len(quoted) + 1} and crc == arc(quoted + b"\r"):
        return Dialect.CRC_WITH_CR.value
    shorter = _STAMP.sub(b"", quoted)
    if len(shorter) < len(quoted) and said in {len(quoted), len(shorter)} and crc == arc(shorter):
        return Dialect.CRC_NO_TIME.value
    return None


def _frame_words(found: re.Match[str], start: int) -> list[str]:
    crc, length, prefix = found[1], found[2], found[8]
    return [
        word.value
        for word, is_so in (
            (Dialect.NO_LF, start == 0),
            (Dialect.JUNK, start > 1),
            (Dialect.LOWER_CRC, found.re is _HEX and (crc + (length or "")).upper() != crc + (length or "")),
            (Dialect.NO_LENGTH, length is None),
            (Dialect.NO_LINE, prefix in {None, "L"}),
        )
        if is_so
    ]


def _account_words(mark: str, account: str) -> list[str]:
    if not account:
        return [Dialect.NO_ACCOUNT.value]
    return [
        word.value
        for word, is_so in (
            (Dialect.NO_HASH, not mark),
            (Dialect.SHORT_ACCOUNT, len(account) < 3),
            (Dialect.LONG_ACCOUNT, len(account) >= LONG_ACCOUNT),
            (Dialect.LETTER_ACCOUNT, not _HEX_ACCOUNT.fullmatch(account)),
        )
        if is_so
    ]

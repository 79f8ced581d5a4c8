"""What a file of evidence is called, what it is, how much fits and how long it is kept. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_NAME = 120
HEAD_BYTES = 4096
"""So many first bytes say what a file is."""
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"), (b"%PDF-", "application/pdf"), (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"PK\x03\x04", "application/zip"),
)  # fmt: skip
_RIFF = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the dated table says. Bytes; `kept`: outcome of a case -> years."""

    largest: int
    of_case: int
    of_all: int
    removed_kept: timedelta
    kept: Mapping[str, int]


class Full(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    FILE = "file"
    CASE = "case"
    ALL = "all"


def fits(size: int, in_case: int, in_all: int, limits: Limits) -> Full | None:
    """None: it fits. `in_case`, `in_all`: bytes that are kept already."""
    if size <= 0:
        return Full.EMPTY
    if size > limits.largest:
        return Full.FILE
    if in_case + size > limits.of_case:
        return Full.CASE
    return Full.ALL if in_all + size > limits.of_all else None


def clean_name(name: str) -> str:
    """A name without path, composed (NFC), of letters that every system can write, at most LONGEST_NAME long.

    Format characters go: one of them turns the reading direction, so that `exe.jpg` is read where `gpj.exe` stands.
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    kept = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    kept = " ".join(_FORBIDDEN.sub("_", kept).split()).strip(". ")
    if len(kept) > LONGEST_NAME:
        stem, dot, end = kept.rpartition(".")
        kept = f"{stem[: LONGEST_NAME - 1 - len(end)]}.{end}" if dot and len(end) <= 10 else kept[:LONGEST_NAME]
    return kept.strip(". ") or "file"


def sniff(head: bytes) -> str:
    """The media type by the first HEAD_BYTES bytes; what nobody recognises is `application/octet-stream`."""
    for magic, media in _MAGIC:
        if head.startswith(magic):
            return media
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "application/octet-stream")
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head[:2] in {b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"}:
        return "audio/mpeg"
    return "text/plain" if _is_text(head) else "application/octet-stream"


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(head) < HEAD_BYTES or error.start < len(head) - 4:  # a letter cut by the end of the head is no fault
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text) and not any(ord(c) < 32 and c not in "\t\r\n\f" for c in text)


def cutoffs(now: datetime, limits: Limits) -> dict[str, datetime]:
    """Outcome -> what was closed before this moment has had its time. A year later on the same day; of 29 February
    on 28 February."""
    return {outcome: _years_before(now, years) for outcome, years in limits.kept.items()}


def _years_before(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)

"""An evidence pack: a ZIP whose every byte follows from the case, so that a checker can refuse every other byte. Pure.

Layout (docs/ref/evidence-pack.md): `manifest.json`, `signature.txt`, `VERIFY.txt`, then the other members in the order
of their names; stored, without extra fields, all dated 1980-01-01, names in UTF-8. Sizes and checksums are known
before the first byte is written, so the pack can be streamed and its length told.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
LARGEST = 0xFFFF_FFFF - 1
"""Bytes of a pack: a ZIP without its 64-bit extension."""
_LOCAL, _CENTRAL, _END = 0x04034B50, 0x02014B50, 0x06054B50
_FIXED = (20, 0x0800, 0, 0, 0x21)
"""Version needed, flags (names are UTF-8), method (stored), time, date (1980-01-01)."""


class TooLarge(ValueError):
    """The pack would not fit into a ZIP without extensions."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the pack. `read` gives the same bytes each time it is called."""

    name: str
    size: int
    crc: int
    sha256: str
    read: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Absent:
    """What belongs to the case and is not in the pack, and why: `removed`, `retention`, `collected`, `missing`,
    `damaged`."""

    name: str
    sha256: str
    size: int
    why: str


@dataclass(slots=True)
class Content:
    """What the sections of a pack add."""

    members: list[Member] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)


def member_of(name: str, data: bytes) -> Member:
    return Member(name, len(data), zlib.crc32(data), hashlib.sha256(data).hexdigest(), lambda: (data,))


def json_member(name: str, value: Any) -> Member:
    """One spelling for one value; readable by people too."""
    return member_of(name, json_bytes(value))


def json_bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def measured(name: str, read: Callable[[], Iterable[bytes]]) -> Member:
    """A member whose bytes lie on a disk: read once to learn size and checksums. Raises what `read` raises."""
    size, crc, digest = 0, 0, hashlib.sha256()
    for chunk in read():
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
        digest.update(chunk)
    return Member(name, size, crc, digest.hexdigest(), read)


def manifest_of(facts: dict[str, Any], content: Content) -> bytes:
    """The statement that is signed: `facts`, and every other member with hash and size."""
    files = [{"name": m.name, "size": m.size, "sha256": m.sha256} for m in sorted(content.members, key=_name)]
    absent = [{"name": a.name, "size": a.size, "sha256": a.sha256, "why": a.why} for a in content.absent]
    return json_bytes({**facts, "format": FORMAT, "files": files, "absent": absent})


def assembled(manifest: bytes, signature: bytes, content: Content) -> list[Member]:
    """All members in their order. Raises TooLarge, and ValueError for a name that comes twice."""
    rest = sorted(content.members, key=_name)
    members = [member_of("manifest.json", manifest), member_of("signature.txt", signature), *rest]
    if len({m.name.casefold() for m in members}) < len(members):
        raise ValueError("two members of one name")
    if length_of(members) > LARGEST or len(members) > 0xFFFE:
        raise TooLarge
    return members


def _name(member: Member) -> str:
    return member.name


def length_of(members: list[Member]) -> int:
    """Bytes of the whole pack."""
    return 22 + sum(m.size + 76 + 2 * len(m.name.encode()) for m in members)


def written(members: list[Member]) -> Iterator[bytes]:
    """The bytes of the ZIP, in chunks. Raises ValueError when a member is not what was measured."""
    offset, central = 0, b""
    for member in members:
        name = member.name.encode()
        facts = struct.pack("<HHHHHIIIHH", *_FIXED, member.crc, member.size, member.size, len(name), 0)
        yield struct.pack("<I", _LOCAL) + facts + name
        yield from _checked(member)
        central += struct.pack("<IH", _CENTRAL, 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name
        offset += 30 + len(name) + member.size
    count = len(members)
    yield central + struct.pack("<IHHHHIIH", _END, 0, 0, count, count, len(central), offset, 0)


def _checked(member: Member) -> Iterator[bytes]:
    size = 0
    for chunk in member.read():
        size += len(chunk)
        yield chunk
    if size != member.size:
        raise ValueError(f"{member.name}: {size} bytes, not {member.size}")

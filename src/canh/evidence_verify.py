"""`canh-evidence verify FILE`: check an evidence pack without Canh, without its server, without a network.

This one file imports nothing of Canh: only Python and `cryptography`. It may be copied alone and run as
`python3 evidence_verify.py verify FILE`. What it checks is written in docs/ref/evidence-pack.md. A pack has exactly one
right spelling, so every byte of the file is compared with what must stand there.

Exit code: 0 nothing was changed, 1 something is wrong, 2 the file or the key cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import re
import struct
import sys
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORMAT = 1
CHUNK = 256 * 1024
LONGEST_TEXT = 32 * 1024 * 1024
"""Bytes of manifest.json: more would be no list but an attempt to fill the memory."""
MOST_MEMBERS = 0xFFFE
LOCAL, CENTRAL, END = 0x04034B50, 0x02014B50, 0x06054B50
FIXED = (20, 0x0800, 0, 0, 0x21)
FIRST = ("manifest.json", "signature.txt")
_BAD_PART = re.compile(r'[\\<>:"|?*\x00-\x1f\x7f]|[. ]$')

WORDS = {
    "ends": ("tệp kết thúc giữa chừng", "the file ends too early"),
    "more": ("có dữ liệu thừa ở cuối tệp", "there is something after the end"),
    "zip": ("không phải gói chứng cứ (không phải ZIP đúng khuôn dạng)",
            "not an evidence pack (not a ZIP of this form)"),
    "header": ("phần đầu của tệp bị sửa", "its header was changed"),
    "directory": ("mục lục của gói không khớp với nội dung", "the directory does not fit the content"),
    "name": ("tên tệp không được phép (đường dẫn lạ)", "a name that is not allowed (strange path)"),
    "twice": ("tên tệp bị trùng", "the name comes twice"),
    "order": ("tệp không đứng đúng thứ tự", "not in its place"),
    "large": ("quá lớn so với một bản kê", "too large for a manifest"),
    "manifest": ("bản kê không đọc được", "the manifest cannot be read"),
    "format": ("khuôn dạng này cần bản kiểm tra mới hơn", "this format needs a newer checker"),
    "signature": ("chữ ký không khớp: bản kê bị sửa, hoặc ký bằng khóa khác",
                  "the signature does not fit: the manifest was changed, or another key signed"),
    "key": ("được ký bằng khóa khác với khóa bạn biết", "signed by another key than the one you know"),
    "extra": ("tệp thừa, không có trong bản kê", "an extra file that the manifest does not name"),
    "missing": ("thiếu tệp này", "this file is missing"),
    "changed": ("nội dung đã bị sửa", "its content was changed"),
    "audit": ("dòng nhật ký không khớp với niêm phong của nó", "an audit line does not fit its seal"),
    "head": ("niêm phong của chuỗi nhật ký không khớp", "the signed head of the audit does not fit"),
}  # fmt: skip
SAID = {
    "whole": ("NGUYÊN VẸN: không một byte nào bị sửa kể từ khi ký.",
              "WHOLE: not one byte changed since it was signed."),
    "bad": ("KHÔNG NGUYÊN VẸN", "NOT WHOLE"),
    "case": ("Vụ việc", "Case"), "site": ("Trụ sở", "Site"), "at": ("Xuất lúc", "Exported at"),
    "by": ("Người xuất", "Exported by"), "files": ("Số tệp", "Files"), "audit": ("Dòng nhật ký", "Audit lines"),
    "key": ("Dấu vân tay của khóa", "Fingerprint of the key"),
    "known": ("Khóa này là khóa bạn đã đưa (--key).", "This is the key you gave (--key)."),
    "ask": ("Hãy gọi điện cho đơn vị đã xuất gói và so dấu vân tay này. Không khớp thì gói là giả.",
            "Telephone the unit that exported it and compare this fingerprint. If it differs, the pack is forged."),
    "absent": ("Không có trong gói", "Not in the pack"),
    "unreadable": ("không đọc được", "cannot be read"),
}  # fmt: skip


class Bad(Exception):
    """What is wrong, and in which file of the pack first."""

    def __init__(self, why: str, name: str = "") -> None:
        super().__init__(why)
        self.why, self.name = why, name


@dataclass(frozen=True, slots=True)
class Found:
    """A member as it lies in the file."""

    name: str
    size: int
    sha256: str
    header: bytes
    offset: int
    text: bytes
    """The bytes of what the checker reads itself; empty for others."""


def verify(file: BinaryIO, known_key: bytes | None = None) -> dict[str, Any]:
    """What the pack says, once everything of it was found right. Raises Bad, OSError."""
    members = _members(file)
    manifest = _manifest(members)
    key = _signed_by(manifest, members, known_key)
    _compare(manifest, members)
    audit = next((m for m in members if m.name == "audit.json"), None)
    return {
        "is_whole": True, "case": manifest.get("case"), "site": manifest.get("site"),
        "exported_at": manifest.get("exported_at"), "exported_by": manifest.get("exported_by"),
        "files": len(members), "absent": manifest.get("absent", []), "key": key.hex(),
        "fingerprint": fingerprint(key), "is_key_known": known_key is not None,
        "audit_lines": _audit(audit, manifest, key) if audit else 0,
    }  # fmt: skip


def fingerprint(key: bytes) -> str:
    """Eight groups of four digits, to be read out on the telephone: the first half of SHA-256."""
    digits = hashlib.sha256(key).hexdigest()[:32].upper()
    return " ".join(digits[i : i + 4] for i in range(0, 32, 4))


# ── The ZIP, byte by byte ────────────────────────────────────────────────


def _take(file: BinaryIO, size: int, name: str = "") -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise Bad("ends", name)
    return data


def _members(file: BinaryIO) -> list[Found]:
    """Every member, read once, in memory of one chunk. The directory must repeat exactly what was found."""
    length = file.seek(0, io.SEEK_END)
    file.seek(0)
    found: list[Found] = []
    seen: set[str] = set()
    while True:
        (sign,) = struct.unpack("<I", _take(file, 4))
        if sign != LOCAL:
            break
        member = _member(file, length, found)
        if member.name.casefold() in seen:
            raise Bad("twice", member.name)
        seen.add(member.name.casefold())
        found.append(member)
        if len(found) > MOST_MEMBERS:
            raise Bad("zip")
    if not found:
        raise Bad("zip")
    _directory(file, sign, found)
    return found


def _member(file: BinaryIO, length: int, before: list[Found]) -> Found:
    offset = file.tell() - 4
    header = _take(file, 26)
    *fixed, crc, size, stored, name_size, extra = struct.unpack("<HHHHHIIIHH", header)
    name = _name(_take(file, name_size))
    if len(before) < len(FIRST) and name != FIRST[len(before)]:
        raise Bad("zip" if not before else "order", name)
    if tuple(fixed) != FIXED or size != stored or extra:
        raise Bad("header", name)
    if len(before) > len(FIRST) and name <= before[-1].name:
        raise Bad("twice" if name == before[-1].name else "order", name)
    if file.tell() + size > length:
        raise Bad("ends", name)
    return _read(file, name, size, crc, header, offset)


def _read(file: BinaryIO, name: str, size: int, crc: int, header: bytes, offset: int) -> Found:
    is_text = name in {*FIRST, "audit.json"}
    if is_text and size > LONGEST_TEXT:
        raise Bad("large", name)
    digest, checksum, left, kept = hashlib.sha256(), 0, size, []
    while left:
        chunk = _take(file, min(left, CHUNK), name)
        digest.update(chunk)
        checksum, left = zlib.crc32(chunk, checksum), left - len(chunk)
        if is_text:
            kept.append(chunk)
    if checksum != crc:
        raise Bad("changed", name)
    return Found(name, size, digest.hexdigest(), header, offset, b"".join(kept))


def _name(raw: bytes) -> str:
    """A name that leads nowhere but into the pack. Raises Bad."""
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("name", raw.decode("utf-8", "backslashreplace")) from None
    parts = name.split("/")
    is_bad = len(name) > 300 or not unicodedata.is_normalized("NFC", name)
    if is_bad or any(not part or part in {".", ".."} or _BAD_PART.search(part) for part in parts):
        raise Bad("name", name)
    return name


def _directory(file: BinaryIO, sign: int, found: list[Found]) -> None:
    begin = file.tell() - 4
    written = b"".join(
        struct.pack("<IH", CENTRAL, 20) + m.header + struct.pack("<HHHII", 0, 0, 0, 0, m.offset) + m.name.encode()
        for m in found
    )
    end = struct.pack("<IHHHHIIH", END, 0, 0, len(found), len(found), len(written), begin, 0)
    if struct.pack("<I", sign) + file.read(len(written + end) - 4) != written + end:
        raise Bad("directory")
    if file.read(1):
        raise Bad("more")


# ── What was signed ──────────────────────────────────────────────────────


def _manifest(members: list[Found]) -> dict[str, Any]:
    try:
        told = json.loads(members[0].text)
        files = [(str(f["name"]), int(f["size"]), str(f["sha256"])) for f in told["files"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Bad("manifest", FIRST[0]) from None
    if told.get("format") != FORMAT:
        raise Bad("format", FIRST[0])
    return {**told, "files": files}


def _signed_by(manifest: dict[str, Any], members: list[Found], known: bytes | None) -> bytes:
    if len(members) < len(FIRST):
        raise Bad("missing", FIRST[1])
    try:
        key = bytes.fromhex(manifest["public_key"])
        text = members[1].text
        signature = base64.b64decode(text.strip(), validate=True)
        if base64.b64encode(signature) + b"\n" != text:  # one spelling only
            raise Bad("signature", FIRST[1])
        Ed25519PublicKey.from_public_bytes(key).verify(signature, members[0].text)
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise Bad("signature", FIRST[0]) from None
    if known is not None and known != key:
        raise Bad("key", FIRST[0])
    return key


def _compare(manifest: dict[str, Any], members: list[Found]) -> None:
    wanted = {name: (size, digest) for name, size, digest in manifest["files"]}
    if len(wanted) < len(manifest["files"]):
        raise Bad("twice", FIRST[0])
    for member in members[len(FIRST) :]:
        if member.name not in wanted:
            raise Bad("extra", member.name)
        if wanted.pop(member.name) != (member.size, member.sha256):
            raise Bad("changed", member.name)
    if wanted:
        raise Bad("missing", min(wanted))


# ── The audit of the case ────────────────────────────────────────────────


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _audit(member: Found, manifest: dict[str, Any], key: bytes) -> int:
    """How many lines; each is sealed by the hash it names, and the head that is named is signed by the same key."""
    try:
        lines = json.loads(member.text)["lines"]
        for line in lines:
            if line["sequence"] is None:
                continue
            names = ("sequence", "id", "at_us", "actor_id", "action", "subject", "detail")
            seal = hashlib.sha256(bytes.fromhex(line["before"]) + _canonical([line[n] for n in names]))
            if seal.hexdigest() != line["hash"]:
                raise Bad("audit", member.name)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Bad("audit", member.name) from None
    _head(manifest.get("audit_head"), key)
    return len(lines)


def _head(head: Any, key: bytes) -> None:
    if head is None:
        return
    try:
        signature = bytes.fromhex(head["signature"])
        Ed25519PublicKey.from_public_bytes(key).verify(signature, head["statement"].encode())
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError):
        raise Bad("head", FIRST[0]) from None


# ── The command ──────────────────────────────────────────────────────────


def read_key(path: str) -> bytes:
    """A key you know: a PEM file, or 64 hex digits in a file. Raises ValueError, OSError."""
    with Path(path).open("rb") as file:
        data = file.read(10_000)
    if b"BEGIN" in data:
        key = load_pem_public_key(data)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("Ed25519?")
        return key.public_bytes_raw()
    raw = bytes.fromhex(data.decode("ascii", "strict").strip())
    if len(raw) != 32:
        raise ValueError("64 hex?")
    return raw


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="canh-evidence", description="kiểm tra gói chứng cứ · check an evidence pack")
    acts = parser.add_subparsers(dest="act", required=True)
    words = acts.add_parser("verify", help="kiểm tra · check")
    arguments(words)
    return run(parser.parse_args(argv))


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="gói chứng cứ · evidence pack")
    parser.add_argument("--key", metavar="KEYFILE", help="khóa công khai đã biết · a public key you know (PEM, hex)")
    parser.add_argument("--json", action="store_true")


def run(words: argparse.Namespace) -> int:
    try:
        known = read_key(words.key) if words.key else None
    except (OSError, ValueError) as error:
        return _tell(words, 2, {"is_whole": None, "first_bad": words.key, "why": str(error)})
    try:
        with Path(words.file).open("rb") as file:
            told = verify(file, known)
    except OSError as error:
        return _tell(words, 2, {"is_whole": None, "first_bad": words.file, "why": str(error)})
    except Bad as bad:
        both = WORDS[bad.why]
        wrong = {
            "is_whole": False,
            "first_bad": bad.name or None,
            "why": {"code": bad.why, "vi": both[0], "en": both[1]},
        }
        return _tell(words, 1, wrong)
    return _tell(words, 0, told)


def _tell(words: argparse.Namespace, code: int, told: dict[str, Any]) -> int:
    for stream in (sys.stdout, sys.stderr):  # whatever the terminal claims: no letter stops a verdict
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if words.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return code
    spoken = os.environ.get("CANH_LANGUAGE") or os.environ.get("LANG", "vi")
    which = 1 if spoken.startswith("en") else 0
    lines = _good(told, which) if code == 0 else _wrong(told, code, which)
    out = sys.stdout if code == 0 else sys.stderr
    out.write("\n".join(_plain(line) for line in lines) + "\n")
    return code


def _plain(line: str) -> str:
    """A name in a forged pack must not steer the terminal of who checks it."""
    return "".join(c if c.isprintable() else "�" for c in line)


def _good(told: dict[str, Any], which: int) -> Iterator[str]:
    yield "✓ " + SAID["whole"][which]
    pairs = (("case", "case"), ("site", "site"), ("at", "exported_at"), ("by", "exported_by"), ("files", "files"),
             ("audit", "audit_lines"))  # fmt: skip
    for label, name in pairs:
        value = told[name]
        yield f"  {SAID[label][which]}: {value['name'] if isinstance(value, dict) else value}"
    for gone in told["absent"]:
        yield f"  {SAID['absent'][which]}: {gone.get('name')} ({gone.get('why')})"
    yield f"  {SAID['key'][which]}: {told['fingerprint']}"
    yield "  " + SAID["known" if told["is_key_known"] else "ask"][which]


def _wrong(told: dict[str, Any], code: int, which: int) -> Iterator[str]:
    if code == 2:
        yield f"{told['first_bad']}: {SAID['unreadable'][which]}: {told['why']}"
        return
    yield "✗ " + SAID["bad"][which]
    why = told["why"]["vi" if which == 0 else "en"]
    yield f"  {told['first_bad']}: {why}" if told["first_bad"] else f"  {why}"


if __name__ == "__main__":
    raise SystemExit(main())

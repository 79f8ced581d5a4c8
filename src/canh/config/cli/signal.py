"""`canh signal send ACCOUNT CODE`, `canh signal read`: what scripts and UPS hooks of this machine say.

Kept in the journal `cli`, a file of its own, so that nobody waits for the gateway; on the disk when the command
returns. The engine copies it like every other journal, whether the gateway runs or not.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say, warn

if TYPE_CHECKING:
    from canh.intake.codes import Meaning
    from canh.intake.journal import Entry

JOURNAL = DOOR = "cli"
FIELDS = ("account", "code", "protocol", "turn", "partition", "zone", "user", "text", "occasion")
CHUNK = 65_536
LONGEST = {"account": 100, "code": 40, "partition": 8, "zone": 40, "user": 40, "text": 2000, "occasion": 200}


class Wrong(ValueError):
    """Why one signal cannot be taken, in two languages."""


@dataclass(frozen=True, slots=True)
class Said:
    """One signal as somebody wants it kept."""

    account: str
    code: str
    protocol: str = ""
    turn: str = "new"
    partition: str = ""
    zone: str = ""
    user: str = ""
    text: str = ""
    occasion: str = ""


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=["send", "read"])
    parser.add_argument("account", nargs="?", help="mã tủ · account")
    parser.add_argument("code", nargs="?", help="mã sự kiện · event code: BA, 130")
    parser.add_argument(
        "--protocol", default="", help="SIA-DCS, ADM-CID … (mặc định theo mã · by default from the code)"
    )
    parser.add_argument("--restore", action="store_true", help="đã hết · it ended")
    parser.add_argument("--partition", default="", help="phân vùng · partition")
    parser.add_argument("--zone", default="", help="vùng · zone")
    parser.add_argument("--user", default="", help="người dùng · user number")
    parser.add_argument("--text", default="", help="lời · words")
    parser.add_argument("--occasion", default="", metavar="WORD",
                        help="gửi lại cùng WORD là lặp lại · the same WORD again is a repeat")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="cả tủ, mã lạ · unknown accounts and codes too")
    parser.add_argument("--json", action="store_true", help="một đối tượng một dòng · one object a line")


def main(words: argparse.Namespace) -> int:
    setting_up.open_data()
    return _read(words) if words.act == "read" else _send(words)


def _send(words: argparse.Namespace) -> int:
    if not words.account or not words.code:
        raise Refused("canh signal send ACCOUNT CODE", 2)
    said = {name: getattr(words, name) for name in FIELDS if name != "turn"}
    try:
        checked = _checked({**said, "turn": "restore" if words.restore else "new"}, known := _known(), words.force)
    except Wrong as wrong:
        raise Refused(str(wrong)) from wrong
    (number,) = _keep([checked], known)
    if words.json:
        line({"journal": JOURNAL, "journal_id": number})
    else:
        meaning = _meaning(checked)
        say(f"✓ {JOURNAL} #{number}  {checked.account} {checked.code}  {meaning.vietnamese} · {meaning.english}")
    return 0


def _read(words: argparse.Namespace) -> int:
    """Lines of JSON from standard input: each is taken whole or not at all, and told by its number."""
    if words.account:
        raise Refused("canh signal read < FILE", 2)
    wrong = 0
    for batch in _batches():
        known, good = _known(), []
        for number, text in batch:
            try:
                good.append((number, _checked(_parsed(text), known, words.force)))
            except Wrong as fault:
                wrong += 1
                warn(f"dòng · line {number}: {fault}")
        _tell(good, _keep([said for _number, said in good], known) if good else [], words.json)
    return 1 if wrong else 0


def _tell(good: Sequence[tuple[int, Said]], ids: Sequence[int], as_json: bool) -> None:
    if as_json:
        for (number, _said), journal_id in zip(good, ids, strict=True):
            line({"line": number, "journal": JOURNAL, "journal_id": journal_id})
        sys.stdout.flush()


def _batches() -> Iterator[list[tuple[int, str]]]:
    """Numbered lines as they come: what is there at once is kept at once, and nothing waits for more."""
    number, rest = 0, b""
    while data := os.read(sys.stdin.fileno(), CHUNK):
        *lines, rest = (rest + data).split(b"\n")
        yield [(number + n, text) for n, text in enumerate(map(_text, lines), start=1) if text.strip()]
        number += len(lines)
    if rest.strip():
        yield [(number + 1, _text(rest))]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Wrong(f"không phải JSON · is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Wrong("không phải đối tượng JSON · is not a JSON object")
    return cast("dict[str, Any]", found)


def _checked(found: dict[str, Any], known: Collection[str], force: bool) -> Said:
    """Raises Wrong."""
    _check_form(found)
    account = found["account"] if ":" in found["account"] else found["account"].upper()
    said = Said(**{**found, "account": account, "protocol": found.get("protocol") or _protocol_of(found["code"])})
    _check_meaning(said, force)
    if not force and account not in known:
        raise Wrong(f"{account}: không có tủ này (--force vẫn giữ lại) · no such panel (--force keeps it all the same)")
    return said


def _check_form(found: dict[str, Any]) -> None:
    if strange := sorted(found.keys() - set(FIELDS)):
        raise Wrong(f"trường lạ · unknown field: {', '.join(strange)}")
    for name, value in found.items():
        if not isinstance(value, str) or len(value) > LONGEST.get(name, 40):
            raise Wrong(f"{name}: không phải chữ, hoặc quá dài · is no text, or too long")
    if not found.get("account") or not found.get("code"):
        raise Wrong("thiếu account hoặc code · account or code is missing")


def _protocol_of(code: str) -> str:
    """Contact ID has numbers of three digits; DC-03 letters."""
    return "ADM-CID" if code.isdecimal() else "SIA-DCS"


def _check_meaning(said: Said, force: bool) -> None:
    from canh.intake import codes
    from canh.intake.terms import Turn

    if said.turn not in Turn.values:
        raise Wrong(f"turn: {', '.join(Turn.values)}")
    protocols = {row["protocol"] for row in codes.listing()} - {"CANH"}
    if said.protocol not in protocols:
        raise Wrong(f"protocol {said.protocol!r}: {', '.join(sorted(protocols))}")
    if said.protocol == "SIA-DCS" and said.turn != Turn.NEW:
        raise Wrong(
            "mã SIA tự nói bắt đầu hay kết thúc (BA, BR) · SIA codes tell by themselves whether it ended (BA, BR)"
        )
    if not force and not _meaning(said).is_listed:
        raise Wrong(f"{said.code}: không có mã này trong {said.protocol} (--force vẫn giữ lại) · "
                    f"no such code in {said.protocol} (--force keeps it all the same)")  # fmt: skip


def _meaning(said: Said) -> Meaning:
    from canh.intake import codes
    from canh.kit import clock

    return codes.meaning(said.protocol, said.code, said.turn, clock.now().date())


def _known() -> set[str]:
    from canh.sites import queries

    return set(queries.working_panels().values_list("account", flat=True))


def _keep(signals: Sequence[Said], known: Collection[str]) -> list[int]:
    """On the disk when this returns. Raises Refused."""
    from canh.intake.own import write_entries

    try:
        return write_entries(JOURNAL, [_entry(said, said.account in known) for said in signals])
    except (sqlite3.Error, OSError) as error:
        raise Refused(f"không ghi được, không giữ gì · cannot be written, nothing was kept: {error}", 2) from error


def _entry(said: Said, is_known: bool) -> Entry:
    from canh.intake.journal import Entry
    from canh.intake.observation import Observation, to_json
    from canh.intake.terms import Verdict
    from canh.kit import clock

    now = clock.now_us()
    raw = json.dumps({name: value for name in FIELDS if (value := getattr(said, name))}, ensure_ascii=False).encode()
    seen = Observation(
        protocol=said.protocol, account=said.account, code=said.code, turn=said.turn, partition=said.partition,
        zone=said.zone, user=said.user, text=said.text, path="CLI", occurred_at=now,
        digest=hashlib.blake2b(b"cli " + raw, digest_size=16).hexdigest() if said.occasion else "",
    )  # fmt: skip
    verdict = Verdict.ACCEPTED if is_known else Verdict.UNKNOWN_ACCOUNT
    return Entry(now, DOOR, getpass.getuser(), verdict.value, raw, to_json([seen]))

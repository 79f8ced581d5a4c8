"""`canh verify`: walk every chain, name the first bad row, the unsealed tail, and what heads say.

1. Each journal file: every entry fits the hash before it.
2. Our copy of each journal (signals): the same walk over the rows, and the two ends agree.
3. The audit lines, in the order they were sealed.
4. Every signed head: in the table, in heads/, and in the folder given (copies that left the
   machine): the chains must still hold what the head says, else the tail was cut or the chain
   computed anew.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say
from canh.kit import crypto, paths


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one chain. `first_bad`: the number of the first row that does not fit."""

    chain: str
    is_whole: bool
    rows: int
    first_bad: int | None = None
    unsealed: int = 0
    note: str = ""


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--heads", metavar="DIR", help="bản niêm phong đã đưa ra ngoài · heads kept outside")
    parser.add_argument("--key", metavar="HEX", help="khóa công khai đã biết · public key you know (64 hex digits)")
    parser.add_argument("--json", action="store_true")


def main(words: argparse.Namespace) -> int:
    setting_up.open_data()
    key = _key(words.key) if words.key else crypto.public_key()
    findings = [*_journals(), *_copies(), _alarms(), _audit(), *_heads(Path(words.heads) if words.heads else None, key)]
    for finding in findings:
        if words.json:
            line(asdict(finding))
        else:
            say(_words(finding))
    return 0 if all(f.is_whole for f in findings) else 1


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Refused("--key: cần 64 chữ số hex · needs 64 hex digits", 2)
    return key


def _words(f: Finding) -> str:
    if f.is_whole:
        tail = f", {f.unsealed} chưa niêm phong · unsealed" if f.unsealed else ""
        return f"✓ {f.chain}: {f.rows} dòng nguyên vẹn · rows whole{tail}{'  ' + f.note if f.note else ''}"
    where = f" {f.first_bad}" if f.first_bad is not None else ""
    return f"✗ {f.chain}: dòng hỏng đầu tiên · first bad row{where}  {f.note}"


def _journals() -> Iterator[Finding]:
    for file in sorted(paths.folder("journal").glob("*.db")):
        rows, bad, note = 0, None, ""
        try:
            rows, bad = _walk(file)
        except sqlite3.DatabaseError as error:
            bad, note = rows + 1, str(error)
        yield Finding(f"journal:{file.stem}", bad is None, rows, bad, note=note)


def _walk(file: Path) -> tuple[int, int | None]:
    """The last entry of a journal and the first that does not fit. Where a lost file went on after
    the engine's copy, the copy must hold the hash it went on from."""
    from canh.intake.journal import FIRST_HASH, JournalReader, link
    from canh.intake.queries import hash_of_entry

    reader, last, before = JournalReader(file), 0, FIRST_HASH
    while entries := reader.after(last, 2000):
        for entry in entries:
            resumed = reader.resumed_after(entry.id - 1)
            if resumed is not None and resumed == hash_of_entry(file.stem, entry.id - 1):
                last, before = entry.id - 1, resumed
            if entry.id != last + 1 or link(before, entry.id, entry.written_at, entry) != entry.hash:
                return last, last + 1
            last, before = entry.id, entry.hash
    return last, None


def _copies() -> Iterator[Finding]:
    from canh.intake import queries
    from canh.intake.journal import FIRST_HASH, link

    for chain, (last, head) in queries.chain_heads().items():
        gateway = chain.removeprefix("journal:")
        rows, before, bad = 0, FIRST_HASH, None
        for entry in queries.kept_entries(gateway, until=last):
            if entry.id != rows + 1 or link(before, entry.id, entry.written_at, entry) != entry.hash:
                bad = rows + 1
                break
            before, rows = entry.hash, entry.id
        if bad is None and (rows, before) != (last, head):
            bad = rows + 1
        bad = bad or queries.first_retold(gateway, until=last)
        yield Finding(f"signals:{gateway}", bad is None, rows, bad)


def _alarms() -> Finding:
    from canh.alarms import queries

    bad = queries.first_untold()
    return Finding("alarms", bad is None, queries.for_scripts(only_open=False).count(), bad)


def _audit() -> Finding:
    from canh.audit import queries, rules

    rows, before = 0, rules.FIRST_HASH
    for sealed in queries.sealed_lines():
        if sealed.sequence != rows + 1 or rules.seal(before, rows + 1, sealed) != sealed.hash:
            note = f"line {sealed.id} {sealed.action} {sealed.subject}"
            return Finding("audit", False, rows, rows + 1, queries.unsealed_count(), note)
        before, rows = sealed.hash, sealed.sequence
    return Finding("audit", True, rows, unsealed=queries.unsealed_count())


def _heads(outside: Path | None, key: bytes) -> Iterator[Finding]:
    from canh.audit import rules

    texts = _head_texts(outside)
    if outside and not any(name.startswith(str(outside)) for name in texts):
        yield Finding("heads", False, 0, note=f"không có niêm phong nào · no head in {outside}")
    checked = 0
    for name, text in texts.items():
        try:
            stands = rules.read_head(name, text, crypto.is_signed, key)
        except ValueError as error:
            yield Finding("heads", False, checked, note=str(error))
            continue
        checked += 1
        for stand in stands:
            if stand.last and _hash_of(stand.chain, stand.last) != stand.hash:
                note = f"{stand.chain}: {name} giữ dòng {stand.last}, nay khác hoặc mất · changed or cut since"
                yield Finding("heads", False, checked, stand.last, note=note)
    yield Finding("heads", True, checked)


def _head_texts(outside: Path | None) -> dict[str, str]:
    """Every head we can lay hands on, by where it is. heads/ repeats the table: counted once."""
    from canh.audit import queries
    from canh.audit.terms import HEAD_SUFFIX

    texts = {f"head {head.id}": queries.head_text(head) for head in queries.heads()}
    own = set(texts.values())
    for folder in [paths.folder("heads"), *([outside] if outside else [])]:
        for file in sorted(folder.glob(f"*{HEAD_SUFFIX}")):
            text = file.read_text(encoding="utf-8").rstrip("\n")
            if folder == outside or text not in own:
                texts[str(file)] = text
    return texts


def _hash_of(chain: str, number: int) -> bytes | None:
    from canh.audit.queries import hash_at
    from canh.intake.queries import hash_of_entry

    if chain == "audit":
        return hash_at(number)
    return hash_of_entry(chain.removeprefix("journal:"), number)

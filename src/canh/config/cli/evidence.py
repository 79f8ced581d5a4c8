"""`canh evidence export CASE [--out FILE]`, `canh evidence verify FILE`: the signed pack of a case."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from canh import evidence_verify
from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say

if TYPE_CHECKING:
    from canh.console.evidence.export import Made


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=["export", "verify"])
    parser.add_argument("file", metavar="CASE|FILE", help="export: 2026-0042 · verify: FILE")
    parser.add_argument("--out", metavar="FILE", help="export: tệp sẽ ghi · file to write")
    parser.add_argument("--key", metavar="KEYFILE", help="verify: khóa công khai đã biết · a public key you know")
    parser.add_argument("--json", action="store_true")


def main(words: argparse.Namespace) -> int:
    return evidence_verify.run(words) if words.act == "verify" else _export(words)


def _export(words: argparse.Namespace) -> int:
    setting_up.open_data()
    from canh.console.evidence import export
    from canh.incidents import pack
    from canh.incidents.queries_evidence import incident_labelled

    case = incident_labelled(words.file)
    if case is None:
        raise Refused(f"không thấy vụ việc · no such case: {words.file} (2026-0042)")
    target = Path(words.out or f"canh-evidence-{case.label}.zip")
    if target.exists():
        raise Refused(f"{target}: đã có tệp này, hãy chọn tên khác · exists, choose another name")
    try:
        made = export.make(case, None, "canh evidence export")
    except pack.TooLarge:
        raise Refused("gói lớn hơn 4 GB · the pack would be larger than 4 GB") from None
    _write(made, target)
    told = {"case": case.label, "file": str(target), "bytes": made.length}
    line(told) if words.json else say(f"✓ {target}  {made.length / 1e6:.1f} MB")
    return 0


def _write(made: Made, target: Path) -> None:
    """Whole or not at all."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            for chunk in made.chunks():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)

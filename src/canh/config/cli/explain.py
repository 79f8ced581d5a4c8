"""`canh alarm explain ALARM` and `canh alarm explain --evidence FILE`: how sure an alarm is, and why.

The form of the file and of the answer stands in docs/ref/confirmation.md.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say

if TYPE_CHECKING:
    from canh.alarms.confirmation import Evidence, Finding, Table

LARGEST = 10_000_000
"""Bytes of a file of evidence in a pack."""
_FLAGS = {"entry": "is_entry", "outside": "is_outside", "proven": "is_proven", "on_test": "is_on_test",
          "explained": "is_explained"}  # fmt: skip
_TEXTS = ("source", "name", "about", "grade")


def explain(words: argparse.Namespace) -> int:
    """By the signals of an alarm, or by a file of evidence. The second needs no data folder."""
    if bool(words.alarm) == bool(words.evidence) and not _is_pack(words.evidence):
        raise Refused("cho số báo động hoặc --evidence FILE · give the id of an alarm or --evidence FILE", 2)
    if words.evidence:
        setting_up.start_django()
        known, at = _of_pack(words) if _is_pack(words.evidence) else read(Path(words.evidence))
    else:
        setting_up.open_data()
        known, at = _of_alarm(words.alarm)
    from canh.alarms import confirmation, queries_confirmation

    table = queries_confirmation.confirmation_table(at.date())
    told = answer(confirmation.course(known, at, table), confirmation.assess(known, at, table), table)
    line(told) if words.json else say(_sentences(told))
    return 0


def _of_alarm(alarm_id: int) -> tuple[list[Evidence], datetime]:
    from canh.alarms import queries, queries_confirmation
    from canh.kit import clock

    alarm = queries.for_scripts(only_open=False).filter(id=alarm_id).first()
    if alarm is None:
        raise Refused(f"không thấy · not found: {alarm_id}")
    if alarm.kind not in queries_confirmation.SCORED:
        raise Refused(f"loại này không chấm mức xác nhận · this kind has no level: {alarm.kind}")
    at = alarm.closed_at or clock.now()
    return queries_confirmation.evidence(alarm, at), at


def _is_pack(name: str | None) -> bool:
    return bool(name) and str(name).lower().endswith(".zip")


def _of_pack(words: argparse.Namespace) -> tuple[list[Evidence], datetime]:
    """Of an evidence pack: which alarm, unless it has only one. That the pack is whole says `canh-evidence verify`."""
    try:
        with zipfile.ZipFile(words.evidence) as pack:
            names = [n for n in pack.namelist() if n.startswith("alarms/") and n.endswith(".confirmation.json")]
            wanted = f"alarms/{words.alarm}.confirmation.json" if words.alarm else names[0] if len(names) == 1 else ""
            if wanted not in names:
                ids = ", ".join(n.removeprefix("alarms/").removesuffix(".confirmation.json") for n in names)
                raise Refused(f"cho số báo động trong gói · give the id of an alarm of the pack: {ids}", 2)
            if pack.getinfo(wanted).file_size > LARGEST:
                raise Refused(f"{wanted}: quá lớn · too large", 2)
            text = pack.read(wanted).decode("utf-8")
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise Refused(f"{words.evidence}: không đọc được · cannot be read: {error}", 2) from error
    return _parse(words.evidence, text)


def read(path: Path) -> tuple[list[Evidence], datetime]:
    """Raises Refused, which names the entry and the field."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: không đọc được · cannot be read: {error}", 2) from error
    return _parse(str(path), text)


def _parse(path: str, text: str) -> tuple[list[Evidence], datetime]:
    try:
        told = json.loads(text)
        pieces = told["evidence"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path}: không đọc được · cannot be read: {error}", 2) from error
    if not isinstance(pieces, list):
        raise Refused(f'{path}: "evidence" phải là danh sách · must be a list', 2)
    known = [_piece(number, piece) for number, piece in enumerate(pieces, 1)]
    ids = [e.id for e in known]
    if len(set(ids)) < len(ids):
        raise Refused(f'{path}: "id" bị trùng · is not unique', 2)
    at = _moment("at", told["at"], 0) if "at" in told else max((e.at for e in known), default=None)
    if at is None:
        raise Refused(f'{path}: không có bằng chứng và không có "at" · neither evidence nor "at"', 2)
    return known, at


def _piece(number: int, piece: Any) -> Evidence:
    from canh.alarms.confirmation import Evidence, Sight, Sort

    if not isinstance(piece, dict):
        raise _wrong(number, "", "{…}")
    known = {"id", "at", "sort", "sees", "until", *_FLAGS, *_TEXTS}
    if unknown := sorted(set(piece) - known):
        raise _wrong(number, unknown[0], ", ".join(sorted(known)))
    for name in _FLAGS:
        if not isinstance(piece.get(name, False), bool):
            raise _wrong(number, name, "true, false")
    sight = piece.get("sees")
    if piece.get("sort") not in list(Sort):
        raise _wrong(number, "sort", ", ".join(Sort))
    if (sight is not None or piece["sort"] in {Sort.VIDEO, Sort.GUARD}) and sight not in list(Sight):
        raise _wrong(number, "sees", ", ".join(Sight))
    told: dict[str, Any] = {name: str(piece[name]) for name in _TEXTS if name in piece}
    told |= {field: piece[name] for name, field in _FLAGS.items() if name in piece}
    return Evidence(
        id=str(piece.get("id", number)), at=_moment("at", piece.get("at"), number), sort=Sort(piece["sort"]),
        sees=Sight(sight) if sight else None,
        until=_moment("until", piece["until"], number) if piece.get("until") else None, **told,
    )  # fmt: skip


def _moment(name: str, text: Any, number: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise _wrong(number, name, "2026-11-26T19:30:00+07:00") from None
    if moment.tzinfo is None:
        raise _wrong(number, name, "2026-11-26T19:30:00+07:00")
    return moment


def _wrong(number: int, name: str, right: str) -> Refused:
    return Refused(f'mục · entry {number}, "{name}": {right}', 2)


def answer(course: list[tuple[datetime, Finding]], last: Finding, table: Table) -> dict[str, Any]:
    """The answer as JSON: numbers and codes for programs, the reason in both languages for people."""
    return {
        "level": int(last.level),
        "rule": str(last.rule),
        "reason": _both(last),
        "uses": [e.id for e in last.uses],
        "aside": [{"id": e.id, "why": str(why)} for e, why in last.aside],
        "course": [
            {"at": at.isoformat(), "level": int(f.level), "rule": str(f.rule), "uses": [e.id for e in f.uses]}
            for at, f in course
        ],
        "citation": table.citation,
        "confirmed": table.is_confirmed,
    }


def _both(finding: Finding) -> dict[str, str]:
    from django.utils import translation

    from canh.console.desk.wording_confirmation import reason

    found = {}
    for language in ("vi", "en"):
        with translation.override(language):
            found[language] = reason(finding)
    return found


def _sentences(told: dict[str, Any]) -> str:
    return f"{told['level']}/4  {told['reason']['vi']}\n     {told['reason']['en']}"

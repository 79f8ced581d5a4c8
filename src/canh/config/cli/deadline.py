"""`canh deadline FILE`: by when what must be done about a report of a crime.

The form of the file and of the answer stands in docs/ref/deadlines.md. Needs no data.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say

if TYPE_CHECKING:
    from canh.public.clocks import Clock, Moment, Report

KNOWN = {"id", "received_by", "danger", "complex", "events"}
TROUBLES = {
    "event": "không có sự việc này · no such event",
    "no_receipt": "thiếu ngày tiếp nhận · when was it received?",
    "receiver": "không có nơi tiếp nhận này · no such receiver",
    "needs": "sự việc trước cần có sự việc sau · the first needs the second",
    "future": "sau thời điểm tính · after the moment asked about",
    "before_receipt": "trước khi tiếp nhận · before it was received",
    "order": "sai thứ tự · in the wrong order",
}
STATES = {
    "running": "còn hạn · running", "overdue": "QUÁ HẠN · OVERDUE", "in_time": "đúng hạn · in time",
    "late": "xong trễ · done late", "suspended": "tạm đình chỉ · suspended",
}  # fmt: skip


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="JSON; - là đầu vào · - is standard input")
    parser.add_argument("--at", metavar="TIME", help="tính vào lúc này · as of this moment (now)")
    parser.add_argument("--json", action="store_true", help="một đối tượng mỗi tin · one object a report")


def main(words: argparse.Namespace) -> int:
    setting_up.start_django()
    from django.conf import settings

    from canh.kit import clock

    zone = ZoneInfo(settings.TIME_ZONE)
    now = _moment("--at", words.at, zone) if words.at else clock.now()
    if not isinstance(now, datetime):
        raise Refused(f"--at {words.at}: 2026-11-26T19:30:00+07:00", 2)
    told = _read(words.file)
    several = isinstance(told, list)
    answers = [_answer(entry, number, now, zone) for number, entry in enumerate(told if several else [told], 1)]
    for answer in answers:
        line(answer) if words.json else say(_sentences(answer))
    return 0


def _read(name: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{name}: không đọc được · cannot be read: {error}", 2) from error


def _answer(entry: Any, number: int, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The clocks of one report. Raises Refused, which names the report and the field."""
    from canh.kit.workdays import vietnam
    from canh.public import clocks, limits

    report = _report(entry, number, zone)
    try:
        found = clocks.clocks_of(report, limits.shipped(), vietnam(), now, zone)
    except clocks.BadReport as error:
        code, about = error.args
        choice = {"event": clocks.EVENTS, "receiver": clocks.RECEIVERS}.get(code, ())
        raise Refused(f"{number}: {about}: {TROUBLES[code]}{': ' if choice else ''}{', '.join(choice)}", 2) from error
    name = entry.get("id", str(number))
    return {"id": name, "at": now.astimezone(zone).isoformat(), "clocks": [_told(c, zone) for c in found]}


def _report(entry: Any, number: int, zone: tzinfo) -> Report:
    from canh.public.clocks import Report

    if not isinstance(entry, dict) or not isinstance(entry.get("events"), dict):
        raise Refused(f'{number}: {{"events": {{"received": "2026-11-26"}}}}', 2)
    if unknown := sorted(set(entry) - KNOWN):
        raise Refused(f"{number}: {unknown[0]}: {', '.join(sorted(KNOWN))}", 2)
    for flag in ("danger", "complex"):
        if not isinstance(entry.get(flag, False), bool):
            raise Refused(f"{number}: {flag}: true, false", 2)
    return Report(
        {name: _moment(f"{number}: {name}", text, zone) for name, text in entry["events"].items()},
        str(entry.get("received_by", "ward")), entry.get("danger", False), entry.get("complex", False),
    )  # fmt: skip


def _moment(where: str, text: Any, zone: tzinfo) -> Moment:
    """A day, or a moment; one without a zone is of the place."""
    try:
        if len(text) == len("2026-11-26"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refused(f"{where}: {text!r}: 2026-11-26, 2026-11-26T19:30:00+07:00", 2) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _told(clock: Clock, zone: tzinfo) -> dict[str, Any]:
    limit = clock.limit
    return {
        "clock": limit.id, "name": limit.name, "english": limit.english, "owner": limit.owner,
        "from": limit.start, "started": clock.started.isoformat(), "due_at": clock.due_at.astimezone(zone).isoformat(),
        "last_day": clock.last_day.isoformat() if clock.last_day else None, "state": str(clock.state),
        "done": clock.done.isoformat() if clock.done else None, "citation": limit.citation,
        "confirmed": limit.is_confirmed, "doubtful_days": [day.isoformat() for day in clock.unconfirmed],
    }  # fmt: skip


def _sentences(answer: dict[str, Any]) -> str:
    lines = [f"{answer['id']}:"]
    for told in answer["clocks"]:
        end = told["last_day"] or told["due_at"][:16].replace("T", " ")
        lines.append(f"  {end:<16}  {STATES[told['state']]:<22}  {told['name']} · {told['english']}")
        lines.append(
            f"                    {told['citation']}{'' if told['confirmed'] else ' (chưa đối chiếu · unconfirmed)'}"
        )
        if told["doubtful_days"]:
            lines.append(f"                    ngày chưa chắc · days not confirmed: {', '.join(told['doubtful_days'])}")
    return "\n".join(lines if answer["clocks"] else [*lines, "  –"])

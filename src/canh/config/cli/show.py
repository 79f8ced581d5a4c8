"""`canh signals` and `canh alarms`: rows for scripts. Field by field in docs/ref/commands.md."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localtime

from canh.config.cli import setting_up
from canh.config.cli.out import line, say

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.intake.models import Signal


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="một đối tượng một dòng · one object a line")
    if verb == "signals":
        parser.add_argument("--since", type=int, default=0, metavar="ID", help="sau mã số này · after this id")
        parser.add_argument("--all", action="store_true",
                            help="cả khung hỏng, lạ, sai khóa · also what was not understood")  # fmt: skip
        parser.add_argument("--limit", type=int)
    else:
        parser.add_argument("--open", action="store_true", help="chỉ báo động chưa kết thúc · only open ones")


def main(words: argparse.Namespace) -> int:
    setting_up.open_data()
    return _signals(words) if words.verb == "signals" else _alarms(words)


def _signals(words: argparse.Namespace) -> int:
    from canh.intake import queries

    rows = queries.signals_after(words.since, words.limit, with_troubles=words.all)
    for signal in rows.select_related("site", "zone").iterator(chunk_size=1000):
        _put(words.json, signal_facts(signal), "{received_at} {account:>8} {code:<4} {kind:<10} {site}")
    return 0


def _alarms(words: argparse.Namespace) -> int:
    from canh.alarms import queries

    for alarm in queries.for_scripts(only_open=words.open).iterator(chunk_size=1000):
        _put(words.json, alarm_facts(alarm), "{received_at} P{priority} {state:<14} {kind:<10} {site}")
    return 0


def _put(as_json: bool, facts: dict[str, Any], form: str) -> None:
    if as_json:
        line(facts)
    else:
        said = {k: "" if v is None else v for k, v in facts.items()}
        received = localtime(datetime.fromisoformat(facts["received_at"]))
        say(form.format(**{**said, "received_at": f"{received:%H:%M:%S %d/%m/%Y}"}))
    if not sys.stdout.isatty():
        sys.stdout.flush()


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="microseconds") if moment else None


def _id(row_id: int | None) -> str | None:
    """Ids have 63 bits: text, since JavaScript and jq round numbers above 2^53."""
    return str(row_id) if row_id is not None else None


def signal_facts(signal: Signal) -> dict[str, Any]:
    """A signal as the stable JSON object."""
    raw = bytes(signal.raw or b"")
    return {
        "id": _id(signal.id), "gateway": signal.gateway, "journal_id": signal.journal_id, "part": signal.part,
        "received_at": _time(signal.received_at), "written_at": _time(signal.written_at),
        "occurred_at": _time(signal.occurred_at), "skew_ms": signal.skew_ms,
        "door": signal.door, "peer": signal.peer, "verdict": signal.verdict, "protocol": signal.protocol,
        "account": signal.account, "number": signal.number, "path": signal.path, "code": signal.code,
        "kind": signal.kind, "turn": signal.turn, "partition": signal.partition, "zone": signal.zone_number,
        "user": signal.user_number, "text": signal.text, "extra": signal.extra,
        "site_id": _id(signal.site_id), "site": signal.site.name if signal.site else None,
        "panel_id": _id(signal.panel_id), "zone_name": signal.zone.name if signal.zone else None,
        "repeat_of": _id(signal.repeat_of_id), "drill": signal.is_drill, "problem": signal.problem or None,
        "raw": raw.decode("utf-8", "backslashreplace"), "raw_hex": raw.hex(), "hash": bytes(signal.hash or b"").hex(),
    }  # fmt: skip


def alarm_facts(alarm: Alarm) -> dict[str, Any]:
    """An alarm as the stable JSON object."""
    return {
        "id": _id(alarm.id), "site_id": _id(alarm.site_id), "site": alarm.site.name,
        "panel_id": _id(alarm.panel_id), "account": alarm.panel.account, "kind": alarm.kind,
        "protocol": alarm.protocol, "code": alarm.code, "zone": alarm.zone_number, "zone_name": alarm.zone_name,
        "priority": alarm.priority, "state": alarm.state, "drill": alarm.is_drill, "count": alarm.count,
        "first_signal": _id(alarm.first_signal_id), "occurred_at": _time(alarm.occurred_at),
        "received_at": _time(alarm.received_at), "raised_at": _time(alarm.raised_at),
        "shown_at": _time(alarm.shown_at), "last_at": _time(alarm.last_at),
        "returned_at": _time(alarm.returned_at), "acknowledged_at": _time(alarm.acknowledged_at),
        "acknowledged_by": alarm.acknowledged_by.username if alarm.acknowledged_by else None,
        "closed_at": _time(alarm.closed_at), "closed_by": alarm.closed_by.username if alarm.closed_by else None,
        "close_reason": alarm.close_reason or None,
    }  # fmt: skip

"""What an evidence pack holds of a case, section by section. Another room's part is one more line in SECTIONS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils import timezone, translation

from canh.alarms import queries as alarms
from canh.alarms import queries_confirmation
from canh.alarms.models import Alarm
from canh.audit import queries as audit
from canh.console.desk import wording
from canh.console.desk.wording_confirmation import reason
from canh.incidents import pack, store
from canh.incidents import queries_evidence as queries
from canh.incidents.models import Incident
from canh.incidents.pack import Absent, Content
from canh.incidents.queries_procedures import history_of, runs_of
from canh.incidents.terms_evidence import LOOKS
from canh.intake.models import Signal
from canh.kit import clock
from canh.response import queries as response

if TYPE_CHECKING:
    from datetime import datetime

    from canh.alarms.confirmation import Evidence
    from canh.incidents.models_evidence import Attachment

LANGUAGES = ("vi", "en")
Section = Callable[[Incident, Content], None]


def alarms_of(case: Incident) -> list[Alarm]:
    found = Alarm.objects.filter(membership__incident=case).select_related("site", "panel", "first_signal__zone")
    return list(found.order_by("id"))


def case_facts(case: Incident, content: Content) -> None:
    """`case.json`."""
    content.members.append(pack.json_member("case.json", {
        "id": str(case.id), "case": case.label, "kind": case.kind, "priority": case.priority, "drill": case.is_drill,
        "site": {"id": str(case.site_id), "name": case.site.name, "address": case.site.address},
        "opened_at": _time(case.opened_at), "last_at": _time(case.last_at), "closed_at": _time(case.closed_at),
        "closed_by": str(case.closed_by) if case.closed_by else None, "outcome": case.outcome or None,
        "method": case.method, "gap": case.gap, "cause": case.cause, "none_found": case.none_found,
    }))  # fmt: skip


def timeline(case: Incident, content: Content) -> None:
    """`timeline.json`, and a page to print in each language."""
    told = {}
    for language in LANGUAGES:
        with translation.override(language):
            told[language] = _story(case)
            page = render_to_string("console/evidence/timeline.html",
                                    {"case": case, "lines": told[language], "language": language})  # fmt: skip
        content.members.append(pack.member_of(f"timeline.{language}.html", page.encode()))
    lines = [
        {"at": _time(vi["at"]), "alarm": vi["alarm"], "vi": vi["text"], "en": en["text"], "note": vi["note"]}
        for vi, en in zip(told["vi"], told["en"], strict=True)
    ]
    content.members.append(pack.json_member("timeline.json", {"lines": lines}))


def _story(case: Incident) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [
        {"at": line.at, "local": timezone.localtime(line.at), "alarm": str(alarm.id), "note": line.note,
         "text": f"{wording.alarm_title(alarm)}: {line.text}"}
        for alarm in alarms_of(case) for line in wording.story(alarms.timeline(alarm), alarm, None)
    ]  # fmt: skip
    for event in case.events.select_related("actor"):
        who = f" — {event.actor}" if event.actor else ""
        lines.append({"at": event.at, "local": timezone.localtime(event.at), "alarm": None, "note": event.note,
                      "text": f"{event.get_kind_display()}{who}"})  # fmt: skip
    return sorted(lines, key=lambda line: line["at"])


def alarms_with_signals(case: Incident, content: Content) -> None:
    """`alarms/<id>.json` with the messages as they were kept, and how far it was confirmed, replayable."""
    for alarm in alarms_of(case):
        ids = {alarm.first_signal_id, *alarm.events.values_list("signal_id", flat=True)} - {None}
        signals = Signal.objects.filter(id__in=ids).select_related("zone").order_by("received_at", "id")
        content.members.append(pack.json_member(f"alarms/{alarm.id}.json", {
            "id": str(alarm.id), "kind": alarm.kind, "code": alarm.code, "protocol": alarm.protocol,
            "priority": alarm.priority, "state": alarm.state, "zone": alarm.zone_number, "zone_name": alarm.zone_name,
            "account": alarm.panel.account, "received_at": _time(alarm.received_at),
            "raised_at": _time(alarm.raised_at),
            "acknowledged_at": _time(alarm.acknowledged_at), "closed_at": _time(alarm.closed_at),
            "close_reason": alarm.close_reason or None, "signals": [_signal(s) for s in signals],
        }))  # fmt: skip
        if alarm.kind in queries_confirmation.SCORED:
            content.members.append(pack.json_member(f"alarms/{alarm.id}.confirmation.json", confirmation(alarm)))


def confirmation(alarm: Alarm) -> dict[str, Any]:
    """A file that `canh alarm explain --evidence` reads, with the level and the reason it gave."""
    at = alarm.closed_at or alarm.last_at
    known = queries_confirmation.evidence(alarm, at)
    found = queries_confirmation.finding(alarm, at)
    reasons = {}
    for language in LANGUAGES:
        with translation.override(language):
            reasons[language] = reason(found) if found else ""
    return {
        "at": _time(at), "evidence": [_piece(e) for e in known], "level": int(found.level) if found else None,
        "rule": str(found.rule) if found else None, "reason": reasons,
    }  # fmt: skip


def _piece(e: Evidence) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": e.id, "at": _time(e.at), "sort": str(e.sort), "source": e.source, "name": e.name, "entry": e.is_entry,
        "outside": e.is_outside, "proven": e.is_proven, "on_test": e.is_on_test, "explained": e.is_explained,
        "about": e.about, "grade": e.grade,
    }  # fmt: skip
    return told | ({"sees": str(e.sees)} if e.sees else {}) | ({"until": _time(e.until)} if e.until else {})


def _signal(signal: Signal) -> dict[str, Any]:
    raw = bytes(signal.raw or b"")
    return {
        "id": str(signal.id), "gateway": signal.gateway, "journal_id": signal.journal_id, "part": signal.part,
        "received_at": _time(signal.received_at), "written_at": _time(signal.written_at),
        "occurred_at": _time(signal.occurred_at), "door": signal.door, "verdict": signal.verdict,
        "protocol": signal.protocol, "account": signal.account, "code": signal.code, "kind": signal.kind,
        "turn": signal.turn, "zone": signal.zone_number, "user": signal.user_number, "text": signal.text,
        "extra": signal.extra, "raw_hex": raw.hex(), "hash": bytes(signal.hash or b"").hex(), "means": _meaning(signal),
    }  # fmt: skip


def _meaning(signal: Signal) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = wording.signal_title(signal)
    return found


def attachments(case: Incident, content: Content) -> None:
    """`attachments/001-name`, and `attachments.json` about each."""
    rows = list(queries.attachments_of(case.id))
    for number, row in enumerate(rows, 1):
        _add(row, f"attachments/{number:03d}-{row.name}", content)
    told = [
        {"number": number, "name": row.name, "sha256": row.sha256, "size": row.size, "media": row.media,
         "note": row.note, "added_at": _time(row.added_at), "added_by": str(row.added_by),
         "locked_at": _time(row.locked_at), "locked_by": str(row.locked_by) if row.locked_by else None,
         "lock_reason": row.lock_reason, "removed_at": _time(row.removed_at),
         "removed_by": str(row.removed_by) if row.removed_by else None, "remove_reason": row.remove_reason}
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    content.members.append(pack.json_member("attachments.json", {"attachments": told}))


def _add(row: Attachment, name: str, content: Content) -> None:
    why = "" if row.removed_at is None else (row.removed_why if row.file_id else "collected")
    if not why:
        try:
            member = pack.measured(name, lambda: store.chunks_of(row.sha256))
        except OSError:
            why = "missing"
        else:
            why = "" if member.sha256 == row.sha256 else "damaged"
    if why:
        content.absent.append(Absent(name, row.sha256, row.size, why))
    else:
        content.members.append(member)


def audit_of_case(case: Incident, content: Content) -> None:
    """`audit.json`: the sealed lines about the case, its alarms and files; not who looked."""
    subjects = {f"incident:{case.id}", *(f"alarm:{a.id}" for a in alarms_of(case)),
                *(f"attachment:{a.id}" for a in queries.attachments_of(case.id))}  # fmt: skip
    lines = [
        {"id": line.id, "at_us": clock.to_us(line.at), "actor_id": line.actor_id, "action": line.action,
         "subject": line.subject, "detail": line.detail, "sequence": line.sequence,
         "hash": bytes(line.hash or b"").hex(), "before": before.hex() if before is not None else None}
        for line, before in audit.lines_about(subjects, LOOKS)
    ]  # fmt: skip
    content.members.append(pack.json_member("audit.json", {"lines": lines}))


def procedures(case: Incident, content: Content) -> None:
    """`procedures.json`: the steps as they were asked, and every answer, corrected and skipped ones too."""
    content.members.append(pack.json_member("procedures.json", {"runs": [
        {
            "kind": run.kind, "version": run.version.number if run.version else None, "begun_at": _time(run.begun_at),
            "steps": run.steps,
            "answers": [
                {"step": a.step, "value": a.value, "skipped": a.is_skipped, "reason": a.reason, "at": _time(a.at),
                 "by": str(a.by)} for a in history_of(run)
            ],
        }
        for run in runs_of(case)
    ]}))  # fmt: skip


def people(case: Incident, content: Content) -> None:
    """`people.json`: who was called and who was sent to the spot, by which kind of way and with what result. Addresses
    and telephone numbers stay at home."""
    found = alarms_of(case)
    calls = [
        {"alarm": str(a.id), "purpose": n.purpose, "who": str(n.user) if n.user else n.address, "by": n.kind or None,
         "made_at": _time(n.made_at), "done_at": _time(n.done_at), "result": n.state}
        for a in found for n in response.notices_of(a.id)
    ]  # fmt: skip
    sent = [
        {"alarm": str(a.id), "who": str(d.user), "by": str(d.made_by), "task": d.task, "state": d.state,
         "made_at": _time(d.made_at), "accepted_at": _time(d.accepted_at), "arrived_at": _time(d.arrived_at),
         "ended_at": _time(d.ended_at), "note": d.note}
        for a in found for d in response.dispatches_of(a.id)
    ]  # fmt: skip
    content.members.append(pack.json_member("people.json", {"calls": calls, "dispatches": sent}))


def police(case: Incident, content: Content) -> None:
    """`police.json`: each hand-over with what was told, and every line of its story."""
    rows = case.referrals.select_related("desk", "made_by").prefetch_related("lines__by").order_by("id")
    content.members.append(pack.json_member("police.json", {"referrals": [
        {
            "desk": row.desk.name, "state": row.state, "told": row.sheet, "made_at": _time(row.made_at),
            "made_by": str(row.made_by), "answered_at": _time(row.answered_at), "officer": row.officer,
            "reference": row.reference, "refusal": row.refusal or None, "disposition": row.disposition or None,
            "ended_at": _time(row.ended_at),
            "lines": [
                {"at": _time(line.at), "kind": line.kind, "text": line.text, "by": str(line.by) if line.by else None}
                for line in row.lines.all()
            ],
        }
        for row in rows
    ]}))  # fmt: skip


SECTIONS: list[Section] = [
    case_facts, timeline, procedures, alarms_with_signals, people, police, attachments, audit_of_case,
]  # fmt: skip
"""One line for each part; a part of another room joins here."""


def _time(moment: datetime | None) -> str | None:
    """ISO 8601 in the time of the installation."""
    return timezone.localtime(moment).isoformat() if moment else None

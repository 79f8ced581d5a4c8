"""Prometheus Alertmanager's webhook, version 4. Pure.

One alert is one condition: its severity and its fingerprint, which Alertmanager makes of the labels. So a
resend is the same condition, and `resolved` ends it.
"""

from __future__ import annotations

from typing import Any

from canh.gateway.webhook import pieces
from canh.gateway.webhook.answer import Fault
from canh.gateway.webhook.content import (
    LONG,
    PROTOCOL,
    SHORT,
    Content,
    Event,
    digest,
    flat,
    moment_us,
)
from canh.gateway.webhook.pieces import Piece, clean
from canh.intake.observation import Observation

ALERTS = "ALERTMANAGER"
"""The code table of severities."""
TURNS = {"firing": "new", "resolved": "restore"}
KIND, SEVERITY = "canh_kind", "severity"
"""Labels: an event of the plain form's table; else how bad it is."""
MARK = 16
"""Signs of a fingerprint."""
TEXTS = ("summary", "description", "message")


def read(body: bytes, account: str) -> Content:
    try:
        found = pieces.whole(body)
    except pieces.TooDeep:
        return Content(faults=(Fault("too_deep"),))
    except ValueError:
        return Content(faults=(Fault("no_json"),))
    if not isinstance(found.value, dict):
        return Content(faults=(Fault("no_object"),))
    if found.value.get("version") != "4":
        return Content(faults=(Fault("no_version", "version"),))
    alerts = pieces.member(found, "alerts")
    if alerts is None or not isinstance(alerts.value, list):
        return Content(faults=(Fault("no_list", "alerts"),))
    return _alerts(pieces.items(alerts), account, str(found.value.get("groupKey", "")))


def _alerts(alerts: list[Piece], account: str, group: str) -> Content:
    events: list[Event] = []
    faults: list[Fault] = []
    for index, piece in enumerate(alerts):
        try:
            events.append(Event(piece.raw.encode(), _observe(piece.value, account, group)))
        except ValueError as error:
            saying, _, field = str(error).partition(" ")
            faults.append(Fault(saying, f"alerts[{index}].{field}".rstrip(".")))
    return Content(faults=tuple(faults)) if faults else Content(tuple(events))


def _observe(alert: Any, account: str, group: str) -> Observation:
    """Raises ValueError("saying field")."""
    if not isinstance(alert, dict):
        raise ValueError("no_object")
    status = alert.get("status")
    if status not in TURNS:
        raise ValueError("no_status status")
    labels, notes = _labels(alert, "labels"), _labels(alert, "annotations")
    began, name = str(alert.get("startsAt", "")), _fingerprint(alert, labels)
    moment = began if status == "firing" else str(alert.get("endsAt", ""))
    kind = labels.get(KIND, "")
    return Observation(
        protocol=PROTOCOL if kind else ALERTS,
        account=account,
        code=(kind or labels.get(SEVERITY, "none")).lower()[:SHORT] or "none",
        turn=TURNS[str(status)],
        zone=f"{labels.get('alertname', '')[: SHORT - MARK - 1]} {name}".strip(),
        occurred_at=_moment(moment, "startsAt" if status == "firing" else "endsAt"),
        text=_text(labels, notes),
        number=digest(account, name, began),
        extra=labels | flat(notes, "annotation:") | flat({"group": group} if group else {}),
        digest=digest(account, name, str(status), began, "" if status == "firing" else moment),
    )


def _labels(alert: dict[str, Any], field: str) -> dict[str, str]:
    found = alert.get(field) or {}
    if not isinstance(found, dict):
        raise ValueError(f"no_object {field}")
    return flat(found)


def _moment(text: str, field: str) -> int:
    try:
        return moment_us(text)
    except ValueError as error:
        raise ValueError(f"{error} {field}") from None


def _fingerprint(alert: dict[str, Any], labels: dict[str, str]) -> str:
    """Versions before 0.19 send none; it is but a name for the labels."""
    said = alert.get("fingerprint")
    if isinstance(said, str) and said:
        return clean(said) if len(said) <= MARK else digest(said)[:MARK]
    return digest(*(f"{name}={labels[name]}" for name in sorted(labels)))[:MARK]


def _text(labels: dict[str, str], notes: dict[str, str]) -> str:
    said = next((notes[name] for name in TEXTS if notes.get(name)), "")
    return ": ".join(part for part in (labels.get("alertname", ""), said) if part)[:LONG]

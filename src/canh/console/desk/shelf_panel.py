"""What the case of an alarm shows of the shelf."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import ngettext

from canh.alarms import queries, rules
from canh.alarms.actions_shelf import OFFERED
from canh.alarms.terms import ShelveReason, State
from canh.console.access import Request
from canh.intake.terms import Kind
from canh.kit import clock

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


def facts(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """Of an alarm on the shelf until when; of another one for how long it may be put there; None: never."""
    if alarm.state == State.SHELVED:
        return {"is_shelved": True, "reason": alarm.get_shelve_reason_display()}
    if alarm.state == State.CLOSED or not rules.may_be_shelved(Kind(alarm.kind), alarm.fold):
        return None
    longest = queries.shelf_limits(clock.now().date())[alarm.priority]
    spans = [(int(span.total_seconds()), span_text(span)) for span in OFFERED if span <= longest]
    return {"is_shelved": False, "spans": spans, "reasons": ShelveReason.choices}


def span_text(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes % 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}

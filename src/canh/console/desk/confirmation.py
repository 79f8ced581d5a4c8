"""How sure an alarm is, as a part of its case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canh.alarms import queries_confirmation
from canh.console.access import Request
from canh.console.desk.wording_confirmation import ASIDES, LEVELS, SIGHTS, name_of, reason

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


def facts(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """None: nobody scores this kind."""
    finding = queries_confirmation.finding(alarm)
    if finding is None:
        return None
    return {
        "level": int(finding.level),
        "steps": [step <= finding.level for step in (1, 2, 3, 4)],
        "label": LEVELS[finding.level],
        "reason": reason(finding),
        "sights": [(str(sees), words) for sees, words in SIGHTS.items()],
        "aside": [(name_of(e), e.at, ASIDES[why]) for e, why in finding.aside],
    }

"""Arming in words, in the active language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from canh.alarms.terms_arming import ARMED, ArmState, Cause
from canh.kit import clock

if TYPE_CHECKING:
    from canh.alarms.models_arming import Arming, ArmingChange, Bypass


@dataclass(frozen=True, slots=True)
class PartLine:
    """A partition as it stands."""

    name: str
    state: str
    words: str
    since: str
    by: str
    until: datetime | None
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    at: datetime
    what: str
    name: str
    who: str
    why: str
    notes: list[str]


def part_line(row: Arming, *, several: bool = True) -> PartLine:
    """How a partition stands: `Armed`, `since 18:02`, `user 7`."""
    return PartLine(
        name=name_of(row) if several else "",
        state=row.state,
        words=state_words(row.state, row.mode),
        since=moment(row.since_at),
        by=who(str(row.user) if row.user else "", row.user_number),
        until=row.until_at,
        is_ours=row.panel_id is None,
    )


def name_of(row: Arming) -> str:
    """Which partition is meant."""
    if row.panel is None:
        return _("Sensors without a panel")
    if not row.partition:
        return row.panel.name
    return _("%(panel)s, partition %(number)s") % {"panel": row.panel.name, "number": row.partition}


def state_words(state: str, mode: str = "") -> str:
    words = str(ArmState(state).label)
    return f"{words} ({ArmState(mode).label})" if mode and state not in ARMED else words


def who(person: str, user_number: str) -> str:
    if person:
        return person
    return _("user %(number)s") % {"number": user_number.lstrip("0") or "0"} if user_number else ""


def moment(at: datetime) -> str:
    """Today the time alone, else with the day."""
    local, today = timezone.localtime(at), timezone.localtime(clock.now()).date()
    return date_format(local, "H:i" if local.date() == today else "H:i d/m")


def change_line(change: ArmingChange, signal_words: str) -> ChangeLine:
    """What changed, by whom and why. `signal_words`: what the panel said, in words."""
    is_moved = change.before != change.after
    what = state_words(change.after) if is_moved else str(Cause(change.cause).label).capitalize()
    why = str(Cause(change.cause).label) if is_moved else ""
    if (change.signal_id and change.cause == Cause.PANEL) or (change.signal_id and not is_moved):
        why = signal_words
    return ChangeLine(
        change.at, what, name_of(change.arming), who(str(change.actor) if change.actor else "", change.user_number),
        why, notes_of(change),
    )  # fmt: skip


def notes_of(change: ArmingChange) -> list[str]:
    """What stood open, was left out, did not answer; what somebody wrote."""
    texts = {
        "open": _("open: %(names)s"),
        "bypassed": _("left out: %(names)s"),
        "silent": _("not heard: %(names)s"),
    }
    found = [text % {"names": ", ".join(change.facts[key])} for key, text in texts.items() if change.facts.get(key)]
    return [*found, *([change.facts["note"]] if change.facts.get("note") else [])]


def place_of(bypass: Bypass) -> str:
    """What is left out."""
    if bypass.name:
        return bypass.name
    if bypass.zone_number.strip("0"):
        return _("zone %(number)s") % {"number": bypass.zone_number}
    return bypass.panel.name


def guidance(code: str) -> str:
    """What to do about what Canh itself noticed of openings and closings; "" for another code."""
    told = {
        "late_to_close": _(
            "It should be closed and armed by now. Call the premises, then the persons in charge in their order: has "
            "everybody left, and who arms? If nobody answers, send the guard: somebody may be held there. It ends by "
            "itself when it is armed."
        ),
        "late_to_open": _(
            "Nobody has opened although the hours say so. Call the premises and the persons in charge: whoever opens "
            "may have been stopped on the way. It ends by itself when it is opened."
        ),
        "unexpected_opening": _(
            "It was opened outside its hours. Find out who: call the premises and ask for the agreed word; compare the "
            "user of the panel with the persons who hold a key. Without a good answer treat it as a break-in with a "
            "known code. It ends by itself when it is armed again or its hours begin."
        ),
        "failed_to_arm": _(
            "It could not be armed: until that is put right nothing here rings but hold-up, fire and what is always "
            "on. The list of changes says what stood open. Call whoever left last, or send the guard to close it. It "
            "ends by itself when it is armed."
        ),
    }
    return told.get(code, "")

"""What the police ask first, in the order in which they ask: the call script, the paper and the email say the same.

Built once when a case is handed over and kept, so that nobody reads tomorrow what was not said today.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from canh.intake.terms import Kind
from canh.liaison.terms import YesNo


@dataclass(frozen=True, slots=True)
class Answers:
    """What the person at the desk knows."""

    gate: str
    """Which gate or door the police should come to."""
    weapons: str
    held: str
    is_live: str
    """Values of YesNo."""
    keyholder: str
    """Who opens, and when; empty: nobody yet."""
    callback: str
    """Number under which the control room is called."""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of it, as plain values."""

    case: str
    kind: str
    zone: str
    """Which button or room said it."""
    site: str
    site_kind: str
    address: str
    area: str
    lat: float | None
    lon: float | None
    received: str
    """Time of the first alarm, local, in words."""
    level: int | None
    reason: str
    """Of the level, in the language of the desk at that time."""
    answers: Answers
    is_drill: bool

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def sheet_of(data: dict[str, Any]) -> Sheet:
    """Back from how it is kept."""
    return Sheet(**{**data, "answers": Answers(**data["answers"])})


def lines(sheet: Sheet, code: str) -> list[tuple[str, str]]:
    """(question, answer) in the order of speaking, in the active language."""
    a = sheet.answers
    place = ", ".join(part for part in (f"{sheet.site} ({sheet.site_kind})", sheet.address, sheet.area) if part)
    found = [
        (_("What happens"), ", ".join(filter(None, [str(Kind(sheet.kind).label), sheet.zone]))),
        (_("Where"), place),
        (_("Position"), _position(sheet)),
        (_("Which gate"), a.gate),
        (_("Still going on"), str(YesNo(a.is_live).label)),
        (pgettext("event", "Since"), sheet.received),
        (_("Weapons"), str(YesNo(a.weapons).label)),
        (_("People held or hurt"), str(YesNo(a.held).label)),
        (_("How sure"), _level(sheet)),
        (_("Who opens the door"), a.keyholder or _("nobody yet")),
        (_("Further"), a.more),
        (_("Call back"), _("%(phone)s, code %(code)s, case %(case)s") % {
            "phone": a.callback, "code": spoken(code), "case": sheet.case}),
    ]  # fmt: skip
    return [(question, answer) for question, answer in found if answer]


def _level(sheet: Sheet) -> str:
    if sheet.level is None:
        return _("not scored")
    return _("level %(level)d of 4. %(reason)s") % {"level": sheet.level, "reason": sheet.reason}


def _position(sheet: Sheet) -> str:
    """For a patrol's map; nothing where the premises have none."""
    return "" if sheet.lat is None or sheet.lon is None else f"{sheet.lat:.5f}, {sheet.lon:.5f}"


def spoken(code: str) -> str:
    """In twos, as numbers are read out: `48 21 3`."""
    return " ".join(code[n : n + 2] for n in range(0, len(code), 2))


def title(sheet: Sheet) -> str:
    return _("%(kind)s — %(site)s, case %(case)s") % {
        "kind": Kind(sheet.kind).label, "site": sheet.site, "case": sheet.case}  # fmt: skip


def plain(sheet: Sheet, code: str) -> str:
    """For an email: one line a question."""
    return "\n".join(f"{question}: {answer}" for question, answer in lines(sheet, code))


def qr_text(sheet: Sheet, code: str) -> str:
    """What a telephone reads off the paper: the number to call back, and in words which case. Nothing of people, no
    address of a machine."""
    return f"TEL:{sheet.answers.callback.replace(' ', '')} CANH {sheet.case} {code}"

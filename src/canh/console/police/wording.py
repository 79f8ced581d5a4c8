"""The police in words, in the active language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from canh.liaison.terms import LineKind

if TYPE_CHECKING:
    from canh.liaison.models import PoliceDesk, Referral, ReferralLine


def guidance(code: str) -> str:
    """What to do when the police have not confirmed; "" for another code."""
    if code != "receipt_missing":
        return ""
    return _(
        "A case was handed over and nobody at the police has confirmed that they have it. Call the desk again, or 113, "
        "read the sheet and write down who took it. It ends by itself as soon as an answer is written down."
    )


def line(row: ReferralLine, referral: Referral) -> str:
    """What a line of the story says, without its own words."""
    label = str(LineKind(row.kind).label)
    if row.kind == LineKind.REJECTED:
        return f"{label}: {referral.get_refusal_display()}"
    if row.kind == LineKind.CLOSED:
        return f"{label}: {referral.get_disposition_display()}"
    return label


def hours(desk: PoliceDesk) -> str:
    if desk.opens is None or desk.closes is None:
        return _("day and night")
    return f"{desk.opens:%H:%M}–{desk.closes:%H:%M}"

"""The data of ADM-CID: Contact ID, SIA DC-05.

    QXYZ GG CCC      1130 01 003: new burglary, group 1, zone 3

Q says whether a condition began (1), ended (3) or goes on (6); XYZ is the event code; CCC is a zone
or, after some codes, a user or a module. Some panels lead with the message type 18 or 98. Where blanks or the
numbers are missing, the code is read all the same: an alarm without its zone is still one.
"""

from __future__ import annotations

import re

from canh.gateway.content.dcs import Facts
from canh.intake import codes

TURNS = {"3": "restore", "6": "still"}
_TYPE = r"\s*(?:(?:18|98|58)\s+)?"
_FORM = re.compile(rf"{_TYPE}([136])([0-9A-F]{{3}})\s*([0-9A-F]{{2}})\s*([0-9A-F]{{3,5}})\s*", re.IGNORECASE)
_SHORT = re.compile(
    rf"{_TYPE}([136])([0-9A-F]{{3}})(?:\s+([0-9A-F]{{1,2}}))?(?:\s+([0-9A-F]{{1,5}}))?\s*", re.IGNORECASE
)
_NUMBER_IS = codes.numbers("ADM-CID")
"""What CCC counts; a zone unless the code stands here."""


def events(data: str) -> list[Facts]:
    """The one event of a data block, or nothing when it is not of this form."""
    found = _FORM.fullmatch(data) or _SHORT.fullmatch(data)
    if found is None:
        return []
    return [event(*found.groups(default=""))]


def event(turn: str, code: str, group: str, number: str) -> Facts:
    """One event from its parts: `turn` is 1, 3 or 6."""
    code = code.upper()
    facts: Facts = {"code": code, "partition": group} if group else {"code": code}
    if number:
        what = _NUMBER_IS.get(code, "zone")
        facts |= {"extra": {what: number}} if what == "module" else {what: number}
    return facts if turn == "1" else facts | {"turn": TURNS[turn]}

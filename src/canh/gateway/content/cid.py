"""The data of ADM-CID: Contact ID, SIA DC-05.

    QXYZ GG CCC      1130 01 003: new burglary, group 1, zone 3

Q says whether a condition began (1), ended (3) or goes on (6); XYZ is the event code; CCC is a zone
or, after some codes, a user. Some panels lead with the message type 18 or 98.
"""

from __future__ import annotations

import re

from canh.gateway.content.dcs import Facts, codes

TURNS = {"3": "restore", "6": "still"}
_FORM = re.compile(r"(?:(?:18|98|58) )?([136])([0-9A-F]{3}) ([0-9A-F]{2}) ([0-9A-F]{3,5})\s*", re.IGNORECASE)
_USER = codes(
    "121 313 400 401 402 403 404 405 406 407 408 409 411 412 413 414 415 421 422 424 425 429 430 431 440 441 442"
    " 450 451 452 453 454 455 456 457 458 459 462 463 464 466 574 604 607 625 642 652 653"
)
"""Codes whose CCC is a user (DC-05 appendix C)."""


def events(data: str) -> list[Facts]:
    """The one event of a data block, or nothing when it is not of this form."""
    found = _FORM.fullmatch(data)
    if found is None:
        return []
    return [event(*found.groups())]


def event(turn: str, code: str, group: str, number: str) -> Facts:
    """One event from its parts: `turn` is 1, 3 or 6."""
    code = code.upper()
    facts = {"code": code, "partition": group, "user" if code in _USER else "zone": number}
    return facts if turn == "1" else facts | {"turn": TURNS[turn]}

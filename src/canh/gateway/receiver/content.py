"""What a frame says. Pure.

The first sign is the protocol, then two digits of the receiver and, up to the first blank or bracket, one to seven of
the line:

    5RRL 18AAAAQXYZGGCCC          Contact ID; Q is E, R or P where DC-05 has 1, 3, 6
    SRRL[#AAAA|Nri1BA01]          SIA DC-03; with the protocol 0 the receiver speaks of itself
    3RRL    AAAAAAXXYYYY          SIA in its older form: one code, one number
    1RRL      AAAA XGYYY          pulse formats: event X, area G, zone or user YYY
    1RRL           @              heartbeat
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from canh.gateway.content import cid, dcs
from canh.gateway.content.dcs import Facts
from canh.gateway.receiver.frame import Frame
from canh.intake import codes

PULSE = "SUR-GARD"
"""The code table of the pulse formats."""
NOBODY = "0000"
"""The account under which a receiver speaks of itself."""

_HEAD = r"([0-9A-F]{2})([0-9A-F]{1,7})"
_HEARTBEAT = re.compile(rf"1{_HEAD}\s+@\s*")
_CID = re.compile(rf"5{_HEAD}\s+(?:18|98|58)(.*)", re.DOTALL)
_CID_DATA = re.compile(r"([0-9A-F]{3,16})([ERP136])([0-9A-F]{3})([0-9A-F]{2})([0-9A-F]{3})", re.IGNORECASE)
_SIA = re.compile(rf"[S0]{_HEAD}\s*\[(?:#([0-9A-Za-z]{{1,16}}))?\|?(.*)\]\s*", re.DOTALL)
_OLD_SIA = re.compile(rf"3{_HEAD}\s+([0-9A-F]{{3,16}})([A-Z]{{2}})([0-9 ]{{4}})\s*")
_PULSE = re.compile(rf"1{_HEAD}\s+([0-9A-F]{{3,16}})\s(.)(.?)(.{{0,3}})", re.DOTALL)
_QUALIFIERS = {"E": "1", "R": "3", "P": "6"}
_NUMBER_IS = codes.numbers(PULSE)


class Message(NamedTuple):
    """A frame as understood; without facts: not understood."""

    account: str = ""
    receiver: str = ""
    line: str = ""
    protocol: str = PULSE
    facts: tuple[Facts, ...] = ()
    is_heartbeat: bool = False

    @property
    def path(self) -> str:
        return f"R{self.receiver}L{self.line}" if self.receiver else ""

    @property
    def is_own(self) -> bool:
        """The receiver speaks of itself."""
        return self.account in {"", NOBODY}


def read(frame: Frame) -> Message:
    """Never fails: what is not understood is kept bare."""
    if frame.is_damaged:
        return Message()
    text = _text(frame.raw)
    if found := _HEARTBEAT.fullmatch(text):
        return Message("", found[1], found[2], is_heartbeat=True)
    reader = _READERS.get(text[:1])
    return (reader(text) if reader else None) or Message()


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _contact_id(text: str) -> Message | None:
    if not (head := _CID.fullmatch(text)):
        return None
    receiver, line, data = head.groups()
    # With the blanks gone the tail has nine signs, so the account is what stands before it, however long.
    if not (found := _CID_DATA.fullmatch("".join(data.split()))):
        return None
    account, qualifier, code, group, number = found.groups()
    turn = _QUALIFIERS.get(qualifier.upper(), qualifier)
    return Message(account.upper(), receiver, line, "ADM-CID", (cid.event(turn, code, group, number),))


def _sia(text: str) -> Message | None:
    if not (found := _SIA.fullmatch(text)):
        return None
    receiver, line, account, data = found.groups()
    if data.startswith("L"):  # listen-in: the same event, with the line held
        data = f"N{data[1:]}"
    return Message((account or "").upper(), receiver, line, "SIA-DCS", tuple(dcs.events(data)))


def _old_sia(text: str) -> Message | None:
    if not (found := _OLD_SIA.fullmatch(text)):
        return None
    receiver, line, account, code, number = found.groups()
    return Message(account, receiver, line, "SIA-DCS", tuple(dcs.events(f"N{code}{number.strip()}")))


def _pulse(text: str) -> Message | None:
    if not (found := _PULSE.fullmatch(text)):
        return None
    receiver, line, account, code, area, number = found.groups()
    facts: Facts = {"code": code.strip()} if code.strip() else {}
    if area.strip():
        facts["partition"] = area
    if number.strip():
        facts[_NUMBER_IS.get(code, "zone")] = number.strip()
    return Message(account, receiver, line, PULSE, (facts,))


_READERS: Mapping[str, Callable[[str], Message | None]] = {
    "5": _contact_id, "S": _sia, "0": _sia, "3": _old_sia, "1": _pulse,
}  # fmt: skip

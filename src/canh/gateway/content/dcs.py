"""The data of SIA-DCS: event blocks of SIA DC-03.

    Nri1/id5/BA03^Kitchen^/BA04|AText for the operator

Blocks are parted by `|`. `N` begins new events, `O` old ones that are told again, `A` is text. In
a block, lower-case pairs (ri area, id user, ti time, da date, pi device, ph, va, lv, pt, rt …) hold for
all events after them; upper-case pairs are event codes, each with a number whose meaning hangs on
the code.
"""

from __future__ import annotations

import re
from typing import Any

from canh.intake import codes

Facts = dict[str, Any]
"""Fields of an Observation that are not empty."""

_NUMBER_IS = codes.numbers("SIA-DCS")
"""What the number behind a code counts; a zone unless it stands here."""
_FIELDS = frozenset({"zone", "user", "partition"})

_TOKEN = re.compile(
    r"/*(?:([a-z]{2})([^A-Za-z/^*]*)(?:\^([^^]*)\^)?"  # modifier, value, name
    r"|([A-Z]{2})([0-9]*)(?:\^([^^]*)\^)?"  # code, number, name
    r"""|\*(?:"(.*?)"|'(.*?)')NM)"""  # text
)


def events(data: str) -> list[Facts]:
    """The events of a data block; empty when there is neither a code nor text."""
    found: list[Facts] = []
    for block in data.split("|"):
        if block.startswith(("N", "O")):
            _read(block, found)
        elif block.startswith("A"):
            _say(block[1:], found)
        elif block:
            _leave(block, found)
    return found


def _read(block: str, found: list[Facts]) -> None:
    """An N or O block."""
    modifiers = {"block": "O"} if block[0] == "O" else {}
    at = 1
    while token := _TOKEN.match(block, at):
        at = token.end()
        modifier, value, label, code, number, name, text, text_too = token.groups()
        if code:
            found.append(_event(code, number, name, modifiers.copy()))
        elif modifier:
            modifiers[modifier] = value
            if label:
                modifiers[f"{modifier} name"] = label
        else:
            _say(text or text_too or "", found)
    if at < len(block) and (rest := block[at:].strip("/")):
        _leave(rest, found)


def _event(code: str, number: str, name: str | None, modifiers: dict[str, str]) -> Facts:
    event: Facts = {"code": code}
    if area := modifiers.pop("ri", ""):
        event["partition"] = area
    if user := modifiers.pop("id", ""):
        event["user"] = user
    if number:
        meaning = _NUMBER_IS.get(code, "zone")
        (event if meaning in _FIELDS else modifiers)[meaning] = number
    if name:
        event["text"] = name
    if modifiers:
        event["extra"] = modifiers
    return event


def _say(text: str, found: list[Facts]) -> None:
    """Text belongs to the event before it, or stands for itself."""
    if not found:
        found.append({})
    event = found[-1]
    event["text"] = f"{event.get('text', '')} {text}".strip()


def _leave(rest: str, found: list[Facts]) -> None:
    """What nobody understands stays with the event before it; it is in the raw message anyway."""
    if found:
        extra = found[-1].setdefault("extra", {})
        extra["rest"] = f"{extra['rest']}|{rest}" if "rest" in extra else rest

"""JSON with the place of each part, so that the journal keeps every event with its own bytes. Pure."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # public in CPython, missing in the stubs
from typing import Any, NamedTuple, NoReturn

_BLANK = re.compile(r"[ \t\n\r]*")


class Piece(NamedTuple):
    value: Any
    raw: str


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


_decode = json.JSONDecoder(parse_constant=_no_number).raw_decode


class TooDeep(ValueError):
    """Nested deeper than any honest message."""


def whole(body: bytes) -> Piece:
    """The one value of a body. Raises ValueError when it is no JSON in UTF-8."""
    text = body.decode()
    start = _skip(text, 0)
    piece, end = _value(text, start)
    if _skip(text, end) != len(text):
        raise ValueError("something follows the value")
    return piece


def items(piece: Piece) -> list[Piece]:
    """The elements of a list that was read already."""
    text, at = piece.raw, _skip(piece.raw, 1)
    found: list[Piece] = []
    while text[at] != "]":
        element, at = _value(text, at)
        found.append(element)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def member(piece: Piece, name: str) -> Piece | None:
    """A member of an object that was read already; of several with one name the last, as everywhere."""
    text, at, found = piece.raw, _skip(piece.raw, 1), None
    while text[at] != "}":
        key, at = scanstring(text, at + 1)
        at = _skip(text, _skip(text, at) + 1)  # over the colon
        value, at = _value(text, at)
        found = value if key == name else found
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def clean(text: str) -> str:
    """Without what no database takes: half a surrogate pair, NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _value(text: str, at: int) -> tuple[Piece, int]:
    try:
        value, end = _decode(text, at)
    except RecursionError as error:
        raise TooDeep("nested too deeply") from error
    return Piece(value, text[at:end]), end


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at

"""The plain form: one object, or a list of at most 500. Pure. docs/ref/webhook.md describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from canh.gateway.webhook import pieces
from canh.gateway.webhook.answer import Fault
from canh.gateway.webhook.content import (
    LONG,
    MAX_EXTRA,
    MAX_ITEMS,
    PROTOCOL,
    SHORT,
    Content,
    Event,
    digest,
    flat,
    moment_us,
    text_of,
)
from canh.gateway.webhook.pieces import Piece
from canh.gateway.webhook.proof import account_of
from canh.intake.observation import Observation

TURNS = frozenset({"new", "restore", "still"})


def _text(longest: int) -> Callable[[Any], str]:
    return lambda value: text_of(value, longest)


def _moment(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("no_moment")
    return moment_us(value)


def _turn(value: Any) -> str:
    if not isinstance(value, str) or value not in TURNS:
        raise ValueError("no_turn")
    return value


def _extra(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("no_object")
    if len(value) > MAX_EXTRA:
        raise ValueError("too_long")
    return flat(value)


FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "id": ("id", _text(200)),
    "account": ("account", _text(100)),
    "time": ("occurred_at", _moment),
    "kind": ("code", _text(SHORT)),
    "code": ("code", _text(SHORT)),
    "turn": ("turn", _turn),
    "zone": ("zone", _text(SHORT)),
    "partition": ("partition", _text(8)),
    "user": ("user", _text(SHORT)),
    "text": ("text", _text(LONG)),
    "extra": ("extra", _extra),
}
"""Field of the form → field of an observation, and how its value is read."""


def read(body: bytes, account: str, signature: str, sent_at: int) -> Content:
    """`signature` names events that have no id: the same request again is then the same events."""
    try:
        found = pieces.whole(body)
    except pieces.TooDeep:
        return Content(faults=(Fault("too_deep"),))
    except ValueError:
        return Content(faults=(Fault("no_json"),))
    is_list = isinstance(found.value, list)
    listed = pieces.items(found) if is_list else [found]
    if len(listed) > MAX_ITEMS:
        return Content(faults=(Fault("too_many_items"),))
    events: list[Event] = []
    faults: list[Fault] = []
    for index, piece in enumerate(listed):
        _read_one(piece, f"[{index}]" if is_list else "", (account, signature, str(index)), sent_at, events, faults)
    return Content(faults=tuple(faults)) if faults else Content(tuple(events))


def _read_one(
    piece: Piece, where: str, name: tuple[str, str, str], sent_at: int, events: list[Event], faults: list[Fault]
) -> None:
    if not isinstance(piece.value, dict):
        faults.append(Fault("no_object", where))
        return
    facts, wrong = _fields(piece.value, where)
    wrong += _contradictions(piece.value, facts, where, name[0])
    if wrong:
        faults += wrong
        return
    own_id = facts.pop("id", "")
    facts["account"] = name[0]
    named = digest(name[0], "id", own_id, *_what(facts)) if own_id else digest(*name)
    seen = Observation(protocol=PROTOCOL, sent_at=sent_at, digest=named, **facts)
    events.append(Event(piece.raw.encode(), seen))


def _what(facts: dict[str, Any]) -> list[str]:
    """What happened, beside the id: a program that counts from 1 again must not lose its hold-up."""
    return [str(facts.get(name, "")) for name in ("code", "turn", "zone", "partition", "user", "occurred_at")]


def _fields(said: dict[str, Any], where: str) -> tuple[dict[str, Any], list[Fault]]:
    facts: dict[str, Any] = {}
    wrong: list[Fault] = []
    for field, value in said.items():
        place = f"{where}.{field}".lstrip(".")[:80]
        if field not in FIELDS:
            wrong.append(Fault("unknown_field", place))
        elif value is not None:
            name, read_value = FIELDS[field]
            try:
                facts[name] = read_value(value)
            except ValueError as error:
                wrong.append(Fault(str(error), place))
    return facts, wrong


def _contradictions(said: dict[str, Any], facts: dict[str, Any], where: str, account: str) -> list[Fault]:
    wrong = []
    if (said.get("kind") is None) == (said.get("code") is None):
        wrong.append(Fault("kind_or_code", where))
    if "account" in facts and account_of(facts["account"]) != account:
        wrong.append(Fault("other_account", f"{where}.account".lstrip(".")))
    return wrong

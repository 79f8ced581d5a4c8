"""The chain of audit lines, as pure functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

FIRST_HASH = b"\0" * 32


@dataclass(frozen=True, slots=True)
class Sealable:
    """What the hash of a line covers."""

    id: int
    at_us: int
    actor_id: int | None
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sealed(Sealable):
    sequence: int
    hash: bytes


def canonical(value: Any) -> str:
    """One spelling for one value, so that hashes and signatures repeat."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seal(before: bytes, sequence: int, line: Sealable) -> bytes:
    """SHA-256 over the hash before and the canonical form of the line."""
    fields = [sequence, line.id, line.at_us, line.actor_id, line.action, line.subject, line.detail]
    return hashlib.sha256(before + canonical(fields).encode()).digest()


def first_break(lines: Iterable[Sealed], before: bytes = FIRST_HASH, sequence: int = 0) -> int | None:
    """The sequence at which the chain first fails (a changed, missing or inserted line), or None."""
    for line in lines:
        sequence += 1
        if line.sequence != sequence or seal(before, sequence, line) != line.hash:
            return sequence
        before = line.hash
    return None


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a chain stood when a head was signed."""

    head: str
    chain: str
    last: int
    hash: bytes


def read_head(name: str, text: str, is_signed: Callable[[bytes, bytes, bytes], bool], key: bytes) -> list[Stand]:
    """The stands of a signed head. Raises ValueError when it is not signed by `key` or not readable."""
    try:
        file = json.loads(text)
        statement, signature = file["statement"], bytes.fromhex(file["signature"])
        chains = json.loads(statement)["chains"]
        stands = [Stand(name, c, int(v["last"]), bytes.fromhex(v["hash"])) for c, v in chains.items()]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name}: not a head") from error
    if not is_signed(statement.encode(), signature, key):
        raise ValueError(f"{name}: not signed by this key")
    return stands

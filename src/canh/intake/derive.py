"""The readable columns of a signal, from what the journal sealed. Used to copy and to verify."""

from __future__ import annotations

from typing import Any

from canh.intake import codes, rules
from canh.intake.observation import Observation
from canh.intake.terms import NEVER_HELD_BACK, Kind, Turn, Verdict
from canh.kit import clock

MEANING = ("kind", "turn", "condition")
ATTACKS = frozenset({Verdict.WRONG_KEY, Verdict.REPLAY})
"""Messages that mean nothing but an attack: one does not open, the other was acted on when it was new."""


def columns(seen: Observation, verdict: str, received_us: int) -> dict[str, Any]:
    """Column name -> value for one observation of an entry."""
    received_at = clock.from_us(received_us)
    said = seen.occurred_at or seen.sent_at
    meaning = meanings(seen, verdict, received_us)[0]
    return {
        "protocol": seen.protocol[:20], "account": seen.account[:100], "code": seen.code[:40],
        "partition": seen.partition[:8], "zone_number": seen.zone[:40], "user_number": seen.user[:40],
        "number": seen.number[:40], "path": seen.path[:40], "dialect": rules.whole_words(seen.dialect, 80),
        "text": seen.text, "extra": seen.extra, "digest": seen.digest, "skew_ms": _skew_ms(seen, received_us),
        "occurred_at": rules.trusted_time(
            clock.from_us(said) if said else None, received_at, verdict in {Verdict.BAD_TIME, Verdict.REPLAY}),
        **dict(zip(MEANING, meaning, strict=True)),
        "is_urgent": meaning[0] in NEVER_HELD_BACK,
    }  # fmt: skip


def meanings(seen: Observation, verdict: str, received_us: int) -> list[tuple[Kind, Turn, str]]:
    """What the code may be taken for, best first. The second is how it is classed while no table
    lists it: a signal copied then stays as it was when a later table does."""
    if verdict in ATTACKS:
        return [(Kind.SECURITY, Turn.NEW, verdict)]
    day = clock.from_us(received_us).date()
    found = [
        codes.meaning(seen.protocol, seen.code, seen.turn, day),
        codes.unlisted(seen.protocol, seen.code, seen.turn, day),
    ]
    return [(Kind(m.kind), Turn(m.turn), m.condition) for m in found]


def _skew_ms(seen: Observation, received_us: int) -> int | None:
    if seen.sent_at is None:
        return None
    return rules.storable_skew((seen.sent_at - received_us) // 1000)

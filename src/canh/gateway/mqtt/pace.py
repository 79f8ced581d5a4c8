"""How often one condition of one sensor may change before only its last word counts. No clock of its own."""

from __future__ import annotations

from functools import cache

from canh.gateway.mqtt.content import NEW, Fact
from canh.gateway.mqtt.judge import Key, key_of
from canh.gateway.mqtt.slot import Slot
from canh.intake import codes
from canh.intake.terms import NEVER_HELD_BACK
from canh.kit import clock

CHANGES_A_MINUTE = 120
WINDOW_S = 60.0


class Pace:
    """Unlike `limits.Quota` it refuses nobody for the number of others: a power cut changes ten thousand at once."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, str], tuple[float, int]] = {}
        self._late: dict[Key, tuple[Fact, Slot]] = {}

    def allows(self, fact: Fact, slot: Slot, now_s: float) -> bool:
        """Else the fact waits, as the last of its kind, until the minute is over. Hold-up, duress, panic and fire
        never wait; their end does, so a sensor that flutters is bounded all the same."""
        key = fact.account, fact.code
        began, count = self._begun.get(key, (now_s, 0))
        if now_s - began >= WINDOW_S:
            began, count = now_s, 0
        self._begun[key] = began, count + 1
        if count < CHANGES_A_MINUTE or (fact.turn == NEW and _is_urgent(fact.protocol, fact.code)):
            self._late.pop(key_of(fact), None)
            return True
        self._late[key_of(fact)] = fact, slot
        return False

    def due(self, now_s: float) -> list[tuple[Fact, Slot]]:
        """What waited long enough; also forgets who is quiet."""
        over = {key for key, (began, _count) in self._begun.items() if now_s - began >= WINDOW_S}
        for key in over:
            del self._begun[key]
        ready = [key for key in self._late if key[:2] in over]
        return [self._late.pop(key) for key in ready]

    def replace(self, fact: Fact, slot: Slot) -> None:
        """No change, but if an older word waits, this one is the last."""
        if key_of(fact) in self._late:
            self._late[key_of(fact)] = fact, slot


@cache
def _is_urgent(protocol: str, code: str) -> bool:
    return codes.meaning(protocol, code, NEW, clock.now().date()).kind in NEVER_HELD_BACK

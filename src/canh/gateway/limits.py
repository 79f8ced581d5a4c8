"""How much one sender, one connection and all together may ask of the gateway."""

from __future__ import annotations

import os
from dataclasses import dataclass

MAX_KEYS = 10_000  # senders remembered by a quota; more are refused rather than remembered


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, connections, messages."""

    per_peer: int = 200
    """Connections from one address, unless it is this machine."""
    connections: int = 20_000
    unanswered: int = 64
    """Messages of one connection that wait for the journal; beyond, its bytes stay in the socket."""
    unanswered_total: int = 20_000
    first_frame_s: float = 60
    """A connection that has sent no frame since it opened."""
    partial_s: float = 30
    """A line begun and not ended."""
    idle_s: float = 900
    """Nothing since the last frame: 10 polls of a 90-second path."""
    sweep_s: float = 5
    """How often these are looked at."""
    bad_per_minute: int = 600
    """Bad lines kept of one address; beyond, they are only counted."""
    unproven_per_minute: int = 1200
    """Messages kept of one address that do not prove their sender: unknown account, wrong key, plain
    although a key is set, sealed with an old time. Beyond, they are neither kept nor acknowledged, so
    that nobody fills the disk and a real panel tries again. SIA DC-09 counts each registered account apart."""
    datagrams_per_s: int = 500
    """Datagrams taken of one address in a second; beyond, they are dropped and counted, and a panel tries again."""
    register_wait_s: float = 0.2
    """How long a message of an unknown account waits for a new look into the register."""


def from_environment() -> Limits:
    """`CANH_DC09_PER_PEER`: more than 200 where many panels dial from behind one address."""
    text = os.environ.get("CANH_DC09_PER_PEER", "")
    if text and not text.isdecimal():
        raise SystemExit(f"CANH_DC09_PER_PEER={text!r} is not a whole number")
    return Limits(per_peer=int(text)) if text else Limits()


class Quota:
    """At most `limit` a key within each `window_s`. The caller brings the time."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit, self._window_s = limit, window_s
        self._seen: dict[str, tuple[float, int]] = {}
        self._crowded_until = 0.0

    def allows(self, key: str, now_s: float) -> bool:
        """Count one more; False when that is too many."""
        began, count = self._seen.get(key, (now_s, 0))
        if now_s - began >= self._window_s:
            began, count = now_s, 0
        if count >= self._limit or not self._has_room(key, now_s):
            return False
        self._seen[key] = began, count + 1
        return True

    def _has_room(self, key: str, now_s: float) -> bool:
        if key in self._seen or len(self._seen) < MAX_KEYS:
            return True
        if now_s < self._crowded_until:
            return False  # forged senders must not make us count all of them again for each
        self._seen = {k: v for k, v in self._seen.items() if now_s - v[0] < self._window_s}
        has_room = len(self._seen) < MAX_KEYS
        self._crowded_until = 0.0 if has_room else now_s + self._window_s / 10
        return has_room

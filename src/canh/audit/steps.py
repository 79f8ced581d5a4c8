"""Engine steps of audit: seal lines, sign heads, send them away."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from canh.audit import actions, queries
from canh.kit import clock
from canh.kit.pace import Pace

HEAD_EVERY = timedelta(hours=24)
LOOK_EVERY = timedelta(seconds=10)


class SealLines:
    """Seals what was committed, within a second."""

    name = "audit.seal"

    def __call__(self) -> bool:
        return queries.unsealed_count() > 0 and actions.seal_lines() > 0


class SignHeads:
    """Signs where the chains stand, once a day, and puts a copy where the operator said.

    `chains` tells the heads of chains that live in other rooms: name -> (last number, hash).
    """

    name = "audit.head"

    def __init__(self, chains: Callable[[], dict[str, tuple[int, bytes]]]) -> None:
        self._chains = chains
        self._pace = Pace(LOOK_EVERY)

    def __call__(self) -> bool:
        now = clock.now()
        if not self._pace.is_due(now):
            return False
        last = queries.last_head()
        if last is None or now - last.at >= HEAD_EVERY:
            actions.sign_head(self._chains())
        return self._send_waiting()

    def _send_waiting(self) -> bool:
        target = os.environ.get("CANH_HEADS_TO")
        waiting = queries.unsent_heads() if target else []
        for head in waiting:
            actions.send_head(head, Path(str(target)))
        return bool(waiting)

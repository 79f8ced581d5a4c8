"""The cycle: every step in order, again at once while there is work, else wait for a hint or the tick.

1. Take the engine's lock; a second engine waits here and takes over when the first dies.
2. Run each step. A step that fails is logged, counted and left out for a growing pause (at most
   30 s); the others go on.
3. When a step did something, tell the consoles and go round again.
4. When nothing did, wait for a hint, at most `TICK_S`.
"""

from __future__ import annotations

import fcntl
import logging
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from django.db import close_old_connections, connection

from canh.engine.steps import Step, Wake, all_steps
from canh.kit import beat, hint, paths

TICK_S = 0.5
BEAT_S = 2.0
SLOW_S = 1.0
LONGEST_PAUSE_S = 30.0
log = logging.getLogger("canh.engine")


@dataclass
class Track:
    """How a step is doing."""

    runs: int = 0
    failures: int = 0
    in_a_row: int = 0
    spent_s: float = 0.0
    longest_s: float = 0.0
    paused_until: float = 0.0


class Cycle:
    """Runs steps until told to stop."""

    def __init__(self, steps: Sequence[Step], wait: Wake) -> None:
        self.steps = steps
        self.tracks = {step.name: Track() for step in steps}
        self.is_stopping = False
        self._wait = wait
        self._beat_at = 0.0

    def run(self) -> None:
        while not self.is_stopping:
            worked = self.once()
            self._beat()
            if worked:
                hint.tell("web")
            else:
                close_old_connections()
                self._wait(TICK_S)

    def once(self) -> bool:
        """Every step once. True when one did something."""
        return any([self._run_step(step) for step in self.steps])  # a list: no step is skipped

    def _run_step(self, step: Step) -> bool:
        track = self.tracks[step.name]
        begin = time.monotonic()
        if begin < track.paused_until:
            return False
        try:
            worked = step()
        except Exception:
            track.failures += 1
            track.in_a_row += 1
            pause = min(2.0 ** (track.in_a_row - 1), LONGEST_PAUSE_S)
            track.paused_until = begin + pause
            log.exception("step %s failed, tried again in %.0f s", step.name, pause)
            connection.close()
            return False
        track.in_a_row = 0
        self._account(step, track, time.monotonic() - begin)
        return worked

    def _account(self, step: Step, track: Track, spent: float) -> None:
        track.runs += 1
        track.spent_s += spent
        track.longest_s = max(track.longest_s, spent)
        if spent > SLOW_S:
            log.warning("step %s took %.1f s", step.name, spent)

    def _beat(self) -> None:
        if time.monotonic() - self._beat_at > BEAT_S:
            self._beat_at = time.monotonic()
            beat.stamp(
                "engine",
                steps={
                    name: {"runs": t.runs, "failures": t.failures, "in_a_row": t.in_a_row,
                           "longest_ms": round(t.longest_s * 1000)}
                    for name, t in self.tracks.items()
                },
            )  # fmt: skip


def main() -> None:
    """The engine process."""
    with open(paths.folder("run") / "engine.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another engine is running on this data folder; standing by")
            fcntl.flock(lock, fcntl.LOCK_EX)
        ear = hint.Ear("engine")
        cycle = Cycle(all_steps(), ear.wait)

        def stop(_number: int, _frame: FrameType | None) -> None:
            cycle.is_stopping = True
            hint.tell("engine")

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        cycle.run()
        ear.close()

"""`canh notify`: sends what the engine wrote. It may wait for other machines, which the engine may not."""

from __future__ import annotations

import fcntl
import logging
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType

from django.db import close_old_connections

from canh.channels.actions import deliver, silence
from canh.channels.message import Message, Outcome
from canh.kit import beat, clock, hint, paths
from canh.response import queries, sending
from canh.response.sending import Bundle
from canh.response.terms import Purpose
from canh.response.wording import message_for

TICK_S = 0.5
log = logging.getLogger("canh.notify")
Deliver = Callable[[str, str, Message], Outcome]


class Notifier:
    """Call `once` again and again; it never waits for what it sends. One at a time on a data folder."""

    def __init__(self, send: Deliver = deliver, off: Callable[[str], Outcome] = silence) -> None:
        self._send, self._off = send, off
        limits = queries.limits(clock.now().date())
        self._at_once, self._titles = limits.at_once, limits.titles
        self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="notify")
        self._running: dict[Future[None], str] = {}
        """What is under way -> its channel."""
        sending.recover(clock.now())  # whoever claimed before this one is gone

    def once(self) -> int:
        """Begin to send what is due, as far as there is room. How many messages."""
        self._running = {future: kind for future, kind in self._running.items() if not future.done()}
        now = clock.now()
        sending.recover(now, queries.limits(now.date()).lost_s)
        room = self._at_once - len(self._running)
        bundles = sending.claim(now, room, self._busy()) if room else []
        for bundle in bundles:
            self._running[self._pool.submit(self._in_thread, bundle)] = bundle.first.kind
        return len(bundles)

    def _busy(self) -> set[str]:
        """Channels that have half of the room already: a slow modem must not keep the others waiting."""
        return {kind for kind, n in Counter(self._running.values()).items() if n >= self._at_once // 2}

    def wait(self) -> None:
        """Until all that is under way is settled."""
        for future in list(self._running):
            future.result()

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    def _in_thread(self, bundle: Bundle) -> None:
        try:
            self.send(bundle)
        except Exception:  # its notices are settled by `recover`, once they are late
            log.exception("a message could not be settled")
        finally:
            close_old_connections()
            hint.tell("notify")

    def send(self, bundle: Bundle) -> None:
        outcome = self._outcome(bundle)
        sending.settle(bundle, outcome, clock.now())
        log.info("%s by %s: %s", bundle.first.purpose, bundle.first.kind, outcome.state)

    def _outcome(self, bundle: Bundle) -> Outcome:
        first = bundle.first
        if first.purpose == Purpose.SILENCE:
            return self._off(first.address)
        return self._send(first.kind, first.address, message_for(bundle.notices, self._titles))


def main() -> None:
    """The notify process; a second one on the same data folder stands by."""
    with open(paths.folder("run") / "notify.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another notifier is running on this data folder; standing by")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _run(hint.Ear("notify"))


def _run(ear: hint.Ear) -> None:
    is_stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True
        hint.tell("notify")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    notifier, failures = Notifier(), 0
    while not is_stopping:
        try:
            begun, failures = notifier.once(), 0
        except Exception:  # a database that is away now must not end the calls for ever
            begun, failures = 0, failures + 1
            log.exception("notices could not be read, %d in a row", failures)
        beat.stamp("notify", failures=failures)
        if not begun:
            close_old_connections()
            ear.wait(TICK_S)
    notifier.close()
    ear.close()

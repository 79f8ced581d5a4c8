"""A time that holds whatever the other side does: also while names are looked up, and when an answer comes in drips."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from canh.channels.message import Outcome
from canh.channels.terms import OutcomeState
from canh.channels.trouble import ForNow, NotSent

log = logging.getLogger(__name__)


class Limit:
    """How much time is left, and a hand on the connection to cut it when there is none."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._held: socket.socket | None = None
        self._lock = threading.Lock()
        self.is_over = False

    def left(self) -> float:
        """Seconds. Raises ForNow when there are none."""
        left = self._until - time.monotonic()
        if left <= 0 or self.is_over:
            raise ForNow(_("The other side did not answer in time."))
        return left

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection that ends with the time. Raises OSError."""
        line = socket.create_connection((host, port), self.left())
        self.hold(line)
        return line

    def hold(self, line: Any) -> None:
        """Cut this one when the time is over."""
        with self._lock:
            self._held = socket.socket(fileno=os.dup(line.fileno()))  # of its own: TLS takes the first one over
        if self.is_over:
            self.cut()

    def cut(self) -> None:
        """End whatever waits on the connection."""
        self.is_over = True
        with self._lock:
            held = self._held
            if held is not None:
                with contextlib.suppress(OSError):  # ended by itself
                    held.shutdown(socket.SHUT_RDWR)

    def free(self) -> None:
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None


def within(seconds: float, work: Callable[[Limit], str]) -> Outcome:
    """Do the work in a thread of its own, and answer in time. `work` returns what to tell, or raises NotSent."""
    limit, told, language = Limit(seconds), queue.SimpleQueue[Outcome](), get_language() or "en"

    def run() -> None:
        with override(language):
            told.put(_outcome(limit, work))
        limit.free()

    threading.Thread(target=run, name="channel", daemon=True).start()
    try:
        return told.get(timeout=seconds)
    except queue.Empty:
        limit.cut()
        return Outcome(OutcomeState.RETRY, _("The other side did not answer in time."))


def _outcome(limit: Limit, work: Callable[[Limit], str]) -> Outcome:
    try:
        return Outcome(OutcomeState.SENT, work(limit))
    except NotSent as error:
        return Outcome(OutcomeState.FAILED if error.is_permanent else OutcomeState.RETRY, error.detail)
    except Exception as error:  # a message must not be lost by a fault of ours: it is tried again, and told
        log.error("a channel failed: %s", type(error).__name__)  # the text might hold what was sent
        return Outcome(OutcomeState.RETRY, _("Unexpected error (%(kind)s).") % {"kind": type(error).__name__})

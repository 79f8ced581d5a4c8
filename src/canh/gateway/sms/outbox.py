"""Texts that channels hand over for sending, one at a time: the modem that reads is also the one that sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from canh.kit import clock
from canh.kit.spool import Spool

SPOOL = Spool("sms-out")
"""`{"number", "text", "is_unicode", "until_us"}` -> `{"is_sent", "why"}`; channels know it by the same name."""


class Outbox:
    """Used in the event loop; its files are few and small."""

    def __init__(self, tell: Callable[[Mapping[str, Any]], None]) -> None:
        self._tell = tell
        self._order = ""
        """What the reader sends just now."""
        self.is_open = False
        """A modem is there, and in a network."""

    def begin(self) -> None:
        """What an earlier gateway had taken may have been sent, or not: who gave the order decides."""
        for order in SPOOL.taken():
            SPOOL.answer(order, {"is_sent": False, "why": "the gateway ended meanwhile"})

    def look(self) -> None:
        """Give the oldest text to the reader, if it has none."""
        if not self.is_open or self._order:
            return
        for order in SPOOL.waiting():
            told = SPOOL.take(order)
            if told is None:
                continue  # withdrawn
            if told["until_us"] < clock.now_us():
                SPOOL.answer(order, {"is_sent": False, "why": "too late"})
                continue
            self._order = order
            self._tell({"send": order, **{name: told[name] for name in ("number", "text", "is_unicode")}})
            return

    def hear(self, told: Mapping[str, Any]) -> None:
        """The reader's word on a text."""
        SPOOL.answer(str(told["sent"]), {"is_sent": not told["why"], "why": told["why"]})
        self._order = ""

    def lose(self) -> None:
        """The reader is gone."""
        self.is_open = False
        if self._order:
            SPOOL.answer(self._order, {"is_sent": False, "why": "the modem was lost meanwhile"})
            self._order = ""

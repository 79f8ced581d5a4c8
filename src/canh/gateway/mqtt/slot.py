"""The place of one message in the order of acknowledgements; the receipt of its journal entries."""

from __future__ import annotations

from collections.abc import Callable

from canh.gateway.mqtt.wire import Message


class Slot:
    """MQTT wants messages acknowledged in the order in which they came (4.6)."""

    __slots__ = ("_entries", "_lost", "_ready", "is_ready", "message", "turn")

    def __init__(self, turn: int, message: Message, ready: Callable[[], None], lost: Callable[[], None]) -> None:
        self.turn, self.message = turn, message
        self._ready, self._lost = ready, lost
        self._entries = 1  # the reading itself
        self.is_ready = False

    def expect(self) -> None:
        """One more entry before it may be acknowledged."""
        self._entries += 1

    def keep(self) -> None:
        self._entries -= 1
        if self._entries == 0:
            self.is_ready = True
            self._ready()

    def lose(self) -> None:
        self._lost()

    def detached(self) -> Slot:
        """For what is told later than the message was acknowledged."""
        return Slot(self.turn, self.message, lambda: None, self._lost)

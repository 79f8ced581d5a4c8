"""One broker: its messages in order, acknowledged in order, and only what the journal has."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from django.utils.translation import gettext_noop as _

from canh.gateway.desk import Desk
from canh.gateway.mqtt import DOOR
from canh.gateway.mqtt.broker import Broker
from canh.gateway.mqtt.clerk import Clerk
from canh.gateway.mqtt.memory import Memory
from canh.gateway.mqtt.slot import Slot
from canh.gateway.mqtt.wire import Message, Wire
from canh.intake.journal import JournalReader
from canh.kit.ids import node_number
from canh.kit.saying import Saying

TICK_S = 1.0
SAVE_EVERY_S = 60.0

log = logging.getLogger(__name__)


class Line:
    """Used in the event loop."""

    def __init__(self, desk: Desk, broker: Broker) -> None:
        self.desk, self.broker = desk, broker
        self.door = f"{DOOR}:{broker.name}"
        self._memory = Memory(broker.name)
        self._clerk = Clerk(desk, broker, self._memory, self._listen_to)
        client_id = broker.client or f"canh-{node_number()}-{broker.name}"
        self._wire = Wire(broker, client_id, self._clerk.topics, self, desk.loop.call_soon_threadsafe)
        self._slots: deque[Slot] = deque()
        self._turn, self._saved = 0, -1
        self._is_shut = False
        self._work: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._work = self.desk.loop.create_task(self._live())

    def shut(self) -> None:
        """What comes from now on stays with the broker."""
        self._is_shut = True

    async def close(self) -> None:
        if self._work:
            self._work.cancel()
        await asyncio.to_thread(self._wire.stop)
        if self._work and self._memory.is_loaded:
            await self._save()

    async def _live(self) -> None:
        try:
            await asyncio.to_thread(self._memory.load, self.desk.journal.path)
        except Exception:  # better to ring again than to be deaf
            log.exception("what was told before cannot be read")
        self._memory.is_loaded = True
        self._clerk.begin()
        self._wire.start()
        saved_at = self.desk.loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            self._tick()
            if self.desk.loop.time() - saved_at > SAVE_EVERY_S:
                saved_at = self.desk.loop.time()
                await self._save()

    def _tick(self) -> None:
        try:
            self._clerk.tick()
        except Exception:  # it must go on; the next second tries again
            log.exception("the work of each second at broker %s failed", self.broker.name)

    async def _save(self) -> None:
        """First the number, then what was told: all before it is in. A fault costs time at the next start only."""
        try:
            upto = await asyncio.to_thread(self._last_id)
            await asyncio.sleep(0)
            if self._memory.is_settled and upto != self._saved:
                await asyncio.to_thread(self._memory.save, self._memory.as_text(upto))
                self._saved = upto
        except Exception:
            log.exception("what was told cannot be saved")

    def _last_id(self) -> int:
        reader = JournalReader(self.desk.journal.path)
        try:
            return reader.last_id()
        finally:
            reader.close()

    def _listen_to(self, topics: list[tuple[str, int]]) -> None:
        self._wire.subscribe(topics)

    def on_up(self, turn: int) -> None:
        if turn != self._turn:
            self._turn = turn
            self._clerk.wait_for_news()
        self.desk.door_is_up(self.door)

    def on_down(self, *problems: Saying) -> None:
        self.desk.door_is_down(self.door, *problems)
        self._forget()

    def on_message(self, turn: int, message: Message) -> None:
        slot = Slot(turn, message, self._flush, self._lose)
        self.desk.counts["mqtt_messages"] += 1
        self._slots.append(slot)
        if self._is_shut:
            return  # neither kept nor acknowledged
        if turn != self._turn:  # before the answer to the subscription: what the broker kept for us
            self._turn = turn
            self._clerk.wait_for_news()
        self._clerk.take(slot)

    def _flush(self) -> None:
        """The wire knows which connection a message came by; of an older one nothing is acknowledged."""
        while self._slots and self._slots[0].is_ready:
            slot = self._slots.popleft()
            if slot.message.qos:
                self._wire.acknowledge(slot.turn, slot.message.mid)
            self._wire.release(slot.message)

    def _lose(self) -> None:
        """The journal cannot be written: the broker shall send again what it has not heard of."""
        if self._slots:
            self._memory.lose()
            self._forget()
            self._wire.break_off(Saying(_("the journal cannot be written")))

    def _forget(self) -> None:
        """Of the connection before nothing is acknowledged any more."""
        self._clerk.let_go()
        for slot in self._slots:
            self._wire.release(slot.message)
        self._slots.clear()

"""The clerk of this door: looks each frame up, has it judged, hands it to the journal."""

from __future__ import annotations

import logging

from canh.gateway.desk import Desk
from canh.gateway.sia import DOOR, content
from canh.gateway.sia.frame import Bad
from canh.gateway.sia.judge import ACCEPTED, NOT_UNDERSTOOD, Judgement, Panel, judge
from canh.gateway.sia.reply import Answer
from canh.gateway.sia.slot import Slot
from canh.intake.journal import Entry

log = logging.getLogger(__name__)


class Clerk:
    """One for all connections of the door."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def refuse(self, bad: Bad, host: str, peer: str, received_at: int) -> None:
        """A line that is no frame: counted, and kept while its sender has not sent too many."""
        desk = self.desk
        desk.counts[bad.verdict] += 1
        if desk.bad_lines.allows(host, desk.loop.time()):
            desk.keep(Entry(received_at, DOOR, peer, bad.verdict, bad.raw))

    def take(self, slot: Slot) -> None:
        """A frame: the slot is told, now or later, that it may be answered."""
        self.desk.counts["frames"] += 1
        panel = self.desk.directory.get(content.account_of(slot.frame))
        if panel is None:
            self.desk.later(self._look_again(slot))
        else:
            self._settle(slot, panel)

    async def _look_again(self, slot: Slot) -> None:
        """An account nobody knows: perhaps it was entered a moment ago."""
        is_sure = await self.desk.directory.look_again(self.desk.limits.register_wait_s)
        self._settle(slot, self.desk.directory.get(content.account_of(slot.frame)), is_sure)

    def _settle(self, slot: Slot, panel: Panel | None, is_sure: bool = True) -> None:
        judgement = self._judge(slot, panel, is_sure)
        slot.answer, slot.key = judgement.answer, panel.key if panel else None
        if judgement.verdict != ACCEPTED:
            self.desk.counts[judgement.verdict] += 1
        if judgement.is_alive:
            message, peer = judgement.message, slot.queue.peer
            self.desk.hear(DOOR, message.account, message.path, peer, slot.received_at, judgement.skew_ms)
        if slot.frame.name in content.POLLS:
            self._take_poll(slot, judgement)
        elif judgement.is_alive or self.desk.unproven.allows(slot.queue.host, self.desk.loop.time()):
            self._keep(slot, judgement)
        else:
            slot.lose()  # not kept, so not acknowledged

    def _judge(self, slot: Slot, panel: Panel | None, is_sure: bool) -> Judgement:
        try:
            return judge(slot.frame, panel, slot.received_at, is_sure)
        except Exception:  # a fault of ours must not cost a message: keep it as it came
            log.exception("a message could not be judged")
            return Judgement(NOT_UNDERSTOOD, Answer.ACK, content.closed(slot.frame))

    def _take_poll(self, slot: Slot, judgement: Judgement) -> None:
        """Answered from memory, unless there is something odd to keep. While the journal is broken it
        is not answered: a poll asks whether this receiver can take an alarm.
        """
        self.desk.counts["polls"] += 1
        if self._is_odd(judgement):
            self._keep(slot, judgement)
        elif self.desk.journal.broken is None:
            slot.keep()
        else:
            slot.lose()

    def _is_odd(self, judgement: Judgement) -> bool:
        """Not simply fine, and not kept a moment ago: a poll comes back every minute."""
        if judgement.verdict == ACCEPTED:
            return False
        key = f"{judgement.verdict} {judgement.message.account}"
        return self.desk.odd_polls.allows(key, self.desk.loop.time())

    def _keep(self, slot: Slot, judgement: Judgement) -> None:
        entry = Entry(
            slot.received_at, DOOR, slot.queue.peer, judgement.verdict, slot.frame.raw, judgement.message.facts
        )
        self.desk.keep(entry, slot)

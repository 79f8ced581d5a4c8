"""The clerk of this door: looks each frame up, has it judged, hands it to the journal. TCP and UDP alike."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from canh.gateway.desk import Desk
from canh.gateway.limits import Quota
from canh.gateway.sia import DOOR, content, replay, reply
from canh.gateway.sia.frame import Bad, Frame, parse
from canh.gateway.sia.judge import ACCEPTED, BAD_TIME, NOT_UNDERSTOOD, Judgement, judge
from canh.gateway.sia.replay import Memory, Trace
from canh.gateway.sia.reply import Answer
from canh.gateway.sia.slot import Slot
from canh.intake.journal import Entry, KeptEntry

if TYPE_CHECKING:
    from canh.sites.queries import PanelEntry

log = logging.getLogger(__name__)
_COUNTED = {Answer.ACK: "acked", Answer.NAK: "nak", Answer.DUH: "duh"}
ARCHIVE_PER_S = 20  # how often the register is asked about old messages; beyond, they stay bad_time


class Clerk:
    """One for all connections and datagrams of the door."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.memory = Memory()
        self._archive = Quota(ARCHIVE_PER_S, 1)
        self._unproven = Quota(desk.limits.unproven_per_minute, 60)
        """Of registered accounts, each by itself: a stranger at the same address takes no place from them."""

    def remember(self, kept: Iterable[KeptEntry]) -> None:
        """What was accepted before a restart: it may be played again after it."""
        for entry in kept:
            if entry.verdict == ACCEPTED and isinstance(frame := parse(entry.raw), Frame) and frame.is_encrypted:
                self.memory.note(frame, replay.host_of(entry.peer), entry.received_at)

    def refuse(self, bad: Bad, host: str, peer: str, received_at: int) -> None:
        """A line that is no frame: counted, and kept while its sender has not sent too many."""
        desk = self.desk
        desk.counts[bad.verdict] += 1
        if desk.bad_lines.allows(host, desk.loop.time()):
            desk.keep(Entry(received_at, DOOR, peer, bad.verdict, bad.raw))

    def take(self, slot: Slot) -> None:
        """A frame: the slot is told, now or later, that it may be answered."""
        self.desk.counts["frames"] += 1
        panel = self._panel_of(slot.frame)
        if panel is None:
            self.desk.later(self._look_again(slot))
        else:
            self._settle(slot, panel)

    def answer(self, slot: Slot) -> bytes:
        """The bytes that a slot is owed, counted as sent."""
        answer = slot.answer
        if answer is Answer.SILENCE:
            return b""
        self.desk.counts[_COUNTED[answer]] += 1
        return reply.make(answer, slot.frame, slot.key, slot.reading)

    def _panel_of(self, frame: Frame) -> PanelEntry | None:
        """Who may speak here under this account: a camera of another door may not."""
        panel = self.desk.directory.get(content.account_of(frame))
        return panel if panel is not None and panel.door == DOOR else None

    async def _look_again(self, slot: Slot) -> None:
        """An account nobody knows: perhaps it was entered a moment ago."""
        is_sure = await self.desk.directory.look_again(self.desk.limits.register_wait_s)
        self._settle(slot, self._panel_of(slot.frame), is_sure)

    def _settle(self, slot: Slot, panel: PanelEntry | None, is_sure: bool = True) -> None:
        before = self.memory.recall(slot.frame) if slot.frame.is_encrypted else None
        judgement = self._judge(slot, panel, is_sure, before)
        if panel is not None and before is None and self._is_to_be_looked_up(slot.frame, judgement):
            self.desk.later(self._look_back(slot, panel, judgement))
        else:
            self._finish(slot, judgement)

    def _is_to_be_looked_up(self, frame: Frame, judgement: Judgement) -> bool:
        """Sealed, understood, and old: it may have been accepted when it was new."""
        return (
            judgement.verdict == BAD_TIME
            and frame.is_encrypted
            and judgement.message.sent_at is not None
            and frame.name not in content.POLLS
            and self._archive.allows("", self.desk.loop.time())
        )

    async def _look_back(self, slot: Slot, panel: PanelEntry, judgement: Judgement) -> None:
        known = await self.desk.directory.look_back(
            panel.panel_id, replay.tail_of(slot.frame), judgement.message.sent_at or 0, self.desk.limits.register_wait_s
        )
        if known is not None:
            before = Trace(known.received_at, replay.echo_of(known.raw), replay.host_of(known.peer))
            judgement = self._judge(slot, panel, True, before)
        self._finish(slot, judgement)

    def _finish(self, slot: Slot, judgement: Judgement) -> None:
        slot.answer, slot.key, slot.reading = judgement.answer, judgement.key, judgement.reading
        if judgement.verdict != ACCEPTED:
            self.desk.counts[judgement.verdict] += 1
        if judgement.is_alive:
            self._note_alive(slot, judgement)
        if slot.frame.name in content.POLLS:
            self._take_poll(slot, judgement)
        elif judgement.is_alive or self._may_keep(slot):
            self._keep(slot, judgement)
        else:
            slot.lose()  # not kept, so not acknowledged

    def _may_keep(self, slot: Slot) -> bool:
        host, now = slot.queue.host, self.desk.loop.time()
        if (panel := self._panel_of(slot.frame)) is not None:
            return self._unproven.allows(f"{host} {panel.account}", now)
        return self.desk.unproven.allows(host, now)

    def _note_alive(self, slot: Slot, judgement: Judgement) -> None:
        message, queue = judgement.message, slot.queue
        self.desk.hear(
            DOOR, message.account, message.path, queue.peer, slot.received_at, judgement.skew_ms, message.dialect
        )
        if judgement.key is not None:
            slot.trace = self.memory.note(slot.frame, queue.host, slot.received_at)

    def _judge(self, slot: Slot, panel: PanelEntry | None, is_sure: bool, before: Trace | None) -> Judgement:
        try:
            return judge(slot.frame, panel, slot.received_at, is_sure, before=before, host=slot.queue.host)
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

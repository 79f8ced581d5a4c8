"""The clerk of this door: looks each message up, has it judged, hands it to the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from canh.gateway.desk import Desk
from canh.gateway.recall import recent
from canh.gateway.receiver import DOOR
from canh.gateway.receiver.content import Message
from canh.gateway.receiver.course import UNSURE_S, Case, Last
from canh.gateway.receiver.judge import Judgement, account_of, facts_of, judge, own_account
from canh.gateway.receiver.slot import NAK, Slot
from canh.intake.journal import Entry
from canh.intake.observation import from_json
from canh.intake.terms import Verdict
from canh.kit import clock

MAX_UNSURE = 1000  # hosts

log = logging.getLogger(__name__)


class Clerk:
    """One for all connections of the door."""

    def __init__(self, desk: Desk, prefixes: Mapping[str, str]) -> None:
        self.desk, self.prefixes = desk, prefixes
        self._unsure: dict[str, list[Last]] = {}
        """By host: messages whose ACK may have been lost with a connection."""

    async def recall(self) -> None:
        """After a kill the newest message of each connection may be in the journal without its ACK."""
        now_us, now_s = clock.now_us(), self.desk.loop.time()
        entries = await asyncio.to_thread(recent, self.desk.journal.path, DOOR, now_us - UNSURE_S * 1_000_000)
        for entry in {entry.peer: entry for entry in entries}.values():
            digest = next((seen.digest for seen in from_json(entry.facts)), "")
            host = entry.peer.rpartition(":")[0]
            age_s = (now_us - entry.received_at) / 1_000_000
            self._unsure.setdefault(host, []).append(Last(entry.raw, digest, now_s - age_s))

    def unsure_of(self, host: str) -> list[Last]:
        """Shared by all connections with this receiver."""
        if host not in self._unsure and len(self._unsure) >= MAX_UNSURE:
            now_s = self.desk.loop.time()
            self._unsure = {h: u for h, u in self._unsure.items() if u and now_s - u[-1].received_s < UNSURE_S}
        return self._unsure.setdefault(host, []) if len(self._unsure) < MAX_UNSURE else self._unsure.get(host, [])

    def leave(self, host: str, lost: list[Last]) -> None:
        """A connection was lost."""
        unsure = self.unsure_of(host)
        unsure += lost
        del unsure[: -self.desk.limits.unanswered]

    def ask_again(self, slot: Slot) -> None:
        """A damaged frame: kept while its sender has not sent too many, and asked for again."""
        desk, queue = self.desk, slot.queue
        desk.counts[Verdict.GARBAGE.value] += 1
        if desk.bad_lines.allows(queue.host, desk.loop.time()):
            desk.keep(Entry(slot.received_at, DOOR, queue.peer, Verdict.GARBAGE.value, slot.frame.raw))
        slot.answer = NAK
        slot.keep()

    def take(self, slot: Slot, message: Message, case: Case) -> None:
        """A frame: the slot is told, now or later, that it may be answered."""
        host = slot.queue.host
        account = account_of(message, host, self.prefixes)
        self.desk.counts["receiver_frames"] += 1
        if case is not Case.NEW:
            self.desk.counts["receiver_repeats"] += 1
        if message.is_heartbeat:
            self._beat(slot, account)
        elif message.facts and self.desk.directory.get(account) is None:
            self.desk.later(self._look_again(slot, message, account, case))
        else:
            self._settle(slot, message, account, case)

    async def _look_again(self, slot: Slot, message: Message, account: str, case: Case) -> None:
        """An account nobody knows: perhaps it was entered a moment ago."""
        await self.desk.directory.look_again(self.desk.limits.register_wait_s)
        self._settle(slot, message, account, case)

    def _beat(self, slot: Slot, account: str) -> None:
        """Answered from memory. While the journal is broken it is not: the receiver then shows at its own
        panel that the computer is away, and keeps what comes."""
        desk = self.desk
        desk.counts["polls"] += 1
        if desk.directory.get(account) is not None:
            desk.hear(DOOR, account, "", slot.queue.peer, slot.received_at)
        elif desk.odd_polls.allows(account, desk.loop.time()):  # a receiver nobody has entered may be adopted
            desk.find(DOOR, account, "service", "Sur-Gard", {"address": slot.queue.host})
        if desk.journal.broken is None:
            slot.keep()
        else:
            slot.lose()

    def _settle(self, slot: Slot, message: Message, account: str, case: Case) -> None:
        desk, host = self.desk, slot.queue.host
        is_known = desk.directory.get(own_account(host)) is not None
        judgement = judge(message, desk.directory.get(account), is_known)
        if judgement.verdict is not Verdict.ACCEPTED:
            desk.counts[judgement.verdict.value] += 1
        if is_known:
            desk.hear(DOOR, own_account(host), "", slot.queue.peer, slot.received_at)
        if judgement.is_alive:
            desk.hear(DOOR, account, message.path, slot.queue.peer, slot.received_at)
        elif not is_known and not desk.unproven.allows(host, desk.loop.time()):
            slot.lose()  # not kept, so not acknowledged
            return
        self._keep(slot, message, account, judgement, case)

    def _keep(self, slot: Slot, message: Message, account: str, judgement: Judgement, case: Case) -> None:
        digest = slot.message.digest if slot.message else ""
        facts = facts_of(message, account if message.facts else "", digest)
        entry = Entry(slot.received_at, DOOR, slot.queue.peer, judgement.verdict.value, slot.frame.raw, facts)
        self.desk.keep(entry, None if case is Case.CROSSED else slot)

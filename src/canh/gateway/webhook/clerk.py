"""The clerk of this door: finds whose a request is, has it proven and judged, hands it to the journal."""

from __future__ import annotations

import asyncio
import logging

from canh.gateway.desk import Desk
from canh.gateway.recall import Memory, recent
from canh.gateway.webhook import DOOR, proof
from canh.gateway.webhook.answer import Fault, refuse
from canh.gateway.webhook.http import Refusal
from canh.gateway.webhook.judge import (
    ALERTMANAGER,
    PATHS,
    SIGNALS,
    Judgement,
    Letter,
    judge_alerts,
    judge_signals,
    name_of,
    refused,
)
from canh.gateway.webhook.proof import Panel
from canh.gateway.webhook.slot import Slot
from canh.intake.journal import Entry
from canh.intake.observation import from_json
from canh.intake.terms import Verdict
from canh.kit import clock

MAX_HELD = 64 * 1024 * 1024  # bytes of bodies that are not complete, of all connections
REMEMBERED = 50_000
RECALL_US = 24 * 3600 * 1_000_000

log = logging.getLogger(__name__)


class Clerk:
    """One for all connections of the door."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.known = Memory(REMEMBERED)
        self.held = 0
        """Bytes of bodies that are not complete; the links keep it."""

    async def recall(self) -> None:
        """What was kept before a restart is known again."""
        since = clock.now_us() - RECALL_US
        for entry in await asyncio.to_thread(recent, self.desk.journal.path, DOOR, since):
            if entry.verdict == Verdict.ACCEPTED:
                for seen in from_json(entry.facts):
                    (self.known.discard if seen.number and seen.turn == "restore" else self.known.add)(name_of(seen))

    def refuse(self, refusal: Refusal, host: str, peer: str) -> None:
        """Bytes that are no request: counted, and kept while their sender has not sent too many."""
        desk = self.desk
        desk.counts[f"webhook_{refusal.status}"] += 1
        if refusal.raw and desk.bad_lines.allows(host, desk.loop.time()):
            desk.counts[Verdict.GARBAGE.value] += 1
            desk.keep(Entry(clock.now_us(), DOOR, peer, Verdict.GARBAGE.value, refusal.raw))

    def take(self, slot: Slot) -> None:
        """A request: the slot is told, now or later, what to answer."""
        request = slot.request
        self.desk.counts["webhook_requests"] += 1
        if request.path not in PATHS:
            slot.say(refuse(404, Fault("no_such_page")))
        elif request.method != "POST":
            slot.say(refuse(405, Fault("post_only")))
        else:
            account = self._account(slot)
            if (panel := self.desk.directory.get(account)) is not None:
                self._settle(slot, account, panel)
            else:
                self.desk.later(self._look_again(slot))

    def _account(self, slot: Slot) -> str:
        headers = slot.request.headers
        if slot.request.path == SIGNALS:
            return proof.account_of(headers.get(proof.ACCOUNT, ""))[:100]
        said = proof.credentials(headers)
        if said is None:
            return ""
        return said.account[:100] or proof.named_by(said.secret, self.desk.directory.of_door(DOOR))

    async def _look_again(self, slot: Slot) -> None:
        """An account nobody knows: perhaps it was entered a moment ago."""
        is_sure = await self.desk.directory.look_again(self.desk.limits.register_wait_s)
        account = self._account(slot)
        panel = self.desk.directory.get(account)
        if panel is None and not is_sure:
            slot.say(refuse(503, Fault("register_away")))
        else:
            self._settle(slot, account, panel)

    def _settle(self, slot: Slot, account: str, panel: Panel | None) -> None:
        letter = Letter(slot.request, account, slot.queue.peer, slot.received_at)
        try:
            judgement = self._judge(letter, panel)
        except Exception:  # a fault of ours must not cost a message: keep it as it came
            log.exception("a request could not be judged")
            judgement = refused(letter, Verdict.NOT_UNDERSTOOD, refuse(500, Fault("our_fault")))
        self._finish(slot, letter, judgement)

    def _judge(self, letter: Letter, panel: Panel | None) -> Judgement:
        if panel is None or not letter.account.startswith("webhook:"):
            return refused(letter, Verdict.UNKNOWN_ACCOUNT, refuse(401, Fault("not_proven")))
        if not self._is_proven(letter, panel):
            return refused(letter, Verdict.WRONG_KEY, refuse(401, Fault("not_proven")))
        if letter.request.path == ALERTMANAGER:
            return judge_alerts(letter, self.known)
        return judge_signals(letter, self.known)

    @staticmethod
    def _is_proven(letter: Letter, panel: Panel) -> bool:
        request, secrets = letter.request, proof.secrets_of(panel)
        if request.path == SIGNALS:
            return proof.is_signed(request.headers, request.body, secrets)
        said = proof.credentials(request.headers)
        return said is not None and proof.is_secret(said.secret, secrets)

    def _finish(self, slot: Slot, letter: Letter, judgement: Judgement) -> None:
        desk = self.desk
        if judgement.verdict is not Verdict.ACCEPTED:
            desk.counts[judgement.verdict.value] += 1
        if judgement.is_alive:
            desk.hear(DOOR, letter.account, "", letter.peer, letter.received_at, judgement.skew_ms)
        elif not desk.unproven.allows(slot.queue.host, desk.loop.time()):
            slot.say(refuse(429, Fault("too_many")))
            return
        slot.answer = judgement.answer
        if judgement.entries:
            slot.on_kept = lambda: self._remember(judgement)
            for entry in judgement.entries[:-1]:  # one batch of the desk, so all of them or none
                desk.keep(entry)
            desk.keep(judgement.entries[-1], slot)
        elif desk.journal.broken is None:
            slot.keep()
        else:  # also what brings nothing new asks whether we can take an alarm
            slot.lose()

    def _remember(self, judgement: Judgement) -> None:
        for name in judgement.names:
            self.known.add(name)
        for name in judgement.ended:
            self.known.discard(name)

"""The clerk of this door: what a camera says, and what must be said about it, into the journal."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canh.gateway.desk import Desk
from canh.gateway.limits import Quota
from canh.gateway.onvif import DOOR, PROTOCOL, topics
from canh.gateway.onvif.content import Event
from canh.gateway.onvif.states import NEW, RESTORE, States
from canh.gateway.onvif.turns import Turns
from canh.intake.journal import Entry
from canh.intake.observation import Observation, to_json
from canh.intake.terms import Verdict
from canh.kit import clock

ACCEPTED, GARBAGE = Verdict.ACCEPTED.value, Verdict.GARBAGE.value
INFORMS_PER_MINUTE = 600
AGAIN_S = 5.0
PORTION = 10


@dataclass
class File:
    """What is remembered of a camera while its connection comes and goes."""

    states: States = field(default_factory=States)
    faults: set[str] = field(default_factory=set)
    """Codes of what is wrong with the camera itself and has been told: `refused`, `another_camera`."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose answer it is, and how its clock stood when it came."""

    account: str
    peer: str
    received_at: int
    ahead: timedelta
    rings: frozenset[str] | None = None


class Clerk:
    """One for all cameras."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.files: dict[str, File] = {}
        self.turns = Turns()
        self._informs = Quota(INFORMS_PER_MINUTE, 60)

    def file(self, account: str) -> File:
        return self.files.setdefault(account, File())

    async def take(self, sender: Sender, events: Iterable[Event]) -> int:
        """Keep what is new in an answer; return how many notifications it held, once all is on the disk.

        The camera has forgotten them. So nothing is asked of it meanwhile, and what the journal does not take is
        handed in again until it does.
        """
        count, entries, waiting = 0, list[Entry](), iter(events)
        while more := await self._portion(sender, waiting, entries):
            count += more
        self.desk.counts["onvif_notifications"] += count
        while entries and not await self._is_kept(entries):
            await asyncio.sleep(AGAIN_S)
        return count

    async def _portion(self, sender: Sender, waiting: Iterator[Event], entries: list[Entry]) -> int:
        """Read the next few: the loop must come round to panels in between. Returns how many there were."""
        async with self.turns:
            portion = list(itertools.islice(waiting, PORTION))
            entries += [entry for event in portion if (entry := self._entry(sender, event)) is not None]
            return len(portion)

    def hear(self, sender: Sender) -> None:
        """A sign of life: the camera answered."""
        skew_ms = int(sender.ahead / timedelta(milliseconds=1))
        self.desk.hear(DOOR, sender.account, "", sender.peer, sender.received_at, skew_ms)

    def tell(self, account: str, peer: str, code: str, text: str, raw: bytes = b"") -> None:
        """Something is wrong with the camera itself; told once, until it is well again."""
        file = self.file(account)
        if code not in file.faults:
            file.faults.add(code)
            self.desk.keep(_notice(account, peer, code, NEW, text, raw))

    def tell_well(self, account: str, peer: str) -> None:
        """It took user and password and is the right one."""
        file = self.file(account)
        for code in sorted(file.faults):
            self.desk.keep(_notice(account, peer, code, RESTORE, "", b""))
        file.faults.clear()

    def refuse(self, account: str, peer: str, text: str, raw: bytes) -> None:
        """An answer nobody can read: counted, and kept once in a while with its bytes."""
        self.desk.counts[GARBAGE] += 1
        if self.desk.odd_polls.allows(f"{GARBAGE} {account}", self.desk.loop.time()):
            seen = Observation(protocol=PROTOCOL, account=account, code="unreadable", text=text)
            self.desk.keep(Entry(clock.now_us(), DOOR, peer, GARBAGE, raw, to_json([seen])))

    def _entry(self, sender: Sender, event: Event) -> Entry | None:
        said = self.file(sender.account).states.learn(event)
        if said is None:
            return None
        code, turn = topics.as_told(said[0], sender.rings), said[1]
        if code in topics.INFORMS and not self._informs.allows(sender.account, self.desk.loop.time()):
            self.desk.counts["onvif_too_many"] += 1
            return None
        seen = Observation(
            protocol=PROTOCOL,
            account=sender.account,
            code=code,
            turn=turn,
            zone=event.zone,
            occurred_at=_by_our_clock(event.utc, sender.ahead),
            sent_at=sender.received_at + sender.ahead // timedelta(microseconds=1),
            text=event.text,
            extra={"topic": event.topic[:200], "operation": event.operation} if event.operation else {},
            digest=hashlib.blake2b(f"{sender.account}\0{event.digest}".encode(), digest_size=16).hexdigest(),
        )
        return Entry(sender.received_at, DOOR, sender.peer, ACCEPTED, event.raw, to_json([seen]))

    async def _is_kept(self, entries: list[Entry]) -> bool:
        """Handed in within one turn of the loop they are one batch: the last one's receipt speaks for all."""
        receipt = _Receipt(self.desk.loop.create_future())
        for entry in entries[:-1]:
            self.desk.keep(entry)
        self.desk.keep(entries[-1], receipt)
        return await receipt.told


def _by_our_clock(utc: datetime | None, ahead: timedelta) -> int | None:
    """The camera's time, put right by how wrong its clock was when it told."""
    if utc is None:
        return None
    try:
        return clock.to_us(utc - ahead)
    except (OverflowError, ValueError):
        return None


def _notice(account: str, peer: str, code: str, turn: str, text: str, raw: bytes) -> Entry:
    seen = Observation(protocol=PROTOCOL, account=account, code=code, turn=turn, text=text)
    return Entry(clock.now_us(), DOOR, peer, ACCEPTED, raw, to_json([seen]))


@dataclass(frozen=True, slots=True)
class _Receipt:
    told: asyncio.Future[bool]

    def keep(self) -> None:
        self._tell(True)

    def lose(self) -> None:
        self._tell(False)

    def _tell(self, is_kept: bool) -> None:
        if not self.told.done():  # the camera was taken off the register meanwhile
            self.told.set_result(is_kept)

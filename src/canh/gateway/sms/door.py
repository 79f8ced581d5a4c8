"""The door itself: starts the reader, watches over it, and says how the modem is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from canh.gateway.desk import Desk
from canh.gateway.sms import DOOR, reader
from canh.gateway.sms.clerk import Clerk
from canh.gateway.sms.message import Part
from canh.gateway.sms.outbox import Outbox
from canh.intake.journal import JournalReader
from canh.intake.observation import from_json
from canh.intake.terms import Verdict
from canh.kit import clock
from canh.kit.saying import Saying

SILENCE_S = 90.0  # opening a slow modem takes gammu up to a minute; more than that is a modem that hangs
ENDING_S = 5.0
LOOK_S = 0.2
REMEMBER_S = 7 * 24 * 3600  # messages that were kept but never deleted; service centres give up after days
LINE = 8 * 1024 * 1024
VERDICTS = (Verdict.ACCEPTED, Verdict.UNKNOWN_ACCOUNT)
log = logging.getLogger(__name__)
MISSING = Saying(_("the extra sms is not installed: ./canh extra add sms"))


class SmsDoor:
    """Text messages from one modem."""

    name = DOOR
    retry_s = (2.0, 5.0, 15.0, 60.0)
    """After so many ends of the reader in a row; the last holds."""

    def __init__(self, desk: Desk, device: str) -> None:
        self.desk, self.device = desk, device
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._outbox = Outbox(self._tell)
        self._is_shut = False
        self._failures = 0

    async def claim(self) -> None:
        """A modem that is away is no reason not to start."""

    async def open(self) -> None:
        self.desk.door_is_down(DOOR, Saying(_("the modem is being opened"), where=self.device))
        self._outbox.begin()
        self._task = self.desk.loop.create_task(self._run())
        self._sending = self.desk.loop.create_task(self._send())

    async def shut(self) -> None:
        self._is_shut = True

    async def close(self) -> None:
        """What was kept has been ordered to be deleted; the reader does that, then ends."""
        with contextlib.suppress(ConnectionError):
            self._tell({"stop": True})
        if self._process is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), ENDING_S)
        for task in (self._sending, self._task):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._outbox.lose()

    async def _send(self) -> None:
        """A look at a folder, a few times a second: people wait for these texts."""
        while not self._is_shut:
            try:
                self._outbox.look()
            except (OSError, ValueError, KeyError):  # a damaged order or disk must not end the sending of others
                log.exception("a text to send cannot be read")
            await asyncio.sleep(LOOK_S)

    async def _run(self) -> None:
        kept = await asyncio.to_thread(kept_before, self.desk.journal.path, clock.now_us() - REMEMBER_S * 1_000_000)
        clerk = Clerk(self.desk, self._delete, kept)
        while True:
            problem = await self._read(clerk)
            if self._is_shut:
                return
            self.desk.door_is_down(DOOR, problem)
            self.desk.counts["sms_modem_ends"] += 1
            wait = self.retry_s[min(self._failures, len(self.retry_s) - 1)]
            self._failures += 1
            await asyncio.sleep(wait)

    async def _read(self, clerk: Clerk) -> Saying:
        """One life of the reader; why it ended."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(Path(reader.__file__)), self.device,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE,
        )  # fmt: skip
        self._process = process
        try:
            return await self._hear(process, clerk)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            self._process = None
            self._outbox.lose()

    async def _hear(self, process: asyncio.subprocess.Process, clerk: Clerk) -> Saying:
        assert process.stdout is not None  # noqa: S101  # asked for above
        problem = ""
        while True:
            try:
                line = await asyncio.wait_for(process.stdout.readline(), SILENCE_S)
            except TimeoutError:
                return Saying(_("the modem does not answer"), where=self.device)
            if not line:
                return self._end_of(await process.wait(), problem)
            told = json.loads(line)
            if "sent" in told:
                self._outbox.hear(told)
                continue
            problem = told.get("problem", "")
            if not problem:
                self._note(told["state"])
                if not self._is_shut:
                    await clerk.take(told["messages"])

    def _end_of(self, code: int, problem: str) -> Saying:
        if code == reader.NO_GAMMU:
            return MISSING
        if problem:
            return Saying("%(reason)s", {"reason": problem}, self.device)
        return Saying(_("reader ended (%(code)s)"), {"code": str(code)}, self.device)

    def _note(self, state: Mapping[str, Any]) -> None:
        """How the modem is, for people and for silence."""
        self._failures = 0
        self.desk.counts["sms_signal_percent"] = max(state["signal"], 0)
        self.desk.counts["sms_unreadable"] = state["unreadable"]
        self._outbox.is_open = not state["pin"] and state["network"] not in NETWORKS
        if problem := problem_of(state):
            self.desk.door_is_down(DOOR, problem.at(self.device))
        else:
            self.desk.door_is_up(DOOR)

    def _delete(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self._tell({"place": part.place, "mark": part.mark})

    def _tell(self, order: Mapping[str, Any]) -> None:
        """To a reader that is gone nothing is said: the next one shows the message again."""
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(order).encode() + b"\n")


NETWORKS = {
    "NoNetwork": _("the SIM is on no network"),
    "RequestingNetwork": _("the SIM is looking for a network"),
    "RegistrationDenied": _("the network refuses the SIM"),
}
MODEM_WORDS = (
    _("Error opening device. Unknown, busy or no permissions."),
    _("Error opening device, it is locked."),
    _("Error opening device, it doesn't exist."),
    _("Error opening device, it is already opened by another app."),
    _("Error opening device, you don't have the required permission."),
    _("No response in specified timeout. Probably the phone is not connected."),
    _("Error writing to the device."),
    _("Error during reading from the device."),
    _("Can not access SIM card."),
)
"""What gammu says of a modem, as far as a person may meet it; the rest is shown as it comes."""


def problem_of(state: Mapping[str, Any]) -> Saying | None:
    """Why no message can arrive; None: they can. A weak signal is no reason by itself, none at all is."""
    if state["pin"]:
        return Saying(_("the SIM asks for its %(pin)s: switch that off in a telephone"), {"pin": state["pin"]})
    if state["network"] in NETWORKS:
        return Saying(NETWORKS[state["network"]])
    if state["size"] and state["used"] >= state["size"]:
        return Saying(_("the SIM is full (%(n)s messages): nothing new can arrive"), {"n": str(state["size"])})
    return None


def kept_before(journal: Path, since_us: int) -> set[str]:
    """Keys of the messages that the journal holds: a crash may have come between keeping and deleting."""
    kept = JournalReader(journal)
    try:
        after = kept.number_before(since_us)
        found = [row for verdict in VERDICTS for row in kept.of_door(DOOR, verdict.value, after)]
        return {key for _at, facts in found for key in (seen.digest for seen in from_json(facts)[:1]) if key}
    finally:
        kept.close()

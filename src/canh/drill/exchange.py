"""The telephones of the ward: a dialler for each panel, and patience when the gateway is away."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext as _

from canh.drill import scenes
from canh.drill.dc09 import Message, Sender
from canh.drill.dialler import DialError, Dialler, Line, NoConnection
from canh.drill.scenes import Actor, Step
from canh.kit import clock

log = logging.getLogger("canh.drill")

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
SAY_AFTER_S = 4.0  # a gateway that is only starting is not worth a word
KEEPS_LINE = frozenset({"bank_branch", "treasury"})  # both ways of DC-09 shall be seen: 5.3


class Exchange:
    """Brings steps to the gateway at `host`:`port` until `stop`."""

    def __init__(self, host: str, port: int, stop: asyncio.Event, *, retry_s: float = 10.0) -> None:
        self._line = Line(host, port, retry_s=retry_s)
        self._stop = stop
        self._diallers: dict[str, Dialler] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._is_up = False
        self._probing = asyncio.Lock()

    async def say(self, actor: Actor, step: Step | None) -> None:
        """Bring a step to the gateway; None: a poll. In order for each panel."""
        dialler = self._dialler(actor)
        async with self._turns[actor.account]:
            await self._deliver(dialler, _message(actor, step, dialler))

    async def wait(self, seconds: float) -> bool:
        """Pass time, then wait until the gateway is there. False: the play shall end."""
        await self._pass(seconds)
        await self.reach()
        return not self._stop.is_set()

    async def reach(self) -> None:
        """Return when the gateway takes connections, or at the stop. Says once that it waits."""
        async with self._probing:
            wait_s = FIRST_WAIT_S
            while not (self._is_up or self._stop.is_set()):
                self._is_up = await self._answers()
                if self._is_up:
                    return
                if wait_s == SAY_AFTER_S:
                    place = {"host": self._line.host, "port": self._line.port}
                    log.warning(_("The gateway at %(host)s:%(port)d does not answer; the drill keeps trying.") % place)
                await self._pass(wait_s)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def close(self) -> None:
        """Hang up all."""
        for dialler in self._diallers.values():
            await dialler.close()

    def _dialler(self, actor: Actor) -> Dialler:
        if actor.account not in self._diallers:
            line = replace(self._line, keeps=actor.kind in KEEPS_LINE)
            self._diallers[actor.account] = Dialler(Sender(actor.account, actor.key), line)
        return self._diallers[actor.account]

    async def _deliver(self, dialler: Dialler, message: Message) -> None:
        """A message that found no gateway is kept, and says later when it happened."""
        said_at = clock.now()
        while not self._stop.is_set():
            try:
                await dialler.send(message)
            except NoConnection:
                self._is_up = False
                await self.reach()
                if message.content and message.occurred_at is None:
                    message = replace(message, occurred_at=said_at)
            except DialError as error:
                log.warning(_("A message of the drill was given up: %(why)s") % {"why": error})
                return
            else:
                return

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(self._line.connect_s):
                _, writer = await asyncio.open_connection(self._line.host, self._line.port)
        except (TimeoutError, OSError):
            return False
        writer.close()
        return True

    async def _pass(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            pass  # the time has passed


def _message(actor: Actor, step: Step | None, dialler: Dialler) -> Message:
    if step is None:
        return Message("NULL", 0)
    happened = clock.now() - timedelta(seconds=step.age) if step.age else None
    return Message(actor.speaks, dialler.take_number(), scenes.content(step, actor), happened)

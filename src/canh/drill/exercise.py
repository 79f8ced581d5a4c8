"""An exercise: one scene, dialled once to real people, and what it scored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from canh.alarms.rules_drills import Sent
from canh.drill import scenes
from canh.drill.dc09 import Message, Sender, Speech
from canh.drill.dialler import DialError, Dialler, Line
from canh.drill.scenes import Actor, Scene, Step, ZoneRef
from canh.kit import clock

if TYPE_CHECKING:
    from canh.sites.models import Panel, Site

LOOK_S = 0.5
KNOWN_WITHIN_S = 15.0
"""The gateway learns of a new account within a few seconds."""


class NotPlayable(ValueError):
    """The scene needs zones that these premises do not have."""


class NotHeard(RuntimeError):
    """The gateway does not take the panel of the exercise."""


def playable() -> list[Scene]:
    """Scenes that raise an alarm, so that people are needed."""
    return [scene for scene in scenes.load().scenes if scene.raises]


def actor_of(site: Site, panel: Panel, key: bytes) -> Actor:
    """The panel of the exercise as an actor of the scenes."""
    zones: dict[str, list[ZoneRef]] = {}
    for zone in panel.zones.order_by("number"):
        zones.setdefault(zone.use, []).append(ZoneRef(zone.number, zone.partition))
    return Actor(panel.account, key, Speech.SIA, site.kind, zones)


def steps_of(scene: Scene, actor: Actor) -> list[Step]:
    """What is dialled: what raises alarms and what ends them. Openings, closings and tests are left out: they would
    tell of premises what is not so. Raises NotPlayable."""
    found = [step for step in scene.steps if step.event.cid not in scenes.NO_ALARMS]
    if any(step.use and len(actor.zones.get(step.use, ())) < step.pick for step in found):
        raise NotPlayable(scene.id)
    return found


@dataclass
class Exercise:
    """Dials a scene and waits for people. `is_over()`: they have closed all that was raised."""

    actor: Actor
    host: str
    port: int
    is_over: Callable[[], Awaitable[bool]]
    tell: Callable[[Step], None] = lambda _step: None
    pace: float = 1.0
    sent: list[Sent] = field(default_factory=list)

    async def run(self, scene: Scene, wait_s: float) -> None:
        """Until everything is closed, or `wait_s` seconds after the last alarm. Raises NotHeard, DialError."""
        steps = steps_of(scene, self.actor)
        dialler = Dialler(Sender(self.actor.account, self.actor.key), Line(self.host, self.port, retry_s=5.0))
        try:
            await self._until_known(dialler)
            begin = asyncio.get_running_loop().time()
            last = max(step.at for step in steps if not step.is_restore)
            end = begin + last / self.pace + wait_s
            for step in steps:
                moment = begin + max(0.0, step.at) / self.pace
                if step.is_restore and step.at > last and await self._is_over_before(moment, end):
                    break
                await self._until(moment)
                await self._say(dialler, step)
            while asyncio.get_running_loop().time() < end and not await self.is_over():
                await asyncio.sleep(LOOK_S)
        finally:
            await dialler.close()

    async def _until_known(self, dialler: Dialler) -> None:
        """The gateway reads its directory anew within some seconds; before, it would keep the messages as a
        stranger's."""
        end = asyncio.get_running_loop().time() + KNOWN_WITHIN_S
        while asyncio.get_running_loop().time() < end:
            try:
                await dialler.poll()
            except DialError:
                await asyncio.sleep(LOOK_S)
            else:
                return
        raise NotHeard(self.actor.account)

    async def _say(self, dialler: Dialler, step: Step) -> None:
        message = Message(self.actor.speaks, dialler.take_number(), scenes.content(step, self.actor))
        sent = Sent(clock.now())
        if not step.is_restore:
            self.sent.append(sent)
        await dialler.send(message)
        if not step.is_restore:
            self.sent[-1] = replace(sent, answered_at=clock.now())
        self.tell(step)

    async def _is_over_before(self, moment: float, end: float) -> bool:
        """Wait for the moment of a restore; True when people were faster, or the time of the exercise is over."""
        while asyncio.get_running_loop().time() < moment:
            if asyncio.get_running_loop().time() >= end or await self.is_over():
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def _until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))

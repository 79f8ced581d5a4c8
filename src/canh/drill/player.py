"""Plays the script: one agenda of moments, one watch. Knows no socket and no database."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random

from canh.drill.scenes import Actor, Scene, Script, Step, cast_scene

Say = Callable[[Actor, Step | None], Coroutine[None, None, None]]
"""Brings a step to the receiver; None: a poll. Deals with its own failures."""


@dataclass(order=True, slots=True)
class Moment:
    at: float
    """Seconds of the play."""
    order: int
    act: Callable[[], Awaitable[None]] = field(compare=False)


class Player:
    """Runs until `wait` says stop.

    `wait(seconds)` passes time of the play and returns False when the play shall end.
    `open_count()` tells how many alarms of the drill are open.
    """

    def __init__(
        self,
        script: Script,
        actors: Sequence[Actor],
        *,
        say: Say,
        wait: Callable[[float], Awaitable[bool]],
        open_count: Callable[[], Awaitable[int]],
        dice: Random,
    ) -> None:
        self.now = 0.0
        self._script, self._actors, self._dice = script, actors, dice
        self._say, self._wait, self._open_count = say, wait, open_count
        self._agenda: list[Moment] = []
        self._order = itertools.count()
        self._busy: set[str] = set()
        self._before = {True: "", False: ""}
        self._group: asyncio.TaskGroup
        self._speaking: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Play. An error nobody foresaw ends the play and comes out as an exception group."""
        self._open()
        async with asyncio.TaskGroup() as self._group:
            while self._agenda:
                moment = heapq.heappop(self._agenda)
                if not await self._wait(max(0.0, moment.at - self.now)):
                    break
                self.now = max(self.now, moment.at)
                await moment.act()
            for task in self._speaking:
                task.cancel()

    def _open(self) -> None:
        tempo = self._script.tempo
        self._at(tempo.opening_s, lambda: self._draw(raises=True, is_opening=True))
        self._at(self._between(tempo.quiet_s), lambda: self._draw(raises=False))
        for number, actor in enumerate(self._actors):
            self._at(tempo.poll_s * number / len(self._actors), self._polling(actor))

    def _at(self, at: float, act: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._agenda, Moment(at, next(self._order), act))

    def _between(self, span: tuple[float, float]) -> float:
        return self._dice.uniform(*span)

    def _polling(self, actor: Actor) -> Callable[[], Awaitable[None]]:
        async def poll() -> None:
            self._speak(actor, None)
            self._at(self.now + self._script.tempo.poll_s, poll)

        return poll

    async def _draw(self, *, raises: bool, is_opening: bool = False) -> None:
        """Choose the next scene of this sort, put it on the agenda, and come back for the one after."""
        tempo = self._script.tempo
        scenes = [s for s in self._script.scenes if s.raises == raises and (s.is_opening or not is_opening)]
        found = None
        if not raises or await self._open_count() <= tempo.open_limit:
            found = cast_scene(scenes, self._actors, self._busy, self._before[raises], self._dice)
        if found is None:
            self._at(self.now + tempo.wait_s, lambda: self._draw(raises=raises, is_opening=is_opening))
            return
        self._before[raises] = found[0].id
        last_alarm = self._stage(*found, is_opening)
        gap = self._between(tempo.gap_s) - self._longest_lead() if raises else self._between(tempo.quiet_s)
        self._at(last_alarm + gap, lambda: self._draw(raises=raises))

    def _longest_lead(self) -> float:
        return max(scene.lead_s for scene in self._script.scenes) * self._script.tempo.stretch[1]

    def _stage(self, scene: Scene, actor: Actor, is_opening: bool) -> float:
        """Put a scene on the agenda. Returns when its last alarm comes.

        The first alarm of every scene that raises one comes the same time after the draw, however
        long its preparations are, so that the gaps between alarms are those of the tempo.
        """
        stretch = self._between(self._script.tempo.stretch)
        zero = self.now + (self._longest_lead() if scene.raises and not is_opening else 0.0)
        self._busy.add(actor.account)
        for step in scene.steps:
            self._at(zero + step.at * stretch, self._speaking_of(actor, step))
        self._at(zero + scene.steps[-1].at * stretch, self._freeing(actor))
        return zero + scene.last_alarm_at * stretch

    def _speaking_of(self, actor: Actor, step: Step) -> Callable[[], Awaitable[None]]:
        async def speak() -> None:
            self._speak(actor, step)

        return speak

    def _freeing(self, actor: Actor) -> Callable[[], Awaitable[None]]:
        async def free() -> None:
            self._busy.discard(actor.account)

        return free

    def _speak(self, actor: Actor, step: Step | None) -> None:
        """In a task of its own: a panel that waits for its reply must not hold up the others."""
        task = self._group.create_task(self._say(actor, step))
        self._speaking.add(task)
        task.add_done_callback(self._speaking.discard)

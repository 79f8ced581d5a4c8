"""The live stream: one ticker per web process looks at the alarms and tells every open desk.

1. Wait for a hint from the engine or an action, at most `TICK_S`.
2. Has the pulse grown? Then take one picture per scope, encode the difference once, hand the same
   bytes to all clients of the scope. At most one message in `PACE_S`; in a
   storm, when a look takes long, twice as long as it took: gateway and engine need the processor more.
3. Every `BEAT_S` a beat: the board was looked at. No beat means: do not trust what you see.
4. Every `STAMP_S` it is written down who sits at a desk: alarms of those who left go back to the queue.

A client that reads slowly has room for one message; what it missed is made up by the full state.
The ticker lives only while somebody listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from django.db import connection
from django.http import StreamingHttpResponse
from django.utils import translation
from django.views.decorators.http import require_GET

from canh.accounts.queries import Viewer
from canh.alarms import actions, actions_owners, queries, queries_owners
from canh.alarms.queries_owners import Burden
from canh.console.access import STAFF, Request, allow
from canh.console.desk import board, engine
from canh.console.desk.actors import actor
from canh.console.desk.board import Message, Picture, Scope
from canh.kit import clock, hint
from canh.monitoring.queries import desk_ids_of

TICK_S = 0.5
PACE_S = 0.1
SLOWEST_PACE_S = 0.5
BEAT_S = 2.0
STAMP_S = 5.0
"""How often it is written down who sits at a desk, and how much each has on their hands."""
LIFE_S = 60.0
"""Then the server hangs up and the browser comes back at once: so rights are looked at again."""
RETRY_MS = 500
MARKED_KEPT = 50_000

T = TypeVar("T")
log = logging.getLogger("canh.console.live")


def pace_s(look_s: float) -> float:
    """How long to rest after a look that took so long."""
    return min(max(PACE_S, 2 * look_s), SLOWEST_PACE_S)


@dataclass(eq=False)
class Client:
    """One open page. Room for one message: a newer one replaces it by the full state."""

    scope: Scope
    keeper: Viewer | None = None
    """Set when somebody who may act looks at the queue: of what reaches it, that counts as shown on
    which they may act."""
    user_id: int = 0
    """Whose desk it is; set with `keeper`."""
    waiting: Message | bytes | None = None
    has_come: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, message: Message, state: Callable[[], Message]) -> None:
        self.waiting = state() if isinstance(self.waiting, Message) else message
        self.has_come.set()

    def offer_beat(self, data: bytes) -> None:
        if self.waiting is None:
            self.waiting = data
            self.has_come.set()

    async def next(self) -> Message | bytes:
        await self.has_come.wait()
        self.has_come.clear()
        message, self.waiting = self.waiting, None
        return message or b""


@dataclass
class Board:
    """A scope that somebody watches."""

    picture: Picture
    number: int = 1
    clients: set[Client] = field(default_factory=set)
    burdens: list[Burden] = field(default_factory=list)
    _full: Message | None = None

    def full(self) -> Message:
        """The whole state, encoded once however many ask."""
        if self._full is None:
            self._full = board.full(self.picture, self.number, _now_ms())
        return self._full

    def show(self, picture: Picture) -> None:
        """Bring a new picture to all clients."""
        before, self.picture = self.picture, picture
        self.number += 1
        self._full = None
        message = board.delta(before, picture, self.number, _now_ms())
        for client in self.clients:
            client.offer(message, self.full)


class Ticker:
    """Looks at the alarms for everybody who listens in this process."""

    def __init__(self) -> None:
        self._boards: dict[Scope, Board] = {}
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._pulse = -1
        self._beat_at = 0.0
        self._stamped_at = 0.0
        self._watch = engine.Watch()
        # A connection to the database belongs to its thread: one reads, the other marks.
        self._reader = ThreadPoolExecutor(1, "canh-live-read")
        self._marker = ThreadPoolExecutor(1, "canh-live-mark")
        self._marked: set[tuple[Viewer, int]] = set()

    async def listen(self, client: Client) -> AsyncIterator[bytes]:
        """The stream of one client, until it leaves or its time is over."""
        yield f"retry: {RETRY_MS}\n\n".encode()
        end = time.monotonic() + LIFE_S
        try:
            await self._join(client)
            while (left := end - time.monotonic()) > 0:
                try:
                    message = await asyncio.wait_for(client.next(), left)
                except TimeoutError:
                    return
                yield message if isinstance(message, bytes) else message.data
                if client.keeper and isinstance(message, Message):
                    self._note_shown(message.unshown, client.keeper)
        finally:
            self._leave(client)

    async def _join(self, client: Client) -> None:
        found = self._boards.get(client.scope)
        if found is None:
            picture = await self._in(self._reader, partial(_look_fresh, client.scope))
            # Somebody of the same scope may have come meanwhile.
            found = self._boards.setdefault(client.scope, Board(picture))
        found.clients.add(client)
        if client.user_id:  # at once: who takes an alarm and leaves within seconds was here all the same
            self._marker.submit(_stamp, {client.user_id}, clock.now_us())
        client.offer(found.full(), found.full)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def _leave(self, client: Client) -> None:
        found = self._boards.get(client.scope)
        if found is None:
            return
        found.clients.discard(client)
        if not found.clients:
            del self._boards[client.scope]
        self._wake.set()

    async def _run(self) -> None:
        ear = hint.Ear(f"web-{os.getpid()}")
        loop = asyncio.get_running_loop()
        loop.add_reader(ear.socket.fileno(), self._wake.set)
        try:
            while self._boards:
                await self._wait()
                ear.drain()
                begin = loop.time()
                if await self._look():
                    await asyncio.sleep(pace_s(loop.time() - begin))
        finally:
            loop.remove_reader(ear.socket.fileno())
            ear.close()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):  # the tick: look without a hint
            await asyncio.wait_for(self._wake.wait(), TICK_S)
        self._wake.clear()

    async def _look(self) -> bool:
        """One look. True when somebody was told something new."""
        try:
            pulse = await self._in(self._reader, queries.pulse)
            news = pulse != self._pulse
            if news:
                await self._tell(pulse)
            self._pulse = pulse
        except Exception:
            log.exception("the live board cannot read the alarms")
            await self._in(self._reader, _drop_connection)
            return False  # and no beat: the desks will say that they are blind
        await self._beat()
        return news

    async def _tell(self, pulse: int) -> None:
        for scope in list(self._boards):
            picture = await self._in(self._reader, partial(board.take_picture, scope, pulse))
            found = self._boards.get(scope)
            if found is not None and picture != found.picture:
                found.show(picture)

    async def _beat(self) -> None:
        if time.monotonic() - self._beat_at < BEAT_S:
            return
        self._beat_at = time.monotonic()
        if self._beat_at - self._stamped_at >= STAMP_S:
            self._stamped_at = self._beat_at
            await self._look_at_people()
        is_failing = await self._in(self._reader, self._watch.is_failing)
        age_s = engine.age_s()
        for found in self._boards.values():
            data = board.beat(_now_ms(), age_s, is_failing=is_failing, burdens=found.burdens)
            for client in found.clients:
                client.offer_beat(data)

    async def _look_at_people(self) -> None:
        """Who sits at a desk goes to the engine, which waits for a sign of life; what each took, to the desks."""
        here = {client.user_id for found in self._boards.values() for client in found.clients if client.user_id}
        if here:
            self._marker.submit(_stamp, here, clock.now_us())
        for scope in list(self._boards):
            burdens = await self._in(self._reader, partial(queries_owners.burdens, scope.viewer))
            if found := self._boards.get(scope):
                found.burdens = burdens

    def _note_shown(self, ids: tuple[int, ...], keeper: Viewer) -> None:
        fresh = [i for i in ids if (keeper, i) not in self._marked]
        if fresh:
            if len(self._marked) > MARKED_KEPT:
                self._marked.clear()  # marking twice is harmless: only the first time counts
            self._marked.update((keeper, i) for i in fresh)
            self._marker.submit(_mark, fresh, keeper, clock.now_us())

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def _look_fresh(scope: Scope) -> Picture:
    return board.take_picture(scope, queries.pulse())


def _drop_connection() -> None:
    """Of the thread that runs this; the next look opens a new one."""
    connection.close()


def _mark(ids: list[int], keeper: Viewer, at_us: int) -> None:
    try:
        own = queries.visible_to(keeper).filter(id__in=ids).values_list("id", flat=True)
        actions.mark_shown(list(own), clock.from_us(at_us))
    except Exception:
        log.exception("could not note that alarms were shown")
        _drop_connection()


def _stamp(user_ids: set[int], at_us: int) -> None:
    try:
        actions_owners.stamp_watchers(user_ids, clock.from_us(at_us))
    except Exception:
        log.exception("could not note who sits at a desk")
        _drop_connection()


def _now_ms() -> int:
    return clock.now_us() // 1000


_ticker = Ticker()


@allow(*STAFF)
@require_GET
def live(request: Request) -> StreamingHttpResponse:
    """The stream of one page. `?page=desk`: what reaches it counts as shown at the desk."""
    is_desk = request.GET.get("page") == "desk" and queries.may_act(request.viewer)
    keeper = _plain(actor(request)) if is_desk else None
    desks = frozenset(desk_ids_of(request.user)) if keeper else frozenset()
    scope = Scope(_plain(request.viewer), translation.get_language() or "vi", desks)
    client = Client(scope, keeper, request.user.id if keeper else 0)
    _give_back_connection()
    return StreamingHttpResponse(
        _ticker.listen(client),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _plain(v: Viewer) -> Viewer:
    """The viewer as a plain value: the lazy one of the request must not outlive it."""
    return Viewer(v.sees_all, v.unit_paths, v.area_paths, v.roles)


def _give_back_connection() -> None:
    """The stream lives on without a query of its own."""
    if not connection.in_atomic_block:
        connection.close()

"""One camera: it is asked the time, subscribed to, pulled from without end, and begun with anew whenever it must be."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from canh.gateway.onvif import answer as answers
from canh.gateway.onvif import content, soap
from canh.gateway.onvif.address import parse
from canh.gateway.onvif.answer import Subscription
from canh.gateway.onvif.clerk import Clerk, Sender
from canh.gateway.onvif.frame import Element
from canh.gateway.onvif.soap import Login, Request
from canh.gateway.onvif.talk import Answer, Talk
from canh.gateway.onvif.trouble import AnotherCamera, NoAnswer, Nonsense, Refused, SaysNo, Trouble
from canh.kit import clock

if TYPE_CHECKING:
    from canh.gateway.onvif.wire import Digest, Wire
    from canh.sites.queries import PanelEntry

PULL_S, GRACE_S = 20, 15.0
"""A camera answers within PULL_S, so that the shortest reporting class (90 s) has four answers."""
SET_UP_S = 30.0
RENEW_BELOW_S = 60.0
LONGEST_REST_S = 60.0
REFUSED_REST_S, FIRST_REFUSED_REST_S = 300.0, 10.0
"""One refusal may be a camera that is still starting; the second is told."""
SHORTEST_PULL_S = 1.0
"""A camera that does not wait for events but answers at once with nothing is asked once a second."""
PARTING_S = 2.0

log = logging.getLogger(__name__)


class Camera:
    """`gate` lets only so many cameras be set up at once: after a power cut all come back in one minute."""

    def __init__(
        self, entry: PanelEntry, clerk: Clerk, wire: Wire, gate: asyncio.Semaphore, proof: Sequence[Digest] = ()
    ) -> None:  # fmt: skip
        settings = entry.settings
        self.account, self.clerk, self._gate = entry.account, clerk, gate
        user, password = settings.get("user", ""), settings.get("password", "")
        login = Login(user, password) if user else None
        self.talk = Talk(parse(settings.get("address", "")), login, wire, clerk.turns, proof)
        self.peer = self.talk.address.peer
        self._serial = settings.get("serial", "")
        told = settings.get("rings")
        self._rings = None if told is None else frozenset(word.strip() for word in told.split(","))
        self._can_renew, self._failures, self._refusals = True, 0, 0

    async def run(self) -> NoReturn:
        """Until cancelled; then it takes leave of the camera."""
        while True:
            try:
                await self._live()
            except Trouble as trouble:
                rest = self._note(trouble)
                log.info("camera %s: %s; again in about %.0f s", self.account, trouble, rest)
            except Exception:  # a fault of ours must not end this camera for good, nor touch the others
                log.exception("camera %s", self.account)
                rest = LONGEST_REST_S
            self._failures = min(self._failures + 1, 16)
            await asyncio.sleep(rest * random.uniform(0.5, 1.5))  # noqa: S311 - not all at once

    def _note(self, trouble: Trouble) -> float:
        """Keep what a person should know; for how long to leave the camera in peace."""
        if isinstance(trouble, Refused) and not self._refusals:
            self._refusals = 1
            return FIRST_REFUSED_REST_S
        if isinstance(trouble, Refused | AnotherCamera):
            code = "refused" if isinstance(trouble, Refused) else "another_camera"
            self.clerk.tell(self.account, self.peer, code, str(trouble), trouble.raw)
            return REFUSED_REST_S
        if isinstance(trouble, Nonsense):
            self.clerk.refuse(self.account, self.peer, str(trouble), trouble.raw)
        return min(2.0**self._failures, LONGEST_REST_S)

    async def _live(self) -> NoReturn:
        """From the first word to the trouble that ends it."""
        try:
            async with self._gate, asyncio.timeout(SET_UP_S):
                point = await self._subscribe()
        except TimeoutError:
            raise NoAnswer(f"not set up within {SET_UP_S:.0f} s") from None
        self._refusals = 0
        self.clerk.tell_well(self.account, self.peer)
        try:
            await self._pull_on(point)
        except Refused as trouble:  # it took the password a moment ago: its clock was set, or it started again
            raise SaysNo(str(trouble)) from trouble
        except asyncio.CancelledError:
            with suppress(Trouble, TimeoutError):
                await self._ask(point, soap.UNSUBSCRIBE, PARTING_S)  # else it blocks one of its few places for minutes
            raise

    async def _subscribe(self) -> Subscription:
        await self._learn_clock()
        await self._check_identity()
        service = self.talk.address.at(await self._event_service())
        made = await self.talk.ask(soap.SUBSCRIBE, service)
        point = answers.subscription(made.root)
        if point is None:
            raise Nonsense("it made a subscription without an address", made.data[:4096])
        self._hear(made)
        with suppress(SaysNo):  # some tell how things stand by themselves and refuse to be asked
            await self._ask(point, soap.SYNCHRONIZE)
        return point

    async def _learn_clock(self) -> None:
        """Before anything is signed: whoever judges by its own wrong clock would refuse us."""
        try:
            told = await self.talk.ask(soap.GET_TIME, is_open=True)
        except (Refused, SaysNo):  # against the standard it wants a password even for this; ours may pass
            told = await self.talk.ask(soap.GET_TIME)
        if (found := answers.clock_time(told.root)) is not None:
            self.talk.ahead = found - clock.now()

    async def _check_identity(self) -> None:
        """Also the first request that needs the password."""
        try:
            told = await self.talk.ask(soap.GET_INFORMATION)
        except SaysNo:
            return
        serial = told.root.text_of("SerialNumber")
        if self._serial and serial != self._serial:
            raise AnotherCamera(f"serial number {serial!r} instead of {self._serial!r}", told.data[:4096])

    async def _event_service(self) -> str:
        for request in (soap.GET_SERVICES, soap.GET_CAPABILITIES):  # old cameras know only the second
            with suppress(SaysNo):
                if found := answers.event_service((await self.talk.ask(request)).root):
                    return found
        raise SaysNo("it has no event service")

    async def _pull_on(self, point: Subscription) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            told = await self._ask(point, soap.pull(PULL_S), PULL_S + GRACE_S)
            sender = self._hear(told)
            count = await self.clerk.take(sender, content.events(told.root, told.data))
            self._failures = 0
            await self._prolong(point, told.root)
            if not count and loop.time() - began < SHORTEST_PULL_S:
                await asyncio.sleep(SHORTEST_PULL_S)

    async def _prolong(self, point: Subscription, root: Element) -> None:
        """By the standard each pull does; where the camera's own figures say otherwise, it is asked."""
        remaining = answers.remaining_s(root)
        if self._can_renew and remaining is not None and remaining < RENEW_BELOW_S:
            try:
                await self._ask(point, soap.RENEW)
            except SaysNo as trouble:
                self._can_renew = False  # the subscription then ends when it ends, and is made again
                log.info("camera %s cannot renew: %s", self.account, trouble)

    def _hear(self, told: Answer) -> Sender:
        now = clock.now()
        if (its_time := content.moment(told.root.text_of("CurrentTime"))) is not None:
            self.talk.ahead = its_time - now
        limit = timedelta(days=20)  # what a column of milliseconds holds; far beyond it the clock is simply wrong
        ahead = max(-limit, min(limit, self.talk.ahead))
        sender = Sender(self.account, self.peer, clock.to_us(now), ahead, self._rings)
        self.clerk.hear(sender)
        return sender

    async def _ask(self, point: Subscription, request: Request, within_s: float = 10.0) -> Answer:
        return await self.talk.ask(request, self.talk.address.at(point.place), point.references, within_s)

"""Question and answer with one camera: signed by its own clock, read, refusals told apart."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from canh.gateway.onvif import answer as answers
from canh.gateway.onvif import frame, soap
from canh.gateway.onvif.address import Address
from canh.gateway.onvif.frame import Element
from canh.gateway.onvif.soap import Login, Request, Stamp
from canh.gateway.onvif.trouble import HungUp, Nonsense, Refused, SaysNo
from canh.gateway.onvif.turns import Turns
from canh.kit import clock

if TYPE_CHECKING:
    from canh.gateway.onvif.wire import Digest, Wire

ANSWER_S = 10.0
SMALL = 16 * 1024
"""Beyond, a thread reads the answer: half a megabyte of XML would hold up the loop, and with it ACKs of panels."""
KEPT_OF_NONSENSE = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    root: Element
    data: bytes


class Talk:
    """`turns`: only one answer of all cameras is read in one turn of the loop, however many come at once.

    `ahead`: how far the camera's clock is ahead of ours; requests are signed with its time, or it refuses them.
    """

    def __init__(
        self, address: Address, login: Login | None, wire: Wire, turns: Turns, proof: Sequence[Digest] = ()
    ) -> None:  # fmt: skip
        self.address, self.login, self._wire, self._turns, self._proof = address, login, wire, turns, proof
        self.ahead = timedelta(0)

    async def ask(
        self, request: Request, url: str = "", references: Sequence[Element] = (), within_s: float = ANSWER_S,
        is_open: bool = False,
    ) -> Answer:  # fmt: skip
        """`is_open`: without user and password. Raises Trouble."""
        login, proof = (None, ()) if is_open else (self.login, self._proof)

        async def post() -> bytes:
            place = url or self.address.url
            body = soap.envelope(request, place, login, self._stamp(), references)
            return await self._wire.post(place, request.action, body, within_s, proof)

        try:
            data = await post()
        except HungUp:
            data = await post()
        async with self._turns:
            root = await _read(data)
        if found := answers.fault(root):
            raise (Refused if found.is_refusal else SaysNo)(found.text, data[:KEPT_OF_NONSENSE])
        return Answer(root, data)

    def _stamp(self) -> Stamp:
        return Stamp(clock.now() + self.ahead, os.urandom(16), str(uuid.uuid4()))


async def _read(data: bytes) -> Element:
    try:
        return frame.read(data) if len(data) <= SMALL else await asyncio.to_thread(frame.read, data)
    except frame.Unreadable as error:
        raise Nonsense(str(error), data[:KEPT_OF_NONSENSE]) from None

"""The door itself: its port."""

from __future__ import annotations

import asyncio

from canh.gateway.desk import Desk
from canh.gateway.door import CannotStart
from canh.gateway.os_words import cannot_listen
from canh.gateway.webhook import DOOR
from canh.gateway.webhook.clerk import Clerk
from canh.gateway.webhook.link import Link

BACKLOG = 1024


class WebhookDoor:
    """HTTP on one address. `port` is the real one when 0 was asked for."""

    name = DOOR

    def __init__(self, desk: Desk, host: str, port: int) -> None:
        self.desk, self.host, self.port = desk, host, port
        self._clerk = Clerk(desk)
        self._server: asyncio.Server | None = None

    async def claim(self) -> None:
        try:
            self._server = await self.desk.loop.create_server(
                lambda: Link(self._clerk), self.host, self.port, backlog=BACKLOG, start_serving=False,
                reuse_address=True,
            )  # fmt: skip
        except OSError as error:
            raise CannotStart(cannot_listen(error, self.host, self.port, "CANH_WEBHOOK_PORT")) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def open(self) -> None:
        if self._server is not None:
            await self._clerk.recall()
            await self._server.start_serving()
            self.desk.door_is_up(DOOR)

    async def shut(self) -> None:
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Connections are hung up by the desk."""

"""The door itself: its ports, TCP and UDP of one number."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterable

from canh.gateway.desk import Desk
from canh.gateway.door import CannotStart
from canh.gateway.os_words import cannot_listen
from canh.gateway.recall import recent
from canh.gateway.sia import DOOR
from canh.gateway.sia.clerk import Clerk
from canh.gateway.sia.datagrams import Datagrams
from canh.gateway.sia.link import Link
from canh.gateway.sia.replay import RETRY_US
from canh.kit import clock

BACKLOG = 4096  # with 100, a thousand panels that dial at once take seconds to connect
UDP_BUFFER = 1 << 22  # a storm of datagrams waits here while the loop is busy; the kernel may give less
TRIES = 20  # for a number that is free on both, when the system chooses


class SiaDoor:
    """DC-09 on one address. `port` is the real one when 0 was asked for."""

    name = DOOR

    def __init__(self, desk: Desk, host: str, port: int) -> None:
        self.desk, self.host, self.port = desk, host, port
        self._clerk = Clerk(desk)
        self._server: asyncio.Server | None = None
        self._sockets: list[socket.socket] = []
        self.datagrams: list[Datagrams] = []

    async def claim(self) -> None:
        for left in reversed(range(1 if self.port else TRIES)):
            try:
                self._server, self._sockets = await self._claim_both()
                self.port = self._server.sockets[0].getsockname()[1]
                break
            except OSError as error:
                if not left or error.errno != errno.EADDRINUSE:
                    raise CannotStart(
                        cannot_listen(error, self.host, f"{self.port} (TCP/UDP)", "CANH_DC09_PORT")
                    ) from error
        self.desk.address = (self.host, self.port)

    async def _claim_both(self) -> tuple[asyncio.Server, list[socket.socket]]:
        server = await self.desk.loop.create_server(
            lambda: Link(self._clerk), self.host, self.port, backlog=BACKLOG, start_serving=False,
            reuse_address=True,
        )  # fmt: skip
        try:
            return server, _beside(server.sockets)
        except OSError:
            server.close()
            raise

    async def open(self) -> None:
        if self._server is None:
            return
        since = clock.now_us() - RETRY_US
        self._clerk.remember(await asyncio.to_thread(recent, self.desk.journal.path, DOOR, since))
        await self._server.start_serving()
        for free in self._sockets:
            _, protocol = await self.desk.loop.create_datagram_endpoint(lambda: Datagrams(self._clerk), sock=free)
            self.datagrams.append(protocol)
        self.desk.door_is_up(DOOR)

    async def shut(self) -> None:
        if self._server is not None:
            self._server.close()
        for datagrams in self.datagrams:
            datagrams.shut()

    async def close(self) -> None:
        """Connections are hung up by the desk."""
        for datagrams in self.datagrams:
            datagrams.close()
        for free in self._sockets[len(self.datagrams) :]:
            free.close()


def _beside(tcp_sockets: Iterable[socket.socket]) -> list[socket.socket]:
    """A UDP socket on the address of each. Raises OSError."""
    made: list[socket.socket] = []
    try:
        for tcp in tcp_sockets:
            made.append(udp := socket.socket(tcp.family, socket.SOCK_DGRAM))
            udp.setblocking(False)
            if tcp.family == socket.AF_INET6:
                udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as asyncio does for TCP
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER)
            udp.bind(tcp.getsockname())
    except OSError:
        for udp in made:
            udp.close()
        raise
    return made

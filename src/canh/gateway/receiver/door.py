"""The door itself: the port where receivers dial in, and the receivers it dials."""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Iterable, Mapping

from canh.gateway.desk import Desk
from canh.gateway.door import CannotStart
from canh.gateway.receiver import DOOR
from canh.gateway.receiver.clerk import Clerk
from canh.gateway.receiver.link import Link

BACKLOG = 128
FIRST_WAIT_S, LONGEST_WAIT_S, CONNECT_S = 1.0, 60.0, 20.0
_PREFIX = re.compile(r"[0-9A-FRL]{1,8}")


class ReceiverDoor:
    """MLR2 both ways. `port` None: nobody dials in; `targets`: `host:port`."""

    name = DOOR

    def __init__(
        self, desk: Desk, host: str, port: int | None, targets: Iterable[str] = (), prefixes: Iterable[str] = ()
    ) -> None:
        self.desk, self.host, self.port = desk, host, port
        self._targets = [_target(text) for text in targets]
        self._clerk = Clerk(desk, dict(_prefix(text) for text in prefixes))
        self._server: asyncio.Server | None = None
        self._dialling: list[asyncio.Task[None]] = []
        self._problems: dict[tuple[str, int], str] = {}

    async def claim(self) -> None:
        if self.port is None:
            return
        try:
            self._server = await self.desk.loop.create_server(
                lambda: Link(self._clerk), self.host, self.port, backlog=BACKLOG, start_serving=False,
                reuse_address=True,
            )  # fmt: skip
        except OSError as error:
            raise CannotStart(_explain(error, self.host, self.port)) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def open(self) -> None:
        await self._clerk.recall()
        if self._server is not None:
            await self._server.start_serving()
        self._problems = {target: "not connected yet" for target in self._targets}
        self._tell()
        self._dialling = [asyncio.create_task(self._dial(*target)) for target in self._targets]

    async def shut(self) -> None:
        for task in self._dialling:
            task.cancel()
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Connections are hung up by the desk."""

    async def _dial(self, host: str, port: int) -> None:
        """For ever: connect, wait until the connection is lost, and again, slower while it does not help."""
        wait_s = FIRST_WAIT_S
        while True:
            lost = asyncio.Event()
            link = Link(self._clerk, host, lost.set)
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self.desk.loop.create_connection(lambda link=link: link, host, port)  # type: ignore[misc]
            except (OSError, UnicodeError) as error:  # a time-out too, and a name that is none
                self._note((host, port), str(error) or "does not answer")
            else:
                self._note((host, port), "")
                await lost.wait()
                self._note((host, port), "the connection was lost")
            wait_s = FIRST_WAIT_S if link.has_spoken else min(wait_s * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    def _note(self, target: tuple[str, int], problem: str) -> None:
        self._problems[target] = problem
        self._tell()

    def _tell(self) -> None:
        """The door hears as long as anybody can reach it; which receiver is silent, its own account tells."""
        if self._server is not None or "" in self._problems.values():
            self.desk.door_is_up(DOOR)
            return
        said = "; ".join(f"{host}:{port}: {problem}" for (host, port), problem in sorted(self._problems.items()))
        self.desk.door_is_down(DOOR, said)


def _target(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CannotStart(f"CANH_RECEIVERS: {text!r} is not host:port")
    return host.strip("[]"), int(port)


def _prefix(text: str) -> tuple[str, str]:
    host, _, prefix = text.rpartition("=")
    if not host or not _PREFIX.fullmatch(prefix):
        raise CannotStart(f"CANH_RECEIVER_PREFIXES: {text!r} is not host=prefix (digits 0-9 A-F, R, L)")
    return host.strip("[]"), prefix


def _explain(error: OSError, host: str, port: int | None) -> str:
    reasons: Mapping[int, str] = {
        errno.EADDRINUSE: "is in use by another program",
        errno.EACCES: "may be opened by an administrator only",
        errno.EADDRNOTAVAIL: f"cannot be opened: this machine has no address {host}",
    }
    reason = reasons.get(error.errno or 0, f"cannot be opened: {error}")
    return f"port {port} {reason}; choose another with CANH_RECEIVER_PORT"

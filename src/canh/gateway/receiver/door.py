"""The door itself: the port where receivers dial in, and the receivers it dials."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable

from django.utils.translation import gettext_noop as _

from canh.gateway.desk import Desk
from canh.gateway.door import CannotStart
from canh.gateway.os_words import cannot_listen, reason
from canh.gateway.receiver import DOOR
from canh.gateway.receiver.clerk import Clerk
from canh.gateway.receiver.link import Link
from canh.kit.saying import Saying

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
        self._problems: dict[tuple[str, int], Saying | None] = {}
        """Why a receiver is not heard; None: it is."""

    async def claim(self) -> None:
        if self.port is None:
            return
        try:
            self._server = await self.desk.loop.create_server(
                lambda: Link(self._clerk), self.host, self.port, backlog=BACKLOG, start_serving=False,
                reuse_address=True,
            )  # fmt: skip
        except OSError as error:
            raise CannotStart(cannot_listen(error, self.host, self.port, "CANH_RECEIVER_PORT")) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def open(self) -> None:
        await self._clerk.recall()
        if self._server is not None:
            await self._server.start_serving()
        self._problems = dict.fromkeys(self._targets, Saying(_("not connected yet")))
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
            except UnicodeError:  # a name that is none
                self._note((host, port), Saying(_("the name is unknown")))
            except OSError as error:  # a time-out too
                self._note((host, port), Saying("%(reason)s", {"reason": reason(error)}))
            else:
                self._note((host, port), None)
                await lost.wait()
                self._note((host, port), Saying(_("the connection was lost")))
            wait_s = FIRST_WAIT_S if link.has_spoken else min(wait_s * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    def _note(self, target: tuple[str, int], problem: Saying | None) -> None:
        self._problems[target] = problem
        self._tell()

    def _tell(self) -> None:
        """The door hears as long as anybody can reach it; which receiver is silent, its own account tells."""
        shut = [problem.at(f"{host}:{port}") for (host, port), problem in sorted(self._problems.items()) if problem]
        if self._server is not None or len(shut) < len(self._problems):
            self.desk.door_is_up(DOOR)
        else:
            self.desk.door_is_down(DOOR, *shut)


def _target(text: str) -> tuple[str, int]:
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CannotStart(Saying(_("%(text)s is not host:port"), {"text": repr(text)}, "CANH_RECEIVERS"))
    return host.strip("[]"), int(port)


def _prefix(text: str) -> tuple[str, str]:
    host, _equals, prefix = text.rpartition("=")
    if not host or not _PREFIX.fullmatch(prefix):
        raise CannotStart(
            Saying(
                _("%(text)s is not host=prefix (digits 0-9 A-F, R, L)"), {"text": repr(text)}, "CANH_RECEIVER_PREFIXES"
            )
        )
    return host.strip("[]"), prefix

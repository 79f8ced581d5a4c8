"""The gateway process: opens the doors, keeps them open, closes them in good order."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import gc
import logging
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from canh.gateway import directory as directories
from canh.gateway.desk import Desk
from canh.gateway.directory import Directory
from canh.gateway.limits import Limits, from_environment
from canh.gateway.sia.clerk import Clerk
from canh.gateway.sia.link import Link
from canh.intake.journal import resume_after
from canh.kit import paths

if TYPE_CHECKING:
    from canh.sites.queries import PanelEntry

BACKLOG = 4096  # with 100, a thousand panels that dial at once take seconds to connect

log = logging.getLogger(__name__)


class CannotStart(RuntimeError):
    """The reason, in one line for the operator."""


class Gateway:
    """One set of doors on one journal. `port` is the real one when 0 was asked for."""

    def __init__(self, journal_path: Path, directory: Directory, limits: Limits) -> None:
        try:
            self.desk = Desk(journal_path, directory, limits)
        except sqlite3.Error as error:
            raise CannotStart(f"the journal {journal_path} cannot be opened: {error}") from error
        self._sia = Clerk(self.desk)
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Raises CannotStart when the address cannot be had."""
        # The port first: who cannot have it must not wait for the register.
        try:
            self._server = await self.desk.loop.create_server(
                lambda: Link(self._sia), host, port, backlog=BACKLOG, start_serving=False, reuse_address=True
            )
        except OSError as error:
            raise CannotStart(_explain(error, host, port)) from error
        self.port = self._server.sockets[0].getsockname()[1]
        self.desk.address = (host, self.port)
        await self.desk.start()
        await self._server.start_serving()

    async def close(self) -> None:
        """Take nothing new, keep and answer what was received, hang up."""
        if self._server is not None:
            self._server.close()
        await self.desk.stop()


async def serve(
    host: str,
    port: int,
    journal_path: Path,
    directory: Directory | Mapping[str, PanelEntry],
    *,
    name: str = "gw1",
    limits: Limits | None = None,
) -> None:
    """Run until SIGTERM or SIGINT. `directory` may be a plain mapping."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    book = directory if isinstance(directory, Directory) else directories.fixed(directory)
    gateway = Gateway(journal_path, book, limits or from_environment())
    opening, ending = loop.create_task(gateway.open(host, port)), loop.create_task(stopping.wait())
    await asyncio.wait({opening, ending}, return_when=asyncio.FIRST_COMPLETED)
    if opening.done():
        opening.result()
        _settle_memory()
        log.info("%s listens for DC-09 on %s port %s", name, host, gateway.port)
        await ending
    opening.cancel()  # told to stop while the register was still away
    await gateway.close()


def _settle_memory() -> None:
    """What start-up made stays for good: the collector need not walk it at every turn."""
    gc.collect()
    gc.freeze()


def main(host: str, port: int) -> None:
    """`canh gateway`. Ends the process with code 2 when it cannot begin."""
    name = "gw1"
    with _only_one():
        _go_on_after_copy(name)
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(serve(host, port, paths.journal(name), directories.from_register(), name=name))
        except CannotStart as error:
            _refuse(str(error))


def _go_on_after_copy(name: str) -> None:
    """A journal that was lost must not use numbers again that the engine has passed."""
    from django.db import DatabaseError

    from canh.intake import queries as intake  # here: `serve` runs without Django

    try:
        cursor = intake.cursor(name)
    except DatabaseError:
        log.info("the register is away; the journal of %s goes on by itself", name)
        return
    if resume_after(paths.journal(name), cursor.journal_id, bytes(cursor.hash)):
        log.warning("the journal of %s is behind its copy; it goes on after entry %s", name, cursor.journal_id)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


@contextmanager
def _only_one() -> Iterator[None]:
    """Two gateways on one journal would break its chain."""
    path = paths.run("gateway.lock")
    with open(path, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse(f"another gateway already runs on this data folder ({path})")
        yield


def _explain(error: OSError, host: str, port: int) -> str:
    reasons = {
        errno.EADDRINUSE: "is in use by another program",
        errno.EACCES: "may be opened by an administrator only",
        errno.EADDRNOTAVAIL: f"cannot be opened: this machine has no address {host}",
    }
    reason = reasons.get(error.errno or 0, f"cannot be opened: {error}")
    return f"port {port} {reason}; choose another with CANH_DC09_PORT"


def _refuse(reason: str) -> None:
    sys.stderr.write(f"canh gateway: {reason}\n")
    raise SystemExit(2)

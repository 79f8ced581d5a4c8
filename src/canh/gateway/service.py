"""The gateway process: opens the doors, keeps them open, closes them in good order."""

from __future__ import annotations

import asyncio
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

from django.utils.translation import gettext_noop as _

from canh.gateway import directory as directories
from canh.gateway.desk import Desk
from canh.gateway.directory import Directory
from canh.gateway.door import CannotStart, Door
from canh.gateway.doors import DoorSettings, make_doors
from canh.gateway.limits import Limits, from_environment
from canh.intake.journal import resume_after
from canh.kit import paths
from canh.kit.saying import Saying

if TYPE_CHECKING:
    from canh.sites.queries import PanelEntry

log = logging.getLogger(__name__)


class Gateway:
    """One set of doors on one journal."""

    def __init__(self, journal_path: Path, directory: Directory, limits: Limits) -> None:
        try:
            self.desk = Desk(journal_path, directory, limits)
        except sqlite3.Error as error:
            facts = {"path": str(journal_path), "reason": str(error)}
            raise CannotStart(Saying(_("the journal %(path)s cannot be opened: %(reason)s"), facts)) from error
        self.doors: list[Door] = []

    async def open(self, settings: DoorSettings) -> None:
        """Raises CannotStart when an address cannot be had."""
        self.doors = make_doors(self.desk, settings)
        for door in self.doors:  # who cannot have its port must not wait for the register
            await door.claim()
        await self.desk.start()
        for door in self.doors:
            await door.open()

    async def close(self) -> None:
        """Take nothing new, keep and answer what was received, hang up."""
        for door in self.doors:
            await door.shut()
        await self.desk.stop()
        for door in self.doors:
            await door.close()


async def serve(
    settings: DoorSettings,
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
    opening, ending = loop.create_task(gateway.open(settings)), loop.create_task(stopping.wait())
    await asyncio.wait({opening, ending}, return_when=asyncio.FIRST_COMPLETED)
    if opening.done():
        opening.result()
        _settle_memory()
        log.info("%s is open: %s", name, ", ".join(door.name for door in gateway.doors))
        await ending
    opening.cancel()  # told to stop while the register was still away
    await gateway.close()


def _settle_memory() -> None:
    """What start-up made stays for good: the collector need not walk it at every turn."""
    gc.collect()
    gc.freeze()


def main(settings: DoorSettings) -> None:
    """`canh gateway`. Ends the process with code 2 when it cannot begin."""
    name = "gw1"
    with _only_one():
        _go_on_after_copy(name)
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(serve(settings, paths.journal(name), directories.from_register(), name=name))
        except CannotStart as error:
            _refuse(error.why)


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
            _refuse(Saying(_("another gateway already runs on this data folder (%(path)s)"), {"path": str(path)}))
        yield


def _refuse(why: Saying) -> None:
    """In the language of the terminal, and in English for the log."""
    sys.stderr.writelines(f"canh gateway: {told}\n" for told in dict.fromkeys((why.words(), str(why))))
    raise SystemExit(2)

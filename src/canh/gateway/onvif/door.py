"""The door itself: which cameras are called, kept near the register."""

from __future__ import annotations

import asyncio
import importlib
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from canh.gateway.desk import Desk
from canh.gateway.onvif import DOOR, discovery, memory
from canh.gateway.onvif.camera import Camera
from canh.gateway.onvif.clerk import Clerk
from canh.kit import paths
from canh.kit.saying import Saying

if TYPE_CHECKING:
    from canh.gateway.onvif.wire import Digest, Wire
    from canh.sites.queries import PanelEntry

TICK_S = 1.0
DISCOVER_EVERY_S = 600.0
AT_ONCE = 50
"""Cameras that are set up at the same time."""
PARTING_S = 4.0
MISSING = Saying(_("cameras are registered, but the extra for them is not installed: run `canh extra add onvif`"))

log = logging.getLogger(__name__)


class OnvifDoor:
    """Opens with the first camera in the register."""

    name = DOOR

    def __init__(self, desk: Desk, discovers: bool = False) -> None:
        self.desk, self._discovers = desk, discovers
        self.clerk = Clerk(desk)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._called: dict[str, tuple[PanelEntry, asyncio.Task[None]]] = {}
        self._chores: list[asyncio.Task[None]] = []
        self._wire: Wire | None = None
        self._saved = ""
        self._memory = paths.run("onvif.json")

    async def claim(self) -> None:
        """Nothing: this door listens nowhere."""

    async def open(self) -> None:
        self.clerk.files.update(await asyncio.to_thread(memory.load, self._memory))
        self._chores = [asyncio.create_task(self._keep_up())]
        if self._discovers:
            self._chores.append(asyncio.create_task(self._look_around()))

    async def shut(self) -> None:
        """Take leave of the cameras, so that they do not hold a place for a gateway that is gone."""
        for task in self._chores:
            task.cancel()
        leaving = [task for _entry, task in self._called.values()]
        for task in leaving:
            task.cancel()
        if leaving:
            await asyncio.wait(leaving, timeout=PARTING_S)
        self._called.clear()

    async def close(self) -> None:
        if self._wire is not None:
            await self._wire.close()
        await self._save()

    async def _keep_up(self) -> None:
        revision: int | None = -1
        while True:
            if revision != self.desk.directory.revision or self._wire is None:
                now = self.desk.directory.revision
                if await self._is_ready():
                    self._call()
                    revision = now
            await self._save()
            await asyncio.sleep(TICK_S)

    async def _is_ready(self) -> bool:
        """Whether there is a camera and what it takes to call it. The extra may come while the gateway runs."""
        if self._wire is not None:
            return True
        if not self.desk.directory.of_door(DOOR):
            return False
        importlib.invalidate_caches()
        try:  # in a thread: the libraries take a second to load
            wire = await asyncio.to_thread(importlib.import_module, "canh.gateway.onvif.wire")
        except ImportError:
            self.desk.door_is_down(DOOR, MISSING)
            return False
        self._wire, self._digest = wire.Wire(), wire.Digest
        self.desk.door_is_up(DOOR)
        return True

    def _call(self) -> None:
        """Call those that are new or changed, let go those that are gone."""
        wanted = {entry.account: entry for entry in self.desk.directory.of_door(DOOR)}
        for account, (entry, task) in list(self._called.items()):
            if wanted.get(account) != entry:
                task.cancel()
                del self._called[account]
        for account, entry in wanted.items():
            if account not in self._called and (camera := self._camera(entry)) is not None:
                self._called[account] = entry, asyncio.create_task(camera.run(), name=account)
        for account in set(self.clerk.files) - set(wanted):
            del self.clerk.files[account]

    def _camera(self, entry: PanelEntry) -> Camera | None:
        assert self._wire is not None  # noqa: S101 - `_call` comes after `_is_ready`
        user = entry.settings.get("user", "")
        proof: list[Digest] = []
        if user and ":" not in user:  # HTTP knows no such name; the digest in the message does
            proof.append(self._digest(user, entry.settings.get("password", "")))
        try:
            return Camera(entry, self.clerk, self._wire, self._gate, proof)
        except ValueError as error:
            self.clerk.tell(entry.account, "", "no_address", str(error))
            return None

    async def _save(self) -> None:
        text = memory.written(self.clerk.files)
        if text != self._saved:
            try:
                await asyncio.to_thread(memory.save, self._memory, text)
                self._saved = text
            except OSError as error:
                log.warning("what cameras last said cannot be saved: %s", error)

    async def _look_around(self) -> None:
        """Ask the local network for cameras; only where the operator said so."""
        while True:
            known = {entry.account for entry in self.desk.directory.of_door(DOOR)}
            with suppress(OSError):  # no network just now
                for found in await discovery.probe():
                    if found.account not in known:
                        self.desk.find(DOOR, found.account, "camera", found.name, found.facts)
            await asyncio.sleep(DISCOVER_EVERY_S)

"""A running gateway for the tests: real sockets, a real journal, a register in memory."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from canh.gateway.directory import Directory, fixed
from canh.gateway.doors import DoorSettings
from canh.gateway.limits import Limits
from canh.gateway.service import Gateway, _loop_factory
from canh.gateway.sia.door import SiaDoor
from canh.intake.journal import JournalReader, KeptEntry
from canh.intake.observation import Observation, from_json
from canh.sites.queries import PanelEntry
from tests.gateway.panel import Wire

KEYS = {16: b"0123456789abcdef", 24: b"0123456789abcdef01234567", 32: b"0123456789abcdef0123456789ABCDEF"}


def entry(account: str, key: bytes | None = None) -> PanelEntry:
    return PanelEntry(int(account, 16), account, key)


def register() -> dict[str, Any]:
    return {"1234": entry("1234")} | {f"AE{size}": entry(f"AE{size}", key) for size, key in KEYS.items()}


class Running:
    """A gateway in a thread of its own."""

    def __init__(self, journal: Path, directory: Directory, limits: Limits, settings: DoorSettings) -> None:
        self.journal, self._settings = journal, settings
        self._loop = asyncio.Runner(loop_factory=_loop_factory())
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(directory, limits), daemon=True)
        self._thread.start()
        assert self._started.wait(5), "the gateway did not start"
        self.port = cast("SiaDoor", self.gateway.doors[0]).port

    def _run(self, directory: Directory, limits: Limits) -> None:
        with self._loop as runner:
            runner.run(self._serve(directory, limits))

    async def _serve(self, directory: Directory, limits: Limits) -> None:
        self.gateway = Gateway(self.journal, directory, limits)
        self._stopping = asyncio.Event()
        await self.gateway.open(self._settings)
        self._started.set()
        await self._stopping.wait()
        await self.gateway.close()

    def wire(self, timeout: float = 3.0) -> Wire:
        return Wire(self.port, timeout)

    def call(self, function: Callable[[], Any]) -> Any:
        """Run something in the gateway's thread."""

        async def inside() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(inside(), self.gateway.desk.loop).result(5)

    @property
    def counts(self) -> Counter[str]:
        return self.call(self.gateway.desk.counts.copy)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.gateway.desk.loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)
            assert not self._thread.is_alive(), "the gateway did not stop"

    def kept(self) -> list[KeptEntry]:
        reader = JournalReader(self.journal)
        try:
            return reader.after(0, 100_000)
        finally:
            reader.close()

    def seen(self) -> list[tuple[str, Observation | None]]:
        """Verdict and first observation of every entry."""
        return [(e.verdict, next(iter(from_json(e.facts)), None)) for e in self.kept()]


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANH_DATA", str(tmp_path / "data"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts gateways, by default with the register above; stops them at the end."""
    running: list[Running] = []

    def begin(
        directory: Directory | None = None, journal: str = "gw1.db", settings: DoorSettings | None = None, **limits: Any
    ) -> Running:
        """`settings`: which doors are open, and where; by default DC-09 on a free port."""
        made = Running(tmp_path / journal, directory or fixed(register()), Limits(**limits), settings or DoorSettings())
        running.append(made)
        return made

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def gateway(start: Callable[..., Running]) -> Running:
    return start()

"""A running gateway for the tests: real sockets, a real journal, a register in memory."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from canh.gateway.directory import Directory, fixed
from canh.gateway.limits import Limits
from canh.gateway.service import Gateway, _loop_factory
from canh.intake.journal import JournalReader, KeptEntry
from canh.intake.observation import Observation, from_json
from tests.gateway.panel import Wire

KEYS = {16: b"0123456789abcdef", 24: b"0123456789abcdef01234567", 32: b"0123456789abcdef0123456789ABCDEF"}


def entry(account: str, key: bytes | None = None) -> SimpleNamespace:
    return SimpleNamespace(panel_id=int(account, 16), account=account, key=key)


def register() -> dict[str, Any]:
    return {"1234": entry("1234")} | {f"AE{size}": entry(f"AE{size}", key) for size, key in KEYS.items()}


class Running:
    """A gateway in a thread of its own."""

    def __init__(self, journal: Path, directory: Directory, limits: Limits) -> None:
        self.journal = journal
        self._loop = asyncio.Runner(loop_factory=_loop_factory())
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(directory, limits), daemon=True)
        self._thread.start()
        assert self._started.wait(5), "the gateway did not start"
        self.port = self.gateway.port

    def _run(self, directory: Directory, limits: Limits) -> None:
        with self._loop as runner:
            runner.run(self._serve(directory, limits))

    async def _serve(self, directory: Directory, limits: Limits) -> None:
        self.gateway = Gateway(self.journal, directory, limits)
        self._stopping = asyncio.Event()
        await self.gateway.open("127.0.0.1", 0)
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

    def begin(directory: Directory | None = None, journal: str = "gw1.db", **limits: Any) -> Running:
        made = Running(tmp_path / journal, directory or fixed(register()), Limits(**limits))
        running.append(made)
        return made

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def gateway(start: Callable[..., Running]) -> Running:
    return start()

"""Directory, counters, quotas, nudge: the parts that all doors share."""

from __future__ import annotations

import asyncio
import heapq
import math
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway import directory as directory_module
from canh.gateway import limits
from canh.gateway.counters import SLOTS, Latencies, bucket, bucket_start, counts_before
from canh.gateway.directory import MIN_GAP_S, Directory
from canh.gateway.limits import MAX_KEYS, Limits, Quota
from canh.gateway.nudge import GAP_S, Nudge
from canh.kit.net import is_loopback
from tests.gateway.conftest import entry


class Register:
    """A register that counts how it is read."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {"1234": entry("1234")}
        self.revision = 1
        self.looks: list[float] = []
        self.loads = 0
        self.threads: set[int] = set()
        self.fails = 0

    def directory(self) -> Directory:
        return Directory(self._load, self._look)

    def _load(self) -> dict[str, Any]:
        self.loads += 1
        return dict(self.rows)

    def _look(self) -> int:
        self.threads.add(threading.get_ident())
        self.looks.append(time.monotonic())
        if self.fails:
            self.fails -= 1
            raise OSError("database away")
        return self.revision


def test_directory_is_read_only_when_it_changed_and_never_in_the_loop() -> None:
    register = Register()

    async def story() -> None:
        directory = register.directory()
        await directory.start()
        assert directory.get("1234") is not None
        assert directory.get("77") is None
        assert await directory.look_again(1)
        assert register.loads == 1
        register.rows["77"], register.revision = entry("77"), 2
        assert await directory.look_again(1)
        assert directory.get("77") is not None
        assert register.loads == 2
        assert threading.get_ident() not in register.threads
        await directory.stop()

    asyncio.run(story())


def test_many_unknown_accounts_cost_ten_looks_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "TICK_S", 60.0)  # no look of its own between those that are asked for
    register, began = Register(), time.monotonic()

    async def story() -> None:
        directory = register.directory()
        await directory.start()
        for _ in range(4):
            assert all(await asyncio.gather(*(directory.look_again(1) for _ in range(100))))
        await directory.stop()

    asyncio.run(story())
    assert len(register.looks) == 5
    assert register.looks[-1] - began >= 4 * MIN_GAP_S * 0.99


def test_a_look_that_began_earlier_does_not_count() -> None:
    register = Register()
    began, go = threading.Event(), threading.Event()

    def slow_load() -> dict[str, Any]:
        rows = dict(register.rows)
        began.set()
        go.wait(2)
        return rows

    async def story() -> None:
        directory = Directory(lambda: dict(register.rows), lambda: register.revision)
        await directory.start()
        directory._load, register.revision = slow_load, 2
        early = asyncio.create_task(directory.look_again(2))
        await asyncio.to_thread(began.wait, 2)
        register.rows["77"], register.revision = entry("77"), 3  # entered while the rows are being read
        late = asyncio.create_task(directory.look_again(2))
        await asyncio.sleep(0.01)
        go.set()
        assert await early
        assert await late
        assert directory.get("77") is not None
        await directory.stop()

    asyncio.run(story())


def test_database_away_keeps_what_was_read(caplog: pytest.LogCaptureFixture) -> None:
    register = Register()

    async def story() -> None:
        directory = register.directory()
        await directory.start()
        register.fails = 1
        assert not await directory.look_again(1)
        assert directory.get("1234") is not None
        assert await directory.look_again(1)
        await directory.stop()

    asyncio.run(story())
    assert "cannot be read: database away" in caplog.text


def test_start_waits_for_the_first_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canh.gateway.directory.TICK_S", 0.01)
    register = Register()
    register.fails = 3

    async def story() -> None:
        directory = register.directory()
        await directory.start()
        assert directory.get("1234") is not None
        register.rows["77"], register.revision = entry("77"), 2
        async with asyncio.timeout(30):
            while directory.get("77") is None:  # the tick finds it, nobody asks
                await asyncio.sleep(0.01)
        await directory.stop()

    asyncio.run(story())
    assert len(register.looks) >= 4


@pytest.mark.django_db
def test_the_register_of_the_installation(cast: Any) -> None:
    from canh.sites import queries

    rows = queries.panel_directory()
    account = cast.bank_panel.account
    assert rows[account].panel_id == cast.bank_panel.id
    assert any(row.key is not None and len(row.key) in (16, 24, 32) for row in rows.values())
    assert isinstance(queries.directory_revision(), int)


# -- counters


@given(st.integers(0, 10**9))
def test_buckets_are_narrow_and_in_order(us: int) -> None:
    start = bucket_start(bucket(us))
    assert start <= us <= start * 1.125 + 1
    assert bucket(us) <= bucket(us + 1)


def test_percentiles_of_the_last_turns() -> None:
    latencies = Latencies()
    assert latencies.percentiles(0.5, 0.99) == [0, 0]
    for us in range(1, 1001):
        latencies.note(us, 1)
    p50, p99 = latencies.percentiles(0.5, 0.99)
    assert 440 <= p50 <= 500
    assert 880 <= p99 <= 990
    latencies.turn()
    latencies.note(9_000, 7)
    assert latencies.percentiles(1.0)[0] >= 8_000
    for _ in range(SLOTS - 1):
        latencies.turn()
    assert 8_000 <= latencies.percentiles(0.5)[0] <= 9_000  # the first thousand are forgotten
    latencies.turn()
    assert latencies.percentiles(0.5) == [0]


def test_counts_go_on_gauges_do_not() -> None:
    found = counts_before({"acked": 7, "connections_open": 9, "started_at": 1})
    assert (found["acked"], found["connections_open"], found["started_at"]) == (7, 0, 0)


# -- quotas and limits


def test_quota_per_key_and_window() -> None:
    quota = Quota(2, 60)
    assert [quota.allows("a", t) for t in (0, 1, 2, 59)] == [True, True, False, False]
    assert quota.allows("b", 2)
    assert quota.allows("a", 60)


def test_quota_does_not_grow_without_end() -> None:
    quota = Quota(1, 60)
    assert all(quota.allows(str(n), 0) for n in range(MAX_KEYS))
    assert not quota.allows("one more", 1)
    assert not quota.allows("0", 1)
    assert quota.allows("later", 61)
    assert len(quota._seen) == 1


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("10.0.0.1", False), ("", False)]
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_setting_for_panels_behind_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.from_environment() == Limits()
    monkeypatch.setenv("CANH_DC09_PER_PEER", "5000")
    assert limits.from_environment().per_peer == 5000
    monkeypatch.setenv("CANH_DC09_PER_PEER", "many")
    with pytest.raises(SystemExit, match="CANH_DC09_PER_PEER"):
        limits.from_environment()


# -- nudge


class Loop:
    """An event loop whose time the test moves."""

    def __init__(self) -> None:
        self.now, self.waiting = 100.0, [(math.inf, lambda: None)]

    def time(self) -> float:
        return self.now

    def call_later(self, wait: float, act: Callable[[], None]) -> object:
        heapq.heappush(self.waiting, (self.now + wait, act))
        return object()

    def forward(self, seconds: float) -> None:
        until = self.now + seconds
        while self.waiting[0][0] <= until:
            self.now, act = heapq.heappop(self.waiting)
            act()
        self.now = until


def test_nudge_is_limited_and_the_last_is_never_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, told = Loop(), list[float]()
    monkeypatch.setattr("canh.gateway.nudge.asyncio.get_running_loop", lambda: loop)
    nudge = Nudge(lambda: told.append(loop.now))
    nudge()
    assert told == [100.0]  # the first at once
    for _ in range(50):
        loop.forward(GAP_S / 10)
        nudge()
    last = loop.now
    loop.forward(3 * GAP_S)
    assert 6 <= len(told) <= 7
    assert told[-1] >= last
    assert min(b - a for a, b in pairwise(told)) >= GAP_S - 1e-9

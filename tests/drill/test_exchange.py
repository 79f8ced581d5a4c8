"""The whole play over real TCP; and a gateway that comes late, goes away, or does not answer."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import pytest

from canh.drill import play, scenes
from canh.drill.exchange import Exchange
from canh.drill.player import Player
from canh.drill.scenes import Actor, Step
from canh.kit import clock
from tests.drill.receiver import receiver
from tests.drill.stage import cast, dice

KEYS = {"2001": bytes(range(16)), "2004": bytes(range(32)), "2301": bytes(range(24))}
SCRIPT = scenes.load()
HOLD_UP = next(s for s in SCRIPT.scenes if s.is_opening).steps[0]
STORED_LATE = next(s for s in SCRIPT.scenes if s.id == "path_lost").steps[-1]


def actors() -> list[Actor]:
    return [a for a in cast(KEYS) if a.account in {"2001", "2003", "2004", "2301", "2402"}]


def bank() -> Actor:
    return actors()[0]


async def free_port() -> int:
    async with receiver() as desk:
        return desk.port


class Conductor:
    """A watch that jumps to the next moment as soon as everything said has been answered."""

    def __init__(self, exchange: Exchange, seconds: float) -> None:
        self.passed = 0.0
        self._exchange, self._end, self._speaking = exchange, seconds, 0

    async def wait(self, seconds: float) -> bool:
        await asyncio.sleep(0)
        while self._speaking:
            await asyncio.sleep(0.001)
        self.passed += seconds
        return await self._exchange.wait(0) and self.passed <= self._end

    async def say(self, actor: Actor, step: Step | None) -> None:
        self._speaking += 1
        try:
            await self._exchange.say(actor, step)
        finally:
            self._speaking -= 1


async def none_open() -> int:
    return 0


def test_an_hour_of_the_play_is_all_stored_and_begins_with_a_hold_up_within_five_seconds() -> None:
    told: list[tuple[float, str, str]] = []

    async def story() -> None:
        async with receiver(keys=KEYS) as desk:
            exchange = Exchange("127.0.0.1", desk.port, asyncio.Event())
            conductor = Conductor(exchange, 3600)
            plain_answer = desk.answer

            def answer(heard):  # type: ignore[no-untyped-def]
                told.append((conductor.passed, heard.account, heard.inside))
                return plain_answer(heard)

            desk.answer = answer
            player = Player(
                SCRIPT, actors(), say=conductor.say, wait=conductor.wait, open_count=none_open, dice=dice(5)
            )
            await player.run()
            await exchange.close()
            assert {heard.star for heard in desk.heard} == {"", "*"}

    asyncio.run(story())
    said = [line for line in told if "|" in line[2]]
    at, account, _inside = next(line for line in said if "HA" in line[2] or "|1122" in line[2])
    assert at < 5
    assert account in {"2001", "2003", "2004"}
    assert len(said) > 30
    assert len(told) - len(said) == 5 * 61 - 4  # polls: each minute, the later ones begin later


def test_a_restart_does_not_repeat_numbers() -> None:
    async def story() -> None:
        async with receiver(keys=KEYS) as desk:
            for life in range(2):
                with clock.use(lambda later=10 * life: time.time_ns() + later * 10**9):
                    exchange = Exchange("127.0.0.1", desk.port, asyncio.Event())
                    for _ in range(3):
                        await exchange.say(bank(), HOLD_UP)
                    await exchange.close()
            assert len({heard.number for heard in desk.heard}) == 6

    asyncio.run(story())


def test_a_stored_event_says_when_it_happened() -> None:
    async def story() -> None:
        async with receiver(keys=KEYS) as desk:
            exchange = Exchange("127.0.0.1", desk.port, asyncio.Event())
            await exchange.say(bank(), STORED_LATE)
            await exchange.close()
            assert "RP][H" in desk.heard[0].inside

    asyncio.run(story())


def test_a_gateway_that_comes_late_is_waited_for_and_named_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canh.drill.exchange.FIRST_WAIT_S", 0.02)
    monkeypatch.setattr("canh.drill.exchange.SAY_AFTER_S", 0.04)

    async def story() -> None:
        port = await free_port()
        exchange = Exchange("127.0.0.1", port, asyncio.Event())
        waiting = [asyncio.create_task(exchange.wait(0)) for _ in range(5)]
        await asyncio.sleep(0.3)
        assert not any(task.done() for task in waiting)
        async with receiver(port=port):
            assert await asyncio.gather(*waiting) == [True] * 5

    with caplog.at_level(logging.WARNING, "canh.drill"):
        asyncio.run(story())
    assert len(caplog.records) == 1


def test_a_message_that_met_no_gateway_is_delivered_later_in_order_with_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("canh.drill.exchange.FIRST_WAIT_S", 0.02)

    async def story() -> None:
        port = await free_port()
        exchange = Exchange("127.0.0.1", port, asyncio.Event())
        exchange._is_up = True  # it was there a moment ago
        said = [asyncio.create_task(exchange.say(bank(), HOLD_UP)) for _ in range(4)]
        await asyncio.sleep(0.1)
        async with receiver(keys=KEYS, port=port) as desk:
            await asyncio.gather(*said)
            await exchange.close()
            numbers = [int(heard.number) for heard in desk.heard]
            assert numbers == sorted(numbers)
            assert len(numbers) == 4
            assert "][H" in desk.heard[0].inside

    asyncio.run(story())


def test_a_message_the_gateway_does_not_take_is_given_up_and_named(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with receiver(lambda heard: None, KEYS) as desk:
            exchange = Exchange("127.0.0.1", desk.port, asyncio.Event(), retry_s=0.02)
            await exchange.say(bank(), HOLD_UP)

    with caplog.at_level(logging.WARNING, "canh.drill"):
        asyncio.run(story())
    assert "2001: no reply" in caplog.text


def test_the_stop_ends_every_wait() -> None:
    async def story() -> None:
        stop = asyncio.Event()
        exchange = Exchange("127.0.0.1", await free_port(), stop)
        waiting = asyncio.create_task(exchange.wait(3600))
        lost = asyncio.create_task(exchange.say(bank(), HOLD_UP))
        await asyncio.sleep(0.05)
        stop.set()
        async with asyncio.timeout(2):
            assert await waiting is False
            await lost

    asyncio.run(story())


@pytest.fixture
def fake_register(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[list[Actor]], list[int]], None]:
    def use(casts: list[list[Actor]], counts: list[int]) -> None:
        monkeypatch.setattr(play, "load_cast", lambda: casts.pop(0) if len(casts) > 1 else casts[0])
        monkeypatch.setattr(play, "_open_drill_count", lambda: counts[0])

    return use


def test_the_process_plays_against_a_gateway(fake_register: Callable[..., None]) -> None:
    fake_register([actors()], [0])

    async def story() -> None:
        stop = asyncio.Event()
        async with receiver(keys=KEYS) as desk:
            playing = asyncio.create_task(play.play("127.0.0.1", desk.port, pace=50, seed=1, stop=stop))
            await _until(lambda: any("HA" in h.inside or "|1122" in h.inside for h in desk.heard))
            stop.set()
            async with asyncio.timeout(2):
                await playing

    asyncio.run(story())


def test_the_process_waits_for_the_ward_to_be_seeded(
    fake_register: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake_register([[], [], actors()], [0])
    monkeypatch.setattr(play, "LOOK_AGAIN_S", 0.02)

    async def story() -> None:
        stop = asyncio.Event()
        async with receiver(keys=KEYS) as desk:
            playing = asyncio.create_task(play.play("127.0.0.1", desk.port, seed=1, stop=stop))
            await _until(lambda: bool(desk.heard))
            stop.set()
            await playing

    with caplog.at_level(logging.WARNING, "canh.drill"):
        asyncio.run(story())
    assert len(caplog.records) == 1


def test_an_error_of_the_database_ends_the_process(
    fake_register: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_register([actors()], [0])

    def broken() -> int:
        raise OSError("disk I/O error")

    monkeypatch.setattr(play, "_open_drill_count", broken)

    async def story() -> None:
        async with receiver(keys=KEYS) as desk:
            await play.play("127.0.0.1", desk.port, pace=50, stop=asyncio.Event())

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(story())
    assert caught.group_contains(OSError)


async def _until(is_so: Callable[[], bool], wait: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await wait(0.01)

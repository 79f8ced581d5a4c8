"""The dialler against receivers that behave, and that do not."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from canh.drill.dc09 import Answer, Message, Sender
from canh.drill.dialler import (
    ClockRefused,
    Dialler,
    Line,
    NoConnection,
    NoReply,
    NotProcessed,
    WrongReply,
    first_number,
)
from canh.kit import clock
from tests.drill.receiver import Heard, Receiver, ack, frame, receiver, stamp

KEY = bytes(range(16))
EVENT = Message("SIA-DCS", 7, "Nri1/BA03")
slept: list[float] = []


async def no_sleep(seconds: float) -> None:
    slept.append(seconds)


def dialler(desk: Receiver, key: bytes | None = None, **line: Any) -> Dialler:
    place = Line("127.0.0.1", desk.port, **{"retry_s": 0.2, **line})
    return Dialler(Sender("2001", key), place, start=7, sleep=no_sleep)


def run(story: Coroutine[Any, Any, None]) -> None:
    slept.clear()
    asyncio.run(story)


@pytest.mark.parametrize("key", [None, KEY, KEY + KEY])
def test_a_message_is_stored(key: bytes | None) -> None:
    async def story() -> None:
        async with receiver(keys={"2001": key} if key else None) as desk:
            reply = await dialler(desk, key).send(EVENT)
            assert (reply.answer, reply.number) == (Answer.ACK, 7)
            assert (desk.heard[0].kind, desk.heard[0].number) == ("SIA-DCS", "0007")
            assert desk.heard[0].inside.startswith("#2001|Nri1/BA03]_")

    run(story())


def test_a_poll_has_number_zero_and_no_content() -> None:
    async def story() -> None:
        async with receiver() as desk:
            await dialler(desk).poll()
            assert (desk.heard[0].kind, desk.heard[0].number) == ("NULL", "0000")
            assert desk.heard[0].inside.startswith("]_")

    run(story())


@pytest.mark.parametrize(("keeps", "connections"), [(True, 1), (False, 3)])
def test_one_line_for_all_or_one_for_each(keeps: bool, connections: int) -> None:
    async def story() -> None:
        async with receiver() as desk:
            phone = dialler(desk, keeps=keeps)
            for _ in range(3):
                await phone.send(EVENT)
            await phone.close()
            assert (len(desk.heard), desk.connections) == (3, connections)

    run(story())


def test_a_kept_line_that_was_cut_is_dialled_again() -> None:
    async def story() -> None:
        async with receiver(lambda heard: ack(heard) if heard.number == "0007" else b"") as desk:
            phone = dialler(desk, keeps=True)
            await phone.send(EVENT)
            with pytest.raises(NoReply):
                await phone.send(Message("NULL", 0))
            await phone.send(EVENT)
            await phone.close()

    run(story())


def test_messages_at_the_same_time_go_one_after_the_other() -> None:
    async def story() -> None:
        async with receiver() as desk:
            phone = dialler(desk, keeps=True)
            await asyncio.gather(*(phone.send(Message("NULL", n)) for n in range(1, 21)))
            await phone.close()
            assert [int(heard.number) for heard in desk.heard] == list(range(1, 21))

    run(story())


def test_without_reply_the_same_bytes_are_sent_again() -> None:
    async def story() -> None:
        async with receiver(lambda heard: ack(heard) if len(desk.heard) == 3 else None) as desk:
            await dialler(desk, retry_s=0.05).send(EVENT)
            assert len({heard.raw for heard in desk.heard}) == 1
            assert desk.connections == 3

    run(story())


@pytest.mark.parametrize("silence", [None, b""])
def test_no_reply_at_all(silence: bytes | None) -> None:
    async def story() -> None:
        async with receiver(lambda heard: silence) as desk:
            with pytest.raises(NoReply, match="2001: no reply to message 0007"):
                await dialler(desk, retry_s=0.05).send(EVENT)
            assert len(desk.heard) == 3

    run(story())
    assert all(0 <= seconds <= 0.05 for seconds in slept)
    assert len(slept) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda heard: ack(heard, number="0008"), "0008 instead of 0007"),
        (lambda heard: ack(heard, account="2002"), "account 2002"),
        (lambda heard: frame('"ACK"0007L0[]'), "account none"),
        (lambda heard: ack(heard).replace(b"2001", b"2002"), "checksum"),
        (lambda heard: b"x" * 9000, "does not end"),
        (lambda heard: b"no such thing\r", "not a DC-09 frame"),
    ],
)
def test_a_wrong_reply_counts_as_none_and_is_named(answer: Any, why: str) -> None:
    async def story() -> None:
        async with receiver(answer) as desk:
            with pytest.raises(WrongReply, match=why):
                await dialler(desk).send(EVENT)
            assert len(desk.heard) == 3

    run(story())


def test_a_plain_reply_to_an_encrypted_message_is_not_believed() -> None:
    async def story() -> None:
        async with receiver(lambda heard: frame('"ACK"0007L0#2001[]'), {"2001": KEY}) as desk:
            with pytest.raises(WrongReply, match="not encrypted"):
                await dialler(desk, KEY).send(EVENT)

    run(story())


def test_duh_is_never_repeated() -> None:
    async def story() -> None:
        async with receiver(lambda heard: frame('"DUH"0007L0#2001[]')) as desk:
            with pytest.raises(NotProcessed, match="cannot process Nri1/BA03"):
                await dialler(desk).send(EVENT)
            assert len(desk.heard) == 1

    run(story())


def nak() -> bytes:
    return frame(f'"NAK"0000R0L0A0[]{stamp(clock.now())}')


def test_after_a_nak_the_time_of_the_receiver_is_taken_over() -> None:
    async def story() -> None:
        def answer(heard: Heard) -> bytes:
            true_time = datetime.now(UTC) + timedelta(hours=7)  # our clock is seven hours slow
            is_right = stamp(true_time)[:6] in heard.inside
            return ack(heard) if is_right else frame(f'"NAK"0000R0L0A0[]{stamp(true_time)}')

        async with receiver(answer) as desk:
            phone = dialler(desk)
            assert (await phone.send(EVENT)).answer is Answer.ACK
            assert abs(phone.clock_error - timedelta(hours=7)) < timedelta(seconds=3)
            await phone.send(EVENT)
            assert len(desk.heard) == 3  # the second message was right at once

    run(story())


def test_a_receiver_that_says_nak_for_ever() -> None:
    async def story() -> None:
        async with receiver(lambda heard: nak()) as desk:
            with pytest.raises(ClockRefused):
                await dialler(desk).send(EVENT)
            assert len(desk.heard) == 2

    run(story())


def test_nobody_there_is_told_at_once() -> None:
    async def story() -> None:
        async with receiver() as desk:
            port = desk.port
        with pytest.raises(NoConnection, match=f"127.0.0.1:{port}"):
            await Dialler(Sender("2001"), Line("127.0.0.1", port)).send(EVENT)

    run(story())
    assert slept == []


def test_numbers_run_from_1_to_9999_and_round() -> None:
    phone = Dialler(Sender("2001"), Line("127.0.0.1", 1), start=9998)
    assert [phone.take_number() for _ in range(4)] == [9998, 9999, 1, 2]


def test_a_restart_begins_behind_the_numbers_used_before() -> None:
    start = 1_700_000_000
    with clock.use(lambda: start * 10**9):
        before = first_number()
    with clock.use(lambda: (start + 60) * 10**9):
        assert (first_number() - before) % 9999 == 60
    for second in range(start, start + 12_000, 7):
        with clock.use(lambda now=second: now * 10**9):
            assert 1 <= first_number() <= 9999

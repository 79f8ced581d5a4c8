"""The stream: state first, then what changes; slow readers fall to the state; what was seen is noted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from canh.accounts.actions import end_assignment
from canh.accounts.terms import Role
from canh.alarms.models import Alarm
from canh.console.desk import board, live
from canh.console.desk.board import Message, Scope
from canh.console.desk.live import Client, Ticker
from canh.kit import clock
from tests.cast import Cast, make_cast
from tests.console.desk.scenes import browser, raise_alarm, viewer

SCOPE = Scope(live.Viewer(True, frozenset(), frozenset(), frozenset()), "vi")


def message(text: str) -> Message:
    return Message(text.encode(), 1, ())


def test_a_slow_reader_gets_the_whole_state_instead_of_a_queue() -> None:
    client = Client(SCOPE)
    client.offer(message("one"), partial(message, "all"))
    client.offer(message("two"), partial(message, "all"))
    client.offer_beat(b"beat")
    assert client.waiting == message("all")


def test_a_beat_never_displaces_news() -> None:
    client = Client(SCOPE)
    client.offer_beat(b"beat")
    client.offer(message("one"), partial(message, "all"))
    assert client.waiting == message("one")


def test_strangers_and_machines_without_a_session_are_refused(cast: Cast) -> None:
    from django.test import Client as Browser

    assert Browser().get("/live/", headers={"Accept": "text/event-stream"}).status_code == 401
    assert browser(cast.la).get("/live/").status_code == 403


@pytest.mark.parametrize(
    ("role", "page", "counts"),
    [(Role.OPERATOR, "desk", True), (Role.OPERATOR, "map", False), (Role.ADMINISTRATOR, "desk", False)],
)
def test_only_the_desk_of_somebody_who_may_act_counts_as_shown(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, role: Role, page: str, counts: bool
) -> None:
    seen: list[Client] = []

    async def nothing(client: Client) -> AsyncIterator[bytes]:
        seen.append(client)
        yield b""

    monkeypatch.setattr(live._ticker, "listen", nothing)
    person = cast.person(role, None if role == Role.ADMINISTRATOR else cast.city)
    response = browser(person).get(f"/live/?page={page}")
    assert response["Content-Type"] == "text/event-stream"
    assert response["Cache-Control"] == "no-store"
    asyncio.run(drain(response.streaming_content))  # type: ignore[attr-defined]
    assert (seen[0].keeper is not None) is counts
    assert seen[0].scope == Scope(viewer(person), "vi")


@pytest.mark.django_db(transaction=True)
def test_what_one_only_looks_at_does_not_count_as_shown() -> None:
    cast = make_cast()
    own, other = raise_alarm("1001", "HA", "1"), raise_alarm("1002", "BA", "1")
    live._mark([own.id, other.id], viewer(cast.dung), clock.now_us())
    assert Alarm.objects.get(id=own.id).shown_at
    assert Alarm.objects.get(id=other.id).shown_at is None


async def drain(stream: AsyncIterator[bytes]) -> None:
    async for _part in stream:
        pass


async def events(stream: AsyncIterator[bytes], kind: str) -> dict[str, Any]:
    """The next event of a kind."""
    while True:
        text = (await asyncio.wait_for(anext(stream), 10)).decode()
        if text.startswith(f"event: {kind}"):
            return json.loads(text.split("data: ", 1)[1])


@pytest.mark.django_db(transaction=True)
def test_the_stream_tells_state_then_changes_and_notes_what_was_shown() -> None:
    cast = make_cast()
    first = raise_alarm("1002", "BA", "1")
    scope = Scope(viewer(cast.chi), "vi")

    async def story() -> None:
        ticker = Ticker()
        stream = ticker.listen(Client(scope, scope.viewer))
        state = await events(stream, "board")
        assert state["order"] == [str(first.id)]
        second = await asyncio.to_thread(raise_alarm, "1001", "HA", "1")
        change = await events(stream, "board")
        assert change["after"] == state["number"]
        assert list(change["rows"]) == [str(second.id)]
        assert change["sound"] == 1
        assert "at" in await events(stream, "beat")
        await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(ticker._task, 5)  # type: ignore[arg-type]
        assert ticker._boards == {}
        ticker._marker.shutdown(wait=True)
        ticker._reader.shutdown(wait=True)

    asyncio.run(story())
    assert all(a.shown_at and a.shown_at >= a.received_at for a in Alarm.objects.all())


@pytest.mark.django_db(transaction=True)
def test_two_desks_of_a_scope_get_the_same_bytes() -> None:
    cast = make_cast()
    scope = Scope(viewer(cast.chi), "vi")

    async def story() -> None:
        ticker = Ticker()
        streams = [ticker.listen(Client(scope)) for _ in range(2)]
        for stream in streams:
            assert (await events(stream, "board"))["state"]
        await asyncio.to_thread(raise_alarm, "1001", "HA", "1")
        said = [await events(stream, "board") for stream in streams]
        assert said[0] == said[1]
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(ticker._task, 5)  # type: ignore[arg-type]

    asyncio.run(story())
    assert Alarm.objects.get().shown_at is None


@pytest.mark.django_db(transaction=True)
def test_without_a_look_there_is_no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    ticker = Ticker()
    client = Client(Scope(viewer(cast.chi), "vi"))
    ticker._boards[client.scope] = live.Board(board.take_picture(client.scope, 0), clients={client})
    monkeypatch.setattr(live.queries, "pulse", lambda: 1 / 0)

    async def look() -> bool:
        return await ticker._look()

    assert asyncio.run(look()) is False
    assert client.waiting is None


def test_a_right_that_was_taken_away_ends_with_the_stream_within_a_minute(cast: Cast) -> None:
    client = browser(cast.dung)
    assert client.get("/live/").status_code == 200
    end_assignment(cast.dung.assignments.get(), actor_id=cast.en.id)
    assert client.get("/live/").status_code == 403
    assert live.LIFE_S <= 60


@pytest.mark.django_db(transaction=True)
def test_the_server_hangs_up_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    monkeypatch.setattr(live, "LIFE_S", 0.3)
    scope = Scope(viewer(cast.chi), "vi")

    async def story() -> int:
        ticker = Ticker()
        parts = [part async for part in ticker.listen(Client(scope))]
        await asyncio.wait_for(ticker._task, 5)  # type: ignore[arg-type]
        return len(parts)

    assert asyncio.run(story()) >= 2

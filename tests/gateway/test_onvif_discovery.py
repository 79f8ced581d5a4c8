"""Cameras in the local network are offered, never believed. The peer's messages are read and made by WSDiscovery,
which we did not write."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsdiscovery import QName, Scope
from wsdiscovery.actions.probematch import constructProbeMatch, createProbeMatchMessage
from wsdiscovery.message import parseSOAPMessage
from wsdiscovery.service import Service

from canh.gateway.doors import DoorSettings
from canh.gateway.onvif import discovery, door
from tests.gateway.conftest import Running
from tests.gateway.test_onvif_door import Book
from tests.house import until

NVT = QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")
SCOPES = ["name/C%E1%BB%ADa%20sau", "hardware/C-1", "mfr/Example", "Profile/Streaming"]


class Peer:
    """Answers probes on a port of this machine."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.before: list[bytes] = []
        """Sent ahead of the right answer."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.target = self._socket.getsockname()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                data, sender = self._socket.recvfrom(65_535)
            except OSError:
                return
            probe = parseSOAPMessage(data, sender[0])
            self.asked.append(probe)
            for text in [*self.before, self._answer(probe.getMessageId())]:
                self._socket.sendto(text, sender)

    def _answer(self, question: str) -> bytes:
        scopes = [Scope(f"onvif://www.onvif.org/{scope}") for scope in SCOPES]
        places = ["http://10.9.9.9/onvif/device_service", "http://127.0.0.1:8080/onvif/device_service"]
        service = Service([NVT], scopes, places, "urn:uuid:9c1c0c26-0000-1000-8000-00112233aabb", 1)
        text = createProbeMatchMessage(constructProbeMatch([service], question))
        return text if isinstance(text, bytes) else text.encode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.close()


def test_an_answer_is_understood_and_the_question_is(peer: Peer) -> None:
    (found,) = asyncio.run(discovery.probe(peer.target, 1.0))
    assert found.account == "onvif:9c1c0c26-0000-1000-8000-00112233aabb"
    assert found.name == "Cửa sau"
    assert found.facts["maker"] == "Example"
    assert found.facts["model"] == "C-1"
    assert found.facts["address"] == "127.0.0.1:8080", "where the answer came from, of the two it names"
    (probe,) = peer.asked
    assert [str(one) for one in probe.getTypes()] == [str(NVT)]


def test_nonsense_between_is_passed_over(peer: Peer) -> None:
    peer.before = [b"\xff", b"<!DOCTYPE a><a/>", b"<ProbeMatch/>"]
    assert len(asyncio.run(discovery.probe(peer.target, 1.0))) == 1


@given(st.binary(max_size=200))
def test_nothing_makes_it_fail(data: bytes) -> None:
    assert discovery.matches(data, "192.0.2.4") == []


def test_it_asks_only_when_the_operator_said_so(
    peer: Peer, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "LISTEN_S", 0.5)
    monkeypatch.setattr(door, "DISCOVER_EVERY_S", 0.1)

    async def probe() -> list[discovery.Found]:
        return await real(peer.target, 0.5)

    real = discovery.probe
    monkeypatch.setattr(discovery, "probe", probe)
    quiet = start(Book().directory(), journal="quiet.db")
    asking = start(Book().directory(), settings=DoorSettings(onvif_discover=True))
    noted: list[Any] = []
    asking.call(lambda: setattr(asking.gateway.desk.journal, "note_found", noted.append))
    (first, *_more) = until(lambda: noted)
    assert (first.door, first.account) == ("onvif", "onvif:9c1c0c26-0000-1000-8000-00112233aabb")
    assert (first.kind, first.name) == ("camera", "Cửa sau")
    before = len(peer.asked)
    asking.stop()
    until(lambda: len(peer.asked) - before <= 1, 5)
    assert not quiet.gateway.doors[-1]._discovers  # type: ignore[attr-defined]

"""Sirens by a real broker (Mosquitto)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from canh.channels import actions
from canh.channels.actions import deliver, silence
from canh.channels.actions_setup import set_up
from canh.channels.siren import send as siren
from canh.channels.terms import ChannelKind, OutcomeState
from tests.channels.conftest import MESSAGE
from tests.channels.peers import deaf
from tests.gateway.mosquitto import PASSWORD, USER, Mosquitto, _program
from tests.house import until

S = OutcomeState
TOPIC = "canh/siren/hall"
pytestmark = pytest.mark.django_db


def ready(port: int, password: str = PASSWORD) -> None:
    facts = {"host": "127.0.0.1", "port": port, "security": "none", "ca": "", "user": USER, "topics": [TOPIC],
             "on": "ON", "off": "OFF"}  # fmt: skip
    set_up(ChannelKind.SIREN, is_on=True, facts=facts, secret=password)


def test_a_broker_that_does_not_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "LIMIT_S", 1.5)
    with deaf() as port:
        ready(port)
        began = time.monotonic()
        assert deliver("siren", TOPIC, MESSAGE).state == S.RETRY
        assert time.monotonic() - began < 2.5
    assert deliver("siren", TOPIC, MESSAGE).state == S.RETRY  # refused


def test_only_sirens_of_the_administrator_are_switched() -> None:
    ready(1)
    assert deliver("siren", "zigbee2mqtt/lock/set", MESSAGE).state == S.FAILED
    assert silence("zigbee2mqtt/lock/set").state == S.FAILED


@pytest.mark.services
class TestBroker:
    @pytest.fixture
    def broker(self, tmp_path: Path) -> Iterator[Mosquitto]:
        made = Mosquitto(tmp_path / "broker")
        made.start()
        yield made
        made.kill()

    @contextmanager
    def siren(self, broker: Mosquitto, count: int) -> Iterator[list[str]]:
        """Hears so many messages; they are there when the block is left."""
        heard: list[str] = []
        words = [
            "-p",
            str(broker.port),
            "-u",
            USER,
            "-P",
            PASSWORD,
            "-q",
            "1",
            "-t",
            TOPIC,
            "-C",
            str(count),
            "-W",
            "20",
        ]
        listening = subprocess.Popen([_program("mosquitto_sub"), *words], stdout=subprocess.PIPE, text=True)
        until(lambda: "SUBSCRIBE" in (broker.folder / "log").read_text(), 10)
        yield heard
        out, _err = listening.communicate(timeout=20)
        heard.extend(out.split())

    def test_on_and_off(self, broker: Mosquitto) -> None:
        ready(broker.port)
        with self.siren(broker, 2) as heard:
            assert deliver("siren", TOPIC, MESSAGE).state == S.SENT
            assert silence(TOPIC).state == S.SENT
        assert heard == ["ON", "OFF"]

    def test_a_test_sounds_a_second(self, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(siren, "CHIRP_S", 0.2)
        ready(broker.port)
        with self.siren(broker, 2) as heard:
            assert deliver("siren", TOPIC, replace(MESSAGE, is_test=True)).state == S.SENT
        assert heard == ["ON", "OFF"]

    def test_a_siren_that_cannot_be_switched_off_is_told(
        self, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ready(broker.port)
        with self.siren(broker, 1) as heard:
            monkeypatch.setattr(siren, "time", SimpleNamespace(sleep=lambda _s: broker.kill()))
            outcome = deliver("siren", TOPIC, replace(MESSAGE, is_test=True))
        assert heard == ["ON"]
        assert outcome.state == S.FAILED  # a further try would sound it again

    def test_a_siren_that_is_not_there_is_no_siren(self, broker: Mosquitto) -> None:
        ready(broker.port)
        assert deliver("siren", TOPIC, MESSAGE).state == S.RETRY

    def test_a_wrong_password_stays_wrong(self, broker: Mosquitto) -> None:
        ready(broker.port, "another")
        outcome = deliver("siren", TOPIC, MESSAGE)
        assert (outcome.state, "another" in outcome.detail) == (S.FAILED, False)

"""Webhooks against a real receiver on a real socket."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from canh.channels.actions import LIMIT_S, deliver
from canh.channels.message import Outcome
from canh.channels.terms import OutcomeState
from canh.channels.webhook import sign
from tests.channels.conftest import MESSAGE, SECRET, set_up_webhook
from tests.channels.peers import Papers, Receiver, deaf, is_rightly_signed, running

pytestmark = pytest.mark.django_db


def post(receiver: Receiver, path: str = "/in?room=1", **changes: object) -> Outcome:
    base = f"http://127.0.0.1:{receiver.port}"
    set_up_webhook(base)
    with running(receiver):
        return deliver("webhook", base + path, replace(MESSAGE, **changes))  # type: ignore[arg-type]


def test_a_message_arrives_signed_over_tls(papers: Papers) -> None:
    receiver = Receiver(papers)
    base = f"https://localhost:{receiver.port}"
    set_up_webhook(base, ca=papers.pem)
    with running(receiver):
        outcomes = [deliver("webhook", f"{base}/canh", MESSAGE) for _ in range(2)]
    assert [o.state for o in outcomes] == [OutcomeState.SENT] * 2
    (path, headers, body), (_path, again, _body) = receiver.posts
    assert path == "/canh"
    assert is_rightly_signed(SECRET, headers, body)
    assert not is_rightly_signed(SECRET, headers, body + b" ")
    assert headers["webhook-id"] == again["webhook-id"] == MESSAGE.key
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    told = json.loads(body)
    assert (told["title"], told["text"], told["is_test"]) == (MESSAGE.title, MESSAGE.text, False)


def test_an_unknown_certificate_gets_nothing(papers: Papers) -> None:
    receiver = Receiver(papers)
    base = f"https://localhost:{receiver.port}"
    set_up_webhook(base)
    with running(receiver):
        assert deliver("webhook", base, MESSAGE).state == OutcomeState.FAILED
    assert receiver.posts == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "sent"), (202, "sent"), (204, "sent"), (400, "failed"), (401, "failed"), (404, "failed"), (410, "failed"),
        (408, "retry"), (425, "retry"), (429, "retry"), (500, "retry"), (503, "retry"),
    ],
)  # fmt: skip
def test_the_status_decides(status: int, state: str) -> None:
    assert post(Receiver(status=status)).state == state


def test_redirects_are_not_followed() -> None:
    other = Receiver()
    with running(other):
        outcome = post(Receiver(status=307, Location=f"http://127.0.0.1:{other.port}/"))
    assert outcome.state == OutcomeState.FAILED
    assert other.posts == []


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("how", ["hang", "drip"])
def test_who_never_comes_to_an_end_is_cut_off(how: str) -> None:
    receiver, began = Receiver(how=how), time.monotonic()
    assert post(receiver).state == OutcomeState.RETRY
    assert time.monotonic() - began < 3
    assert len(receiver.posts) == 1


def test_the_real_limit_is_less_than_ten_seconds() -> None:
    with deaf() as port:
        set_up_webhook(f"http://127.0.0.1:{port}")
        began = time.monotonic()
        assert deliver("webhook", f"http://127.0.0.1:{port}/", MESSAGE).state == OutcomeState.RETRY
        assert LIMIT_S - 1 < time.monotonic() - began < 10


def test_noise_is_tried_again() -> None:
    assert post(Receiver(how="noise")).state == OutcomeState.RETRY


def test_only_receivers_of_the_administrator_are_called() -> None:
    """Else each person could make this machine call others of its network."""
    other = Receiver()
    set_up_webhook("https://hooks.example.vn")
    with running(other):
        outcome = deliver("webhook", f"http://127.0.0.1:{other.port}/", MESSAGE)
    assert outcome.state == OutcomeState.FAILED
    assert other.posts == []


def test_a_strange_key_cannot_write_headers() -> None:
    receiver = Receiver()
    assert post(receiver, key="a\r\nx: y").state == OutcomeState.SENT
    assert receiver.posts[0][1]["webhook-id"] == sign.id_of("a\r\nx: y")
    assert "x" not in receiver.posts[0][1]


def test_the_example_of_the_standard() -> None:
    """From the test of the reference library (standard-webhooks, tests of the signature)."""
    made = sign.headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                        b'{"test": 2432232314}')  # fmt: skip
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

"""Chat services: Apprise speaks, a server of the standard library listens and knows nothing of either."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from canh.channels import actions
from canh.channels.actions_setup import set_up
from canh.channels.chat import send as chat
from canh.channels.message import Outcome
from canh.channels.rules import address_problem
from canh.channels.terms import ChannelKind, OutcomeState
from tests.channels.conftest import MESSAGE
from tests.channels.peers import Receiver, running

TOKEN = "abcdefghijklmnopqrstuvwx"


@pytest.fixture
def service() -> Iterator[Receiver]:
    receiver = Receiver(status=200)
    with running(receiver):
        yield receiver


def heard(service: Receiver) -> list[tuple[str, dict[str, Any]]]:
    return [(path, json.loads(body)) for path, _headers, body in service.posts]


def mattermost(service: Receiver) -> None:
    template = f"mmost://127.0.0.1:{service.port}/{TOKEN}?to={{to}}"
    set_up(ChannelKind.CHAT, is_on=True, facts={"name": "Mattermost"}, secret=template)


def deliver(to: str = "truc-ban", **more: Any) -> Outcome:
    return actions.deliver(ChannelKind.CHAT, to, replace(MESSAGE, **more))


def test_a_person_is_told_at_mattermost(db: None, service: Receiver) -> None:
    mattermost(service)
    assert deliver().state == OutcomeState.SENT
    ((path, told),) = heard(service)
    assert path == f"/hooks/{TOKEN}"
    assert told["channel"] == "truc-ban"
    assert MESSAGE.title in told["text"]
    assert MESSAGE.body in told["text"]


def test_a_person_is_told_at_ntfy_and_an_exercise_says_so(db: None, service: Receiver) -> None:
    set_up(ChannelKind.CHAT, is_on=True, facts={"name": "ntfy"}, secret=f"ntfy://127.0.0.1:{service.port}/{{to}}")
    assert deliver("bao-ve", is_drill=True).state == OutcomeState.SENT
    ((_path, told),) = heard(service)
    assert told["topic"] == "bao-ve"
    assert told["title"].startswith("[DIỄN TẬP]")
    assert told["message"].startswith("[DIỄN TẬP]")


@pytest.mark.parametrize("code", [500, 503, 403])
def test_what_is_not_taken_is_tried_again_and_tells_no_token(
    db: None, service: Receiver, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    mattermost(service)
    service.status = code
    with caplog.at_level(logging.WARNING):
        outcome = deliver()
    assert outcome.state == OutcomeState.RETRY
    assert "Mattermost" in outcome.detail
    assert TOKEN not in outcome.detail + caplog.text


def test_where_it_points_elsewhere_nothing_is_sent_there(db: None, service: Receiver) -> None:
    mattermost(service)
    other = Receiver()
    with running(other):
        service.status, service.extra = 307, {"Location": f"http://127.0.0.1:{other.port}/"}
        assert deliver().state == OutcomeState.RETRY
        assert other.posts == []


def test_a_service_that_hangs_holds_nobody_up(db: None, service: Receiver) -> None:
    mattermost(service)
    service.how = "hang"
    begin = time.monotonic()
    assert deliver().state == OutcomeState.RETRY
    assert time.monotonic() - begin < 10.5


def test_nobody_at_the_other_end(db: None) -> None:
    set_up(ChannelKind.CHAT, is_on=True, facts={"name": "ntfy"}, secret="ntfy://127.0.0.1:9/{to}")
    assert deliver().state == OutcomeState.RETRY


@pytest.mark.parametrize("address", ["a b", "a/b", "a?b", "a%2Fb", "", "x" * 101, "a&b", "a\nb"])
def test_no_address_leads_elsewhere(db: None, service: Receiver, address: str) -> None:
    mattermost(service)
    assert address_problem(ChannelKind.CHAT, address)
    assert deliver(address).state == OutcomeState.FAILED
    assert service.posts == []


def test_a_name_that_the_service_drops_is_not_told_to_whoever_is_there_by_default(db: None, service: Receiver) -> None:
    mattermost(service)
    outcome = deliver("@evil.example.vn:80")
    assert outcome.state == OutcomeState.FAILED
    assert "@evil.example.vn:80" in outcome.detail
    assert service.posts == []


@pytest.mark.parametrize("template", [
    "exec:///bin/sh/{to}", "file:///etc/{to}", "syslog://{to}", "json://127.0.0.1/{to}", "mailto://a:b@c/{to}",
    "mmost://127.0.0.1/token", "{to}://127.0.0.1/x", "ntfy://h/{to}/{to}", "ntfy://", "", "dbus://{to}",
])  # fmt: skip
def test_only_services_that_reach_a_person(db: None, template: str) -> None:
    with pytest.raises(ValidationError):
        set_up(ChannelKind.CHAT, is_on=True, facts={"name": "x"}, secret=template)


def test_every_service_that_is_offered_is_one_of_apprise() -> None:
    import apprise

    known = {
        p
        for s in apprise.Apprise().details()["schemas"]
        for p in [*(s["protocols"] or []), *(s["secure_protocols"] or [])]
    }
    assert set(chat.SERVICES) <= known


def test_without_the_extra_it_is_said(db: None, service: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    mattermost(service)

    def missing(_name: str) -> None:
        raise ImportError

    monkeypatch.setattr(chat, "import_module", missing)
    outcome = deliver()
    assert outcome.state == OutcomeState.FAILED
    assert "./canh extra add chat" in outcome.detail
    with pytest.raises(ValidationError, match="extra add chat"):
        mattermost(service)


def test_the_address_is_kept_sealed_and_stays_when_left_empty(db: None, service: Receiver) -> None:
    mattermost(service)
    changed = set_up(ChannelKind.CHAT, is_on=True, facts={"name": "Chat của ngân hàng"}, secret=None)
    assert changed == ["name"]
    assert deliver().state == OutcomeState.SENT
    for facts in ({"name": " "}, {"name": "x"}):
        with pytest.raises(ValidationError):
            set_up(ChannelKind.CHAT, is_on=True, facts=facts, secret="")

"""Addresses, pauses, and what is refused before anybody is called."""

from __future__ import annotations

import socket
from datetime import date
from itertools import count, takewhile

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from canh.channels import rules
from canh.channels.actions import deliver
from canh.channels.actions_setup import set_up
from canh.channels.models import ChannelSettings
from canh.channels.queries import setup_of
from canh.channels.terms import AddressProblem, ChannelKind, OutcomeState
from tests.channels.conftest import MESSAGE, SECRET, set_up_mail, set_up_webhook

P = AddressProblem


@pytest.mark.parametrize(
    ("kind", "address", "problem"),
    [
        ("email", "an@example.vn", None), ("email", "an.le+ca2@mail.example.com.vn", None),
        ("email", "an@mail", P.EMAIL), ("email", "an@example.vn\r\nBcc: x@y.vn", P.EMAIL),
        ("email", "ân@example.vn", P.EMAIL), ("email", " ", P.EMPTY), ("sms", "0912 345 678", None),
        ("sms", "+84912345678", None), ("sms", "0084912345678", None), ("sms", "113x", P.PHONE),
        ("sms", "+", P.PHONE), ("webhook", "https://hooks.example.vn/a?b=c", None),
        ("webhook", "ftp://host/", P.URL), ("webhook", "https://user:word@host/", P.URL),
        ("webhook", "https://host:99999/", P.URL), ("webhook", "https://host/ x", P.URL),
        ("webhook", "https://host/\r\nx", P.URL), ("webhook", "https:///x", P.URL),
        ("siren", "canh/siren/hall", None), ("siren", "canh/#", P.TOPIC), ("siren", "a b", P.TOPIC),
        ("paper", "Số nhà 5, gọi bà An", None), ("fax", "1", P.NO_CHANNEL), ("email", "a" * 201, P.TOO_LONG),
    ],
)  # fmt: skip
def test_addresses(kind: str, address: str, problem: AddressProblem | None) -> None:
    assert rules.address_problem(kind, address) == problem


def test_every_problem_says_what_to_do_in_both_languages() -> None:
    for problem in AddressProblem:
        with override("en"):
            english = str(problem.label)
        with override("vi"):
            assert str(problem.label) not in {"", english}


def test_numbers_have_one_form() -> None:
    forms = ["0912 345 678", "+84 912 345 678", "0084912345678", "84912345678"]
    assert {rules.number_of(f) for f in forms} == {"+84912345678"}


def test_pauses_grow_and_end() -> None:
    waits = list(takewhile(lambda w: w is not None, (rules.backoff_s(n) for n in count(1))))
    assert waits == sorted(waits)
    assert 5 <= len(waits) <= 12
    assert rules.backoff_s(len(waits) + 1) is None
    assert rules.backoff_s(1, date(2026, 1, 1)) == waits[0]
    with pytest.raises(ValueError, match="from 1"):
        rules.backoff_s(0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "address"),
    [("email", "an@example.vn"), ("webhook", "https://127.0.0.1:1/"), ("sms", "0912345678"), ("siren", "canh/siren"),
     ("paper", "x"), ("fax", "x"), ("email", "nonsense")],
)  # fmt: skip
def test_what_is_not_set_up_calls_nobody(kind: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_more: object) -> None:
        raise AssertionError("nobody may be called")

    monkeypatch.setattr(socket, "create_connection", never)
    monkeypatch.setattr(socket, "getaddrinfo", never)
    outcome = deliver(kind, address, MESSAGE)
    assert outcome.state == OutcomeState.FAILED
    assert len(outcome.detail) > 20


@pytest.mark.django_db
def test_switched_off_is_not_set_up() -> None:
    set_up_webhook("https://hooks.example.vn")
    facts = ChannelSettings.objects.get(kind="webhook").facts
    assert set_up(ChannelKind.WEBHOOK, is_on=False, facts=facts, secret=None) == ["is_on"]
    assert deliver("webhook", "https://hooks.example.vn/x", MESSAGE).state == OutcomeState.FAILED


@pytest.mark.django_db
def test_secrets_are_sealed_and_bound_to_their_channel() -> None:
    set_up_webhook("https://hooks.example.vn")
    row = ChannelSettings.objects.get(kind="webhook")
    assert SECRET.encode() not in bytes(row.secret_sealed or b"")
    assert SECRET not in str(row.facts)
    setup = setup_of(ChannelKind.WEBHOOK)
    assert setup is not None
    assert (setup.secret, SECRET in repr(setup)) == (SECRET, False)
    set_up_mail(25, None, "starttls")
    ChannelSettings.objects.filter(kind="email").update(secret_sealed=row.secret_sealed)
    outcome = deliver("email", "an@example.vn", MESSAGE)
    assert outcome.state == OutcomeState.FAILED


@pytest.mark.django_db
def test_a_kept_password_goes_to_no_other_server() -> None:
    set_up_mail(25, None, "starttls")
    facts = {**ChannelSettings.objects.get(kind="email").facts, "host": "evil.example.vn"}
    with pytest.raises(ValidationError) as refused:
        set_up(ChannelKind.EMAIL, is_on=True, facts=facts, secret=None)
    assert "secret" in refused.value.message_dict


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "secret", "field"),
    [
        ({"host": "mail server"}, "x", "host"), ({"port": 0}, "x", "port"), ({"sender": "canh"}, "x", "sender"),
        ({"security": "none"}, "x", "security"), ({"security": "maybe"}, "x", "security"), ({"ca": "abc"}, "x", "ca"),
        ({}, "", "secret"), ({"user": ""}, "x", "secret"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_at_its_field(changes: dict[str, object], secret: str, field: str) -> None:
    facts = {"host": "mail.example.vn", "port": 587, "security": "starttls", "ca": "", "sender": "canh@example.vn",
             "user": "canh"}  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        set_up(ChannelKind.EMAIL, is_on=True, facts={**facts, **changes}, secret=secret)
    assert list(refused.value.message_dict) == [field]
    assert not ChannelSettings.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("receivers", "secret", "field"),
    [
        ([], SECRET, "receivers"), (["hooks.example.vn"], SECRET, "receivers"),
        (["http://hooks.example.vn"], SECRET, "receivers"),
        (["https://hooks.example.vn"], "short", "secret"), (["https://hooks.example.vn"], "whsec_YWJj", "secret"),
        (["https://hooks.example.vn"], None, "secret"),
    ],
)  # fmt: skip
def test_a_receiver_is_named_and_a_secret_long(receivers: list[str], secret: str | None, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        set_up(ChannelKind.WEBHOOK, is_on=True, facts={"receivers": receivers, "ca": ""}, secret=secret)
    assert list(refused.value.message_dict) == [field]

"""Web push: a push service on a real socket, and a browser's side written from the RFCs alone."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ValidationError

from canh.channels import actions, queries
from canh.channels.actions_push import forget_device, keep_device
from canh.channels.actions_setup import new_key, set_up
from canh.channels.models import PushDevice
from canh.channels.push import wrap
from canh.channels.push.send import _audience, payload
from canh.channels.queries_push import push_key
from canh.channels.rules import address_problem
from canh.channels.terms import ChannelKind, OutcomeState
from tests.channels.conftest import MESSAGE
from tests.channels.peers import Receiver, running

# RFC 8291, section 5 and appendix A.
RFC = {
    "ua_private": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "body": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
            "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}  # fmt: skip


def un(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


def mac(key: bytes, data: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(data)
    return made.finalize()


def opened(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a browser reads: RFC 8188 with the keys of RFC 8291, step by step with plain HMAC."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(body) - 21 - length <= size
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    own = point(private)
    ikm = mac(mac(auth, shared), b"WebPush: info\x00" + own + sender + b"\x01")
    prk = mac(salt, ikm)
    key, nonce = (
        mac(prk, b"Content-Encoding: aes128gcm\x00\x01")[:16],
        mac(prk, b"Content-Encoding: nonce\x00\x01")[:12],
    )
    plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
    assert plain.endswith(b"\x02")
    return plain[:-1]


def point(private: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = private.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def test_the_reader_of_these_tests_reads_what_the_rfc_wrote() -> None:
    private = ec.derive_private_key(int.from_bytes(un(RFC["ua_private"]), "big"), ec.SECP256R1())
    assert opened(un(RFC["body"]), private, un(RFC["auth"])) == b"When I grow up, I want to be a watermelon"


class Browser:
    """A browser with its keys, at a push service."""

    def __init__(self, service: Receiver) -> None:
        self.private, self.auth = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
        self.endpoint = f"http://127.0.0.1:{service.port}/send/abc?x=1"
        self.p256dh = urlsafe_b64encode(point(self.private)).rstrip(b"=").decode()
        self.service = service

    @property
    def auth_text(self) -> str:
        return urlsafe_b64encode(self.auth).rstrip(b"=").decode()

    def subscribe(self) -> str:
        return keep_device(self.endpoint, self.p256dh, self.auth_text, "Firefox, Android")

    def reads(self) -> dict[str, Any]:
        return dict(json.loads(opened(self.service.posts[-1][2], self.private, self.auth)))


@pytest.fixture
def service(db: None) -> Iterator[Receiver]:
    receiver = Receiver(status=201)
    facts = {"contact": "canh@example.vn", "services": [f"http://127.0.0.1:{receiver.port}"], "ca": ""}
    set_up(ChannelKind.PUSH, is_on=True, facts=facts, secret=new_key())
    with running(receiver):
        yield receiver


@pytest.fixture
def browser(service: Receiver) -> Browser:
    return Browser(service)


def test_a_browser_reads_what_was_sent_and_nobody_else(browser: Browser) -> None:
    address = browser.subscribe()
    outcome = actions.deliver(ChannelKind.PUSH, address, replace(MESSAGE, is_drill=True))
    assert outcome.state == OutcomeState.SENT
    told = browser.reads()
    assert told["title"] == f"[DIỄN TẬP] {MESSAGE.title}"
    assert told["text"].startswith("[DIỄN TẬP]")
    assert told["key"] == MESSAGE.key
    path, headers, body = browser.service.posts[0]
    assert path == "/send/abc?x=1"
    assert (headers["content-encoding"], headers["urgency"], headers["ttl"]) == ("aes128gcm", "high", "900")
    assert b"Hang" not in body
    with pytest.raises(InvalidTag):
        opened(body, ec.generate_private_key(ec.SECP256R1()), browser.auth)


def test_the_push_service_can_tell_who_sends(browser: Browser) -> None:
    actions.deliver(ChannelKind.PUSH, browser.subscribe(), MESSAGE)
    scheme, _, rest = browser.service.posts[0][1]["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, proof = parts["t"].split(".")
    assert scheme == "vapid"
    assert json.loads(un(head)) == {"typ": "JWT", "alg": "ES256"}
    told = json.loads(un(claims))
    assert told["aud"] == f"http://127.0.0.1:{browser.service.port}"
    assert told["sub"] == "mailto:canh@example.vn"
    assert 0 < told["exp"] - time.time() <= 24 * 3600
    assert parts["k"] == push_key()
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), un(parts["k"]))
    raw = un(proof)
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(signature, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(signature, f"{head}.{claims}x".encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(("origin", "audience"), [
    ("https://fcm.googleapis.com/x", "https://fcm.googleapis.com"), ("https://p.example.vn:8443/x", "https://p.example.vn:8443"),
])  # fmt: skip
def test_the_audience_is_an_origin(origin: str, audience: str) -> None:
    assert _audience(origin) == audience


@pytest.mark.parametrize(("status", "state"), [
    (201, "sent"), (202, "sent"), (404, "failed"), (410, "failed"), (400, "failed"), (429, "retry"), (500, "retry"),
    (307, "failed"),
])  # fmt: skip
def test_what_the_service_answers(browser: Browser, status: int, state: str) -> None:
    address = browser.subscribe()
    browser.service.status = status
    assert actions.deliver(ChannelKind.PUSH, address, MESSAGE).state == state
    if status in {404, 410}:
        assert "rút lại" in actions.deliver(ChannelKind.PUSH, address, MESSAGE).detail


def test_a_long_text_is_cut_and_arrives(browser: Browser) -> None:
    long = replace(MESSAGE, text="Báo cướp tại Phòng giao dịch. " * 400, title="Đột nhập " * 60)
    assert len(payload(long)) <= wrap.LONGEST
    assert actions.deliver(ChannelKind.PUSH, browser.subscribe(), long).state == OutcomeState.SENT
    assert len(browser.service.posts[0][2]) <= 4096
    assert browser.reads()["text"].startswith("Báo cướp")


def test_only_services_that_were_allowed(browser: Browser) -> None:
    with pytest.raises(ValidationError):
        keep_device("http://127.0.0.1:1/x", browser.p256dh, browser.auth_text, "")
    address = browser.subscribe()
    PushDevice.objects.update(endpoint="http://127.0.0.1:1/x")  # the list was made shorter since
    assert actions.deliver(ChannelKind.PUSH, address, MESSAGE).state == OutcomeState.FAILED


@pytest.mark.parametrize(("endpoint", "is_one"), [
    ("https://updates.push.services.mozilla.com/wpush/v2/x", True), ("https://fcm.googleapis.com/fcm/send/x", True),
    ("https://push.services.mozilla.com.evil.vn/x", False), ("https://evilpush.services.mozilla.com/x", False),
    ("http://updates.push.services.mozilla.com/x", False), ("https://user@fcm.googleapis.com/x", False),
    ("https://fcm.googleapis.com:444/x", False), ("https://127.0.0.1/x", False), ("ftp://fcm.googleapis.com", False),
])  # fmt: skip
def test_names_below_a_host_and_no_others(endpoint: str, is_one: bool) -> None:
    services = ["https://fcm.googleapis.com", "https://*.push.services.mozilla.com"]
    assert queries.is_allowed(endpoint, services) is is_one


@pytest.mark.parametrize(("p256dh", "auth"), [
    ("", "MDEyMzQ1Njc4OWFiY2RlZg"), ("BAAA", "MDEyMzQ1Njc4OWFiY2RlZg"), (None, "short"), (None, ""), ("é", None),
])  # fmt: skip
def test_keys_that_are_none_are_refused(browser: Browser, p256dh: str | None, auth: str | None) -> None:
    with pytest.raises(ValidationError):
        keep_device(browser.endpoint, browser.p256dh if p256dh is None else p256dh,
                    browser.auth_text if auth is None else auth, "")  # fmt: skip
    assert PushDevice.objects.count() == 0


def test_the_same_browser_again_is_one_and_forgotten_it_gets_nothing(browser: Browser) -> None:
    first = browser.subscribe()
    assert browser.subscribe() == first
    forget_device(first)
    forget_device(first)
    assert actions.deliver(ChannelKind.PUSH, first, MESSAGE).state == OutcomeState.FAILED
    assert browser.service.posts == []


@pytest.mark.parametrize("address", ["push:", "push:0", "push:1x", "1", "push:-1", "push:99999999999999999999"])
def test_what_is_no_address(address: str) -> None:
    assert address_problem(ChannelKind.PUSH, address)


@pytest.mark.parametrize(("facts", "secret"), [
    ({"contact": "nobody"}, None), ({"services": []}, None), ({"services": ["http://push.example.vn"]}, None),
    ({"services": ["https://*"]}, None), ({"services": ["https://*.vn"]}, None), ({}, ""),
])  # fmt: skip
def test_what_cannot_work_is_refused(service: Receiver, facts: dict[str, Any], secret: str | None) -> None:
    right = {"contact": "canh@example.vn", "services": ["https://fcm.googleapis.com"], "ca": ""}
    with pytest.raises(ValidationError):
        set_up(ChannelKind.PUSH, is_on=True, facts={**right, **facts}, secret=secret)

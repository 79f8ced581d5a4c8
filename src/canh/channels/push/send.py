"""Hands one message to the push service of a browser."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from canh.channels.limit import Limit
from canh.channels.message import Message
from canh.channels.post import judge, post
from canh.channels.push import wrap
from canh.channels.queries import Setup, is_allowed
from canh.channels.rules import origin_of
from canh.channels.trouble import ForGood
from canh.channels.words import text_of, title_of
from canh.kit import clock

if TYPE_CHECKING:
    from canh.channels.models import PushDevice

TTL_S = 900
"""An alarm that a browser learns of later is no news."""
TOKEN_S = 3600
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
"""The person withdrew it, or the browser is gone."""


def send(setup: Setup, device: PushDevice | None, message: Message, limit: Limit) -> str:
    """The push service has taken it when this returns; the browser shows it when it is in a network. Raises NotSent."""
    if device is None:
        raise ForGood(_("This browser is no longer known; switch it on again there."))
    if not is_allowed(device.endpoint, setup.facts["services"]):
        raise ForGood(_("Its push service is not among those that the administrator allowed."))
    headers = {
        "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": str(TTL_S),
        "Urgency": "high",
        "Authorization": wrap.authorization(setup.secret, _audience(device.endpoint), setup.facts["contact"],
                                            clock.now_us() // 1_000_000 + TOKEN_S),
    }  # fmt: skip
    body = wrap.encrypted(payload(message), device.p256dh, device.auth)
    status = post(device.endpoint, body, headers, setup.facts["ca"], limit)
    if status in GONE:
        raise ForGood(_("The browser has withdrawn it (%(code)s); switch it on again there.") % {"code": status})
    return judge(status, origin_of(device.endpoint).partition("://")[2])


def payload(message: Message) -> bytes:
    """What the browser shows. A text that is too long is cut, never refused."""
    title, text = title_of(message)[:120], text_of(message)
    while len(told := _told(title, text, message)) > wrap.LONGEST:
        text = text[: len(text) - 50] if len(text) > 50 else ""
    return told


def _told(title: str, text: str, message: Message) -> bytes:
    facts = {"title": title, "text": text, "key": message.key}
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _audience(endpoint: str) -> str:
    """Scheme and host, and the port only where it is not the usual one (RFC 6454, 6.2)."""
    origin = origin_of(endpoint)
    return origin.removesuffix(":443") if origin.startswith("https://") else origin.removesuffix(":80")

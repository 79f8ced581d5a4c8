"""Posts one message as JSON."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from canh.channels.limit import Limit
from canh.channels.message import Message
from canh.channels.post import judge, post
from canh.channels.queries import Setup
from canh.channels.rules import origin_of
from canh.channels.trouble import ForGood
from canh.channels.webhook import sign
from canh.channels.words import text_of, title_of
from canh.kit import clock


def send(setup: Setup, address: str, message: Message, limit: Limit) -> str:
    """The receiver has said 2xx when this returns. Raises NotSent."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if origin_of(address) not in {origin_of(receiver) for receiver in setup.facts["receivers"]}:
        raise ForGood(_("%(host)s is not among the receivers that the administrator allowed.") % {"host": host})
    body = body_of(message)
    proof = sign.headers(setup.secret, sign.id_of(message.key), clock.now_us() // 1_000_000, body)
    status = post(address, body, {"Content-Type": "application/json", **proof}, setup.facts["ca"], limit)
    return judge(status, host)


def body_of(message: Message) -> bytes:
    """Fields are added in later versions, never taken away or renamed."""
    told = {
        "type": "canh.message", "key": message.key, "title": title_of(message), "text": text_of(message),
        "body": message.body, "at": message.at.isoformat(), "is_test": message.is_test, "is_drill": message.is_drill,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()

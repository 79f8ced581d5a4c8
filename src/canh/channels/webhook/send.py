"""Posts one message as JSON."""

from __future__ import annotations

import http.client
import json
from http import HTTPStatus
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from canh.channels import tls
from canh.channels.limit import Limit
from canh.channels.message import Message
from canh.channels.queries import Setup
from canh.channels.rules import origin_of
from canh.channels.trouble import ForGood, ForNow
from canh.channels.webhook import sign
from canh.channels.words import text_of, title_of
from canh.kit import clock

PASSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
"""Of the 4xx, what may be otherwise in a while."""


def send(setup: Setup, address: str, message: Message, limit: Limit) -> str:
    """The receiver has said 2xx when this returns. Raises NotSent."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if origin_of(address) not in {origin_of(receiver) for receiver in setup.facts["receivers"]}:
        raise ForGood(_("%(host)s is not among the receivers that the administrator allowed.") % {"host": host})
    body = body_of(message)
    proof = sign.headers(setup.secret, sign.id_of(message.key), clock.now_us() // 1_000_000, body)
    line = _Line(address, setup.facts["ca"], limit)
    try:
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        line.request("POST", target, body, {"Content-Type": "application/json", "User-Agent": "Canh", **proof})
        status = line.getresponse().status
    except http.client.HTTPException:
        raise ForNow(_("%(host)s answers something that is no HTTP.") % {"host": host}) from None
    except OSError as error:
        raise tls.why(error, host) from None
    finally:
        line.close()
    return _judge(status, host)


def body_of(message: Message) -> bytes:
    """Fields are added in later versions, never taken away or renamed."""
    told = {
        "type": "canh.message", "key": message.key, "title": title_of(message), "text": text_of(message),
        "body": message.body, "at": message.at.isoformat(), "is_test": message.is_test, "is_drill": message.is_drill,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


class _Line(http.client.HTTPConnection):
    """Neither proxies of the surroundings nor redirects are followed: who was named is reached, or nobody."""

    def __init__(self, url: str, ca: str, limit: Limit) -> None:
        parts = urlsplit(url)
        self._is_tls, self._ca, self._limit = parts.scheme == "https", ca, limit
        super().__init__(parts.hostname or "", parts.port or (443 if self._is_tls else 80))

    def connect(self) -> None:
        line = self._limit.connect(self.host, self.port)
        self.sock = tls.context(self._ca).wrap_socket(line, server_hostname=self.host) if self._is_tls else line


def _judge(status: int, host: str) -> str:
    facts = {"host": host, "code": status}
    if 200 <= status < 300:
        return _("%(host)s has taken it (%(code)s).") % facts
    if 300 <= status < 400:
        raise ForGood(_("%(host)s points to another address (%(code)s); enter that one instead.") % facts)
    if status >= 500 or status in PASSES:
        raise ForNow(_("%(host)s does not take it now (%(code)s).") % facts)
    raise ForGood(_("%(host)s refuses it (%(code)s).") % facts)

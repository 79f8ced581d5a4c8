"""One HTTP request to a receiver that an operator named, for the channels that speak HTTP."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from canh.channels import tls
from canh.channels.limit import Limit
from canh.channels.trouble import ForGood, ForNow

PASSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
"""Of the 4xx, what may be otherwise in a while."""


def post(address: str, body: bytes, headers: Mapping[str, str], ca: str, limit: Limit) -> int:
    """The status of the answer. Raises NotSent when there is none."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    line = _Line(address, ca, limit)
    try:
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        line.request("POST", target, body, {"User-Agent": "Canh", **headers})
        return line.getresponse().status
    except http.client.HTTPException:
        raise ForNow(_("%(host)s answers something that is no HTTP.") % {"host": host}) from None
    except OSError as error:
        raise tls.why(error, host) from None
    finally:
        line.close()


class _Line(http.client.HTTPConnection):
    """Neither proxies of the surroundings nor redirects are followed: who was named is reached, or nobody."""

    def __init__(self, url: str, ca: str, limit: Limit) -> None:
        parts = urlsplit(url)
        self._is_tls, self._ca, self._limit = parts.scheme == "https", ca, limit
        super().__init__(parts.hostname or "", parts.port or (443 if self._is_tls else 80))

    def connect(self) -> None:
        line = self._limit.connect(self.host, self.port)
        self.sock = tls.context(self._ca).wrap_socket(line, server_hostname=self.host) if self._is_tls else line


def judge(status: int, host: str) -> str:
    """What a status means for a message. Raises NotSent for all but 2xx."""
    facts = {"host": host, "code": status}
    if 200 <= status < 300:
        return _("%(host)s has taken it (%(code)s).") % facts
    if 300 <= status < 400:
        raise ForGood(_("%(host)s points to another address (%(code)s); enter that one instead.") % facts)
    if status >= 500 or status in PASSES:
        raise ForNow(_("%(host)s does not take it now (%(code)s).") % facts)
    raise ForGood(_("%(host)s refuses it (%(code)s).") % facts)

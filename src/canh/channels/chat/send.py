"""Sends one message to one person at the chat service that the administrator chose.

The administrator writes the address of the service once, with `{to}` where the person stands; it holds the token and is
kept sealed. Which services: SERVICES, whatever else Apprise may know. Apprise is an extra: its absence is told.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.utils.translation import gettext as _

from canh.channels.limit import Limit
from canh.channels.message import Message
from canh.channels.queries import Setup
from canh.channels.trouble import ForGood, ForNow
from canh.channels.words import mark_of, title_of

PERSON = "{to}"
SERVICES = {
    "tgram": "Telegram", "mmost": "Mattermost", "mmosts": "Mattermost", "matrix": "Matrix", "matrixs": "Matrix",
    "rocket": "Rocket.Chat", "rockets": "Rocket.Chat", "zulip": "Zulip", "slack": "Slack", "nctalk": "Nextcloud Talk",
    "nctalks": "Nextcloud Talk", "ntfy": "ntfy", "ntfys": "ntfy", "gotify": "Gotify", "gotifys": "Gotify",
    "signal": "Signal API", "signals": "Signal API", "line": "LINE", "viber": "Viber",
}  # fmt: skip
"""Scheme -> name. Apprise knows others that write files or ring on this machine; those are no way to a person."""
CONNECT_S, READ_S = 3, 5


class NotInstalled(Exception):
    """The extra `chat` is missing."""


def service_of(template: str) -> str:
    """The name of the service of an address with `{to}` in it; "" when it is none to send to."""
    if template.count(PERSON) != 1 or PERSON in template.partition("://")[0]:
        return ""
    return SERVICES.get(urlsplit(template).scheme, "")


def is_understood(template: str) -> bool:
    """Whether Apprise takes the address. Raises NotInstalled."""
    return _service(template, "0") is not None


def send(setup: Setup, address: str, message: Message, _limit: Limit) -> str:
    """The service has taken it when this returns. Raises NotSent."""
    name = service_of(setup.secret)
    try:
        service = _service(setup.secret, address)
    except NotInstalled:
        raise ForGood(_("The extra for chat services is not installed: ./canh extra add chat")) from None
    if service is None or not name:
        raise ForGood(_("The address of the chat service is not understood; an administrator enters it anew."))
    if address.lstrip("@#!+") not in unquote(service.url()):  # dropped; it would go to whoever is there by default
        raise ForGood(_("%(service)s knows no such name: %(to)s") % {"service": name, "to": address})
    if not service.notify(title=title_of(message), body=mark_of(message) + message.body):
        raise ForNow(_("%(service)s does not take it now.") % {"service": name})
    return _("%(service)s has taken it.") % {"service": name}


def _service(template: str, person: str) -> Any:
    """Apprise's own object, which neither follows redirects nor keeps anything on the disk; None: not understood."""
    try:
        apprise = import_module("apprise")
    except ImportError:
        raise NotInstalled from None
    asset = apprise.AppriseAsset(app_id="Canh", app_desc="Canh", app_url="", async_mode=False)
    address = template.replace(PERSON, quote(person, safe=""))
    mark = "&" if "?" in address else "?"
    address += f"{mark}cto={CONNECT_S}&rto={READ_S}&redirect=no&overflow=truncate"
    return apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)

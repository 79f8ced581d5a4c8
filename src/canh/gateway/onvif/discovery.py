"""WS-Discovery: one question to the local network, answered by whatever speaks ONVIF. Nobody is trusted for it.

Only asked when CANH_ONVIF_DISCOVER is 1. Names and addresses are shown to a person, who decides; no password is sent to
an address that was only discovered.
"""

from __future__ import annotations

import asyncio
import re
import socket
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from canh.gateway.onvif import frame
from canh.gateway.onvif.frame import Element

GROUP, PORT = "239.255.255.250", 3702
LISTEN_S = 4.0
MAX_FOUND = 500
MAX_DATAGRAM = 16 * 1024
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_NETWORK = "http://www.onvif.org/ver10/network/wsdl"
_SCOPE = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True)
class Found:
    account: str
    """`onvif:` and the identity the camera gives itself, which stays when its address changes."""
    name: str
    facts: dict[str, str]


def question(message_id: str) -> bytes:
    """A probe for network video transmitters."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        f'xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}" xmlns:n="{_NETWORK}"><s:Header>'
        f"<a:Action>{_DISCOVERY}/Probe</a:Action><a:MessageID>urn:uuid:{message_id}</a:MessageID>"
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
        "<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"
    ).encode()


def matches(data: bytes, sender: str) -> list[Found]:
    """The cameras an answer tells of; none when it cannot be read. `sender`: the address it came from."""
    try:
        root = frame.read(data[:MAX_DATAGRAM])
    except frame.Unreadable:
        return []
    found = (_found(one, sender) for one in root.all("ProbeMatch"))
    return [one for one in found if one is not None]


def _found(match: Element, sender: str) -> Found | None:
    reference = match.first("EndpointReference")
    identity = re.sub(r"^(urn:)?uuid:", "", reference.text_of("Address"), flags=re.IGNORECASE) if reference else ""
    if not re.fullmatch(r"[!-~]{1,87}", identity):
        return None
    scopes = match.text_of("Scopes").split()
    address = _address(match.text_of("XAddrs").split(), sender)
    facts = {
        "maker": _scope(scopes, "mfr", "manufacturer"),
        "model": _scope(scopes, "hardware"),
        "address": address,
        "scopes": " ".join(scopes)[:500],
    }
    name = _scope(scopes, "name") or facts["model"] or address
    return Found(f"onvif:{identity}", name[:100], {key: value for key, value in facts.items() if value})


def _scope(scopes: Iterable[str], *kinds: str) -> str:
    """The value of the first scope of these kinds, for example the `name` of onvif://www.onvif.org/name/Front%20door."""
    for scope in scopes:
        kind, _slash, value = scope.removeprefix(_SCOPE).partition("/")
        if scope.startswith(_SCOPE) and kind.lower() in kinds:
            return unquote(value)
    return ""


def _address(places: Iterable[str], sender: str) -> str:
    """Host and port; of several the one that the answer came from."""
    hosts: list[str] = []
    for place in places:
        try:
            parts = urlsplit(place)
            port = parts.port
        except ValueError:
            continue
        if parts.hostname == sender:
            return parts.netloc if port not in {None, 80} else sender
        hosts.append(parts.netloc)
    return sender


class _Listener(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.found: dict[str, Found] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for one in matches(data, addr[0]):
            if len(self.found) < MAX_FOUND:
                self.found[one.account] = one


async def probe(target: tuple[str, int] = (GROUP, PORT), listen_s: float = LISTEN_S) -> list[Found]:
    """Ask once and listen. Raises OSError when there is no network."""
    loop = asyncio.get_running_loop()
    transport, listener = await loop.create_datagram_endpoint(
        _Listener,
        local_addr=("0.0.0.0", 0),  # noqa: S104 - answers come from anywhere
        family=socket.AF_INET,
    )
    try:
        transport.sendto(question(str(uuid.uuid4())), target)
        await asyncio.sleep(listen_s)
        return list(listener.found.values())
    finally:
        transport.close()

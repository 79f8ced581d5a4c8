"""This machine's own addresses, found without asking anybody."""

from __future__ import annotations

import ipaddress
import socket

ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104  # addresses to compare with, not to bind


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8, ::1 and the name localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_address() -> str:
    """The address this machine would go out by; empty when it has no network.

    Connecting a datagram socket sends nothing.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address of documents, belongs to nobody
        except OSError:
            return ""
        address = str(probe.getsockname()[0])
    return "" if is_loopback(address) else address


def own_names() -> list[str]:
    """Every name and address under which this machine may be asked for."""
    host = socket.gethostname()
    try:
        resolved = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        resolved = set()
    return sorted({host, *resolved, own_address()} - {""})

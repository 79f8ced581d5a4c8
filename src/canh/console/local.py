"""Is this request made on this very machine?"""

from __future__ import annotations

from typing import Any

from canh.kit.net import is_loopback

PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def is_local(request: Any) -> bool:
    """True only when all three say so: the peer's address, the name asked for, and no proxy between.

    A proxy on this machine makes every visitor look local; a foreign page that points its own
    name at 127.0.0.1 sends that name in Host.
    """
    return (
        is_loopback(request.META.get("REMOTE_ADDR", ""))
        and not any(request.headers.get(name) for name in PROXY_HEADERS)
        and _host_name(request) in LOOPBACK_NAMES
    )


def _host_name(request: Any) -> str:
    host = str(request.get_host()).lower()
    return host if host.endswith("]") else host.rpartition(":")[0] or host

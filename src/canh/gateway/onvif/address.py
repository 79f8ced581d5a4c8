"""Where a camera is called: always the host and port that the register says, whatever the camera says of itself. Pure.

A camera behind a router, or badly set up, tells an address of its own network; a hostile one could name any machine
of ours and have us send it signed requests. Of what it tells, only path and query are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

DEVICE_SERVICE = "/onvif/device_service"
_SAFE = "/?&=:;,@!$'()*+~%-._"


@dataclass(frozen=True, slots=True)
class Address:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def peer(self) -> str:
        """`host:port` as it stands in the journal."""
        return f"{self._bracketed}:{self.port}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def url(self) -> str:
        """The device service."""
        return self.at(self.path)

    def at(self, place: str) -> str:
        """The URL of a service of this camera, from what the camera calls it: path and query are taken over."""
        try:
            parts = urlsplit(place.strip())
        except ValueError:
            parts = urlsplit("")
        path = quote(parts.path or "/", safe=_SAFE)
        query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
        return f"{self.scheme}://{self.peer}/{path.lstrip('/')}{query}"


def parse(text: str) -> Address:
    """`host`, `host:port`, either with http:// or https:// before it and a path after. Raises ValueError."""
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError(f"no address of a camera: {text!r}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = parts.path if parts.path not in {"", "/"} else DEVICE_SERVICE
    return Address(parts.scheme, parts.hostname, port, path)

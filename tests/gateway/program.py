"""A program of our own for the tests: speaks to the webhook without using the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import time
from typing import Any

from canh.gateway.doors import DoorSettings
from canh.sites.queries import PanelEntry

SECRET, OLD = bytes(range(32)), b"the secret before this one"
SETTINGS = DoorSettings(webhook_port=0)


def book() -> dict[str, PanelEntry]:
    """A register with a door controller, an Alertmanager, and something without a secret."""
    entries = [
        PanelEntry(1, "webhook:doors", SECRET, (OLD,), "webhook"),
        PanelEntry(2, "webhook:prometheus", SECRET[::-1], (), "webhook"),
        PanelEntry(3, "webhook:bare", None, (), "webhook"),
        PanelEntry(4, "1234", None),
    ]
    return {entry.account: entry for entry in entries}


def signed(
    body: bytes, secret: bytes = SECRET, account: str = "webhook:doors", at: float | None = None
) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    proof = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Canh-Account": account, "X-Canh-Timestamp": stamp, "X-Canh-Signature": f"v1={proof}"}


def raw(path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> bytes:
    """A request as it stands on the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: canh", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def basic(name: str, secret: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret.hex()}".encode()).decode()}


def bearer(secret: bytes) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret.hex()}"}


def group(*alerts: dict[str, Any]) -> bytes:
    """The body that Alertmanager sends."""
    return json.dumps({
        "version": "4", "receiver": "canh", "status": "firing", "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0, "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "alerts": list(alerts),
    }).encode()  # fmt: skip


def alert(status: str = "firing", name: str = "DiskFull", fingerprint: str = "1a30ba71cca2921f", **labels: str) -> Any:
    return {
        "status": status, "labels": {"alertname": name, "severity": "critical", **labels},
        "annotations": {"summary": "Ổ đĩa đầy"}, "startsAt": "2026-03-09T02:14:05.828Z",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-03-09T02:20:00Z",
        "generatorURL": "http://prometheus/graph", "fingerprint": fingerprint,
    }  # fmt: skip


class Program:
    """A connection that stays open."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def post(self, path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, Any]:
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        self.headers = answer.headers
        return answer.status, json.loads(answer.read())

    def tell(self, said: Any, **how: Any) -> tuple[int, Any]:
        """Signed JSON."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return self.post("/v1/signals", body, signed(body, **how))

    def close(self) -> None:
        self._http.close()


class Line:
    """Bytes as we please."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._reading = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def status(self) -> int:
        """Of the next answer; 0 when the gateway hung up."""
        line = self._reading.readline()
        if not line:
            return 0
        length = 0
        while (header := self._reading.readline().strip()) != b"":
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        self._reading.read(length)
        return int(line.split()[1])

    def head(self) -> bytes:
        """The next answer, which has no body."""
        lines = []
        while (line := self._reading.readline()).strip():
            lines.append(line)
        return b"".join(lines)

    def is_closed(self) -> bool:
        try:
            return self._reading.read(1) == b""
        except OSError:
            return True

    def close(self) -> None:
        self.socket.close()

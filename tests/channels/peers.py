"""What stands at the other end: a mail server and a web receiver of the standard library, on real sockets.

They hold no word of Canh; what a signature must be is worked out from the published text of Standard Webhooks.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Papers:
    """A certificate for 127.0.0.1 and localhost that trusts itself; `pem` is what a client must trust."""

    def __init__(self, folder: Path, name: str = "localhost") -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if name == "localhost":
            names.append(x509.IPAddress(ip_address("127.0.0.1")))
        made = (
            x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        self.pem = made.public_bytes(serialization.Encoding.PEM).decode()
        file = folder / f"{name}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + self.pem.encode()
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)


# -- mail


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much of RFC 5321 as a client needs. `answers`: verb -> what it says instead of yes."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, papers: Papers | None = None, *, is_tls: bool = False, **answers: str) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.papers, self.is_tls, self.answers = papers, is_tls, answers
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.logins: list[str] = []
        self.verbs: list[str] = []
        self.port = int(self.server_address[1])
        self.pause_s = 0.0
        """Between having a mail and saying so."""


class _Mail(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            if self.server.is_tls:
                self._wrap()
            self._say(self.server.answers.get("GREET", "220 peer ESMTP"))
            while line := self.rfile.readline():
                if not self._obey(line.decode().strip()):
                    return

    def _wrap(self) -> None:
        assert self.server.papers
        self.request = self.server.papers.context.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")

    def _say(self, text: str) -> None:
        if text == "HANG":
            time.sleep(30)
        self.request.sendall(text.encode() + b"\r\n")

    def _obey(self, line: str) -> bool:
        verb = line.partition(" ")[0].upper()
        self.server.verbs.append(verb)
        if forced := self.server.answers.get(verb):
            self._say(forced)
            return True
        getattr(self, f"_on_{verb.lower()}", self._on_other)(line)
        return verb != "QUIT"

    def _on_ehlo(self, _line: str) -> None:
        is_private = isinstance(self.request, ssl.SSLSocket)
        offers = ["peer"] + (["AUTH PLAIN"] if is_private else ["STARTTLS"] if self.server.papers else [])
        self.request.sendall("".join(f"250-{o}\r\n" for o in offers).encode() + b"250 8BITMIME\r\n")

    def _on_starttls(self, _line: str) -> None:
        self._say("220 go")
        self._wrap()

    def _on_auth(self, line: str) -> None:
        self.server.logins.append(base64.b64decode(line.split()[2]).decode())
        self._say("235 ok")

    def _on_mail(self, line: str) -> None:
        self.sender, self.to = line, []
        self._say("250 ok")

    def _on_rcpt(self, line: str) -> None:
        self.to.append(line)
        self._say("250 ok")

    def _on_data(self, _line: str) -> None:
        self._say("354 go")
        body = b""
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            body += line
        self.server.mails.append((self.sender, self.to, body))
        time.sleep(self.server.pause_s)
        self._say("250 queued")

    def _on_quit(self, _line: str) -> None:
        self._say("221 bye")

    def _on_other(self, _line: str) -> None:
        self._say("250 ok")


# -- web


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted. `status`: what it answers; `how`: `hang` says nothing, `drip` a byte now and then."""

    daemon_threads = True

    def __init__(self, papers: Papers | None = None, status: int = 204, how: str = "", **headers: str) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.status, self.how, self.extra = status, how, headers
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.port = int(self.server_address[1])
        if papers:
            self.socket = papers.context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Post(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.server.how == "hang":
            time.sleep(30)
        if self.server.how == "drip":
            for byte in b"HTTP/1.1 204 No Content\r\n" + b"x: y\r\n" * 1000:
                self.wfile.write(bytes([byte]))
                time.sleep(0.2)
        if self.server.how == "noise":
            self.wfile.write(b"\x00\x01 220 hello\r\n")
            return
        self.send_response(self.server.status)
        for name, value in self.server.extra.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Tests look at `posts`."""


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def deaf() -> Iterator[int]:
    """A port whose connections are taken by the system and never answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield int(listening.getsockname()[1])


def is_rightly_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks 1.0, "Verifying signatures", written anew."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = headers["webhook-id"] + "." + headers["webhook-timestamp"] + "." + body.decode()
    wanted = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(s, "v1," + wanted) for s in headers["webhook-signature"].split(" "))

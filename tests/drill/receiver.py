"""A small DC-09 receiver for the tests, written apart from the product: own CRC, own parsing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC


def crc(text: bytes) -> int:
    """CRC-16, one bit after the other."""
    value = 0
    for byte in text:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def frame(text: str) -> bytes:
    raw = text.encode()
    return b"\n%04X%04X%s\r" % (crc(raw), len(raw), raw)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("_%H:%M:%S,%m-%d-%Y")


def aes(key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    cipher = Cipher(AES(key), CBC(bytes(16)))
    worker = cipher.decryptor() if decrypt else cipher.encryptor()
    return worker.update(data) + worker.finalize()


@dataclass(frozen=True)
class Heard:
    """A message as the test receiver understood it."""

    raw: bytes
    star: str
    kind: str
    number: str
    account: str
    inside: str
    """What stood between the bracket and CR, decrypted, without pad."""


HEAD = re.compile(r'"(\*?)([A-Z-]+)"(\d{4})(?:R[0-9A-F]+)?L[0-9A-F]+#([0-9A-F]+)\[(.*)', re.DOTALL)


def understand(raw: bytes, key: bytes | None = None) -> Heard:
    text = raw[9:-1]
    assert raw[:1] == b"\n"
    assert raw[-1:] == b"\r"
    assert int(raw[1:5], 16) == crc(text)
    assert raw[5:6] == b"0"
    assert int(raw[5:9], 16) == len(text)
    match = HEAD.fullmatch(text.decode("ascii"))
    assert match
    star, kind, number, account, inside = match.groups()
    if star:
        assert key
        inside = aes(key, bytes.fromhex(inside), decrypt=True).decode().partition("|")[2]
    return Heard(raw, star, kind, number, account, inside)


def ack(heard: Heard, key: bytes | None = None, *, number: str = "", account: str = "") -> bytes:
    tail = f"L0#{account or heard.account}["
    if not heard.star:
        return frame(f'"ACK"{number or heard.number}{tail}]')
    assert key
    plain = f"|]{stamp(datetime.now(UTC))}".encode()
    pad = b"x" * (16 + -len(plain) % 16)
    return frame(f'"*ACK"{number or heard.number}{tail}{aes(key, pad + plain).hex().upper()}')


Answering = Callable[[Heard], bytes | None]
"""What to answer; None: nothing, the line stays open; empty: hang up."""


@dataclass
class Receiver:
    answer: Answering
    keys: dict[str, bytes] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while raw := await reader.readuntil(b"\r"):
                account = re.search(rb"#([0-9A-F]+)\[", raw)
                assert account
                heard = understand(raw, self.keys.get(account[1].decode()))
                self.heard.append(heard)
                reply = self.answer(heard)
                if reply == b"":
                    break
                writer.write(reply or b"")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the panel hung up
        finally:
            writer.close()


@asynccontextmanager
async def receiver(
    answer: Answering | None = None, keys: dict[str, bytes] | None = None, port: int = 0
) -> AsyncIterator[Receiver]:
    """A receiver on a free port; without `answer` it acknowledges all."""
    keys = keys or {}
    desk = Receiver(answer or (lambda heard: ack(heard, keys.get(heard.account))), keys)
    server = await asyncio.start_server(desk.serve, "127.0.0.1", port)
    desk.port = server.sockets[0].getsockname()[1]
    try:
        yield desk
    finally:
        server.close()

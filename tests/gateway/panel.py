"""A panel of our own for the tests: builds frames without using the code under test."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def crc(data: bytes) -> int:
    """CRC-16 bit by bit: reflected polynomial A001, start 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def frame(quoted: str | bytes) -> bytes:
    body = quoted.encode() if isinstance(quoted, str) else quoted
    return b"\n%04X%04X%b\r" % (crc(body), len(body), body)


def stamp(moment: datetime | None = None) -> str:
    return (moment or datetime.now(UTC)).strftime("_%H:%M:%S,%m-%d-%Y")


def plain(name: str, data: str, *, number: int = 1, account: str = "1234", head: str = "L0", tail: str = "") -> bytes:
    return frame(f'"{name}"{number:04d}{head}#{account}[{data}]{tail}')


def cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16)))


def sealed(
    name: str, data: str, key: bytes, *, number: int = 1, account: str = "1234", head: str = "L0",
    tail: str | None = None, pad: str = "~", lower: bool = False,
) -> bytes:  # fmt: skip
    """`tail` None: the present time."""
    text = f"|{data}]{stamp() if tail is None else tail}".encode()
    text = pad.encode() * (16 - len(text) % 16) + text
    worker = cipher(key).encryptor()
    hexed = (worker.update(text) + worker.finalize()).hex()
    return frame(f'"*{name}"{number:04d}{head}#{account}[{hexed if lower else hexed.upper()}')


def opened(answer: bytes, key: bytes) -> bytes:
    """The plain text of an encrypted answer, with its pad."""
    worker = cipher(key).decryptor()
    return worker.update(bytes.fromhex(answer[answer.index(b"[") + 1 : -1].decode())) + worker.finalize()


class Wire:
    """A connection of a panel."""

    def __init__(self, port: int, timeout: float = 3.0) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._rest = b""

    def send(self, *parts: bytes) -> None:
        self.socket.sendall(b"".join(parts))

    def answer(self) -> bytes:
        """The next answer, LF to CR; b"" when the gateway hung up. Raises TimeoutError."""
        while b"\r" not in self._rest:
            got = self.socket.recv(65536)
            if not got:
                return b""
            self._rest += got
        line, _, self._rest = self._rest.partition(b"\r")
        return line + b"\r"

    def is_silent(self, seconds: float = 0.15) -> bool:
        """Nothing comes for a while."""
        before = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            self.answer()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(before)
        return False

    def close(self) -> None:
        self.socket.close()

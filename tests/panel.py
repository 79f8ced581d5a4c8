"""A small DC-09 sender for load and fault tests. Plain frames only; the third-party dialler proves the rest."""

from __future__ import annotations

import socket


def crc(data: bytes) -> int:
    """CRC-16/ARC, bit by bit as the standard draws it: slow and independent of the gateway's."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


def frame(account: str, number: int, content: str, protocol: str = "SIA-DCS") -> bytes:
    body = f'"{protocol}"{number:04d}L0#{account}[#{account}|{content}]'.encode()
    return b"\n%04X%04X%s\r" % (crc(body), len(body), body)


def is_ack(answer: bytes, number: int) -> bool:
    return b'"ACK"%04d' % number in answer


def say(port: int, message: bytes, timeout: float = 5.0) -> bytes:
    """Open a connection, send, and return what came back within the time (b"" for silence)."""
    with socket.create_connection(("127.0.0.1", port), timeout) as line:
        line.sendall(message)
        try:
            return line.recv(4096)
        except TimeoutError:
            return b""

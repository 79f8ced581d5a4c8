"""A receiver that keeps to SIA DC-09, and can be told to break one rule at a time: it proves that cases can fail.

Written apart from both the gateway and the conformance test; parts of tests/drill/receiver.py only.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.drill.receiver import aes, crc, frame, stamp

KEYS = {"AE16": b"0123456789abcdef", "AE24": b"0123456789abcdef01234567", "AE32": b"0123456789abcdef0123456789ABCDEF"}
HEAD = re.compile(rb'"(\*?)([A-Z0-9-]+)"(\d{4})(R[0-9A-F]+)?(L[0-9A-F]+)#([0-9A-F]+)\[(.*)', re.DOTALL)
STAMP = re.compile(rb"_(\d\d:\d\d:\d\d,\d\d-\d\d-\d{4})\Z")
KNOWN = {b"SIA-DCS", b"ADM-CID", b"NULL", b"XNM"}


@dataclass
class Rules:
    """Each word breaks a rule."""

    broken: frozenset[str]

    def __contains__(self, word: str) -> bool:
        return word in self.broken


def answer(line: bytes, rules: Rules, seen: list[bytes]) -> bytes:
    """The answer to what stood before a CR."""
    text = line[line.rfind(b"\n") + 1 :]
    head, quoted = text[:8], text[8:]
    if not _is_whole(head, quoted, rules):
        return frame('"NAK"0000R0L0A0[]' + stamp(datetime.now(UTC))) if "answers_bad_frames" in rules else b""
    found = HEAD.fullmatch(quoted)
    if found is None:
        return b""
    if "forgets_repeats" in rules and quoted in seen:
        return b""
    seen.append(quoted)
    return _bent(_answer(found, rules), rules)


def _is_whole(head: bytes, quoted: bytes, rules: Rules) -> bool:
    if "upper_hex_only" in rules and head != head.upper():
        return False
    if "short_messages" in rules and len(quoted) > 1024:
        return False
    if "ascii_only" in rules and not quoted.isascii():
        return False
    try:
        length, check = int(head[4:], 16), int(head[:4], 16)
    except ValueError:
        return False
    is_length_right = length == len(quoted) or "no_length_check" in rules
    return is_length_right and (check == crc(quoted) or "no_crc_check" in rules)


def _answer(found: re.Match[bytes], rules: Rules) -> bytes:
    star, name, number, receiver, prefix, account, body = found.groups()
    echo = (number + (receiver or (b"R0" if "adds_receiver" in rules else b"")) + prefix + b"#" + account).decode()
    if "own_numbers" in rules:
        echo = "0007" + echo[4:]
    if "short_account" in rules:
        echo = echo[: echo.index("#") + 5]
    if ("no_polls" in rules and name == b"NULL") or ("no_xnm" in rules and name == b"XNM"):
        return b""
    key = KEYS.get(account.decode())
    if star:
        return _sealed(key, body, echo, rules)
    if _is_refused(name, account, body, rules):
        return b"" if "silent_about_strangers" in rules else frame(f'"DUH"{echo}[]')
    found_time = STAMP.search(body)
    if ("needs_time" in rules and found_time is None) or ("refuses_time" in rules and found_time is not None):
        return _nak(rules)
    if found_time is not None and not _is_timely(found_time[1].decode(), rules):
        return _nak(rules)
    return frame(f'"ACK"{echo}[]')


def _is_refused(name: bytes, account: bytes, body: bytes, rules: Rules) -> bool:
    is_strange = b"RZ" in body or b"16F6" in body
    is_stranger = account.decode() not in {*KEYS, "1234"}
    return name not in KNOWN or is_stranger or (is_strange and "refuses_unknown_codes" in rules) or (
        b"][" in body and "no_extended_data" in rules
    )  # fmt: skip


def _sealed(key: bytes | None, body: bytes, echo: str, rules: Rules) -> bytes:
    """Answer to an encrypted message."""
    is_known = key is not None and f"no_aes_{8 * len(key)}" not in rules
    plain = _opened(key, body, rules) if key is not None and is_known else None
    if plain is None:
        if "answers_wrong_key" in rules and key is not None:
            return _ack(key, echo, rules)
        return _secret(f'"DUH"{echo}[]', echo, rules, key)
    found = STAMP.search(plain)
    if found is None and "no_time_needed" in rules:
        return _ack(key or b"", echo, rules)
    if found is None or not _is_timely(found[1].decode(), rules):
        return _nak(rules)
    return _ack(key or b"", echo, rules)


def _opened(key: bytes, body: bytes, rules: Rules) -> bytes | None:
    if "upper_hex_only" in rules and body != body.upper():
        return None
    try:
        text = aes(key, bytes.fromhex(body.decode()), decrypt=True)
    except ValueError:
        return None
    pad, _, plain = text.partition(b"|")
    is_pad_right = ("short_pads" not in rules or len(pad) <= 16) and ("long_pads" not in rules or len(pad) >= 16)
    return plain if b"]" in plain and plain[:1] in b"#]" and is_pad_right else None


def _is_timely(text: str, rules: Rules) -> bool:
    told = datetime.strptime(text, "%H:%M:%S,%m-%d-%Y").replace(tzinfo=UTC)
    skew_s = (told - datetime.now(UTC) - _clock(rules)) / timedelta(seconds=1)
    if "any_time" in rules:
        return True
    behind, ahead = (10.0, 5.0) if "narrow_window" in rules else (41.0, 20.0)
    return -behind <= skew_s <= ahead


def _clock(rules: Rules) -> timedelta:
    return timedelta(hours=1) if "clock_ahead" in rules else timedelta()


def _nak(rules: Rules) -> bytes:
    told = "" if "nak_without_time" in rules else stamp(datetime.now(UTC) + _clock(rules))
    if "nak_wrong_time" in rules:
        told = stamp(datetime.now(UTC) - timedelta(days=1))
    return frame('"NAK"0001R0L0A0[]' + told if "nak_numbered" in rules else '"NAK"0000R0L0A0[]' + told)


def _ack(key: bytes, echo: str, rules: Rules) -> bytes:
    if "ack_in_clear" in rules:
        return frame(f'"ACK"{echo}[]')
    plain = b"|]" + (b"" if "ack_without_time" in rules else stamp(datetime.now(UTC)).encode())
    pad = secrets.token_hex(16).encode()[: 16 + -len(plain) % 16]
    if "fixed_pad" in rules:
        pad = b"0" * len(pad)
    return frame(f'"*ACK"{echo}[{aes(key, pad + plain).hex().upper()}')


def _secret(text: str, echo: str, rules: Rules, key: bytes | None) -> bytes:
    if "duh_encrypted" in rules and key is not None:
        return frame(f'"*DUH"{echo}[{aes(key, b"0" * 14 + b"|]").hex().upper()}')
    return b"" if "silent_about_strangers" in rules else frame(text)


def _bent(reply: bytes, rules: Rules) -> bytes:
    if "bad_crc" in rules:
        return b"\n0000" + reply[5:]
    if "bad_length" in rules:
        return reply[:5] + b"0001" + reply[9:]
    if "lower_case" in rules:
        return reply[:1] + reply[1:9].lower() + reply[9:]
    return reply * 2 if "answers_twice" in rules else reply


class Tcp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        rules: Rules = self.server.rules  # type: ignore[attr-defined]
        rest = b""
        while data := self._received():
            rest += data
            if "hasty" in rules:
                rest = self._hasty(rest, rules)
                continue
            while b"\r" in rest:
                line, _, rest = rest.partition(b"\r")
                self._say(answer(line, rules, self.server.seen))  # type: ignore[attr-defined]
                if "hangs_up" in rules:
                    return
                if "one_of_a_segment" in rules:
                    rest = b""

    def _received(self) -> bytes:
        try:
            return self.request.recv(65536)
        except OSError:
            return b""

    def _hasty(self, rest: bytes, rules: Rules) -> bytes:
        """Takes what one call received for one message, whole or not."""
        self._say(answer(rest.rstrip(b"\r"), rules, self.server.seen))  # type: ignore[attr-defined]
        return b""

    def _say(self, reply: bytes) -> None:
        with contextlib.suppress(OSError):  # the sender has gone
            self.request.sendall(reply)


class Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, there = self.request
        reply = answer(data.rstrip(b"\r"), self.server.rules, self.server.seen)  # type: ignore[attr-defined]
        there.sendto(reply, self.client_address) if reply else None


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class UdpServer(socketserver.UDPServer):
    max_packet_size = 65536


@contextlib.contextmanager
def receiver(*broken: str, with_udp: bool = True) -> Iterator[int]:
    """The port of a receiver that breaks these rules."""
    servers: list[Any] = [TcpServer(("127.0.0.1", 0), Tcp)]
    port = servers[0].server_address[1]
    if with_udp:
        servers.append(UdpServer(("127.0.0.1", port), Udp))
    for server in servers:
        server.rules, server.seen = Rules(frozenset(broken)), []
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield port
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()

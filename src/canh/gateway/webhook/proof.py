"""Who sent a request, and whether they can prove it. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from canh.gateway.webhook import SCHEME

WINDOW_S = 300
"""How far the clock of a sender may be off: a signed request older than this may be an old one sent again."""
ACCOUNT, STAMP, SIGNATURE = "x-canh-account", "x-canh-timestamp", "x-canh-signature"


class Panel(Protocol):
    """What the proof needs of sites.queries.PanelEntry."""

    @property
    def account(self) -> str: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def old_keys(self) -> tuple[bytes, ...]: ...


class Credentials(NamedTuple):
    """What an `Authorization` header says. Without an account (a bearer token) the secret must find it."""

    account: str
    secret: bytes


def account_of(name: str) -> str:
    """`webhook:name`, also from the bare name."""
    name = name.strip()
    return name if not name or name.startswith(SCHEME) else SCHEME + name


def secrets_of(panel: Panel) -> tuple[bytes, ...]:
    """The present secret, and the one before while a rotation lasts."""
    return ((panel.key, *panel.old_keys)) if panel.key else panel.old_keys


def is_signed(headers: Mapping[str, str], body: bytes, secrets: Iterable[bytes]) -> bool:
    """Whether one of the secrets signed `timestamp.body`. Every secret is tried, in constant time each."""
    said = headers.get(SIGNATURE, "").encode("latin-1", "replace")
    signed = headers.get(STAMP, "").encode("latin-1", "replace") + b"." + body
    fitting = [hmac.compare_digest(said, sign(secret, signed)) for secret in secrets]
    return any(fitting)


def sign(secret: bytes, signed: bytes) -> bytes:
    return b"v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest().encode()


def stamp_us(headers: Mapping[str, str]) -> int | None:
    """The time stamp in microseconds since 1970; None when it is none."""
    text = headers.get(STAMP, "")
    return int(text) * 1_000_000 if text.isascii() and text.isdecimal() and len(text) <= 12 else None


def is_in_window(stamped_us: int, now_us: int) -> bool:
    return abs(stamped_us - now_us) <= WINDOW_S * 1_000_000


def credentials(headers: Mapping[str, str]) -> Credentials | None:
    """From `Authorization: Bearer SECRET` or `Basic name:SECRET`; the secret in hex as the console shows it."""
    kind, _, said = headers.get("authorization", "").partition(" ")
    name = ""
    if kind.lower() == "basic":
        try:
            name, _, said = base64.b64decode(said, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
    elif kind.lower() != "bearer":
        return None
    try:
        return Credentials(account_of(name), bytes.fromhex(said.strip()))
    except ValueError:
        return Credentials(account_of(name), b"")


def is_secret(said: bytes, secrets: Iterable[bytes]) -> bool:
    fitting = [hmac.compare_digest(said, secret) for secret in secrets]
    return any(fitting)


def named_by(secret: bytes, panels: Iterable[Panel]) -> str:
    """The account whose secret this is, or "". Each is tried whole, so that time tells nothing."""
    fitting = [panel.account for panel in panels if is_secret(secret, secrets_of(panel))]
    return fitting[0] if secret and fitting else ""

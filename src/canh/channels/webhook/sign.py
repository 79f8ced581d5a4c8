"""Signatures by which a receiver knows that it is us, and that nothing was changed. Pure.

Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`; libraries that check it exist in
most languages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64


class BadSecret(ValueError):
    """Not `whsec_` and 24 to 64 bytes in base64."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def key_of(secret: str) -> bytes:
    """Raises BadSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret from None
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise BadSecret
    return key


def id_of(key: str) -> str:
    """What names the message in a header: the key itself where it fits, else its digest."""
    return key if re.fullmatch(r"[A-Za-z0-9_:-]{1,100}", key) else hashlib.sha256(key.encode()).hexdigest()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """`timestamp`: seconds since 1970 at which it is sent, so that a receiver can refuse what is old."""
    digest = hmac.digest(key_of(secret), f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }

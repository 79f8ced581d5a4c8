"""Encryption of DC-09 (5.4.4): AES-CBC, IV of zeros, ciphertext in hex.

The plain text is `pad|data][xdata]_timestamp`. The pad makes the length a multiple of 16 and hides
that two messages are equal, since the IV never changes.
"""

from __future__ import annotations

import os
import re
from binascii import unhexlify

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from canh.gateway.sia import stamp

BLOCK = 16
_IV = bytes(BLOCK)
_STAMPED = re.compile(rb"\]_" + stamp.FORM.encode() + rb"\Z")
_READABLE = re.compile(r"[^\x00-\x1f\x7f\]]*\][^\x00-\x1f\x7f]*")


class CannotDecrypt(ValueError):
    """Not hex, not whole blocks, or not a message under this key."""


def decrypt(key: bytes, hexed: bytes) -> bytes:
    """The message after its pad, up to the time stamp. Raises CannotDecrypt.

    `key`: 16, 24 or 32 bytes. The cipher carries no check of its own, so what comes out must
    look like a message: with a wrong key it is noise.
    """
    try:
        sealed = unhexlify(hexed)
    except ValueError as error:
        raise CannotDecrypt("not hex") from error
    if not sealed or len(sealed) % BLOCK:
        raise CannotDecrypt("not whole blocks of 16 bytes")
    worker = Cipher(AES(key), CBC(_IV)).decryptor()
    _, bar, plain = (worker.update(sealed) + worker.finalize()).partition(b"|")
    if not bar or not _is_message(plain):
        raise CannotDecrypt("noise under this key")
    return plain


def encrypt(key: bytes, plain: bytes) -> bytes:
    """`pad|plain` in upper-case hex. The pad has 16 to 31 bytes, so that the first block is all chance."""
    pad = os.urandom(BLOCK).hex()[: 2 * BLOCK - 1 - len(plain) % BLOCK]
    worker = Cipher(AES(key), CBC(_IV)).encryptor()
    sealed = worker.update(b"%b|%b" % (pad.encode(), plain)) + worker.finalize()
    return sealed.hex().upper().encode()


def _is_message(plain: bytes) -> bool:
    if _STAMPED.search(plain):
        return True
    try:
        return _READABLE.fullmatch(plain.decode()) is not None
    except UnicodeDecodeError:
        return False

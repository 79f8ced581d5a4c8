"""Encryption of DC-09 (5.4.4): AES-CBC, IV of zeros, ciphertext in hex.

The plain text is `pad|data][xdata]_timestamp`. The pad makes the length a multiple of 16 and hides
that two messages are equal, since the IV never changes. It has 1 to 16 bytes (2013) or 16 to 31 (2026).
"""

from __future__ import annotations

import os
import re
from binascii import unhexlify

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from canh.gateway.sia import stamp
from canh.intake.terms import Dialect

BLOCK = 16
_IV = bytes(BLOCK)
_STAMPED = re.compile(rb"\]_" + stamp.FORM.encode() + rb"\Z")
_STARTS = frozenset({b"#", b"]"})  # an account, or nothing
_TRAILING = bytes(range(33))  # NUL, blanks, the counts of PKCS#7
_READABLE = re.compile(r"[^\x00-\x1f\x7f\]]*\][^\x00-\x1f\x7f]*")


class CannotDecrypt(ValueError):
    """Not hex, not whole blocks, or not a message under this key."""


def decrypt(key: bytes, hexed: bytes) -> tuple[bytes, str]:
    """The message after its pad, up to the time stamp, and how the pad departed from the standard (a word of
    Dialect or nothing). Raises CannotDecrypt.

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
    opened = worker.update(sealed) + worker.finalize()
    pad, _, plain = opened.partition(b"|")
    if plain[:1] in _STARTS and _is_pad(pad) and _is_message(plain):
        return plain, ""
    return _after_odd_pad(opened)


def _is_pad(pad: bytes) -> bool:
    return 0 < len(pad) < 2 * BLOCK and b"[" not in pad and b"]" not in pad


def _after_odd_pad(opened: bytes) -> tuple[bytes, str]:
    """A message whose account has no mark, or whose pad is missing, too long, has marks in it, or stands
    behind. What stands behind or has no bar must prove by its time stamp that it is no noise."""
    whole = opened.rstrip(_TRAILING)
    pad, bar, plain = whole.partition(b"|")
    is_stamped = _STAMPED.search(whole) is not None
    # Account and event are parted by a bar too: asked for, since else noise under a wrong key passes thrice as often.
    is_plausible = whole == opened and len(pad) < 2 * BLOCK and b"|" in plain and _is_message(plain)
    if bar and not pad.startswith(b"#") and (is_stamped or is_plausible):
        message = _after_marks(plain)
        is_odd = message != plain or whole != opened or not _is_pad(pad)
        return message, Dialect.ODD_PAD.value if is_odd else ""
    if not is_stamped:
        raise CannotDecrypt("noise under this key")
    if whole.startswith(b"#"):
        return whole, Dialect.ODD_PAD.value
    return whole[whole.rfind(b"]_") :], Dialect.EMPTY_POLL.value


def _after_marks(plain: bytes) -> bytes:
    """The pad may hold a bar itself: the message begins at its account."""
    start = plain.find(b"|#", 0, 2 * BLOCK)
    return plain if plain.startswith(b"#") or start < 0 else plain[start + 1 :]


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

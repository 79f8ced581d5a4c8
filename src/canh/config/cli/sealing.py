"""A stream sealed by a passphrase: chunks of AES-256-GCM, each bound to its place.

    "CANHSEAL1"  salt(16)  { length(4) nonce(12) ciphertext }*   last chunk empty

The chunk number and "last" are authenticated, so chunks cannot be dropped, swapped or cut off.
"""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from canh.kit.crypto import NONCE, key_from_passphrase

MAGIC = b"CANHSEAL1"
SALT = 16
CHUNK = 1 << 20


class WrongPassphrase(ValueError):
    """A chunk does not open: wrong passphrase, or the file was changed or cut."""


def is_sealed(file: BinaryIO) -> bool:
    """Looks at the start of a file and goes back to it."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def _place(number: int, is_last: bool) -> bytes:
    return struct.pack(">Q?", number, is_last)


class SealedWriter(io.RawIOBase):
    """Write clear bytes, `finish()` at the end."""

    def __init__(self, target: BinaryIO, passphrase: str) -> None:
        salt = os.urandom(SALT)
        self._target, self._box = target, AESGCM(key_from_passphrase(passphrase, salt))
        self._kept, self._number = bytearray(), 0
        target.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._kept += data
        while len(self._kept) >= CHUNK:
            self._seal(bytes(self._kept[:CHUNK]), is_last=False)
            del self._kept[:CHUNK]
        return len(data)

    def finish(self) -> None:
        self._seal(bytes(self._kept), is_last=False)
        self._seal(b"", is_last=True)

    def _seal(self, clear: bytes, *, is_last: bool) -> None:
        nonce = os.urandom(NONCE)
        sealed = self._box.encrypt(nonce, clear, _place(self._number, is_last))
        self._target.write(struct.pack(">I", len(sealed)) + nonce + sealed)
        self._number += 1


class SealedReader(io.RawIOBase):
    """Read the clear bytes back. Raises WrongPassphrase."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        source.read(len(MAGIC))
        self._source, self._box = source, AESGCM(key_from_passphrase(passphrase, source.read(SALT)))
        self._kept, self._number, self._is_done = b"", 0, False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._is_done and (size < 0 or len(self._kept) < size):
            self._kept += self._open()
        size = len(self._kept) if size < 0 else size
        taken, self._kept = self._kept[:size], self._kept[size:]
        return taken

    def _open(self) -> bytes:
        head = self._source.read(4)
        if len(head) < 4:
            raise WrongPassphrase("the file ends too early")
        (length,) = struct.unpack(">I", head)
        nonce, sealed = self._source.read(NONCE), self._source.read(length)
        self._is_done = length == 16  # only the last chunk is empty: just its tag
        try:
            clear = self._box.decrypt(nonce, sealed, _place(self._number, self._is_done))
        except InvalidTag as error:
            raise WrongPassphrase(f"chunk {self._number}") from error
        self._number += 1
        return clear

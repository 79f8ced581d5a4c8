"""The pictures of floor plans in the data folder, sealed: who steals the disk has no map of the vault.

`plans/<sha256>` holds the sealed picture. A file is on the disk before a row says so; a row goes before its file does.
"""

from __future__ import annotations

import hashlib
import os
from uuid import uuid4

from canh.kit import crypto, paths

FOLDER, PURPOSE = "plans", "floor-plan"
LARGEST = 4 * 1024 * 1024
MEDIA = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def media_of(picture: bytes) -> str:
    """Its media type by its first bytes; "" when it is no picture that every browser shows."""
    return next((media for magic, media in MEDIA.items() if picture.startswith(magic)), "")


def keep(picture: bytes) -> str:
    """Seal and write it, durably; harmless when repeated. Returns its SHA-256. Raises OSError."""
    name = hashlib.sha256(picture).hexdigest()
    folder = paths.folder(FOLDER)
    draft = folder / f".{uuid4().hex}"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(crypto.seal(picture, PURPOSE))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return name


def open_picture(sha256: str) -> bytes:
    """Raises OSError when the file is gone, ValueError when it was changed."""
    picture = crypto.unseal((paths.folder(FOLDER) / sha256).read_bytes(), PURPOSE)
    if hashlib.sha256(picture).hexdigest() != sha256:
        raise ValueError(sha256)
    return picture


def delete(sha256: str) -> None:
    """Harmless when it is gone already."""
    (paths.folder(FOLDER) / sha256).unlink(missing_ok=True)

"""The files of evidence in the data folder: written whole or not at all, found by their hash.

`evidence/ab/<sha256>` holds a file, `evidence/new/` what is being written. A file is on the disk before a row says so;
a row goes before its file does. So after a crash there may be a file too many (swept later), never one too few.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from canh.incidents.rules_evidence import HEAD_BYTES
from canh.incidents.terms_evidence import FOLDER
from canh.kit import paths

CHUNK = 256 * 1024
DRAFTS = "new"


class TooLarge(ValueError):
    """More bytes came than a file may have."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file on the disk that has no name yet."""

    path: Path
    sha256: str
    size: int
    head: bytes


def place_of(sha256: str) -> Path:
    """Where a file of this hash lies, whether it is there or not."""
    return paths.data_root() / FOLDER / sha256[:2] / sha256


def write_draft(chunks: Iterable[bytes], largest: int) -> Draft:
    """Write and sync; memory holds one chunk. Raises TooLarge; a draft that failed is gone."""
    path = paths.folder(FOLDER, DRAFTS) / uuid4().hex
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > largest:
                    raise TooLarge(size)
                head = head if len(head) >= HEAD_BYTES else (head + chunk)[:HEAD_BYTES]
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Draft(path, digest.hexdigest(), size, head)


def settle(draft: Draft) -> None:
    """Give a draft its name, durably; one that is there already stays as it is. Harmless when repeated."""
    folder = paths.folder(FOLDER, draft.sha256[:2])
    target = folder / draft.sha256
    if not (target.exists() and target.stat().st_size == draft.size):
        target.unlink(missing_ok=True)
        os.link(draft.path, target)  # the draft stays: a transaction that fails may be tried again
    for changed in (folder, folder.parent):
        handle = os.open(changed, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def forget(draft: Draft) -> None:
    draft.path.unlink(missing_ok=True)


def delete(sha256: str) -> None:
    """Harmless when it is gone already."""
    place_of(sha256).unlink(missing_ok=True)


def chunks_of(sha256: str) -> Iterator[bytes]:
    """The bytes, a chunk at a time. Raises OSError."""
    with open(place_of(sha256), "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def lying(part: int, older_than_s: float) -> list[Path]:
    """Files of one of the 256 folders, and drafts, that were last written before `older_than_s` (seconds since
    1970)."""
    root = paths.data_root() / FOLDER
    found = [path for name in (f"{part:02x}", DRAFTS) if (root / name).is_dir() for path in (root / name).iterdir()]
    return [path for path in found if path.stat().st_mtime < older_than_s]

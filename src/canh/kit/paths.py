"""Where an installation keeps its things: one data folder, never the checkout.

canh.db      rooms' tables (SQLite)         journal/   what the gateway received
keys/        sealing and signing keys       run/       locks, sockets, heartbeats
heads/       signed audit heads             installation.json  node number, drill or not
evidence/    files of cases, by their hash  plans/     floor plans, sealed
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

from platformdirs import user_data_path


def data_root() -> Path:
    """`CANH_DATA`, else the user's data directory."""
    named = os.environ.get("CANH_DATA")
    return Path(named).expanduser().resolve() if named else user_data_path("canh")


def folder(*parts: str) -> Path:
    """A private folder inside the data folder, made when missing."""
    path = data_root()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in parts:
        path /= part
        path.mkdir(exist_ok=True, mode=0o700)
    return path


def database() -> Path:
    return folder() / "canh.db"


def journal(gateway: str = "gw1") -> Path:
    return folder("journal") / f"{gateway}.db"


def run(name: str) -> Path:
    return folder("run") / name


def key(name: str) -> Path:
    return folder("keys") / name


def socket_address(path: Path) -> str:
    """An address that fits `sun_path` (108 bytes) however deep the data folder lies."""
    text = str(path)
    if len(text.encode()) < 100 or not hasattr(socket, "AF_UNIX"):
        return text
    return f"/proc/self/fd/{_handle(path.parent)}/{path.name}"


@cache
def _handle(directory: Path) -> int:
    return os.open(directory, os.O_PATH | os.O_DIRECTORY)

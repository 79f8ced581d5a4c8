"""Receivers to compare with, each a process of its own: `python -m bench.peers.<name> PORT FOLDER`."""

from __future__ import annotations

MOST = 10_000
KEY = bytes(range(16))
"""AES-128 of every panel, in the runs that are encrypted."""


def accounts() -> list[str]:
    """One for each connection of the largest run."""
    return [f"{number:04X}" for number in range(1, MOST + 1)]

"""Hands small orders from one process to another through files of the data folder, and the answers back.

    NAME.json   waits to be taken          NAME.taken   somebody works on it          NAME.done   the answer

Each change is one atomic rename, so a reader never sees half an order, of two that take one wins, and a killed
process loses nothing: what it had taken is still there.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from canh.kit import clock, paths

WAITS, TAKEN, DONE = ".json", ".taken", ".done"


class Spool:
    """`run/<name>/` in the data folder. An order's name is made of letters and digits only."""

    def __init__(self, name: str) -> None:
        self._name = name

    def put(self, order: str, content: dict[str, Any]) -> None:
        """Nothing happens when it waits or is worked on already."""
        if not self._path(order, TAKEN).exists():
            self._write(order, WAITS, content)

    def waiting(self) -> list[str]:
        """The oldest first."""
        return [path.stem for path in sorted(self._folder().glob(f"*{WAITS}"), key=_age)]

    def taken(self) -> list[str]:
        return [path.stem for path in self._folder().glob(f"*{TAKEN}")]

    def take(self, order: str) -> dict[str, Any] | None:
        """The order, which is now ours; None: withdrawn, or another's."""
        try:
            self._path(order, WAITS).rename(self._path(order, TAKEN))
        except FileNotFoundError:
            return None
        return _read(self._path(order, TAKEN))

    def answer(self, order: str, content: dict[str, Any]) -> None:
        self._write(order, DONE, content)
        self._path(order, TAKEN).unlink(missing_ok=True)

    def answer_of(self, order: str) -> dict[str, Any] | None:
        return _read(self._path(order, DONE))

    def withdraw(self, order: str) -> bool:
        """True: nobody had taken it, and nobody will."""
        try:
            self._path(order, WAITS).unlink()
        except FileNotFoundError:
            return False
        return True

    def forget(self, order: str) -> None:
        """Take an answer away, so that the same order may be given again."""
        self._path(order, DONE).unlink(missing_ok=True)

    def forget_older(self, seconds: float) -> None:
        """Take away answers nobody came for."""
        before = clock.now_us() / 1_000_000 - seconds
        for path in self._folder().glob(f"*{DONE}"):
            if _age(path) < before:
                path.unlink(missing_ok=True)

    def _folder(self) -> Path:
        return paths.folder("run", self._name)

    def _path(self, order: str, state: str) -> Path:
        return self._folder() / f"{order}{state}"

    def _write(self, order: str, state: str, content: dict[str, Any]) -> None:
        draft = self._folder() / f".{order}.{os.getpid()}.{time.monotonic_ns()}"
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(self._path(order, state))


def _age(path: Path) -> float:
    """When it was written, seconds since 1970; what has just been taken away counts as the newest."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None

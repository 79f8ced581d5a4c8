"""Heartbeats: each worker writes a small file, so that others see it is alive without a database."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from canh.kit import clock, paths


@dataclass(frozen=True, slots=True)
class Beat:
    name: str
    pid: int
    at_us: int
    facts: dict[str, Any]

    def age_s(self) -> float:
        return (clock.now_us() - self.at_us) / 1_000_000


def stamp(name: str, **facts: Any) -> None:
    """Say "alive" with a few figures. Replaces the file whole, so a reader never sees half."""
    path = paths.folder("run", "beats") / name
    draft = path.with_name(f".{name}.{os.getpid()}")
    draft.write_text(json.dumps({"pid": os.getpid(), "at_us": clock.now_us(), "facts": facts}))
    draft.replace(path)


def read(name: str) -> Beat | None:
    """The last beat of a worker; None when it never ran here."""
    try:
        kept = json.loads((paths.folder("run", "beats") / name).read_text())
    except FileNotFoundError:
        return None
    return Beat(name, kept["pid"], kept["at_us"], kept["facts"])


def read_all() -> list[Beat]:
    names = sorted(p.name for p in paths.folder("run", "beats").iterdir() if not p.name.startswith("."))
    return [beat for name in names if (beat := read(name))]

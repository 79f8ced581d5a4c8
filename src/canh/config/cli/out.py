"""Where the command line writes: people's words to the terminal, one JSON object a line to scripts."""

from __future__ import annotations

import json
import sys
from typing import Any


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def warn(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def line(value: dict[str, Any]) -> None:
    """One object as one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


class Refused(Exception):
    """The command cannot be carried out; the text says why and what to do."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code

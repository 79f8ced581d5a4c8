"""Facts that hold from a day on: each `[[table]]` of a file in a room's `data/` says since when, and by whom."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any


def table_of(room: str, file: str, day: date) -> dict[str, Any]:
    """The table of `canh/<room>/data/<file>` that holds on a day. Raises ValueError before the first one."""
    text = files(f"canh.{room}").joinpath(f"data/{file}").read_text(encoding="utf-8")
    fitting = [table for table in tomllib.loads(text)["table"] if table["valid_from"] <= day]
    return max(fitting, key=lambda table: table["valid_from"])

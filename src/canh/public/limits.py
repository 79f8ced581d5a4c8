"""The limits of `data/clocks.toml`, read and checked."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from canh.public.clocks import EVENTS, RECEIVERS, Limit

LENGTHS = ("hours", "workdays", "days", "months")


class BadLimits(ValueError):
    """An entry makes no sense; the message names it."""


@cache
def shipped() -> tuple[Limit, ...]:
    """The limits that come with Canh."""
    return read(files("canh.public").joinpath("data/clocks.toml").read_text(encoding="utf-8"))


def read(text: str) -> tuple[Limit, ...]:
    """Limits from TOML. Raises BadLimits."""
    return tuple(_limit(entry) for entry in tomllib.loads(text)["clock"])


def _limit(entry: dict[str, Any]) -> Limit:
    name = entry.get("id", "?")
    missing = {"id", "valid_from", "start", "done", "owner", "name", "english", "citation", "confirmed"} - entry.keys()
    if missing:
        raise BadLimits(f"{name}: {', '.join(sorted(missing))} is missing")
    if entry["start"] not in EVENTS or entry["done"] not in EVENTS:
        raise BadLimits(f"{name}: start and done are events: {', '.join(EVENTS)}")
    if not any(entry.get(length, 0) > 0 for length in LENGTHS):
        raise BadLimits(f"{name}: how long? One of {', '.join(LENGTHS)}")
    if unknown := set(entry.get("only", {}).get("received_by", [])) - set(RECEIVERS):
        raise BadLimits(f"{name}: received_by: {', '.join(sorted(unknown))}")
    valid_to: date | None = entry.get("valid_to")
    lengths = {length: int(entry.get(length, 0)) for length in LENGTHS}
    return Limit(
        id=name, valid_from=entry["valid_from"], valid_to=valid_to, start=entry["start"], done=entry["done"],
        rolls=bool(entry.get("rolls", False)), only=entry.get("only", {}), owner=entry["owner"], name=entry["name"],
        english=entry["english"], citation=entry["citation"], is_confirmed=entry["confirmed"], **lengths,
    )  # fmt: skip

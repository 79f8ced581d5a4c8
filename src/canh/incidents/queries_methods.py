"""The catalogue of methods, as the fronts read it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from canh.incidents import methods
from canh.incidents.methods import Method, Suggestion


@cache
def catalogue() -> tuple[Method, ...]:
    """The methods that come with Canh, by group."""
    return methods.read(files("canh.incidents").joinpath("data/methods.toml").read_text(encoding="utf-8"))


def suggested(narrative: str) -> list[Suggestion]:
    """The three methods a narrative most likely tells of, each with the words it rests on."""
    return methods.suggest(narrative, catalogue())

"""Cells of an export that a spreadsheet program opens."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(text: str) -> str:
    """A text that begins like a formula stays text: somebody may have chosen their name to be one."""
    return f"'{text}" if text.startswith(FORMULA) else text

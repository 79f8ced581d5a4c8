"""Write the code tables of docs/ref/signals.md from src/canh/intake/data/codes/.

    python docs/make_signals.py

Needs nothing but Python; a test compares the page with what this makes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CODES = ROOT / "src" / "canh" / "intake" / "data" / "codes"
PAGE = ROOT / "docs" / "ref" / "signals.md"
BEGIN, END = "<!-- generated: codes -->", "<!-- end of generated -->"


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    made = "\n".join(tables(shipped()))
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def shipped() -> list[dict[str, Any]]:
    """Every table, file by file."""
    files = sorted(CODES.glob("*.toml"))
    return [table for file in files for table in tomllib.loads(file.read_text(encoding="utf-8"))["table"]]


def tables(found: list[dict[str, Any]]) -> Iterator[str]:
    for table in found:
        yield f"\n### {table['protocol']} since {table['valid_from']}\n"
        sure = "compared with the source" if table.get("confirmed") else "not yet compared with the source line by line"
        yield f"Source: {table['citation']}; {sure}. {len(table['codes'])} codes.\n"
        yield from turned(table) if table.get("tells_turn") else qualified(table)
        if not table["leading"]:
            continue
        yield (
            "\nNot listed, by beginning: " + ", ".join(f"`{k}` {v}" for k, v in sorted(table["leading"].items())) + "."
        )


def turned(table: dict[str, Any]) -> Iterator[str]:
    """[kind, turn, condition, English, Vietnamese]"""
    yield "| code | meaning | nghĩa | kind | turn | condition |\n|---|---|---|---|---|---|"
    for code, (kind, turn, condition, english, vietnamese) in sorted(table["codes"].items()):
        yield f"| `{code}` | {english} | {vietnamese} | {kind} | {turn} | {condition} |"


def qualified(table: dict[str, Any]) -> Iterator[str]:
    """[kind, English, Vietnamese]; the qualifier of the message tells the turn, the code is the condition."""
    yield "| code | meaning | nghĩa | kind |\n|---|---|---|---|"
    for code, (kind, english, vietnamese) in sorted(table["codes"].items()):
        yield f"| `{code}` | {english} | {vietnamese} | {kind} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

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
        sure = f"compared: {table['compared']}" if table.get("compared") else sure
        yield f"Source: {table['citation']}; {sure}. {len(table['codes'])} codes.\n"
        yield from rows(table, table["codes"])
        if table.get("beyond"):
            yield f"\nIn use beside the standard, {len(table['beyond'])} codes:\n"
            yield from rows(table, table["beyond"])
        if not table["leading"]:
            continue
        yield (
            "\nNot listed, by beginning: " + ", ".join(f"`{k}` {v}" for k, v in sorted(table["leading"].items())) + "."
        )


def rows(table: dict[str, Any], codes: dict[str, list[str]]) -> Iterator[str]:
    """A row for each code. Where the code does not tell the turn, it is the condition itself."""
    tells_turn = table.get("tells_turn")
    counts = {code: what for what, listed in table.get("numbers", {}).items() for code in listed.split()}
    head = ["code", "meaning", "nghĩa", "kind", *(["turn", "condition"] if tells_turn else [])]
    head += ["number"] if counts else []
    yield f"| {' | '.join(head)} |\n|{'---|' * len(head)}"
    for code, (kind, *turn_and_condition, english, vietnamese) in sorted(codes.items()):
        cells = [f"`{code}`", english, vietnamese, kind, *turn_and_condition]
        cells += [counts.get(code, "zone")] if counts else []
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

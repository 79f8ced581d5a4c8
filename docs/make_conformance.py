"""Write the case list of docs/ref/conformance.md from src/canh/drill/conformance/.

    python docs/make_conformance.py

A test compares the page with what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "ref" / "conformance.md"
BEGIN, END = "<!-- generated: cases -->", "<!-- end of generated -->"
sys.path.insert(0, str(ROOT / "src"))

from canh.drill.conformance.case import Case, Need  # noqa: E402
from canh.drill.conformance.run import CASES  # noqa: E402


def page() -> str:
    """The page as it should be."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    made = "\n".join(table())
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def table() -> Iterator[str]:
    runs = sum(len(case.over) for case in CASES)
    yield f"\n{len(CASES)} cases; over both transports {runs} runs.\n"
    yield "| case | clause | title · tên | sent | must come back | over | needs |\n|---|---|---|---|---|---|---|"
    for case in CASES:
        yield row(case)


def row(case: Case) -> str:
    need = {Need.PLAIN: "account", Need.KEY: "any key"}.get(case.needs, f"{case.needs}-bit key")
    over = ", ".join(transport.upper() for transport in case.over)
    title = f"{case.english} · {case.vietnamese}"
    return f"| `{case.id}` | {case.clause} | {title} | {case.sends} | {case.expects} | {over} | {need} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

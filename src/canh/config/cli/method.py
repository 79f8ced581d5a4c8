"""`canh method list` and `canh method suggest FILE`: the catalogue of methods, and which one a narrative tells of.

The form of the file and of the answer stands in docs/ref/methods.md. Needs no data.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from canh.config.cli.out import Refused, line, say

if TYPE_CHECKING:
    from canh.incidents.methods import Suggestion


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    every = acts.add_parser("list", help="mọi phương thức, thủ đoạn · all methods")
    suggest = acts.add_parser("suggest", help="lời kể nói về phương thức nào · which method a narrative tells of")
    suggest.add_argument("file", metavar="FILE", help="văn bản, JSON, JSONL; - là đầu vào · - is standard input")
    for sub in (every, suggest):
        sub.add_argument("--json", action="store_true", help="một đối tượng mỗi dòng · one object a line")
        sub.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def main(words: argparse.Namespace) -> int:
    from canh.incidents import queries_methods

    if words.act == "list":
        for method in queries_methods.catalogue():
            told = {name: asdict(words_of) for name, words_of in method.told.items()}
            found = {"id": method.id, "group": method.group, "seasons": list(method.seasons), **told,
                     "sources": list(method.sources), "confirmed": method.is_confirmed}  # fmt: skip
            line(found) if words.json else say(f"{method.id:<12} {told['vi']['name']} · {told['en']['name']}")
        return 0
    for name, narrative in _narratives(words.file):
        found = {"id": name, "suggestions": [_told(one) for one in queries_methods.suggested(narrative)]}
        line(found) if words.json else say(_sentences(found))
    return 0


def _narratives(file: str) -> list[tuple[str, str]]:
    """Each with its name. Raises Refused, which names the entry."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Refused(f"{file}: không đọc được · cannot be read: {error}", 2) from error
    entries = _entries(text)
    return [_narrative(entry, number) for number, entry in enumerate(entries, 1)]


def _entries(text: str) -> list[Any]:
    """A list or an object of JSON, one object a line, or plain text: one narrative."""
    if not text.lstrip().startswith(("[", "{")):
        return [text]
    try:
        told = json.loads(text)
    except ValueError:
        try:
            return [json.loads(row) for row in text.splitlines() if row.strip()]
        except ValueError as error:
            raise Refused(f"JSON: {error}", 2) from error
    return told if isinstance(told, list) else [told]


def _narrative(entry: Any, number: int) -> tuple[str, str]:
    told = {"text": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {}
    name, text = str(told.get("id", number)), told.get("text", told.get("narrative"))
    if not isinstance(text, str) or not text.strip():
        raise Refused(f'{number}: {{"id": "1", "text": "…"}}', 2)
    return name, text


def _told(one: Suggestion) -> dict[str, Any]:
    names = {language: told.name for language, told in one.method.told.items()}
    return {"method": one.method.id, "name": names["vi"], "english": names["en"], "score": one.score,
            "because": list(one.because)}  # fmt: skip


def _sentences(found: dict[str, Any]) -> str:
    lines = [f"  {told['method']:<12} {told['score']:>6.2f}  {told['name']} · {told['english']}"
             for told in found["suggestions"]]  # fmt: skip
    return "\n".join([f"{found['id']}:", *(lines or ["  –"])])

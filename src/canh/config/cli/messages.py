"""`canh messages`: read every source string, bring the catalogues up to date, compile them.

Needs Babel (a development dependency), not gettext. Source strings are English; `vi` must be
complete, `en` stays empty but for plurals.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation.template import templatize

from canh.config.cli.out import say

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

PACKAGE = Path(__file__).resolve().parents[2]
LOCALE = PACKAGE / "locale"
LANGUAGES = ("vi", "en")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed date in the header, or each run would differ
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
CALL = re.compile(r"\b(gettext|ngettext|pgettext|npgettext)\((?:[^()\"']|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')*\)")

Found = tuple[str, int, str | tuple[str, ...], str | None]
"""File, line, message (text or plural pair), context."""


def source_strings() -> Iterator[Found]:
    """Every translatable string of code, templates and browser scripts."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _extract(path, path.read_bytes())
    for path in sorted(PACKAGE.rglob("templates/**/*.*")):
        calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield from _extract(path, _only_calls(calls).encode())


def _only_calls(templatized: str) -> str:
    """Django turns a template into calls amid noise; keep the calls, each on its own line."""
    return "\n".join(re.sub(r"(?<=[(, ])u(?=['\"])", "", m.group()) for m in CALL.finditer(templatized))


def _extract(path: Path, source: bytes) -> Iterator[Found]:
    from babel.messages.extract import extract

    for line, message, _comments, context in extract("python", io.BytesIO(source), keywords=KEYWORDS):
        yield str(path.relative_to(PACKAGE)), line, message, context


def update() -> dict[str, list[str]]:
    """Rewrite the catalogues. Returns the untranslated strings by language."""
    from babel.messages.catalog import Catalog

    template = Catalog(charset="utf-8", fuzzy=False)
    for file, _line, message, context in source_strings():
        template.add(message, locations=[(file, 0)], context=context)
    return {language: _update_one(language, template) for language in LANGUAGES}


def _update_one(language: str, template: Catalog) -> list[str]:
    from babel.messages.pofile import read_po, write_po

    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = read_po(io.BytesIO(path.read_bytes()) if path.exists() else io.BytesIO(b""), locale=language)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    target = io.BytesIO()
    write_po(target, catalog, sort_output=True, include_lineno=False, omit_header=False, width=110)
    path.write_bytes(_without_dates(target.getvalue()))
    compile_one(path)
    return [str(m.id) for m in catalog if m.id and not _is_done(m)] if language == "vi" else []


def _is_done(message: Message) -> bool:
    text = message.string
    return bool(text) and (isinstance(text, str) or all(text or ()))


def _without_dates(po: bytes) -> bytes:
    """Dates and tool versions would change the file at each run."""
    return re.sub(rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator).*\n', b"", po, flags=re.M)


def compiled(path: Path) -> bytes:
    """The .mo of a .po; the same bytes for the same texts."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    catalog = read_po(io.BytesIO(path.read_bytes()), locale=path.parts[-3])
    catalog.creation_date = catalog.revision_date = EPOCH
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def compile_one(path: Path) -> None:
    """Write the .mo beside a .po."""
    path.with_suffix(".mo").write_bytes(compiled(path))


def main() -> int:
    missing = update()["vi"]
    for text in missing:
        say(f"  không có bản dịch / untranslated: {text!r}")
    say(f"{len(missing)} untranslated")
    return 1 if missing else 0

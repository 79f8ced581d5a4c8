"""Vietnamese is complete, compiled and keeps every placeholder."""

from __future__ import annotations

import io
import re

import pytest
from babel.messages.pofile import read_po

from canh.config.cli import messages

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")


def _catalog(language: str) -> object:
    path = messages.LOCALE / language / "LC_MESSAGES" / "django.po"
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def _source() -> set[tuple[str | None, str]]:
    return {
        (context, message if isinstance(message, str) else message[0])
        for _file, _line, message, context in messages.source_strings()
        if message
    }


def test_every_source_string_is_in_the_catalogue_and_translated() -> None:
    done = {
        (m.context, m.id if isinstance(m.id, str) else m.id[0])
        for m in _catalog("vi")  # type: ignore[attr-defined]
        if m.id and messages._is_done(m)
    }
    missing = sorted(text for context, text in _source() if (context, text) not in done)
    assert missing == [], "run: canh messages, then translate"


def test_nothing_is_fuzzy_and_nothing_is_left_over() -> None:
    catalog = _catalog("vi")
    kept = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalog if m.id}  # type: ignore[attr-defined]
    assert [m.id for m in catalog if m.id and m.fuzzy] == []  # type: ignore[attr-defined]
    assert sorted(str(k) for k in kept - _source()) == []


def test_placeholders_survive_translation() -> None:
    for message in _catalog("vi"):  # type: ignore[attr-defined]
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        if message.id and any(texts):
            wanted = sorted(set(PLACEHOLDER.findall(ids[-1])))
            for text in texts:
                assert sorted(set(PLACEHOLDER.findall(text))) == wanted, ids


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_compiled_catalogue_is_fresh(language: str) -> None:
    path = messages.LOCALE / language / "LC_MESSAGES" / "django.po"
    kept = path.with_suffix(".mo").read_bytes()
    assert messages.compiled(path) == kept, "run: canh messages"


def test_vietnamese_is_written_composed() -> None:
    import unicodedata

    for path in messages.PACKAGE.rglob("*"):
        if path.suffix in {".po", ".toml", ".html", ".py"}:
            text = path.read_text(encoding="utf-8")
            assert unicodedata.is_normalized("NFC", text), path.name

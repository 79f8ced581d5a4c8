"""Bytes of a camera into a tree of elements, with the place of each in the bytes.

An expat parser of our own handlers: a document type, and with it every entity, is refused before it can be
expanded; and the journal keeps the very bytes of a notification, which a parsed tree could not give back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

MAX_BYTES = 512 * 1024
MAX_DEPTH = 60
MAX_ELEMENTS = 20_000


class Unreadable(ValueError):
    """What came is no answer that can be read; the text says why."""


@dataclass(slots=True)
class Element:
    """`name`: the local name; `space`: its namespace. A topic's prefixes say nothing we need, so none is kept."""

    space: str
    name: str
    attributes: dict[str, str]
    begin: int
    end: int = 0
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """It and everything below it, in the order of the document."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            waiting.extend(reversed(one.children))

    def all(self, name: str) -> list[Element]:
        """Elements of this local name, itself or below."""
        return [one for one in self.walk() if one.name == name]

    def first(self, name: str) -> Element | None:
        return next((one for one in self.walk() if one.name == name), None)

    def text_of(self, name: str) -> str:
        """The text of the first element of this name; empty when there is none."""
        found = self.first(name)
        return found.text.strip() if found else ""

    def child(self, name: str) -> Element | None:
        return next((one for one in self.children if one.name == name), None)


def read(data: bytes) -> Element:
    """The root element. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"more than {MAX_BYTES} bytes")
    reader = _Reader(data)
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # LookupError: an encoding nobody knows
        raise Unreadable(str(error)) from None
    if reader.root is None:
        raise Unreadable("nothing in it")
    return reader.root


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._open, self._count = data, list[Element](), 0
        self._texts: list[list[str]] = []
        self.root: Element | None = None
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Unreadable("too deep or too many elements")
        space, _blank, name = tag.rpartition(" ")
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        element = Element(space, name, plain, self.parser.CurrentByteIndex)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def _text(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        element.text = "".join(self._texts.pop())
        closing = self._data.find(b">", self.parser.CurrentByteIndex)  # the handler stands before the end tag
        element.end = closing + 1 if closing >= 0 else len(self._data)


def _refuse(*_doctype: object) -> NoReturn:
    raise Unreadable("a document type is not accepted: it could hold an entity bomb")

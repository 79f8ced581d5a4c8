"""A sentence that is said here and read elsewhere: in English with facts, shown in the language of its reader.

For processes that have no reader of their own, as the gateway: their log is English, the page that shows the
sentence is in Vietnamese. Where it is said, its text stands in `gettext_noop`, so that it is translated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext

REASON = "reason"
"""The fact that is a sentence itself, for example the words of the operating system."""


@dataclass(frozen=True, slots=True)
class Saying:
    text: str
    """English, `%(name)s` for a fact."""
    facts: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    """What it is said of, where that is a name nobody translates: an address, a device, a setting."""

    def __str__(self) -> str:
        """Plain English."""
        return self._with(self.text % self.facts)

    def words(self) -> str:
        """In the active language; English where this version knows no such sentence."""
        facts = {name: gettext(fact) if name == REASON and fact else fact for name, fact in self.facts.items()}
        return self._with(gettext(self.text) % facts)

    def at(self, where: str) -> Saying:
        """The same, said of this."""
        return replace(self, where=where)

    def as_json(self) -> dict[str, Any]:
        return {"text": self.text, "facts": dict(self.facts), "where": self.where}

    def _with(self, told: str) -> str:
        return f"{self.where}: {told}" if self.where else told


def from_json(told: Mapping[str, Any]) -> Saying:
    return Saying(told["text"], told["facts"], told["where"])


def english(sayings: Iterable[Saying]) -> str:
    """One line for a log."""
    return "; ".join(map(str, sayings))


def words(sayings: Iterable[Saying]) -> str:
    """One line in the active language."""
    return "; ".join(saying.words() for saying in sayings)

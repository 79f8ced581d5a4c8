"""Methods (phương thức, thủ đoạn), and which of them a narrative tells of. Pure.

What a narrative says is looked for by the cues of each method; how much its other words are like the description breaks
ties. No model, no network: the reason for each suggestion is the words it rests on.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from canh.kit.text import fold

FIELDS = ("name", "target", "place", "time", "vehicle", "how", "advice")
GROUPS = ("snatching", "robbery", "theft")
LANGUAGES = ("vi", "en")
LIKENESS = 2.0
"""What a description in the very same words would weigh: as much as one good cue."""
ALIKE = 0.25
"""From here on a narrative without a cue is still offered a method that is described in its words."""
LEAST = 1.5
"""One weak cue alone says nothing: it rains in many a story."""
ENDINGS = "e|s|es|d|ed|er|ers|ing|y|ery|en|ened|ening|ned|ting|ted|ping|ped|ated|ating|or|ion|ian|ity|ment|al"
"""Of English words. A Vietnamese syllable is written apart and must be there whole: `pha` is not in `phai`."""
NAME_LENGTH = 40
"""A case keeps the name of its method in a column of this size."""


class BadCatalogue(ValueError):
    """An entry makes no sense; the message names it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A method in one language."""

    name: str
    target: str
    place: str
    time: str
    vehicle: str
    how: str
    advice: str


@dataclass(frozen=True, eq=False)
class Method:
    """How criminals go about it."""

    id: str
    group: str
    seasons: tuple[str, ...]
    sources: tuple[str, ...]
    is_confirmed: bool
    cues: tuple[tuple[float, re.Pattern[str]], ...]
    told: Mapping[str, Told]

    def in_language(self, language: str) -> Told:
        return self.told["vi" if language.startswith("vi") else "en"]

    @cached_property
    def words(self) -> Counter[str]:
        """The folded words of both descriptions."""
        texts = (getattr(told, field) for told in self.told.values() for field in FIELDS)
        return Counter(_words(fold(" ".join(texts))))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A method a narrative may tell of."""

    method: Method
    score: float
    because: tuple[str, ...]
    """The words of the narrative it rests on."""


def read(text: str) -> tuple[Method, ...]:
    """Methods from TOML. Raises BadCatalogue."""
    told = tomllib.loads(text)
    cues = {name: re.compile(rf"\b(?:{pattern})(?:{ENDINGS})?\b", re.ASCII) for name, pattern in told["cues"].items()}
    methods = tuple(_method(entry, cues) for entry in told["method"])
    twice = [name for name, count in Counter(method.id for method in methods).items() if count > 1]
    if twice:
        raise BadCatalogue(f"{twice[0]}: twice")
    return methods


def _method(entry: dict[str, Any], patterns: Mapping[str, re.Pattern[str]]) -> Method:
    name = entry.get("id", "?")
    if entry.get("group") not in GROUPS:
        raise BadCatalogue(f"{name}: group is one of {', '.join(GROUPS)}")
    if not entry.get("sources") or not entry.get("cues"):
        raise BadCatalogue(f"{name}: no sources or no cues")
    told = {}
    for language in LANGUAGES:
        missing = [field for field in FIELDS if not entry.get(language, {}).get(field)]
        if missing:
            raise BadCatalogue(f"{name}: {language}.{missing[0]} is missing")
        told[language] = Told(**entry[language])
        if len(told[language].name) > NAME_LENGTH:
            raise BadCatalogue(f"{name}: {language}.name is longer than {NAME_LENGTH}")
    if unknown := entry["cues"].keys() - patterns.keys():
        raise BadCatalogue(f"{name}: no such cue: {', '.join(sorted(unknown))}")
    cues = tuple((float(weight), patterns[cue]) for cue, weight in entry["cues"].items())
    return Method(
        name, entry["group"], tuple(entry["seasons"]), tuple(entry["sources"]), entry["confirmed"], cues, told
    )


def suggest(narrative: str, methods: tuple[Method, ...], count: int = 3) -> list[Suggestion]:
    """The methods it may tell of, the likeliest first; none where nothing speaks for one."""
    text = fold(narrative)
    as_told = _Unfolded(narrative, text)
    rarity, words = _rarity(methods), Counter(_words(text))
    found = []
    for method in methods:
        hits = [(weight, as_told(hit.span())) for weight, cue in method.cues if (hit := cue.search(text))]
        likeness = _likeness(words, method.words, rarity)
        score = sum(weight for weight, _words in hits) + LIKENESS * likeness
        if (hits and score >= LEAST) or likeness >= ALIKE:
            found.append(Suggestion(method, round(score, 3), tuple(dict.fromkeys(words for _weight, words in hits))))
    return sorted(found, key=lambda one: (-one.score, one.method.id))[:count]


class _Unfolded:
    """The words of a narrative by their place in its folded text."""

    def __init__(self, narrative: str, folded: str) -> None:
        self._folded, self._words = folded, narrative.split()
        if len(self._words) != len(folded.split()):  # a "word" of marks alone has no letters left
            self._words = folded.split()

    def __call__(self, span: tuple[int, int]) -> str:
        first = self._folded.count(" ", 0, span[0])
        last = self._folded.count(" ", 0, span[1] - 1)
        return " ".join(self._words[first : last + 1]).strip(".,;:!?…\"'()“”").lower()


def _words(folded: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", folded)


@cache
def _rarity(methods: tuple[Method, ...]) -> dict[str, float]:
    """How much a word says: the fewer methods have it, the more."""
    seen = Counter(word for method in methods for word in method.words)
    return {word: math.log(len(methods) / count) for word, count in seen.items()}


def _likeness(one: Counter[str], other: Counter[str], rarity: Mapping[str, float]) -> float:
    """Cosine of two bags of words, weighted by rarity: 0 to 1."""
    shared = sum(rarity.get(word, 0.0) ** 2 for word in one if word in other)
    lengths = math.prod(math.sqrt(sum(rarity.get(word, 0.0) ** 2 for word in bag)) for bag in (one, other))
    return shared / lengths if lengths else 0.0

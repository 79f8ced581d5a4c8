"""What a panel's words mean: phrases from dated tables (`data/*.toml`) and from the panel's own list. Pure.

A phrase is found anywhere in the text, without marks, in either case, with any signs between its words:
`{zone}` and `{user}` stand for a number, `*` for up to three words. Longer phrases win; each stretch of text is
understood once. So one message may say several things.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from canh.kit.text import fold

NOT_UNDERSTOOD = "text"
"""The code of a text in which nothing was found."""
NOTHING = "nothing"
"""The code of words that look like an alarm and are none: "alarm system"."""
OWN = 1000  # what a person said of this panel comes before all that is shipped
URGENT = frozenset({"hold_up", "duress", "panic", "fire"})
"""What no longer phrase may hide between its words."""
LONGEST = 2000  # letters looked at: a chain of parts may be 39,000 long
BREAKS = re.compile(r"[\n\r;|]+|\.\s")
"""Where one sentence ends: no phrase goes on beyond."""
PLACES = {
    "{zone}": r"(?P<zone>\d{1,3})(?!\d)",
    "{user}": r"(?P<user>\d{1,3})(?!\d)",
    "*": r"(?:[a-z0-9]+[^a-z0-9;]+){0,3}?",
}


log = logging.getLogger(__name__)


class BadPhrase(ValueError):
    """A phrase that makes no sense; the message names it."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing a text says."""

    code: str
    turn: str = "new"
    zone: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    pattern: re.Pattern[str]
    said: Said
    weight: int
    """Two for each word it fixes; those of a panel's own list come before all others."""

    @property
    def is_open(self) -> bool:
        """It lets any words stand between its own, and nobody chose it for this panel."""
        return self.weight < OWN and PLACES["*"] in self.pattern.pattern


@dataclass(frozen=True, slots=True)
class Found:
    phrase: Phrase
    begin: int
    end: int
    said: Said


def understand(text: str, day: date, own: str = "") -> list[Said]:
    """Everything a text says, in its order; [Said("text")] when nothing. `own`: the panel's list (read_own)."""
    plain = fold(BREAKS.sub(" ; ", text[:LONGEST]))
    hits = [hit for phrase in (*_own(own), *shipped(day)) for hit in _hits(phrase, plain)]
    chosen: list[Found] = []
    for hit in sorted(_uncovered(hits), key=lambda h: (-h.phrase.weight, h.begin)):
        if all(hit.end <= other.begin or hit.begin >= other.end for other in chosen):
            chosen.append(hit)
    told = dict.fromkeys(hit.said for hit in sorted(chosen, key=lambda h: h.begin) if hit.said.code != NOTHING)
    placed = {(said.code, said.turn) for said in told if said.zone}
    # "Alarm! Zone 3 alarm": the word without a zone says nothing more
    return [said for said in told if said.zone or (said.code, said.turn) not in placed] or [Said(NOT_UNDERSTOOD)]


def _uncovered(hits: list[Found]) -> Iterable[Found]:
    """`zone {zone} * alarm` covers "Zone 3 duress alarm": then it is the duress, at that zone."""
    urgent = [hit for hit in hits if hit.said.code in URGENT and hit.said.turn == "new"]
    for hit in hits:
        inside = [u for u in urgent if hit.begin <= u.begin and u.end <= hit.end] if hit.phrase.is_open else []
        if not inside:
            yield hit
            continue
        best = max(inside, key=lambda u: u.phrase.weight)
        phrase = replace(hit.phrase, weight=hit.phrase.weight + best.phrase.weight)
        yield replace(hit, phrase=phrase, said=replace(best.said, zone=hit.said.zone or best.said.zone))


def _hits(phrase: Phrase, plain: str) -> Iterable[Found]:
    said = phrase.said
    for match in phrase.pattern.finditer(plain):
        numbers = {name: str(int(text)) for name, text in match.groupdict().items() if text}
        told = replace(said, zone=numbers.get("zone", said.zone), user=numbers.get("user", said.user))
        yield Found(phrase, match.start(), match.end(), told)


def read_own(text: str) -> tuple[list[Phrase], list[str]]:
    """A panel's own list, a line each: `phrase -> code`, `phrase -> code restore`, `phrase -> code zone=3`.

    The phrases, and what is wrong with the lines that are none.
    """
    phrases, faults = [], []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            phrases.append(_own_phrase(line))
        except BadPhrase as fault:
            faults.append(str(fault))
    return phrases, faults


def _own_phrase(line: str) -> Phrase:
    phrase, _arrow, meaning = line.partition("->")
    code, *more = meaning.split() or [""]
    options = dict(word.partition("=")[::2] for word in more)
    zone = options.pop("zone", "")
    if code not in codes() or options.keys() - {"restore"} or not (zone or "0").isdecimal():
        raise BadPhrase(f"{line!r} is not `phrase -> code`, `phrase -> code restore` or `phrase -> code zone=3`")
    return compiled(phrase, Said(code, "restore" if "restore" in options else "new", zone), OWN)


@lru_cache(maxsize=4096)
def _own(text: str) -> tuple[Phrase, ...]:
    phrases, faults = read_own(text)
    for fault in faults:
        log.warning("the own phrases of a panel: %s", fault)
    return tuple(phrases)


def compiled(phrase: str, said: Said, bonus: int = 0) -> Phrase:
    """A phrase made ready. Raises BadPhrase."""
    pattern, weight = "", bonus
    for word in fold(phrase).split():
        gap = (
            ""
            if not pattern or pattern.endswith(PLACES["*"])
            else r"[^a-z0-9;]*"
            if _is_number(word, pattern)
            else r"[^a-z0-9;]+"
        )
        pattern += gap + PLACES.get(word, re.escape(word))
        weight += 2 if word not in PLACES else -1 if word == "*" else 0
    if weight <= bonus:
        raise BadPhrase(f"{phrase!r} has no word")
    try:
        return Phrase(re.compile(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"), said, weight)
    except re.error as error:
        raise BadPhrase(f"{phrase!r}: {error}") from error


def _is_number(word: str, before: str) -> bool:
    """Between a word and a number there may be nothing: "zone03"."""
    return word in {"{zone}", "{user}"} or before.endswith(r"(?!\d)")


@cache
def shipped(day: date) -> tuple[Phrase, ...]:
    """The phrases of all makers that are valid on a day."""
    tables = [table for table in _tables() if table["valid_from"] <= day]
    return tuple(phrase for table in tables for rule in table["rule"] for phrase in _phrases(rule))


def _phrases(rule: Mapping[str, Any]) -> Iterable[Phrase]:
    for turn, name in (("new", "begins"), ("restore", "ends")):
        yield from (compiled(text, Said(rule["code"], turn)) for text in rule.get(name, []))


@cache
def _tables() -> list[dict[str, Any]]:
    """Every table of every maker."""
    found = sorted(files("canh.gateway.sms").joinpath("data").iterdir(), key=lambda file: file.name)
    return [table for file in found for table in tomllib.loads(file.read_text(encoding="utf-8"))["maker"]]


@cache
def codes() -> frozenset[str]:
    """What a phrase may mean."""
    return frozenset({NOTHING, NOT_UNDERSTOOD} | {rule["code"] for table in _tables() for rule in table["rule"]})

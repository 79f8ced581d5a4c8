"""How a device departs from the standard, in words, and where a person must agree to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from canh.intake.terms import DIALECTS, Dialect

AGREED: dict[str, tuple[str, str]] = {word: d.agreement for word, d in DIALECTS.items() if d.agreement}
"""Word -> what stands in Panel.dialect once a person agreed to it."""
CARE = frozenset(
    {Dialect.OLD_KEY, Dialect.NO_TIME, Dialect.ODD_TIME, Dialect.STANDARD_TIME, Dialect.SHORT_ACCOUNT,
     Dialect.LETTER_ACCOUNT}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    word: str
    label: str
    hint: str
    needs_agreement: bool
    """A person should look at it and agree."""
    is_agreed: bool
    is_care: bool
    """Something to be done at the device."""
    seen_by: str = ""


def words_of(told: Iterable[str], agreed: Mapping[str, str]) -> list[Word]:
    """`told`: the dialect columns of its paths, words parted by commas; then what was agreed to before."""
    seen = dict.fromkeys(word for text in told for word in text.split(",") if word)
    settled = [word for word, (name, value) in AGREED.items() if agreed.get(name) == value]
    return [_word(word, agreed) for word in dict.fromkeys([*seen, *settled])]


def _word(word: str, agreed: Mapping[str, str]) -> Word:
    known = DIALECTS.get(word)
    label, hint = (str(known.word.label), f"{known.meaning} {known.advice}") if known else (word, "")
    name, value = AGREED.get(word, ("", ""))
    is_agreed = bool(name) and agreed.get(name) == value
    return Word(word, label, hint, bool(name) and not is_agreed, is_agreed, word in CARE)

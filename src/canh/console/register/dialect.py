"""How a device departs from the standard, in words, and where a person must agree to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, tuple[Any, Any]] = {
    "old_key": (_("Speaks under the old key"),
                _("Type the new key in before the old one stops being accepted.")),
    "local_time": (_("Sends local time instead of UTC"),
                   _("Its clock then seems wrong by hours. Once you agree, its times are read as local time.")),
    "day_first": (_("Writes the day before the month"),
                  _("DC-09 wants month, then day. Once you agree, its dates are read the other way round.")),
    "lower_crc": (_("Checksum in small letters"), _("Understood; nothing to do.")),
    "binary_crc": (_("Checksum as bytes instead of digits"), _("Understood; nothing to do.")),
    "batched": (_("Several messages in one packet"), _("Understood; nothing to do.")),
    "split": (_("One message in several packets"), _("Understood; nothing to do.")),
    "odd_pad": (_("Unusual padding of encrypted messages"), _("Understood; nothing to do.")),
    "empty_poll": (_("Empty sign of life"), _("Understood; nothing to do.")),
    "button_hold_up": (_("A button that may be for hold-up"),
                       _("Once you agree, each press is a hold-up alarm; until then it is only noted.")),
    "button_panic": (_("A button that may be for calling help"),
                     _("Once you agree, each press is a panic alarm; until then it is only noted.")),
}  # fmt: skip
AGREED: dict[str, tuple[str, str]] = {
    "local_time": ("clock", "local"), "day_first": ("date", "day_first"),
    "button_hold_up": ("button", "hold_up"), "button_panic": ("button", "panic"),
}  # fmt: skip
"""Word -> what stands in Panel.dialect once a person agreed to it."""
CARE = frozenset({"old_key"})


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
    label, hint = WORDS.get(word, (word, ""))
    name, value = AGREED.get(word, ("", ""))
    is_agreed = bool(name) and agreed.get(name) == value
    return Word(word, str(label), str(hint), bool(name) and not is_agreed, is_agreed, word in CARE)

"""Makes a text fit one text message. Pure.

3GPP TS 23.038: 160 places of 7 bits, where a sign of the extension table takes two; or, for letters outside that
alphabet, 70 units of UCS-2 (here UTF-16, as telephones read it).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from canh.channels.terms import SmsStyle

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""TS 23.038, 6.2.1."""
EXTENDED = frozenset("\f^{}\\[~]|€")
"""TS 23.038, 6.2.1.1."""
PLACES, UNITS = 160, 70
INSTEAD = {"đ": "d", "Đ": "D", "–": "-", "—": "-", "·": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'",
           "\u00a0": " "}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sms:
    is_unicode: bool
    text: str


def fit(text: str, style: str) -> Sms:
    """One message. What is too long ends in three dots; nothing is sent in parts, which arrive torn or late."""
    text = unicodedata.normalize("NFC", text)
    if style == SmsStyle.UNICODE and not all(c in BASIC or c in EXTENDED for c in text):
        return Sms(True, _cut(text, UNITS, _units, "…"))
    return Sms(False, _cut(plain(text), PLACES, _places, "..."))


def plain(text: str) -> str:
    """Without tones and hooks, in the 7-bit alphabet: `Báo cướp` -> `Bao cuop`. What has no likeness becomes `?`."""
    swapped = "".join(INSTEAD.get(c, c) for c in unicodedata.normalize("NFC", text))
    bare = (c for c in unicodedata.normalize("NFD", swapped) if not unicodedata.combining(c))
    return "".join(c if c in BASIC or c in EXTENDED else "?" for c in bare)


def _places(char: str) -> int:
    return 2 if char in EXTENDED else 1


def _units(char: str) -> int:
    return len(char.encode("utf-16-be")) // 2


def _cut(text: str, most: int, measure: Callable[[str], int], dots: str) -> str:
    if sum(map(measure, text)) <= most:
        return text
    room, kept = most - len(dots), ""
    for char in text:
        room -= measure(char)
        if room < 0:
            break
        kept += char
    return kept.rstrip() + dots

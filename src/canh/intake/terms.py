"""The words of intake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Verdict(TextChoices):
    """What the door made of a message."""

    ACCEPTED = "accepted", _("Accepted")
    BAD_TIME = "bad_time", _("Accepted, clock outside the window")
    UNKNOWN_ACCOUNT = "unknown_account", _("Unknown account")
    WRONG_KEY = "wrong_key", _("Cannot be decrypted")
    DOWNGRADE = "downgrade", _("Plain although a key is set")
    REPLAY = "replay", _("An old message played again")
    NOT_UNDERSTOOD = "not_understood", _("Content not understood")
    BAD_CRC = "bad_crc", _("Wrong checksum")
    BAD_LENGTH = "bad_length", _("Wrong length")
    GARBAGE = "garbage", _("Not a message")


COUNTS_AS_SENT = frozenset({Verdict.ACCEPTED, Verdict.BAD_TIME, Verdict.DOWNGRADE})
"""Messages with a meaning: they raise alarms, and only they can be repeated or be a repeat. What came
before its panel was registered rang nobody, so the next delivery must."""


class Kind(TextChoices):
    """What a signal is about, in the field's terms; decides the priority of an alarm."""

    HOLD_UP = "hold_up", _("Hold-up")
    DURESS = "duress", _("Duress")
    PANIC = "panic", _("Panic")
    FIRE = "fire", _("Fire")
    GAS = "gas", _("Gas")
    MEDICAL = "medical", _("Medical")
    INTRUSION = "intrusion", _("Intrusion")
    TAMPER = "tamper", _("Tamper")
    ACCESS = "access", _("Access")
    OPEN_CLOSE = "open_close", _("Opening and closing")
    BYPASS = "bypass", _("Bypass")
    PATH = "path", _("Transmission path")
    POWER = "power", _("Power")
    FAULT = "fault", _("Fault")
    FLOOD = "flood", pgettext_lazy("water", "Flood")
    TEST = "test", _("Test")
    INFO = "info", _("Information")
    SECURITY = "security", _("Attack on the transmission")
    UNKNOWN = "unknown", _("Unknown code")


NEVER_HELD_BACK = frozenset({Kind.HOLD_UP, Kind.DURESS, Kind.PANIC, Kind.FIRE})
"""Kinds that go first and that nothing may suppress."""


class HeldBack(TextChoices):
    """Why a signal raised no alarm."""

    ON_TEST = "on_test", _("On test")
    RUNAWAY = "runaway", _("Too many: runaway")
    DISARMED = "disarmed", _("Not armed")
    EXIT = "exit", _("Exit delay")
    ENTRY = "entry", _("Entry delay")
    BYPASSED = "bypassed", _("Bypassed")


NOT_GUARDED = frozenset({HeldBack.DISARMED, HeldBack.EXIT, HeldBack.BYPASSED})
"""A sensor saw people who belong there: no evidence of anything."""


class Turn(TextChoices):
    """Whether a signal says that a condition began or ended."""

    NEW = "new", _("began")
    RESTORE = "restore", _("ended")
    STILL = "still", _("goes on")


ABOUT_CANH = frozenset({"gateway_silent", "door_shut", "worker_failed"})
"""Conditions of Canh itself: whoever works a desk must know that it may not hear."""


class Dialect(TextChoices):
    """How a message departed from the standard of its protocol: the words of Signal.dialect and Path.dialect."""

    BATCHED = "batched", _("Several messages at once")
    SPLIT = "split", _("A message in pieces")
    BINARY_CRC = "binary_crc", _("Checksum as two raw bytes")
    LOWER_CRC = "lower_crc", _("Checksum in small letters")
    CRC_NO_TIME = "crc_no_time", _("Checksum without the time stamp")
    CRC_WITH_CR = "crc_with_cr", _("Checksum over the end mark too")
    NO_LENGTH = "no_length", _("No length")
    NO_LF = "no_lf", _("No start mark")
    NO_CR = "no_cr", _("No end mark")
    JUNK = "junk", _("Stray bytes before the message")
    NO_LINE = "no_line", _("No line number")
    NO_HASH = "no_hash", _("Account without #")
    NO_ACCOUNT = "no_account", _("Account only in the data")
    SHORT_ACCOUNT = "short_account", _("Account of one or two digits")
    LONG_ACCOUNT = "long_account", _("Account of six digits or more")
    LETTER_ACCOUNT = "letter_account", _("Letters beyond F in the account")
    OLD_TEXT = "old_text", _("Text in Windows-1252")
    ODD_PAD = "odd_pad", _("Unusual padding")
    EMPTY_POLL = "empty_poll", _("Sign of life without content")
    NO_TIME = "no_time", _("Encrypted without a time stamp")
    ODD_TIME = "odd_time", _("Time stamp that is no moment")
    LOCAL_TIME = "local_time", _("Local time instead of UTC")
    DAY_FIRST = "day_first", _("Day before month")
    STANDARD_TIME = "standard_time", _("Time by the standard again")
    OLD_KEY = "old_key", _("Key before the last change")
    BUTTON_HOLD_UP = "button_hold_up", _("A button that may be for hold-up")
    BUTTON_PANIC = "button_panic", _("A button that may be for calling help")


@dataclass(frozen=True, slots=True)
class Departure:
    """A word of Dialect explained, for the page of a device."""

    word: Dialect
    meaning: _StrPromise
    advice: _StrPromise
    agreement: tuple[str, str] | None = None
    """What a person may agree to, since it weakens a check (sites.actions.agree_dialect): ("clock", "local")."""


_NOTHING = _("Nothing need be done.")
_LOOK = _("Works. If the panel has a setting for it, or a newer firmware, use it.")
_ACCOUNT = _("Give the panel an account of 3 to 16 characters, digits 0-9 and letters A-F.")

DIALECTS: dict[str, Departure] = {
    d.word.value: d
    for d in (
        Departure(Dialect.BATCHED, _("The panel, or the network, sends several messages in one piece."), _NOTHING),
        Departure(Dialect.SPLIT, _("A message arrives in several pieces, as on slow mobile links."), _NOTHING),
        Departure(Dialect.BINARY_CRC,
                  _("The checksum comes as two raw bytes, not as four digits; the answer is written the same way."),
                  _NOTHING),
        Departure(Dialect.LOWER_CRC, _("Checksum or length is written with small letters."), _NOTHING),
        Departure(Dialect.CRC_NO_TIME, _("The checksum leaves out the time stamp, which is then unprotected."), _LOOK),
        Departure(Dialect.CRC_WITH_CR, _("The checksum counts the carriage return at the end, as Eldes panels do."),
                  _LOOK),
        Departure(Dialect.NO_LENGTH, _("The message does not say how long it is; its checksum is right."), _LOOK),
        Departure(Dialect.NO_LF, _("The message does not begin with a line feed."), _NOTHING),
        Departure(Dialect.NO_CR, _("A UDP message ends without a carriage return; its checksum is right."), _NOTHING),
        Departure(Dialect.JUNK, _("Stray bytes stand between two messages."), _NOTHING),
        Departure(Dialect.NO_LINE, _("The line number is missing; it is optional in older panels."), _NOTHING),
        Departure(Dialect.NO_HASH, _("The mark # in front of the account is missing."), _NOTHING),
        Departure(Dialect.NO_ACCOUNT, _("The head of the message has no account; the one in its data is used."), _LOOK),
        Departure(Dialect.SHORT_ACCOUNT, _("The account is shorter than the standard allows."), _ACCOUNT),
        Departure(Dialect.LONG_ACCOUNT, _("Allowed; some receivers take fewer digits."), _NOTHING),
        Departure(Dialect.LETTER_ACCOUNT, _("The account has letters that are no hexadecimal digits."), _ACCOUNT),
        Departure(Dialect.OLD_TEXT, _("Text is not in UTF-8 but as older standards had it: Vietnamese may suffer."),
                  _LOOK),
        Departure(Dialect.ODD_PAD, _("The filling of the encrypted text is not as the standard says."), _NOTHING),
        Departure(Dialect.EMPTY_POLL,
                  _("The encrypted sign of life is empty: it proves neither its sender nor its time."),
                  _("Switch a time stamp on. Agree only when the panel cannot: anybody could then pretend that it"
                    " is alive."), ("poll", "empty")),
        Departure(Dialect.NO_TIME, _("Encrypted messages must carry a time, or old ones could be played again."),
                  _("Switch the time stamp on in the panel. Until then each message is refused and kept.")),
        Departure(Dialect.ODD_TIME, _("The time stamp is no moment that exists."), _("Set the clock of the panel.")),
        Departure(Dialect.LOCAL_TIME, _("The time stamp is local time; the standard wants UTC."),
                  _("Set the time zone of the panel to UTC for its reports. Agree only when the panel cannot."),
                  ("clock", "local")),
        Departure(Dialect.DAY_FIRST, _("The date is written day first; the standard wants the month first."),
                  _("Set the date format of the panel. Agree only when the panel cannot."), ("date", "day_first")),
        Departure(Dialect.STANDARD_TIME, _("The panel now keeps to the standard, against what was agreed."),
                  _("Withdraw what was agreed.")),
        Departure(Dialect.OLD_KEY, _("The panel still uses the key before the last change."),
                  _("Type the new key into the panel before the time of change is over.")),
        Departure(Dialect.BUTTON_HOLD_UP, _("The device cannot say what its button is for."),
                  _("Once you agree, each press is a hold-up alarm; until then it is only noted."),
                  ("button", "hold_up")),
        Departure(Dialect.BUTTON_PANIC, _("The device cannot say what its button is for."),
                  _("Once you agree, each press is a panic alarm; until then it is only noted."), ("button", "panic")),
    )
}  # fmt: skip
"""Every word that a door may note, by its text."""


def departures(words: str) -> list[Departure]:
    """The words of a `dialect` field explained; a word of a newer version is passed over."""
    return [DIALECTS[word] for word in words.split(",") if word in DIALECTS]


EXTENDED = {
    "A": _("Authentication"),
    "C": _("Supervision category"),
    "G": _("Path number"),
    "H": _("Time of occurrence"),
    "I": _("Alarm text"),
    "J": _("Data of the maker"),
    "K": _("Key exchange"),
    "L": _("Location"),
    "M": _("Network card (MAC)"),
    "N": _("Network address"),
    "O": _("Building"),
    "P": _("Programming"),
    "R": _("Room"),
    "S": _("Site name"),
    "T": _("Trigger"),
    "V": _("Verification address"),
    "X": _("Longitude"),
    "Y": _("Latitude"),
    "Z": _("Altitude"),
}
"""Extended data of SIA DC-09 (2026) by its letter, as it stands in Signal.extra."""

"""The words of intake."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Verdict(TextChoices):
    """What the door made of a message."""

    ACCEPTED = "accepted", _("Accepted")
    BAD_TIME = "bad_time", _("Accepted, clock outside the window")
    UNKNOWN_ACCOUNT = "unknown_account", _("Unknown account")
    WRONG_KEY = "wrong_key", _("Cannot be decrypted")
    DOWNGRADE = "downgrade", _("Plain although a key is set")
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


class Turn(TextChoices):
    """Whether a signal says that a condition began or ended."""

    NEW = "new", _("began")
    RESTORE = "restore", _("ended")
    STILL = "still", _("goes on")


ABOUT_CANH = frozenset({"gateway_silent", "door_shut"})
"""Conditions of Canh itself: whoever works a desk must know that it may not hear."""

"""Gives one text to the gateway's SMS door, which holds the modem, and waits for its word."""

from __future__ import annotations

import hashlib
import time

from django.utils.translation import gettext as _

from canh.channels.limit import Limit
from canh.channels.message import Message
from canh.channels.queries import Setup
from canh.channels.rules import number_of
from canh.channels.sms.text import fit
from canh.channels.trouble import ForNow
from canh.channels.words import text_of
from canh.kit import clock
from canh.kit.spool import Spool

SPOOL = Spool("sms-out")
"""`{"number", "text", "is_unicode", "until_us"}` -> `{"is_sent", "why"}`; the door knows it by the same name."""
LOOK_S, SPARE_S = 0.05, 0.5
KEPT_S = 24 * 3600.0
"""So long a text that was sent is not sent again."""


def send(setup: Setup, address: str, message: Message, limit: Limit) -> str:
    """The network has taken it when this returns. Raises NotSent. A try that took too long is looked for by the
    next one: what was sent meanwhile is not sent again."""
    SPOOL.forget_older(KEPT_S)
    number = number_of(address)
    order = hashlib.sha256(f"{message.key}\n{number}".encode()).hexdigest()[:32]
    if (told := SPOOL.answer_of(order)) and not told["is_sent"]:
        SPOOL.forget(order)  # of an earlier try
        told = None
    if told is None:
        sms = fit(text_of(message), setup.facts["style"])
        until = clock.now_us() + int(limit.left() * 1_000_000)
        SPOOL.put(order, {"number": number, "text": sms.text, "is_unicode": sms.is_unicode, "until_us": until})
        told = _wait(order, limit)
    if told["is_sent"]:
        return _("The mobile network has taken it.")
    raise ForNow(_("The modem could not send it: %(reason)s.") % {"reason": told["why"]})


def _wait(order: str, limit: Limit) -> dict[str, object]:
    """The door's answer. Raises ForNow when there is none in time; then nobody sends it later, or it is under way."""
    until = time.monotonic() + max(limit.left() - SPARE_S, 0.0)
    while (told := SPOOL.answer_of(order)) is None:
        if time.monotonic() > until:
            if SPOOL.withdraw(order):
                raise ForNow(_("No modem takes text messages at present; see Health, Doors."))
            raise ForNow(_("The modem is still sending it."))
        time.sleep(LOOK_S)
    return told

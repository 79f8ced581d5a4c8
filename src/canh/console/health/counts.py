"""What a gateway counted, in words. Names it does not know are shown as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from canh.intake import queries
from canh.kit import clock

WORDS: dict[str, Any] = {
    "frames": _("Messages received"),
    "acked": _("Acknowledged (ACK)"),
    "polls": _("Signs of life (polls)"),
    "nak": _("Sent back for their time (NAK)"),
    "duh": _("Answered as not understood (DUH)"),
    "unknown_account": _("From unknown accounts"),
    "wrong_key": _("That could not be decrypted"),
    "downgrade": _("In clear although a key is set"),
    "replay": _("Played again by somebody"),
    "bad_time": _("With a wrong clock"),
    "not_understood": _("With unknown content"),
    "bad_crc": _("With a wrong checksum"),
    "bad_length": _("With a wrong length"),
    "garbage": _("That are no messages"),
    "connections_open": _("Connections open now"),
    "connections_total": _("Connections so far"),
    "connections_refused": _("Connections refused"),
    "datagrams_dropped": _("UDP messages dropped"),
    "closed_slow": _("Connections closed as too slow"),
    "mqtt_messages": _("Messages of brokers (MQTT)"),
    "onvif_notifications": _("Events of cameras (ONVIF)"),
    "webhook_requests": _("Requests of programs (webhook)"),
    "receiver_frames": _("Messages of receivers (Sur-Gard)"),
    "sms_messages": _("Text messages (SMS)"),
    "mqtt_unplaced": _("MQTT messages of nobody"),
    "mqtt_too_often": _("MQTT changes put off as too many"),
    "onvif_too_many": _("Events of cameras not kept as too many"),
    "receiver_repeats": _("Messages of receivers sent again"),
    "sms_unreadable": _("Text messages that cannot be read"),
    "sms_signal_percent": _("Signal of the modem, percent"),
    "sms_modem_ends": _("Restarts of the modem program"),
    "journal_commits": _("Journal writes"),
    "journal_failures": _("Journal writes failed"),
    "ack_us_p50": _("Half are acknowledged within"),
    "ack_us_p99": _("99 of 100 within"),
}
TROUBLE = frozenset({"wrong_key", "downgrade", "replay", "journal_failures", "connections_refused", "unknown_account"})
HIDDEN = ("started_at", "heartbeat_at", "up_since:")
"""Moments, not counts: a name, or how it begins."""
ANSWERED = "webhook_"


@dataclass(frozen=True, slots=True)
class Count:
    words: str
    figure: str
    is_trouble: bool


@dataclass(frozen=True, slots=True)
class Gateway:
    name: str
    at: datetime
    started_at: datetime | None
    counts: list[Count]


def gateways() -> list[Gateway]:
    return [_gateway(r.gateway, r.at, r.counters) for r in queries.gateway_reports()]


def _gateway(name: str, at: datetime, counters: dict[str, int]) -> Gateway:
    started = counters.get("started_at")
    known = [key for key in WORDS if key in counters]
    others = sorted(key for key in counters if key not in WORDS and not key.startswith(HIDDEN))
    counts = [
        Count(words(key), _figure(key, counters[key]), key in TROUBLE and counters[key] > 0)
        for key in [*known, *others]
    ]
    return Gateway(name, at, clock.from_us(started) if started else None, counts)


def words(key: str) -> str:
    """A counter's name for people."""
    if (status := key.removeprefix(ANSWERED)).isdecimal():
        return _("Webhook requests answered with %(status)s") % {"status": status}
    return str(WORDS.get(key, key))


def _figure(key: str, value: int) -> str:
    if key.startswith("ack_us"):
        return f"{number_format(value / 1000, 1)} ms" if value else "–"
    return number_format(value, use_l10n=True, force_grouping=True)

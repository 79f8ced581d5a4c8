"""The words of channels."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ChannelKind(TextChoices):
    EMAIL = "email", _("Email")
    WEBHOOK = "webhook", _("Webhook")
    SMS = "sms", _("Text message (SMS)")
    PUSH = "push", _("Message in the browser")
    CHAT = "chat", _("Chat service")
    SIREN = "siren", _("Siren")
    PAPER = "paper", _("Call tree on paper")
    """Printed; a person calls. Never sent by a machine."""


class OutcomeState(TextChoices):
    SENT = "sent", _("Sent")
    """The next machine on the way has taken it."""
    RETRY = "retry", _("To be tried again")
    """What stood in the way may pass: try again."""
    FAILED = "failed", _("Failed")
    """Trying again is of no use until a person changes something."""


class AddressProblem(TextChoices):
    """Why an address cannot be one; the words say what to do."""

    NO_CHANNEL = "no_channel", _("There is no such channel; choose one of the list.")
    EMPTY = "empty", _("Enter the address.")
    TOO_LONG = "too_long", _("This is too long for an address: at most 200 signs.")
    EMAIL = "email", _("Write an email address as name@example.vn, without marks and spaces.")
    PHONE = "phone", _("Write a telephone number as 0912345678 or +84912345678.")
    URL = "url", _("Write the address of the receiver as https://host/path, without a password in it.")
    PUSH = "push", _("Switch it on in the browser that shall show the messages.")
    CHAT = "chat", _("Write your name or number at the chat service, as 123456789 or @canh, without spaces.")
    TOPIC = "topic", _("Write the MQTT topic as canh/siren/hall, without #, + and spaces.")


class Security(TextChoices):
    """How a connection is kept private."""

    STARTTLS = "starttls", _("STARTTLS (most often port 587)")
    TLS = "tls", _("TLS from the start (most often port 465)")
    NONE = "none", _("None: on this machine or an own network only")


class SmsStyle(TextChoices):
    PLAIN = "plain", _("Without tone marks: 160 signs fit")
    UNICODE = "unicode", _("With tone marks: 70 signs fit")

"""The words of occupancy."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class VisitKind(TextChoices):
    """Who comes in without working here."""

    VISITOR = "visitor", _("Visitor")
    CONTRACTOR = "contractor", _("Contractor")
    DELIVERY = "delivery", _("Delivery")


class AnswerKind(TextChoices):
    """What somebody says of themselves in a lockdown."""

    SAFE = "safe", _("Safe")
    HELP = "help", _("Needs help")
    AWAY = "away", _("Not on the premises")


class OwnCode(TextChoices):
    """Codes of Canh's own signals about who is inside (intake/data/codes/canh.toml)."""

    PANIC = "staff_panic", _("Call for help by phone")
    LOCKDOWN = "lockdown", _("Lockdown")
    HELP = "lockdown_help", _("Needs help in a lockdown")
    KEY = "key_not_returned", _("Key not returned")
    VISIT = "visitor_not_out", _("Visitor not signed out")

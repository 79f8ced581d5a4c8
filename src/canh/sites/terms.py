"""The words of sites."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SiteKind(TextChoices):
    BANK_BRANCH = "bank_branch", _("Bank branch")
    TREASURY = "treasury", _("State treasury")
    CREDIT_FUND = "credit_fund", _("People's credit fund")
    SCHOOL = "school", _("School")
    OFFICE = "office", _("Office")
    ENTERPRISE = "enterprise", _("Enterprise")
    OTHER = "other", _("Other premises")


class DeviceKind(TextChoices):
    HOLD_UP_BUTTON = "hold_up_button", _("Hold-up button")
    MOTION = "motion", _("Motion detector")
    CONTACT = "contact", _("Door contact")
    GLASS_BREAK = "glass_break", _("Glass-break detector")
    SEISMIC = "seismic", _("Seismic detector")
    SMOKE = "smoke", _("Smoke detector")
    KEYPAD = "keypad", _("Keypad")
    SIREN = "siren", _("Siren")
    CAMERA = "camera", _("Camera")
    OTHER = "other", _("Other device")


class ZoneUse(TextChoices):
    HOLD_UP = "hold_up", _("Hold-up")
    ENTRY = "entry", _("Entry route")
    PERIMETER = "perimeter", _("Perimeter")
    INTERIOR = "interior", _("Interior")
    VAULT = "vault", _("Vault")
    FIRE = "fire", _("Fire")
    TECHNICAL = "technical", _("Technical")

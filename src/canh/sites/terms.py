"""The words of sites."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class SiteKind(TextChoices):
    BANK_BRANCH = "bank_branch", _("Bank branch")
    TREASURY = "treasury", _("State treasury")
    CREDIT_FUND = "credit_fund", _("People's credit fund")
    ATM = "atm", _("Cash machine (ATM)")
    SCHOOL = "school", _("School")
    OFFICE = "office", _("Office")
    ENTERPRISE = "enterprise", _("Enterprise")
    CONTROL_ROOM = "control_room", _("Control room")
    OTHER = "other", _("Other premises")


class Door(TextChoices):
    """Through which door of the gateway something reports. Receivers that stand before Canh and the command
    line speak for panels of `sia`."""

    SIA = "sia", _("Alarm panel (SIA DC-09, also behind a receiver)")
    MQTT = "mqtt", _("MQTT broker")
    ONVIF = "onvif", _("ONVIF camera")
    WEBHOOK = "webhook", _("Webhook")
    SMS = "sms", _("SMS")
    OWN = "own", _("Canh itself")


STANDS_FOR: dict[str, str] = {"receiver": Door.SIA, "cli": Door.SIA}
"""Doors of the gateway that speak for what is registered at another."""


class PanelKind(TextChoices):
    """What reports."""

    PANEL = "panel", _("Alarm panel")
    CAMERA = "camera", _("Camera")
    SENSOR = "sensor", _("Sensor")
    SERVICE = "service", _("Program")
    PHONE = "phone", _("Phone")


class ReportingClass(IntegerChoices):
    """Within which time a silent path must be noticed, in seconds (EN 50136-1)."""

    S90 = 90, _("90 seconds")
    MIN3 = 180, _("3 minutes")
    MIN30 = 1800, _("30 minutes")
    H5 = 18_000, _("5 hours")
    H25 = 90_000, _("25 hours")


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
    OUTDOOR = "outdoor", _("Outdoors")
    """Before the walls: rings, but confirms nothing, since what passes there need not want in (BS 8243)."""
    INTERIOR = "interior", _("Interior")
    VAULT = "vault", _("Vault")
    FIRE = "fire", _("Fire")
    TECHNICAL = "technical", _("Technical")


class Weekday(IntegerChoices):
    """As ISO 8601 counts."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class OnOpen(TextChoices):
    """What becomes of arming when a door or window is open."""

    REFUSE = "refuse", _("Do not arm")
    BYPASS = "bypass", _("Arm without it")


class BySchedule(TextChoices):
    """What Canh does by itself at premises whose sensors only Canh arms."""

    NOTHING = "", _("Nothing: a person arms and disarms")
    ARM = "arm", _("Arm when closing and grace are over")
    BOTH = "both", _("Arm after closing, disarm at opening")


class ImportState(TextChoices):
    CHECKED = "checked", _("Checked, nothing written")
    APPLYING = "applying", _("Being written")
    APPLIED = "applied", _("In the register")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


USUAL_REPORTING: dict[str, int] = {
    SiteKind.BANK_BRANCH: ReportingClass.MIN3,
    SiteKind.TREASURY: ReportingClass.MIN3,
    SiteKind.CREDIT_FUND: ReportingClass.MIN3,
    SiteKind.CONTROL_ROOM: ReportingClass.S90,
    SiteKind.SCHOOL: ReportingClass.H25,
    SiteKind.OFFICE: ReportingClass.H5,
    SiteKind.ENTERPRISE: ReportingClass.MIN30,
    SiteKind.OTHER: ReportingClass.H25,
}
"""What is suggested for premises of a kind: a suggestion of ours, no rule of the land."""

USUAL_GRACE: dict[str, tuple[int, int]] = {
    SiteKind.BANK_BRANCH: (30, 30),
    SiteKind.TREASURY: (30, 30),
    SiteKind.CREDIT_FUND: (30, 30),
    SiteKind.SCHOOL: (60, 60),
}
"""Minutes after closing and before opening, where nobody said otherwise; USUAL_GRACE_ELSE for other kinds. A
suggestion of ours, no rule of the land."""
USUAL_GRACE_ELSE = (60, 60)
KEEP_MONEY = frozenset({SiteKind.BANK_BRANCH, SiteKind.TREASURY, SiteKind.CREDIT_FUND, SiteKind.ATM})
"""Premises whose opening outside hours is always told, within the grace too."""

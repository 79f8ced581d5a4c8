"""The words of accounts."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person does here. Given for a unit or an area, with a beginning and an end."""

    ADMINISTRATOR = "administrator", _("Administrator")
    CITY_OFFICE = "city_office", _("City office")
    UNIT_HEAD = "unit_head", _("Unit head")
    SITE_MANAGER = "site_manager", _("Site manager")
    SECURITY_HEAD = "security_head", _("Security head")
    INSTALLER = "installer", _("Installer")
    SURVEYOR = "surveyor", _("Surveyor")
    OPERATOR = "operator", _("Operator")
    GUARD = "guard", _("Guard")
    WARD_OFFICER = "ward_officer", _("Ward officer")
    TIP_OFFICER = "tip_officer", _("Tip officer")
    POLICE_DESK = "police_desk", _("Police desk")
    AUDITOR = "auditor", _("Auditor")


class UnitKind(TextChoices):
    CITY = "city", _("City")
    DEPARTMENT = "department", _("Department")
    BANK = "bank", _("Bank")
    TREASURY = "treasury", _("State treasury")
    CREDIT_FUND = "credit_fund", _("People's credit fund")
    EDUCATION = "education", _("Education")
    AGENCY = "agency", _("Agency")
    COMPANY = "company", _("Company")
    MONITORING = "monitoring", _("Monitoring centre")


class AreaKind(TextChoices):
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    WARD = "ward", _("Ward")
    COMMUNE = "commune", _("Commune")


class Theme(TextChoices):
    DARK = "dark", _("Dark")
    LIGHT = "light", _("Light")
    CONTRAST = "contrast", _("High contrast")


CALLED = (
    Role.ADMINISTRATOR, Role.CITY_OFFICE, Role.UNIT_HEAD, Role.SITE_MANAGER, Role.SECURITY_HEAD, Role.OPERATOR,
    Role.GUARD, Role.WARD_OFFICER, Role.POLICE_DESK,
)  # fmt: skip
"""Who may be called in an emergency, and must therefore be reachable."""


class Reach(TextChoices):
    """How far a contact method can be relied on."""

    WORKS = "works", _("works")
    UNCONFIRMED = "unconfirmed", _("not confirmed yet")
    LAPSED = "lapsed", _("last test not confirmed")
    BROKEN = "broken", _("does not arrive")
    OFF = "off", _("this channel is not set up")

"""The premises register."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from canh.kit.ids import new_id
from canh.kit.text import FoldedField, NfcCharField
from canh.sites import terms

ACCOUNT = RegexValidator(r"^[0-9A-F]{3,16}$", "3 to 16 digits 0-9 A-F")  # SIA DC-09 5.5.1.6


class Site(models.Model):
    """Premises (trụ sở): one address that one unit answers for."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT)
    area = models.ForeignKey("accounts.Area", null=True, blank=True, on_delete=models.PROTECT)
    name = NfcCharField(max_length=200)
    kind = models.CharField(max_length=20, choices=terms.SiteKind.choices)
    address = NfcCharField(max_length=300, blank=True)
    folded = FoldedField(sources=("name", "address"), max_length=500)
    lat = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)])
    lon = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)])
    is_drill = models.BooleanField(default=False)
    """Made for the demonstration; all its alarms are marked as an exercise."""
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # The same premises typed twice would split its history.
            models.UniqueConstraint(fields=["unit", "name"], condition=Q(closed_at__isnull=True),
                                    name="sites_site_name_once_per_unit"),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True)
                | Q(lat__isnull=False, lon__isnull=False, lat__range=(-90, 90), lon__range=(-180, 180)),
                name="sites_site_on_earth"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Panel(models.Model):
    """An alarm panel (tủ báo động) and how it reports."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="panels")
    name = NfcCharField(max_length=100)
    account = models.CharField(max_length=16, validators=[ACCOUNT])
    key_sealed = models.BinaryField(null=True)
    """AES key of 16, 24 or 32 bytes, sealed by kit.crypto (purpose "panel-key"); empty: plain messages."""
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # An account in use twice would ring at the wrong premises.
            models.UniqueConstraint(fields=["account"], condition=Q(retired_at__isnull=True),
                                    name="sites_panel_account_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} #{self.account}"


class Zone(models.Model):
    """What a panel reports as one number: a room, a door, a button (vùng)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="zones")
    number = models.PositiveIntegerField()
    partition = models.PositiveIntegerField(default=1)
    name = NfcCharField(max_length=120)
    use = models.CharField(max_length=20, choices=terms.ZoneUse.choices, default=terms.ZoneUse.INTERIOR)

    class Meta:
        constraints = [
            # A panel counts its zones through all its partitions.
            models.UniqueConstraint(fields=["panel", "number"], name="sites_zone_number_once")
        ]

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """Something installed (thiết bị): sensor, button, siren, camera."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="devices")
    zone = models.ForeignKey(Zone, null=True, blank=True, on_delete=models.SET_NULL, related_name="devices")
    kind = models.CharField(max_length=20, choices=terms.DeviceKind.choices)
    name = NfcCharField(max_length=120)
    model = NfcCharField(max_length=120, blank=True)
    installed_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """Whom to call about a site, in order."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="contacts")
    order = models.PositiveSmallIntegerField(default=1)
    name = NfcCharField(max_length=120)
    position = NfcCharField(max_length=120, blank=True)
    phone = models.CharField(max_length=30)
    is_keyholder = models.BooleanField(default=False)

    class Meta:
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """One row: a number that grows with every change the gateway must know of."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

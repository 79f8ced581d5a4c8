"""The premises register."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from canh.kit.ids import new_id
from canh.kit.text import FoldedField, NfcCharField
from canh.sites import terms

# SIA DC-09 5.5.1.6; at every other door `scheme:name`, so that one account never means two things.
ACCOUNT = RegexValidator(
    r"^([0-9A-F]{3,16}|[a-z][a-z0-9]{1,11}:[!-~]{1,87})$", "3 to 16 digits 0-9 A-F, or scheme:name"
)


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
    close_reason = NfcCharField(max_length=200, blank=True)

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
    """What reports: an alarm panel (tủ báo động), or through another door a camera, a sensor, a program."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="panels")
    name = NfcCharField(max_length=100)
    kind = models.CharField(max_length=12, choices=terms.PanelKind.choices, default=terms.PanelKind.PANEL)
    door = models.CharField(max_length=12, choices=terms.Door.choices, default=terms.Door.SIA)
    account = models.CharField(max_length=100, validators=[ACCOUNT])
    """How it names itself: the account of a panel; elsewhere `scheme:name`, for example
    `frigate:front-door`, `zigbee:0x00158d0001`, `onvif:192.0.2.4:80`, `sms:+84901234567`."""
    key_sealed = models.BinaryField(null=True)
    """AES key of 16, 24 or 32 bytes, sealed by kit.crypto (purpose "panel-key"); empty: plain messages.
    At the webhook: the secret of its signature."""
    old_key_sealed = models.BinaryField(null=True)
    """The key before, accepted until `old_key_until`: a rotation must not cut the panel off."""
    old_key_until = models.DateTimeField(null=True, blank=True)
    key_set_at = models.DateTimeField(null=True, blank=True)
    """Since when it has its present key: what it said later under none but this one proves that it knows it."""
    settings_sealed = models.BinaryField(null=True)
    """What a door needs to reach it (JSON: address, user, password …), sealed (purpose "panel-settings")."""
    dialect = models.JSONField(default=dict, blank=True)
    """How it departs from the standard, as far as a person agreed to it: {"clock": "local"}."""
    reporting_s = models.PositiveIntegerField(null=True, blank=True, choices=terms.ReportingClass.choices)
    """Its reporting class; empty: not supervised."""
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    """The panel in whose place it was put; the history of both is one."""
    is_drill = models.BooleanField(default=False)
    """Dials in exercises only: all it reports is marked as one, and its account and key are nobody's else."""
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


class FloorPlan(models.Model):
    """A drawing of a floor (mặt bằng), on which zones have their place."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="plans")
    name = NfcCharField(max_length=60)
    """Ground floor, vault level …"""
    sha256 = models.CharField(max_length=64)
    """Of the picture; its file lies sealed in the data folder (plan_store)."""
    media = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="sites_floorplan_name_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class PlanMark(models.Model):
    """Where a zone is on a plan."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(FloorPlan, on_delete=models.CASCADE, related_name="marks")
    zone = models.OneToOneField(Zone, on_delete=models.CASCADE, related_name="mark")
    """A zone is in one place."""
    x = models.PositiveSmallIntegerField()
    """Thousandths of the width, from the left."""
    y = models.PositiveSmallIntegerField()
    """Thousandths of the height, from the top."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(x__lte=1000, y__lte=1000), name="sites_planmark_on_the_plan"),
        ]  # fmt: skip


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


class OnTest(models.Model):
    """Premises, or one zone of them, that somebody is working on: their signals are kept and marked, but ring
    nobody, except what nothing may hold back. It ends by itself."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="tests")
    zone = models.ForeignKey(Zone, null=True, blank=True, on_delete=models.CASCADE, related_name="tests")
    """Empty: the whole premises."""
    reason = NfcCharField(max_length=200)
    started_at = models.DateTimeField()
    until_at = models.DateTimeField()
    started_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """Empty after it ended: by itself."""

    class Meta:
        constraints = [
            # Twice on test would leave one behind when the other is ended.
            models.UniqueConstraint(fields=["site"], condition=Q(zone__isnull=True, ended_at__isnull=True),
                                    name="sites_ontest_site_once"),
            models.UniqueConstraint(fields=["zone"], condition=Q(ended_at__isnull=True), name="sites_ontest_zone_once"),
            models.CheckConstraint(condition=Q(until_at__gt=F("started_at")), name="sites_ontest_lasts"),
        ]  # fmt: skip


class OpeningHours(models.Model):
    """When premises are open, by weekday; several rows a day where they close at noon."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(choices=terms.Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField()
    is_overnight = models.BooleanField(default=False)
    """Closes on the day after: said, not guessed, because 22:00 to 06:00 may also be a mistake."""

    class Meta:
        constraints = [
            # Opened twice at the same moment is one row written twice.
            models.UniqueConstraint(fields=["site", "weekday", "opens"], name="sites_hours_opens_once"),
            models.CheckConstraint(
                condition=Q(is_overnight=False, closes__gt=F("opens")) | Q(is_overnight=True, closes__lte=F("opens")),
                name="sites_hours_close_after_opening"),
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="sites_hours_day_of_the_week"),
        ]  # fmt: skip


class OpeningException(models.Model):
    """Days on which the weekly hours of premises do not hold: closed, or open at other times."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="exceptions")
    first = models.DateField()
    last = models.DateField()
    opens = models.TimeField(null=True, blank=True)
    """Empty: closed on these days. Closing before opening: on the day after."""
    closes = models.TimeField(null=True, blank=True)
    reason = NfcCharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="sites_exception_goes_forward"),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(opens__isnull=False, closes__isnull=False),
                name="sites_exception_opens_and_closes"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["site", "first"], name="sites_exception_site")]


class HoursRule(models.Model):
    """How strictly premises are opened and closed, and how Canh arms those whose sensors nobody else arms."""

    site = models.OneToOneField(Site, primary_key=True, on_delete=models.CASCADE, related_name="hours_rule")
    late_min = models.PositiveSmallIntegerField(default=30)
    """After closing, until they must be armed."""
    early_min = models.PositiveSmallIntegerField(default=30)
    """Before opening, in which an opening is early and not unexpected."""
    late_opening_min = models.PositiveSmallIntegerField(null=True, blank=True)
    """After opening, until somebody must have opened; empty: nobody is told."""
    keeps_holidays = models.BooleanField(default=True)
    exit_s = models.PositiveSmallIntegerField(default=60)
    entry_s = models.PositiveSmallIntegerField(default=30)
    """EN 50131-1: at most 45."""
    on_open = models.CharField(max_length=8, choices=terms.OnOpen.choices, default=terms.OnOpen.REFUSE)
    by_schedule = models.CharField(
        max_length=8, choices=terms.BySchedule.choices, blank=True, default=terms.BySchedule.NOTHING
    )
    changed_at = models.DateTimeField(db_index=True)
    """Of anything about the hours of these premises: the engine looks at them anew."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(entry_s__lte=45, exit_s__lte=300), name="sites_hoursrule_delays"),
        ]


class Import(models.Model):
    """A file with which many premises are set up. It is in the register as a whole or not at all: what it makes
    stays out of use until all of it is there, then one transaction reveals it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    name = NfcCharField(max_length=200)
    """Of the file."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the file, so that two people can tell whether they speak of the same one."""
    file_sealed = models.BinaryField(null=True)
    """The file between dry run and the end of the run (purpose "import"); then forgotten: it holds people's numbers."""
    state = models.CharField(max_length=10, choices=terms.ImportState.choices, default=terms.ImportState.CHECKED)
    counts = models.JSONField(default=dict)
    """What it made and changed, by table."""
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)


class ImportItem(models.Model):
    """One row an import makes or changes, in order: what an interrupted run goes on with, and what undoing undoes."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="items")
    table = models.CharField(max_length=12)
    row_id = models.BigIntegerField()
    """The row it makes or changes."""
    values = models.JSONField(default=dict)
    """What the row shall hold; emptied when it does."""
    before = models.JSONField(null=True)
    """What a changed row held; empty: the row is new."""
    is_direct = models.BooleanField(default=False)
    """Belongs to something in use already, so it is written with the reveal."""
    is_done = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["run", "id"], name="sites_importitem_waiting", condition=Q(is_done=False)),
            models.Index(fields=["run", "table", "id"], name="sites_importitem_run"),
        ]  # fmt: skip


class Revision(models.Model):
    """One row: a number that grows with every change the gateway must know of."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

"""Tables of routines: what premises ask for, who may answer, what was asked, who is expected."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.alarms import terms_routines as terms
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField
from canh.sites.terms import Weekday


class RoutineRule(models.Model):
    """What premises ask for when they are opened."""

    site = models.OneToOneField("sites.Site", primary_key=True, on_delete=models.CASCADE, related_name="routine")
    asks_all_clear = models.BooleanField(default=False)
    all_clear_min = models.PositiveSmallIntegerField(null=True)
    """Empty: the figure of data/routines.toml."""
    asks_vault_second = models.BooleanField(default=False)
    cash_limit = models.PositiveIntegerField(null=True)
    """Million dong that may stay on the premises at the end of the day; empty: no limit is kept here."""


class Holder(models.Model):
    """A member of the staff with a code of their own for the all-clear (người giữ mã an toàn)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="holders")
    name = NfcCharField(max_length=120)
    user_number = models.CharField(max_length=40, blank=True)
    """Under which number the panel knows them, without zeros in front."""
    digest = models.CharField(max_length=64)
    """Of site and code, under a key of the installation: the code itself is kept nowhere."""
    stem = models.CharField(max_length=64)
    """Of the code without its last digit."""
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Two codes that differ in the last digit alone: one could be the other's cry for help.
            models.UniqueConstraint(fields=["site", "stem"], condition=Q(removed_at__isnull=True),
                                    name="alarms_holder_stem_once"),
            # Under one number of the panel there is one person.
            models.UniqueConstraint(fields=["site", "user_number"],
                                    condition=Q(removed_at__isnull=True) & ~Q(user_number=""),
                                    name="alarms_holder_number_once"),
        ]  # fmt: skip


class Clear(models.Model):
    """Somebody gave their code. A code under duress stands here like any other: what it means went to the desk."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=terms.RoutineKind.choices)
    at = models.DateTimeField()
    taken_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    """Whose page it was typed on: at the premises, or at the desk for who calls."""

    class Meta:
        indexes = [models.Index(fields=["site", "-at"], name="alarms_clear_site")]


class WrongCode(models.Model):
    """A code that nobody of the premises has was typed; kept for the time in which such tries are counted."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["site", "at"], name="alarms_wrongcode_site")]


class Routine(models.Model):
    """An opening that asks for a second person, from the opening until the premises are closed again."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="routines")
    kind = models.CharField(max_length=10, choices=terms.RoutineKind.choices)
    arming = models.ForeignKey("alarms.Arming", on_delete=models.CASCADE, related_name="+")
    change = models.OneToOneField("alarms.ArmingChange", on_delete=models.CASCADE, related_name="+")
    """The opening: a repeat after a crash finds its routine."""
    panel = models.ForeignKey("sites.Panel", on_delete=models.CASCADE, related_name="+")
    """Of which it is told."""
    state = models.CharField(max_length=10, choices=terms.RoutineState.choices, default=terms.RoutineState.WAITING)
    opened_at = models.DateTimeField()
    by_number = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    given_by = models.ForeignKey(Holder, null=True, on_delete=models.PROTECT, related_name="+")
    missing_at = models.DateTimeField(null=True)
    """When it was told that nobody answered."""
    is_outside = models.BooleanField(default=False)
    """The vault was opened outside its window."""
    outside_at = models.DateTimeField(null=True)
    """When that was told."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One opening asks once.
            models.UniqueConstraint(fields=["arming", "kind"], condition=Q(ended_at__isnull=True),
                                    name="alarms_routine_runs_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site", "-opened_at"], name="alarms_routine_site"),
            models.Index(fields=["due_at"], name="alarms_routine_due",
                         condition=Q(state=terms.RoutineState.WAITING)),
            models.Index(fields=["id"], name="alarms_routine_outside",
                         condition=Q(is_outside=True, outside_at__isnull=True)),
            models.Index(fields=["arming"], name="alarms_routine_running", condition=Q(ended_at__isnull=True)),
        ]  # fmt: skip


class CashCount(models.Model):
    """The cash on the premises was counted. Whether it was too much is kept, how much it was is not: nobody learns
    from here where a robbery is worth it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    is_over = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["site", "-at"], name="alarms_cashcount_site")]


class VaultWindow(models.Model):
    """When the vault may be opened, each week."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="vault_windows")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="alarms_vaultwindow_goes_forward"),
            models.UniqueConstraint(fields=["site", "weekday", "opens"], name="alarms_vaultwindow_once"),
        ]  # fmt: skip


class CrewVisit(models.Model):
    """A crew that is expected: who, with which vehicle, when."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="crew_visits")
    kind = models.CharField(max_length=10, choices=terms.CrewKind.choices)
    company = NfcCharField(max_length=120)
    plate = models.CharField(max_length=20)
    """As rules_routines.plain_plate writes it."""
    people = models.PositiveSmallIntegerField()
    note = NfcCharField(max_length=200, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    planned_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    came_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="alarms_crewvisit_goes_forward"),
            models.CheckConstraint(condition=Q(came_at__isnull=True, confirmed_by__isnull=True)
                                   | Q(came_at__isnull=False, confirmed_by__isnull=False),
                                   name="alarms_crewvisit_confirmed_by_someone"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["site", "until_at"], name="alarms_crewvisit_site")]

"""People, units (đơn vị), areas (địa bàn) and assignments."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from canh.accounts import models_contacts as models_contacts  # registers its table
from canh.accounts import terms
from canh.kit.ids import new_id
from canh.kit.text import FoldedField, NfcCharField


class Tree(models.Model):
    """A row with a parent, valid for a time. `path` lists the ids from the root: `/1/5/9/`.

    A subtree is one prefix search, on SQLite and PostgreSQL alike.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=400, editable=False, unique=True)
    name = NfcCharField(max_length=200)
    folded = FoldedField(sources=("name",))
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        above = self.parent.path if self.parent else "/"
        self.path = f"{above}{self.id}/"
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return self.name


class Unit(Tree):
    """An organisation or a part of one: city, department, bank, branch, school."""

    kind = models.CharField(max_length=20, choices=terms.UnitKind.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="accounts_unit_has_span",
            )
        ]


class Area(Tree):
    """Ground with a name: city, ward, commune. Areas come, split and merge; old ones stay with their dates."""

    kind = models.CharField(max_length=20, choices=terms.AreaKind.choices)
    code = models.CharField(max_length=20, blank=True)
    """The state's number for it, where it has one."""
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    polygon = models.JSONField(null=True, blank=True)
    """GeoJSON geometry; without one the map draws a Voronoi cell of the centre and says so."""
    succeeds: models.ManyToManyField[Area, models.Model] = models.ManyToManyField(
        "self", symmetrical=False, related_name="succeeded_by", blank=True
    )
    """The areas it was made from."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="accounts_area_has_span",
            ),
            # The state gives a number to one area at a time.
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(valid_to__isnull=True) & ~Q(code=""),
                name="accounts_area_code_once",
            ),
        ]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=60, unique=True)
    full_name = NfcCharField(max_length=120)
    folded = FoldedField(sources=("full_name", "username"))
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=5, default="vi")
    theme = models.CharField(max_length=10, choices=terms.Theme.choices, default=terms.Theme.DARK)
    is_active = models.BooleanField(default=True)
    is_drill = models.BooleanField(default=False)
    """Made for the demonstration; may be entered without a password from this machine only."""

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.full_name


class Assignment(models.Model):
    """A role given to a person for a unit, an area, or (administrator, city office, auditor) everything."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=20, choices=terms.Role.choices)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT)
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="accounts_assignment_has_span",
            ),
            # A role without a place would silently see everything; only these three may.
            models.CheckConstraint(
                condition=Q(unit__isnull=False)
                | Q(area__isnull=False)
                | Q(role__in=[terms.Role.ADMINISTRATOR, terms.Role.CITY_OFFICE, terms.Role.AUDITOR]),
                name="accounts_assignment_has_place",
            ),
        ]

    def is_valid_at(self, moment: datetime) -> bool:
        return self.valid_from <= moment and (self.valid_to is None or moment < self.valid_to)


class LoginFailure(models.Model):
    """A failed sign-in, kept as long as it counts. The name is stored as a digest only."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=64, db_index=True)
    """SHA-256 of the user name or of the address, keyed with the installation's secret."""
    at = models.DateTimeField()

"""Many people at once, inside the transaction of an import: shut out until it is whole, then let in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from canh.accounts.models import Assignment, User
from canh.kit import bulk

CHUNK = 500


def add_people(rows: Sequence[tuple[int, dict[str, Any]]], at: datetime) -> None:
    """(id, full_name, username, phone). Without a password: an administrator makes one for each person."""
    bulk.insert([User(id=row_id, is_active=False, password=make_password(None), **told) for row_id, told in rows])


def add_roles(rows: Sequence[tuple[int, dict[str, Any]]], at: datetime) -> None:
    """(id, user_id, role, unit_id, area_id)."""
    bulk.insert([Assignment(id=row_id, valid_from=at, **told) for row_id, told in rows])


def let_in(user_ids: Sequence[int]) -> None:
    _set_active(user_ids, True)


def shut_out(user_ids: Sequence[int]) -> None:
    _set_active(user_ids, False)


def _set_active(user_ids: Sequence[int], is_active: bool) -> None:
    for start in range(0, len(user_ids), CHUNK):
        User.objects.filter(id__in=user_ids[start : start + CHUNK]).update(is_active=is_active)


def forget_people(user_ids: Sequence[int]) -> None:
    User.objects.filter(id__in=user_ids).delete()


def forget_roles(assignment_ids: Sequence[int]) -> None:
    Assignment.objects.filter(id__in=assignment_ids).delete()

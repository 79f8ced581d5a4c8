"""Bulk insertion writes the same rows as Django does, whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict

from canh.accounts.models import LoginFailure
from canh.audit.models import Line
from canh.intake.models import Signal
from canh.kit import bulk, clock
from tests.cast import Cast
from tests.senders import copy, entry


@pytest.mark.django_db
def test_a_row_reads_back_as_it_was_given() -> None:
    given = Line(at=clock.now(), actor_id=7, action="test.act", subject="thing:1", detail={"n": 1, "chữ": "ế"})
    bulk.insert([given])
    kept = Line.objects.get()
    assert model_to_dict(kept) == model_to_dict(given)
    assert (kept.id, kept.at, kept.detail) == (given.id, given.at, given.detail)


def test_every_column_of_a_signal_survives(cast: Cast) -> None:
    [given] = copy(entry("1001", "HA", "1"))
    kept = Signal.objects.get()
    for field in Signal._meta.concrete_fields:
        before, after = getattr(given, field.attname), getattr(kept, field.attname)
        assert (bytes(after) if isinstance(after, memoryview) else after) == before, field.name


@pytest.mark.django_db
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=7))])
@pytest.mark.parametrize("us", [0, 5, 120_000])
def test_moments_are_written_as_django_writes_them(zone: timezone, us: int) -> None:
    moment = datetime(2026, 3, 9, 9, 14, 5, us, tzinfo=zone)
    bulk.insert([LoginFailure(key="bulk", at=moment)])
    LoginFailure.objects.create(key="django", at=moment)
    with connection.cursor() as run:
        run.execute("SELECT DISTINCT at FROM accounts_loginfailure")
        assert len(run.fetchall()) == 1


@pytest.mark.django_db
def test_a_row_made_fast_is_the_row_the_model_makes() -> None:
    at = clock.now()
    slow, fast = Line(id=5, at=at, action="a", subject="b"), bulk.make(Line, id=5, at=at, action="a", subject="b")
    assert {f.attname: getattr(fast, f.attname) for f in Line._meta.concrete_fields} == {
        f.attname: getattr(slow, f.attname) for f in Line._meta.concrete_fields
    }
    one, other = bulk.make(Signal), bulk.make(Signal)
    assert one.id != other.id
    assert one.extra == {}
    assert one.extra is not other.extra
    assert (one.panel_id, one.zone, one.is_urgent, one.handled_at) == (None, None, False, None)
    assert one._state.adding


@pytest.mark.django_db
def test_one_refused_row_refuses_all() -> None:
    row = LoginFailure(key="k", at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert([LoginFailure(key="j", at=clock.now()), row, row])
    assert LoginFailure.objects.count() == 0


@pytest.mark.django_db
def test_nothing_is_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        bulk.insert([])


@pytest.mark.django_db
def test_an_update_writes_the_named_fields_of_the_named_rows_only() -> None:
    rows = [Line(at=clock.now(), action="test.act", subject=f"thing:{n}", detail={}) for n in range(3)]
    bulk.insert(rows)
    for number, row in enumerate(rows[:2], 1):
        row.sequence, row.hash, row.subject = number, bytes([number]) * 32, "not written"
    bulk.update(rows[:2], ["sequence", "hash"])
    kept = Line.objects.order_by("id").values_list("sequence", "hash", "subject")
    assert [(n, h and bytes(h)[:1], s) for n, h, s in kept] == [
        (1, b"\x01", "thing:0"), (2, b"\x02", "thing:1"), (None, None, "thing:2")
    ]  # fmt: skip


def test_an_upsert_writes_the_same_as_django_and_leaves_alone_what_it_is_told(cast: Cast) -> None:
    from canh.intake.models import Path

    names = ["id", "gateway", "door", "account", "path", "peer", "panel", "heard_at", "dialect"]
    first, later = clock.now(), clock.now() + timedelta(seconds=5)

    def put(row_id: int, peer: str, heard_at: datetime) -> Path:
        row = (row_id, "gw1", "sia", "1001", "L0", peer, cast.bank_panel.id, heard_at, "")
        bulk.upsert(
            Path, names, [row], unique=["door", "account", "path"], keep=["id"], unless_same=["heard_at", "panel"]
        )
        return Path.objects.get()

    made = put(1, "a", first)
    assert (made.id, made.heard_at, made.panel, made.due_at) == (1, first, cast.bank_panel, None)
    Path.objects.update(due_at=first)
    assert put(2, "b", first).peer == "a", "the same word again: the row is not touched"
    again = put(3, "b", later)
    assert (again.id, again.heard_at, again.peer, again.due_at) == (1, later, "b", first)

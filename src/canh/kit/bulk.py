"""Insert or update many rows of one table with one prepared statement.

`bulk_create` and `bulk_update` spend most of their time putting SQL together, 25 rows at a time on
SQLite; this uses `executemany` of the same connection, inside the same transaction, and prepares only
the values that need it. For rows with ids of their own and no side effects of saving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

from django.db import connections, models, router
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)

# Kinds of column whose Python value is what the driver takes.
AS_IS = frozenset(
    {models.CharField, models.TextField, models.BigIntegerField, models.IntegerField, models.PositiveIntegerField,
     models.PositiveSmallIntegerField, models.BooleanField, models.ForeignKey, models.BinaryField}
)  # fmt: skip
Getter = Callable[[Any], Any]


def make(model: type[M], **values: Any) -> M:
    """A row as the model would make it of these columns (`site_id`, not `site`), in a tenth of the time: no
    signals of Django, nothing converted. For the engine's batches."""
    fixed, called = _defaults(model)
    row = model.__new__(model)
    row._state = ModelState()
    row.__dict__.update(fixed)
    row.__dict__.update(values)
    for name, default in called:
        if name not in values:
            row.__dict__[name] = default()
    return row


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What columns hold that nobody names: what is always the same, and what is made for each row."""
    fields = model._meta.local_concrete_fields
    fixed = {f.attname: f.get_default() for f in fields if not callable(f.default) or f.default is models.NOT_PROVIDED}
    return fixed, [(f.attname, f.default) for f in fields if f.attname not in fixed]


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model; ids must be set. Raises IntegrityError, and then nothing is inserted
    if the caller is in a transaction."""
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    fields = model._meta.local_concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column or f.attname) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    getters = [_getter(field, connection) for field in fields]
    values = [[get(row) for get in getters] for row in rows]
    with connection.cursor() as run:
        run.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})", values)  # noqa: S608  # names of our own tables
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model, found by their ids. What changed meanwhile is overwritten: for
    rows that only the caller changes, or inside the transaction that read them."""
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
    getters = [_getter(field, connection) for field in fields]
    sets = ", ".join(f"{quote(field.column or field.attname)} = %s" for field in fields)
    values = [[*(get(row) for get in getters), row.pk] for row in rows]
    with connection.cursor() as run:
        run.executemany(f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE id = %s", values)  # noqa: S608  # names of our own tables


def upsert(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]], *, unique: Sequence[str],
    keep: Sequence[str] = (), unless_same: Sequence[str] = (),
) -> None:  # fmt: skip
    """Insert rows of values for the fields `names`, without making objects of them; where a row with the same
    `unique` fields is there, write the others into it, except `keep`.

    `unless_same`: a row in which these fields would stay as they are is not touched at all.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    fields = {name: cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names}
    column = {name: connection.ops.quote_name(field.column or field.attname) for name, field in fields.items()}
    table = connection.ops.quote_name(model._meta.db_table)
    sets = ", ".join(f"{c} = excluded.{c}" for name, c in column.items() if name not in {*unique, *keep})
    changes = " OR ".join(f"{table}.{column[n]} IS DISTINCT FROM excluded.{column[n]}" for n in unless_same)
    sql = (
        f"INSERT INTO {table} ({', '.join(column.values())}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608  # names of our own tables
        f" ON CONFLICT ({', '.join(column[n] for n in unique)}) DO UPDATE SET {sets}"
        + (f" WHERE {changes}" if changes else "")
    )
    makers = [(n, make) for n, field in enumerate(fields.values()) if (make := _maker(field, connection))]
    values = [list(row) for row in rows]
    for row in values:
        for n, make in makers:
            row[n] = make(row[n])
    with connection.cursor() as run:
        run.executemany(sql, values)


def _maker(field: models.Field[Any, Any], connection: Any) -> Getter | None:
    """How a value becomes what the driver takes; None: it is that already."""
    if type(field) in AS_IS or isinstance(field, models.OneToOneField):
        return None
    if type(field) is models.DateTimeField and connection.vendor == "sqlite":
        return lambda value: _moment(value, field, connection)
    return lambda value: field.get_db_prep_save(value, connection)


def _getter(field: models.Field[Any, Any], connection: Any) -> Getter:
    name = field.attname
    if type(field) in AS_IS:
        return lambda row: getattr(row, name)
    if type(field) is models.DateTimeField and connection.vendor == "sqlite":
        return lambda row: _moment(getattr(row, name), field, connection)
    return lambda row: field.get_db_prep_save(field.pre_save(row, True), connection)


def _moment(value: datetime | None, field: models.Field[Any, Any], connection: Any) -> Any:
    """As SQLite keeps it. Nearly all moments are UTC already; Django's way round takes ten times as long."""
    if value is None or value.tzinfo is UTC:
        return value and str(value.replace(tzinfo=None))
    return field.get_db_prep_save(value, connection)

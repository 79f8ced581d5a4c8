"""The rows an import makes: how they are written, kept out of use until the end, shown, and taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, models, router

from canh.accounts import actions_bulk
from canh.kit import bulk, clock
from canh.sites.models import Contact, Device, Import, ImportItem, OpeningHours, Panel, Site, Zone

Values = dict[str, Any]


def _site(row_id: int, told: Values, at: datetime) -> Site:
    """Closed until the import is whole."""
    return Site(id=row_id, created_at=at, closed_at=at, **told)


def _panel(row_id: int, told: Values, at: datetime) -> Panel:
    """Out of use until the import is whole."""
    return Panel(id=row_id, created_at=at, retired_at=at, **told)


def _device(row_id: int, told: Values, at: datetime) -> Device:
    return Device(id=row_id, installed_at=at, **told)


MAKERS: dict[str, Callable[[int, Values, datetime], models.Model]] = {
    "site": _site,
    "panel": _panel,
    "zone": lambda row_id, told, _at: Zone(id=row_id, **told),
    "device": _device,
    "contact": lambda row_id, told, _at: Contact(id=row_id, **told),
    "hours": lambda row_id, told, _at: OpeningHours(id=row_id, **told),
}
MODELS: dict[str, type[models.Model]] = {
    "site": Site, "panel": Panel, "zone": Zone, "device": Device, "contact": Contact, "hours": OpeningHours,
}  # fmt: skip
PEOPLE = {
    "person": (actions_bulk.add_people, actions_bulk.forget_people),
    "role": (actions_bulk.add_roles, actions_bulk.forget_roles),
}
ORDER = (*MODELS, *PEOPLE)
"""What others point at comes first; taken away in the other direction."""


def write(items: Sequence[ImportItem], at: datetime) -> None:
    """Make the rows of some items, inside the caller's transaction."""
    for table in ORDER:
        told = [(item.row_id, item.values) for item in items if item.table == table]
        if table in PEOPLE:
            PEOPLE[table][0](told, at)
        else:
            bulk.insert([MAKERS[table](row_id, values, at) for row_id, values in told])


def change(items: Sequence[ImportItem], values: Callable[[ImportItem], Values]) -> None:
    """Give rows other values, one prepared statement for each set of columns."""
    kinds: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
    for item in items:
        told = values(item)
        columns = tuple(sorted(told))
        kinds.setdefault((item.table, columns), []).append((*(told[c] for c in columns), item.row_id))
    for (table, columns), rows in kinds.items():
        _run(table, f"SET {', '.join(f'{_quoted(c)} = %s' for c in columns)} WHERE id = %s", rows, "UPDATE")
        if table == "site":
            _fold_again([row[-1] for row in rows])


def _fold_again(ids: Sequence[int]) -> None:
    """The column in which people search follows name and address."""
    for start in range(0, len(ids), 500):
        changed = list(Site.objects.filter(id__in=ids[start : start + 500]))
        folds = [(Site._meta.get_field("folded").pre_save(site, False), site.id) for site in changed]
        _run("site", "SET folded = %s WHERE id = %s", folds, "UPDATE")


def remove(table: str, ids: Sequence[int]) -> None:
    if table in PEOPLE:
        PEOPLE[table][1](ids)
    else:
        _run(table, "WHERE id = %s", [(row_id,) for row_id in ids], "DELETE FROM")


def put_into_use(run: Import) -> None:
    """Reveal what was made: one moment for all, so one statement a table."""
    Site.objects.filter(id__in=_made(run, "site")).update(closed_at=None)
    Panel.objects.filter(id__in=_made(run, "panel")).update(retired_at=None)
    actions_bulk.let_in(list(_made(run, "person")))


def take_out_of_use(run: Import) -> None:
    at = clock.now()
    Site.objects.filter(id__in=_made(run, "site")).update(closed_at=at)
    Panel.objects.filter(id__in=_made(run, "panel")).update(retired_at=at)
    actions_bulk.shut_out(list(_made(run, "person")))


def _made(run: Import, table: str) -> models.QuerySet[ImportItem, int]:
    return ImportItem.objects.filter(run=run, table=table, before__isnull=True).values_list("row_id", flat=True)


def _quoted(column: str) -> str:
    return connections[router.db_for_write(Site)].ops.quote_name(column)


def _run(table: str, rest: str, rows: list[tuple[Any, ...]], verb: str) -> None:
    if not rows:
        return
    model = MODELS[table]
    connection = connections[router.db_for_write(model)]
    with connection.cursor() as run:
        run.executemany(f"{verb} {connection.ops.quote_name(model._meta.db_table)} {rest}", rows)

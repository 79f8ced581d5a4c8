"""An import from its file to the register, and back.

    CHECKED ─ items written, chunk by chunk ─▶ APPLYING ─ rows made out of use, chunk by chunk ─▶ APPLIED
    APPLIED ─ one transaction takes all out of use ─▶ UNDOING ─ rows taken away, chunk by chunk ─▶ UNDONE

The two transactions in the middle are what makes it whole: one reveals everything, one hides everything.
Whatever stops on the way goes on from the items that are not done.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.kit import bulk, clock, paths
from canh.kit.ids import new_ids
from canh.sites import actions
from canh.sites.imports import dependents, tables
from canh.sites.imports.plan import Plan
from canh.sites.models import Import, ImportItem
from canh.sites.terms import ImportState

CHUNK = 500


class CannotUndo(ValidationError):
    """Something depends on what the import made; the messages name it."""


@contextmanager
def _alone() -> Iterator[None]:
    """One import at a time on this machine. Raises ValidationError."""
    with open(paths.run("import.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValidationError(_("Another import is being written at this moment. Try again afterwards.")) from None
        yield


def apply(run: Import, plan: Plan, actor_id: int | None) -> None:
    """Write a plan without faults. Raises ValidationError."""
    with _alone():
        run.refresh_from_db()
        if run.state != ImportState.CHECKED:
            raise ValidationError(_("This import was written already."))
        _write_items(run, plan)
        _advance(run, actor_id)


def go_on(run: Import, actor_id: int | None) -> None:
    """Finish what was interrupted, in whichever direction."""
    with _alone():
        run.refresh_from_db()
        if run.state == ImportState.APPLYING:
            _advance(run, actor_id)
        elif run.state == ImportState.UNDOING:
            _take_away(run, actor_id)


def undo(run: Import, actor_id: int | None) -> None:
    """Take back what a run made and changed. Raises CannotUndo while something depends on it."""
    with _alone():
        run.refresh_from_db()
        if run.state not in {ImportState.APPLIED, ImportState.APPLYING}:
            raise ValidationError(_("There is nothing to undo."))
        _hide(run)
        _take_away(run, actor_id)


def _write_items(run: Import, plan: Plan) -> None:
    """The plan as rows: what an interrupted run goes on with."""
    with transaction.atomic():
        ImportItem.objects.filter(run=run).delete()  # of a try that stopped here
    for start in range(0, len(plan.items), CHUNK):
        part = plan.items[start : start + CHUNK]
        rows = [
            ImportItem(id=item_id, run=run, table=item.table, row_id=item.row_id, values=item.values,
                       before=item.before, is_direct=item.is_direct)
            for item_id, item in zip(new_ids(len(part)), part, strict=True)
        ]  # fmt: skip
        with transaction.atomic():
            bulk.insert(rows)
    with transaction.atomic():
        Import.objects.filter(id=run.id, state=ImportState.CHECKED).update(state=ImportState.APPLYING)


def _advance(run: Import, actor_id: int | None) -> None:
    waiting = ImportItem.objects.filter(run=run, is_done=False, is_direct=False).order_by("id")
    while items := list(waiting[:CHUNK]):
        with transaction.atomic():
            tables.write(items, run.created_at)
            ImportItem.objects.filter(id__in=[item.id for item in items]).update(is_done=True)
    _reveal(run, actor_id)


def _reveal(run: Import, actor_id: int | None) -> None:
    """Everything at once: what was made comes into use, what is there gets its rows and values."""
    direct = list(ImportItem.objects.filter(run=run, is_direct=True).order_by("id"))
    try:
        with transaction.atomic():
            tables.write([item for item in direct if item.before is None], run.created_at)
            tables.change([item for item in direct if item.before is not None], lambda item: item.values)
            tables.put_into_use(run)
            Import.objects.filter(id=run.id).update(
                state=ImportState.APPLIED, applied_at=clock.now(), file_sealed=None)  # fmt: skip
            record(actor_id, "import.apply", f"import:{run.id}", {"file": run.digest, "rows": run.counts.get("rows")})
            actions.touch_register()
    except IntegrityError as error:
        raise ValidationError(_("Meanwhile somebody entered one of these by hand, so the import cannot come in. Undo"
                                " it, and upload the file again.")) from error  # fmt: skip
    _forget_values(run)


def _forget_values(run: Import) -> None:
    """Names and numbers now stand where they belong; a second copy is only a risk. What undoing asks stays."""
    told = ImportItem.objects.filter(run=run, before__isnull=True).exclude(values={}).order_by("id")
    while ids := list(told.values_list("id", flat=True)[:CHUNK]):
        with transaction.atomic():
            ImportItem.objects.filter(id__in=ids).update(values={}, is_done=True)


def _hide(run: Import) -> None:
    """One transaction: nothing of it is in use afterwards, and what it changed is as before."""
    blockers = [f"{what}: {why}" for what, why in dependents.dependents(run)]
    if blockers:
        raise CannotUndo(blockers)
    was_applied = run.state == ImportState.APPLIED
    direct = list(ImportItem.objects.filter(run=run, is_direct=True)) if was_applied else []
    with transaction.atomic():
        tables.take_out_of_use(run)
        tables.change([i for i in direct if i.before is not None], lambda item: item.before or {})
        for table in reversed(tables.ORDER):
            _remove(table, [i.row_id for i in direct if i.before is None and i.table == table])
        ImportItem.objects.filter(run=run, is_direct=True).delete()
        Import.objects.filter(id=run.id).update(state=ImportState.UNDOING)
        actions.touch_register()


def _remove(table: str, ids: list[int]) -> None:
    """In one transaction with what the engine noted on these rows meanwhile."""
    model = tables.MODELS.get(table)
    for note in dependents.notes_on(model) if model else []:
        note.related_model._default_manager.filter(**{f"{note.field.name}__in": ids}).delete()
    tables.remove(table, ids)


def _take_away(run: Import, actor_id: int | None) -> None:
    for table in reversed(tables.ORDER):
        waiting = ImportItem.objects.filter(run=run, table=table).order_by("id")
        while items := list(waiting[:CHUNK]):
            with transaction.atomic():
                _remove(table, [item.row_id for item in items])
                ImportItem.objects.filter(id__in=[item.id for item in items]).delete()
    with transaction.atomic():
        Import.objects.filter(id=run.id).update(state=ImportState.UNDONE, undone_at=clock.now(), file_sealed=None)
        record(actor_id, "import.undo", f"import:{run.id}", {"file": run.digest})
        actions.touch_register()

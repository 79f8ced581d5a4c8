"""What depends by now on rows an import made, in whichever room: nothing may be undone under it.

Asked of the models themselves, because this room knows none of those above it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext_lazy as _

from canh.sites.imports.tables import MODELS
from canh.sites.models import Import, ImportItem

NAMED = 5
WORDS: dict[str, Any] = {
    "intake.signal": _("has sent signals"),
    "intake.path": _("has been heard"),
    "alarms.alarm": _("has alarms"),
    "sites.panel": _("has a panel that was added later"),
    "sites.zone": _("has a zone that was added later"),
    "sites.device": _("has a device that was added later"),
    "sites.contact": _("has a contact that was added later"),
    "sites.openinghours": _("has opening hours that were added later"),
    "sites.openingexception": _("has exceptions from its opening hours"),
    "sites.ontest": _("was put on test"),
    "intake.walktest": _("was walked by an installer"),
    "accounts.assignment": _("got a further role"),
}
TABLE_OF = {**{model._meta.label_lower: table for table, model in MODELS.items()}, "accounts.assignment": "role"}


def dependents(run: Import) -> list[tuple[str, Any]]:
    """(what, why) of the first of each kind: something refers to a row this run made, and was not made by it."""
    found: list[tuple[str, Any]] = []
    for table, model in [*MODELS.items(), ("person", get_user_model())]:
        made = ImportItem.objects.filter(run=run, table=table, before__isnull=True).values("row_id")
        for relation in _pointing_at(model):
            found += _referring(run, model, relation, made)
    return found + _signed_in(run) + _changed_again(run)


def _pointing_at(model: Any) -> list[Any]:
    """Every column of every table that holds a key of this one, also those without a name to go back by."""
    fields = model._meta.get_fields(include_hidden=True)
    pointing = [f for f in fields if f.auto_created and not f.concrete and (f.one_to_many or f.one_to_one)]
    return [f for f in pointing if f not in notes_on(model)]


def notes_on(model: Any) -> list[Any]:
    """What the engine notes by itself, a row for each of these (since when a panel is watched): it goes along."""
    relations = model._meta.related_objects
    return [f for f in relations if f.one_to_one and f.on_delete is models.CASCADE]


def _referring(run: Import, model: Any, relation: Any, made: Any) -> list[tuple[str, Any]]:
    there: type[models.Model] = relation.related_model
    label = there._meta.label_lower
    if label in {"sites.importitem", "sites.import"}:
        return []
    rows = there._default_manager.filter(**{f"{relation.field.name}__in": made})
    if table := TABLE_OF.get(label):
        own = ImportItem.objects.filter(run=run, table=table, before__isnull=True).values("row_id")
        rows = rows.exclude(pk__in=own)
    ids = set(rows.values_list(f"{relation.field.name}_id", flat=True)[:NAMED])
    words = WORDS.get(label, label)
    return [(str(row), words) for row in model._default_manager.filter(pk__in=ids)]


def _signed_in(run: Import) -> list[tuple[str, Any]]:
    made = ImportItem.objects.filter(run=run, table="person").values("row_id")
    people = get_user_model()._default_manager.filter(pk__in=made, last_login__isnull=False)[:NAMED]
    return [(str(person), _("has signed in")) for person in people]


def _changed_again(run: Import) -> list[tuple[str, Any]]:
    """Rows the import changed and somebody changed since: what was before is no longer what to go back to."""
    found: list[tuple[str, Any]] = []
    for item in ImportItem.objects.filter(run=run, before__isnull=False).iterator():
        row = MODELS[item.table]._default_manager.filter(pk=item.row_id).first()
        if row is not None and any(getattr(row, name) != value for name, value in item.values.items()):
            found.append((str(row), _("was changed by hand")))
        if len(found) >= NAMED:
            break
    return found

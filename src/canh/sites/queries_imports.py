"""Reads of imports."""

from __future__ import annotations

from django.db.models import QuerySet

from canh.accounts.queries import Viewer
from canh.accounts.terms import Role
from canh.sites.imports.columns import Sheet, sheets
from canh.sites.models import Import, ImportItem, Panel


def imports_of(viewer: Viewer, user_id: int) -> QuerySet[Import]:
    """Newest first: an administrator sees all, others their own, since a file may name premises of others."""
    found = Import.objects.select_related("by").defer("file_sealed").order_by("-id")
    return found if viewer.has(Role.ADMINISTRATOR) else found.filter(by=user_id)


def panels_of(run: Import) -> QuerySet[Panel]:
    """Working panels that an import made."""
    made = ImportItem.objects.filter(run=run, table="panel", before__isnull=True).values("row_id")
    return Panel.objects.filter(id__in=made, retired_at__isnull=True)


def import_sheets() -> list[Sheet]:
    return list(sheets().values())


def is_file_kept(run: Import) -> bool:
    """Whether the file still waits for a yes; asked apart, because it may be large."""
    return Import.objects.filter(id=run.id, file_sealed__isnull=False).exists()

"""Setting up many premises from a file, for whoever may: check it, write it as a whole, undo it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.accounts.queries import Viewer
from canh.audit.actions import record
from canh.kit import clock, crypto
from canh.kit.text import nfc
from canh.sites.imports import checks, reading, run, template
from canh.sites.imports.plan import Plan
from canh.sites.imports.reading import Unreadable
from canh.sites.imports.run import CannotUndo
from canh.sites.models import Import
from canh.sites.terms import ImportState

KEPT_FOR = timedelta(days=1)
"""A file that was checked and not written is forgotten after a day: it holds people's numbers."""
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """What a dry run found."""

    plan: Plan
    rows: int

    @property
    def is_clean(self) -> bool:
        return not self.plan.faults

    def summary(self) -> dict[str, Any]:
        """For a page or a script: counts, what is wrong, the first rows."""
        return {
            "rows": self.rows,
            "sheets": self.plan.counts(),
            "fault_count": len(self.plan.faults),
            "faults": [{"sheet": f.sheet, "row": f.row, "column": f.column, "text": f.text}
                       for f in self.plan.faults[:SHOWN]],
            "lines": [{"sheet": n.sheet, "row": n.row, "act": n.act, "title": n.title}
                      for n in self.plan.lines if n.act != "same"][:SHOWN],
        }  # fmt: skip


def check_file(name: str, content: bytes, keeper: Viewer) -> Checked:
    """The dry run: what would be made and changed, and what is wrong. Writes nothing. Raises Unreadable."""
    rows = reading.read(name, content)
    return Checked(checks.plan(rows, keeper), len(rows))


def keep_file(name: str, content: bytes, *, actor_id: int | None, keeper: Viewer) -> Import:
    """A dry run whose file waits, sealed, for a person to say yes. Raises Unreadable."""
    checked = check_file(name, content, keeper)
    kept = Import(
        name=nfc(name)[-200:], digest=hashlib.sha256(content).hexdigest(), file_sealed=crypto.seal(content, "import"),
        counts=checked.summary(), by_id=actor_id, created_at=clock.now(),
    )  # fmt: skip
    with transaction.atomic():
        kept.save(force_insert=True)
        record(actor_id, "import.check", f"import:{kept.id}", {"file": kept.digest, "rows": checked.rows})
        old = Import.objects.filter(state=ImportState.CHECKED, created_at__lt=clock.now() - KEPT_FOR)
        old.update(file_sealed=None)
    return kept


def apply_import(kept: Import, *, actor_id: int | None, keeper: Viewer) -> None:
    """Write it, checked once more against the register as it is now. Raises ValidationError."""
    if kept.state != ImportState.CHECKED or not kept.file_sealed:
        raise ValidationError(_("The file is no longer kept; upload it again."))
    checked = check_file(kept.name, crypto.unseal(bytes(kept.file_sealed), "import"), keeper)
    kept.counts = checked.summary()
    with transaction.atomic():
        Import.objects.filter(id=kept.id).update(counts=kept.counts)
    if not checked.is_clean:
        raise ValidationError(_("The register has changed since: look at what is wrong now."))
    run.apply(kept, checked.plan, actor_id)


def go_on(kept: Import, *, actor_id: int | None) -> None:
    """Finish an import that was interrupted. Raises ValidationError."""
    run.go_on(kept, actor_id)


def undo_import(kept: Import, *, actor_id: int | None) -> None:
    """Take it back as a whole. Raises CannotUndo, which names what depends on it by now."""
    run.undo(kept, actor_id)


def discard_import(kept: Import, *, actor_id: int | None) -> None:
    """Forget a file that was only checked."""
    with transaction.atomic():
        Import.objects.filter(id=kept.id, state=ImportState.CHECKED).delete()
        record(actor_id, "import.discard", f"import:{kept.id}", {})


workbook = template.workbook
csv_template = template.csv_text

__all__ = ["CannotUndo", "Checked", "Unreadable", "apply_import", "check_file", "csv_template", "discard_import",
           "go_on", "keep_file", "undo_import", "workbook"]  # fmt: skip

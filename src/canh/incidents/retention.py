"""Taking away evidence whose time is over, in small batches; what is locked stays. For the engine.

1. Of closed cases past retention the rows are marked as removed (`retire`).
2. Some weeks after a removal its row lets go of the file (`let_go`).
3. A file to which no row refers is deleted, then its own row (`collect`). A crash in between leaves a row without a
   file and without anybody who refers to it; the next round ends it.
4. What lies in the folder without a row (a crash before the row was written) is found after a day (`sweep`).
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from canh.audit.actions import record_many
from canh.incidents import queries_evidence as queries
from canh.incidents import rules_evidence as rules
from canh.incidents import store
from canh.incidents.models_evidence import Attachment, EvidenceFile
from canh.incidents.terms_evidence import RemovedWhy
from canh.kit import clock

BATCH = 50
SWEPT_AFTER = timedelta(days=1)


def retire() -> int:
    """How many were marked as removed."""
    now = clock.now()
    with transaction.atomic():
        ids = queries.past_retention(rules.cutoffs(now, queries.limits(now.date())), BATCH)
        mine = Attachment.objects.filter(id__in=ids, removed_at__isnull=True, locked_at__isnull=True)
        won = list(mine.select_for_update().values_list("id", "incident_id", "sha256"))
        if won:
            Attachment.objects.filter(id__in=[row[0] for row in won], locked_at__isnull=True).update(
                removed_at=now, removed_why=RemovedWhy.RETENTION
            )
            record_many([(None, "evidence.retire", f"attachment:{i}", {"incident": case, "sha256": digest})
                         for i, case, digest in won])  # fmt: skip
    return len(won)


def let_go() -> int:
    """How many rows no longer hold their file."""
    now = clock.now()
    with transaction.atomic():
        ids = queries.to_collect(now - queries.limits(now.date()).removed_kept, BATCH)
        return Attachment.objects.filter(id__in=ids, removed_at__isnull=False, locked_at__isnull=True).update(file=None)


def collect() -> int:
    """How many files were deleted. One transaction each: the file goes while nobody else can refer to it."""
    done = 0
    for sha256 in queries.unclaimed(BATCH):
        with transaction.atomic():
            row = EvidenceFile.objects.select_for_update().filter(sha256=sha256, attachments__isnull=True).first()
            if row is None:
                continue
            store.delete(sha256)
            row.delete()
            record_many([(None, "evidence.collect", "evidence:0", {"sha256": sha256})])
            done += 1
    return done


def sweep(part: int) -> int:
    """Look at one of the 256 folders and at the drafts: old drafts go; a file without a row gets one to which nothing
    refers, so that `collect` takes it away while no upload of the same bytes can settle. How many there were."""
    before = clock.now() - SWEPT_AFTER
    lying = store.lying(part % 256, before.timestamp())
    drafts = [path for path in lying if path.parent.name == store.DRAFTS]
    for path in drafts:
        path.unlink(missing_ok=True)
    files = {path.name: path for path in lying if path not in drafts}
    strays = sorted(files.keys() - queries.known_among(files))
    for name in strays:
        with transaction.atomic():
            size = max(files[name].stat().st_size, 1)
            EvidenceFile.objects.get_or_create(sha256=name[:64], defaults={"size": size, "kept_at": clock.now()})
    return len(drafts) + len(strays)

"""Writing audit lines and sealing them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.db import transaction

from canh.audit import rules
from canh.audit.models import Head, Line
from canh.audit.queries import head_text, last_seal, sealable
from canh.audit.terms import HEAD_SUFFIX, HEAD_VERSION
from canh.kit import bulk, clock, crypto, paths
from canh.kit.ids import new_id, new_ids, node_number


def record(actor_id: int | None, action: str, subject: str, detail: dict[str, Any] | None = None) -> None:
    """Add a line inside the caller's transaction. `detail`: ids, codes, counts, digests; no personal text."""
    record_many([(actor_id, action, subject, detail or {})])


def record_many(lines: list[tuple[int | None, str, str, dict[str, Any]]]) -> None:
    """Add many lines at once, for the engine's batches."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit line belongs into the transaction of its act")
    at = clock.now()
    bulk.insert(
        [
            bulk.make(Line, id=line_id, at=at, actor_id=actor_id, action=action, subject=subject, detail=detail)
            for line_id, (actor_id, action, subject, detail) in zip(new_ids(len(lines)), lines, strict=True)
        ]
    )


def seal_lines(limit: int = 500) -> int:
    """Give committed lines their place in the chain, in the order of their ids. Returns how many.

    One caller at a time: the engine step that holds the engine's lock.
    """
    with transaction.atomic():
        lines = list(Line.objects.filter(sequence__isnull=True).order_by("id")[:limit])
        sequence, before = last_seal()
        for line in lines:
            sequence += 1
            before = rules.seal(before, sequence, sealable(line))
            line.sequence, line.hash = sequence, before
        bulk.update(lines, ["sequence", "hash"])
    return len(lines)


def sign_head(chains: dict[str, tuple[int, bytes]]) -> Head:
    """State and sign where the audit chain and `chains` (name -> last number, hash) stand.

    The signed file goes to heads/ in the data folder at once; a copy leaves the machine where
    the operator named a place.
    """
    sequence, digest = last_seal()
    now = clock.now()
    stands = {"audit": (sequence, digest), **chains}
    statement = rules.canonical(
        {
            "version": HEAD_VERSION,
            "node": node_number(),
            "at": now.isoformat(),
            "key": crypto.public_key().hex(),
            "chains": {name: {"last": last, "hash": h.hex()} for name, (last, h) in stands.items()},
        }
    )
    head = Head(id=new_id(), at=now, statement=statement, signature=crypto.sign(statement.encode()))
    with transaction.atomic():
        head.save(force_insert=True)
        record(None, "audit.head", f"head:{head.id}", {"sequence": sequence})
    _write_head(head, paths.folder("heads"))
    return head


def send_head(head: Head, target: Path) -> None:
    """Copy a head to the place outside. A place that is away now is tried again by the next look."""
    _write_head(head, target)
    with transaction.atomic():
        Head.objects.filter(id=head.id).update(sent_at=clock.now())


def _write_head(head: Head, folder: Path) -> None:
    name = f"{head.at:%Y%m%dT%H%M%SZ}-{head.id}{HEAD_SUFFIX}"
    draft = folder / f".{name}.{os.getpid()}"
    draft.write_text(head_text(head) + "\n", encoding="utf-8")
    draft.replace(folder / name)

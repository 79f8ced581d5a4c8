"""Reads of the audit chain."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from canh.audit import rules
from canh.audit.models import Head, Line
from canh.kit import clock


def sealable(line: Line) -> rules.Sealable:
    return rules.Sealable(line.id, clock.to_us(line.at), line.actor_id, line.action, line.subject, line.detail)


def last_seal() -> tuple[int, bytes]:
    """Sequence and hash of the newest sealed line; (0, zeros) for an empty chain."""
    row = Line.objects.filter(sequence__isnull=False).order_by("-sequence").values_list("sequence", "hash").first()
    return (row[0] or 0, bytes(row[1] or b"")) if row else (0, rules.FIRST_HASH)


def sealed_lines() -> Iterator[rules.Sealed]:
    """The whole chain from its first line."""
    rows = Line.objects.filter(sequence__isnull=False).order_by("sequence")
    for line in rows.iterator(chunk_size=2000):
        s = sealable(line)
        yield rules.Sealed(
            s.id,
            s.at_us,
            s.actor_id,
            s.action,
            s.subject,
            s.detail,
            line.sequence or 0,
            bytes(line.hash or b""),
        )


def lines() -> QuerySet[Line]:
    """Every line, newest first, for a person to read."""
    return Line.objects.order_by("-id")


def beginning_with(found: QuerySet[Line], starts: Collection[str]) -> QuerySet[Line]:
    """Only lines whose action begins with one of these."""
    wanted = Q(pk__in=[])
    for start in starts:
        wanted |= Q(action__startswith=start)
    return found.filter(wanted)


def last_sealed_at() -> datetime | None:
    """When the newest sealed line was written."""
    return Line.objects.filter(sequence__isnull=False).order_by("-sequence").values_list("at", flat=True).first()


def oldest_unsealed_at() -> datetime | None:
    return Line.objects.filter(sequence__isnull=True).order_by("id").values_list("at", flat=True).first()


def unsealed_count() -> int:
    return Line.objects.filter(sequence__isnull=True).count()


def hash_at(sequence: int) -> bytes | None:
    """The hash of one sealed line; None when there is no such line (the tail was cut)."""
    row = Line.objects.filter(sequence=sequence).values_list("hash", flat=True).first()
    return bytes(row) if row else None


def unsent_heads() -> list[Head]:
    return list(Head.objects.filter(sent_at__isnull=True).order_by("id")[:50])


def last_sent_head() -> Head | None:
    return Head.objects.filter(sent_at__isnull=False).order_by("-id").first()


def last_head() -> Head | None:
    return Head.objects.order_by("-id").first()


def heads() -> Iterator[Head]:
    yield from Head.objects.order_by("id").iterator()


def head_text(head: Head) -> str:
    """The head as its file says it."""
    return json.dumps({"statement": head.statement, "signature": bytes(head.signature).hex()}, ensure_ascii=False)


def subjects_of(action: str) -> set[int]:
    """Ids of everything that was the subject of an act: "alarm:12" -> 12."""
    found = Line.objects.filter(action=action).values_list("subject", flat=True)
    return {int(subject.partition(":")[2]) for subject in found.iterator(chunk_size=5000)}


def lines_about(subjects: Collection[str], leaving_out: Collection[str]) -> list[tuple[Line, bytes | None]]:
    """Every line about these subjects but those acts, oldest first, each with the hash it was sealed after; None:
    not sealed yet. With that hash and the line anybody can compute its own."""
    wanted = sorted(subjects)
    found: list[Line] = []
    for begin in range(0, len(wanted), 500):
        found += Line.objects.filter(subject__in=wanted[begin : begin + 500]).exclude(action__in=leaving_out)
    found.sort(key=lambda line: line.id)
    before = _hashes({line.sequence - 1 for line in found if line.sequence})
    return [(line, before.get(line.sequence - 1) if line.sequence else None) for line in found]


def _hashes(sequences: Collection[int]) -> dict[int, bytes]:
    known, wanted = {0: rules.FIRST_HASH}, sorted(sequences)
    for begin in range(0, len(wanted), 500):
        rows = Line.objects.filter(sequence__in=wanted[begin : begin + 500]).values_list("sequence", "hash")
        known |= {int(sequence or 0): bytes(digest or b"") for sequence, digest in rows}
    return known

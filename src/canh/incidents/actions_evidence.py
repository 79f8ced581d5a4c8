"""Acts on evidence: add, note who looked, remove, bring back, lock, unlock. Each is one transaction with its line of
audit; lines hold hashes and sizes, never names or reasons."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from canh.accounts.models import User
from canh.audit.actions import record
from canh.incidents import queries_evidence as queries
from canh.incidents import rules_evidence as rules
from canh.incidents import store
from canh.incidents.models import Incident
from canh.incidents.models_evidence import Attachment, EvidenceFile
from canh.incidents.rules_evidence import Full, Limits
from canh.incidents.terms_evidence import RemovedWhy
from canh.kit import clock, hint
from canh.kit.text import nfc


class Overtaken(ValidationError):
    """Somebody else was first; the row says what holds now."""


def attach(
    incident: Incident, user: User, *, name: str, chunks: Iterable[bytes], note: str = ""
) -> tuple[Attachment, bool]:  # fmt: skip
    """Keep a file as evidence. The same bytes again give the row that is there, and False: a retry is harmless.

    Raises ValidationError in words: empty, too large, no room. Raises OSError when the disk fails: nothing is kept.
    """
    limits = queries.limits(clock.now().date())
    try:
        draft = store.write_draft(chunks, limits.largest)
    except store.TooLarge:
        raise ValidationError(_no_room(Full.FILE, limits)) from None
    try:
        try:
            return _keep(incident, user, draft, rules.clean_name(name), nfc(note).strip(), limits)
        except IntegrityError:  # the same file came, or was being collected, at this moment
            return _keep(incident, user, draft, rules.clean_name(name), nfc(note).strip(), limits)
    finally:
        store.forget(draft)


def _keep(
    incident: Incident, user: User, draft: store.Draft, name: str, note: str, limits: Limits
) -> tuple[Attachment, bool]:  # fmt: skip
    with transaction.atomic():
        mine = Attachment.objects.filter(incident=incident, sha256=draft.sha256, removed_at__isnull=True)
        if present := mine.select_for_update().first():
            return present, False
        if full := rules.fits(draft.size, queries.bytes_of_case(incident.id), queries.bytes_of_all(), limits):
            raise ValidationError(_no_room(full, limits))
        now = clock.now()
        file, _new = EvidenceFile.objects.select_for_update().get_or_create(
            sha256=draft.sha256, defaults={"size": draft.size, "kept_at": now}
        )
        store.settle(draft)  # while nobody can collect it, and before the row is there for others
        row = Attachment.objects.create(
            incident=incident, file=file, sha256=draft.sha256, size=draft.size, name=name, note=note,
            media=rules.sniff(draft.head), added_at=now, added_by=user,
        )  # fmt: skip
        facts = {"incident": incident.id, "sha256": draft.sha256, "size": draft.size}
        record(user.id, "evidence.add", f"attachment:{row.id}", facts)
    hint.tell("web")
    return row, True


def _no_room(full: Full, limits: Limits) -> str:
    if full == Full.EMPTY:
        return _("The file is empty. Choose one that holds something.")
    told = {
        Full.FILE: (_("The file is larger than %(n)d MB. Cut it into parts and add each."), limits.largest),
        Full.CASE: (_("The files of one case may have %(n)d MB together. Remove what is not needed."), limits.of_case),
        Full.ALL: (_("The room for evidence is full (%(n)d MB). Ask the administrator for more."), limits.of_all),
    }
    text, size = told[full]
    return text % {"n": size // 1_000_000}


def note_look(incident: Incident, user: User) -> None:
    """Somebody looks at what evidence a case has."""
    with transaction.atomic():
        record(user.id, "evidence.look", f"incident:{incident.id}", {})


def note_download(attachment: Attachment, user: User) -> None:
    with transaction.atomic():
        facts = {"incident": attachment.incident_id, "sha256": attachment.sha256}
        record(user.id, "evidence.download", f"attachment:{attachment.id}", facts)


def note_export(incident: Incident, user_id: int | None, manifest_sha256: str) -> None:
    """A pack left the installation. `manifest_sha256`: hex; says which one."""
    with transaction.atomic():
        record(user_id, "evidence.export", f"incident:{incident.id}", {"manifest": manifest_sha256})


def remove(attachment: Attachment, user: User, reason: str) -> None:
    """Take it out of the case; its file stays for a time in which it can be had back. Raises ValidationError."""
    reason = _demanded(reason, _("Say why it is removed."))
    with transaction.atomic():
        won = Attachment.objects.filter(id=attachment.id, removed_at__isnull=True, locked_at__isnull=True).update(
            removed_at=clock.now(), removed_by=user, removed_why=RemovedWhy.PERSON, remove_reason=reason
        )
        if won:
            _record(user, "evidence.remove", attachment)
    _demand(won, attachment)


def bring_back(attachment: Attachment, user: User) -> None:
    """Undo a removal while its file is there. Raises ValidationError."""
    try:
        with transaction.atomic():
            won = Attachment.objects.filter(
                id=attachment.id, removed_at__isnull=False, file__isnull=False, removed_why=RemovedWhy.PERSON
            ).update(removed_at=None, removed_by=None, removed_why="", remove_reason="")
            if won:
                _record(user, "evidence.return", attachment)
    except IntegrityError:  # the same file was added anew in the meantime
        raise Overtaken(_("The same file was added to this case again.")) from None
    _demand(won, attachment)


def lock(attachment: Attachment, user: User, reason: str) -> None:
    """From now on it outlives retention and cannot be removed. Raises ValidationError."""
    reason = _demanded(reason, _("Say why it is locked."))
    with transaction.atomic():
        won = Attachment.objects.filter(id=attachment.id, removed_at__isnull=True, locked_at__isnull=True).update(
            locked_at=clock.now(), locked_by=user, lock_reason=reason
        )
        if won:
            _record(user, "evidence.lock", attachment)
    _demand(won, attachment)


def unlock(attachment: Attachment, user: User, reason: str) -> None:
    """End a lock; the reason goes into the audit as a digest alone, so the note of the row keeps it. Raises
    ValidationError."""
    reason = _demanded(reason, _("Say why it is unlocked."))
    with transaction.atomic():
        row = Attachment.objects.select_for_update().get(id=attachment.id)
        won = int(row.locked_at is not None)
        if won:
            stamp = _("Unlocked by %(who)s: %(why)s") % {"who": user, "why": reason}
            row.locked_at, row.locked_by, row.lock_reason = None, None, ""
            row.note = f"{row.note}\n{stamp}".strip()
            row.save(update_fields=["locked_at", "locked_by", "lock_reason", "note"])
            _record(user, "evidence.unlock", attachment)
    _demand(won, attachment)


def _record(user: User, action: str, attachment: Attachment) -> None:
    facts = {"incident": attachment.incident_id, "sha256": attachment.sha256}
    record(user.id, action, f"attachment:{attachment.id}", facts)


def _demanded(reason: str, missing: str) -> str:
    reason = nfc(reason).strip()
    if not reason:
        raise ValidationError({"reason": missing})
    return reason


def _demand(won: int, attachment: Attachment) -> None:
    attachment.refresh_from_db()
    if won:
        hint.tell("web")
        return
    if attachment.locked_at:
        raise Overtaken(_("It is locked. Unlock it first."))
    raise Overtaken(_("It has been removed, or is back already. Look at it again."))

"""Staff with their links, visitors, keys."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.kit import clock, hint
from canh.kit.text import nfc
from canh.occupancy import queries
from canh.occupancy.models import Buttons, Key, KeyLoan, Member, Visit
from canh.occupancy.terms import VisitKind
from canh.sites.queries_panels import speaker

if TYPE_CHECKING:
    from datetime import datetime

    from canh.accounts.models import User
    from canh.sites.models import Panel, Site

SECRET_BYTES = 16
"""128 bits: nobody finds a link by trying."""


# ── Staff ────────────────────────────────────────────────────────────────


def add_member(site: Site, by: User, *, name: str, place: str = "", is_leader: bool = False) -> tuple[Member, str]:
    """Somebody who works here, and the secret of their link: it is returned once and kept nowhere. Raises
    ValidationError."""
    if speaker(site.id) is None:
        raise ValidationError(_("Enter a panel or another device first: without one the desk could not be told."))
    secret, now = secrets.token_urlsafe(SECRET_BYTES), clock.now()
    made = Member(site=site, name=_line(name), place=_line(place), is_leader=is_leader,
                  digest=queries.digest_of(secret), added_at=now, linked_at=now)  # fmt: skip
    with transaction.atomic():
        made.full_clean(exclude=["site", "removed_at"])
        made.save(force_insert=True)
        record(by.id, "member.add", f"site:{site.id}", {"member": made.id})
    return made, secret


def renew_link(member: Member, by: User) -> str:
    """A new link; the old one opens nothing any more."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        Member.objects.filter(id=member.id).update(digest=queries.digest_of(secret), linked_at=clock.now())
        record(by.id, "member.link", f"site:{member.site_id}", {"member": member.id})
    return secret


def remove_member(member: Member, by: User) -> None:
    """They no longer work here: their link opens nothing. Harmless when they are gone."""
    with transaction.atomic():
        if Member.objects.filter(id=member.id, removed_at__isnull=True).update(removed_at=clock.now()):
            record(by.id, "member.remove", f"site:{member.site_id}", {"member": member.id})


def set_buttons(site: Site, by: User, *, lockdown: Panel | None, safe: Panel | None) -> None:
    """Which device begins a lockdown and which ends it; neither: none does. Raises ValidationError."""
    if lockdown and lockdown == safe:
        raise ValidationError({"safe": _("One device cannot do both: take a second one.")})
    with transaction.atomic():
        Buttons.objects.update_or_create(
            site=site, defaults={"lockdown": lockdown, "safe": safe, "since_at": clock.now()}
        )
        record(by.id, "lockdown.buttons", f"site:{site.id}",
               {"lockdown": lockdown.id if lockdown else 0, "safe": safe.id if safe else 0})  # fmt: skip


# ── Visitors ─────────────────────────────────────────────────────────────


def sign_in(
    site: Site, by: User, *, name: str, kind: str = VisitKind.VISITOR, company: str = "", host: str = "",
    badge: str = "", due_at: datetime | None = None,
) -> Visit:  # fmt: skip
    """Somebody comes in. Raises ValidationError: the badge is worn by somebody, the time is over."""
    now = clock.now()
    if due_at is not None and due_at <= now:
        raise ValidationError({"due_at": _("This time is over.")})
    badge = badge.strip().upper()
    if badge and queries.inside(site.id).filter(badge=badge).exists():
        raise ValidationError({"badge": _("Somebody who is inside wears this badge.")})
    made = Visit(site=site, kind=kind, name=_line(name), company=_line(company), host=_line(host), badge=badge,
                 in_at=now, in_by=by, due_at=due_at or queries.due_at(site.id, now))  # fmt: skip
    if not made.name:
        raise ValidationError({"name": _("Write down who it is.")})
    with transaction.atomic():
        made.full_clean(exclude=["site", "in_by", "out_by", "told_at", "out_at"])
        made.save(force_insert=True)
        record(by.id, "visit.in", f"site:{site.id}", {"visit": made.id, "kind": made.kind})
    return made


def sign_out(visit: Visit, by: User) -> bool:
    """They have left. False: somebody wrote that down before."""
    with transaction.atomic():
        if not Visit.objects.filter(id=visit.id, out_at__isnull=True).update(out_at=clock.now(), out_by=by):
            return False
        record(by.id, "visit.out", f"site:{visit.site_id}", {"visit": visit.id})
    hint.tell("engine")
    return True


def sign_in_again(visit: Visit, by: User) -> None:
    """Written down by mistake: they are still inside. Raises ValidationError."""
    try:
        with transaction.atomic():
            if Visit.objects.filter(id=visit.id, out_at__isnull=False).update(out_at=None, out_by=None):
                record(by.id, "visit.undo", f"site:{visit.site_id}", {"visit": visit.id})
    except IntegrityError as error:
        raise ValidationError(_("Somebody else wears their badge by now: sign them in anew.")) from error


# ── Keys ─────────────────────────────────────────────────────────────────


def add_key(site: Site, by: User, *, label: str, opens: str = "") -> Key:
    """A key that may be lent. Raises ValidationError."""
    made = Key(site=site, label=_line(label), opens=_line(opens), added_at=clock.now())
    if not made.label:
        raise ValidationError({"label": _("Give it the name that hangs on it.")})
    if queries.keys(site.id).filter(label=made.label).exists():
        raise ValidationError({"label": _("A key of this name is here already.")})
    with transaction.atomic():
        made.full_clean(exclude=["site", "retired_at"])
        made.save(force_insert=True)
        record(by.id, "keyring.add", f"site:{site.id}", {"key": made.id})
    return made


def retire_key(key: Key, by: User) -> None:
    """It is gone or opens nothing any more. Raises ValidationError while somebody has it."""
    with transaction.atomic():
        if KeyLoan.objects.filter(key=key, back_at__isnull=True).exists():
            raise ValidationError(_("Somebody has this key: take it back first."))
        if Key.objects.filter(id=key.id, retired_at__isnull=True).update(retired_at=clock.now()):
            record(by.id, "keyring.retire", f"site:{key.site_id}", {"key": key.id})


def lend(key: Key, by: User, *, holder: str, due_at: datetime | None = None) -> KeyLoan:
    """Give a key into somebody's hands. Raises ValidationError: another has it, the time is over."""
    now, holder = clock.now(), _line(holder)
    if not holder:
        raise ValidationError({"holder": _("Write down who takes it.")})
    if due_at is not None and due_at <= now:
        raise ValidationError({"due_at": _("This time is over.")})
    made = KeyLoan(key=key, holder=holder[:120], out_at=now, out_by=by,
                   due_at=due_at or queries.due_at(key.site_id, now))  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            record(by.id, "keyring.lend", f"site:{key.site_id}", {"key": key.id})
    except IntegrityError as error:
        raise ValidationError({"holder": _("Somebody else has this key already.")}) from error
    return made


def take_back(loan: KeyLoan, by: User) -> bool:
    """It hangs in its place again. False: somebody wrote that down before."""
    with transaction.atomic():
        if not KeyLoan.objects.filter(id=loan.id, back_at__isnull=True).update(back_at=clock.now(), back_by=by):
            return False
        record(by.id, "keyring.return", f"site:{loan.key.site_id}", {"key": loan.key_id})
    hint.tell("engine")
    return True


def _line(text: str) -> str:
    return " ".join(nfc(text).split())

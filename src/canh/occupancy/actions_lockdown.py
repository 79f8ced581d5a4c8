"""Calls for help and lockdowns: begun and ended by phone, by a button or at the desk; the roll is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.intake.terms import Turn
from canh.kit import clock, hint
from canh.kit.text import nfc
from canh.occupancy import queries
from canh.occupancy.models import Answer, Lockdown, Member
from canh.occupancy.telling import tell
from canh.occupancy.terms import AnswerKind, OwnCode

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.occupancy.models import Visit
    from canh.sites.models import Site


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: somebody signed in, somebody with a link, or with neither the signal of a button."""

    user: User | None = None
    member: Member | None = None
    signal_id: int | None = None

    @property
    def user_id(self) -> int | None:
        return self.user.id if self.user else None

    @property
    def facts(self) -> dict[str, str]:
        return {"member": str(self.member.id)} if self.member else {}


def call_for_help(member: Member) -> None:
    """Somebody at the premises needs help now. It rings at once, whatever the premises are set to. Raises
    ValidationError."""
    tell(member.site, OwnCode.PANIC, Turn.NEW, f"panic {member.id} {clock.now().isoformat()}",
         {"member": str(member.id)})  # fmt: skip
    with transaction.atomic():
        record(None, "member.help", f"site:{member.site_id}", {"member": member.id})


def start_lockdown(site: Site, actor: Actor, *, is_drill: bool = False) -> Lockdown:
    """Shut the doors and call the roll; where one runs already, that one. Raises ValidationError.

    The desk is told first and the row written after: a crash in between rings without a roll, never the reverse.
    """
    if (found := queries.running(site.id)) is not None and (is_drill or not found.is_drill):
        return found
    if not is_drill:
        tell(site, OwnCode.LOCKDOWN, Turn.NEW, f"lockdown {actor.signal_id or clock.now().isoformat()}", actor.facts)
    try:
        with transaction.atomic():
            # What began as an exercise and became real is a new one: nobody's answer from before counts.
            Lockdown.objects.filter(site=site, ended_at__isnull=True, is_drill=True).update(
                ended_at=clock.now(), told_end_at=clock.now()
            )
            made = Lockdown.objects.create(
                site=site, is_drill=is_drill, started_at=clock.now(), started_by=actor.user,
                started_member=actor.member, start_signal=actor.signal_id,
            )  # fmt: skip
            about = {"member": actor.member.id if actor.member else 0, "drill": is_drill}
            record(actor.user_id, "lockdown.start", f"site:{site.id}", about)
    except IntegrityError:  # somebody else pressed at this very moment
        if (found := queries.running(site.id)) is not None:
            return found
        raise
    hint.tell("engine")
    return made


def end_lockdown(lockdown: Lockdown, actor: Actor) -> bool:
    """All is safe. False: it was over already. The roll stays, with who was never heard of. Raises ValidationError:
    this person may not say so."""
    if actor.member and not actor.member.is_leader:
        raise ValidationError(_("Only who leads here may say that all is safe."))
    with transaction.atomic():
        mine = Lockdown.objects.filter(id=lockdown.id, ended_at__isnull=True)
        if not mine.update(ended_at=clock.now(), ended_by=actor.user, ended_member=actor.member):
            return False
        about = {"lockdown": lockdown.id, "member": actor.member.id if actor.member else 0}
        record(actor.user_id, "lockdown.end", f"site:{lockdown.site_id}", about)
    hint.tell("engine")  # which tells the desk
    return True


def answer(
    lockdown: Lockdown, kind: str, *, member: Member | None = None, visit: Visit | None = None, people: int = 0,
    note: str = "", by: User | None = None,
) -> Answer:  # fmt: skip
    """What was heard of somebody. Who needs help rings at the desk at once. Raises ValidationError: it is over, the
    disk is full."""
    kind = AnswerKind(kind)
    if not Lockdown.objects.filter(id=lockdown.id, ended_at__isnull=True).exists():
        raise ValidationError(_("This lockdown is over."))
    now = clock.now()
    if kind == AnswerKind.HELP and not lockdown.is_drill:
        who = member.id if member else visit.id if visit else 0
        tell(lockdown.site, OwnCode.HELP, Turn.NEW, f"help {lockdown.id} {who} {now.isoformat()}", {"member": str(who)})
    with transaction.atomic():
        made = Answer(lockdown=lockdown, member=member, visit=visit, kind=kind, people=people,
                      note=nfc(note).strip()[:200], at=now, by=by)  # fmt: skip
        made.full_clean(exclude=["lockdown", "member", "visit", "by"])
        made.save(force_insert=True)
        record(by.id if by else None, "lockdown.answer", f"site:{lockdown.site_id}",
               {"lockdown": lockdown.id, "kind": kind.value})  # fmt: skip
    return made

"""Acts of routines: a code is given, a crew is let in, and what premises ask for is set up."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from canh.accounts.models import User
from canh.alarms import queries_routines as queries
from canh.alarms import rules_routines as rules
from canh.alarms.models_routines import (
    CashCount,
    Clear,
    CrewVisit,
    Holder,
    Routine,
    RoutineRule,
    VaultWindow,
    WrongCode,
)
from canh.alarms.rules_routines import Opened
from canh.alarms.terms_routines import MISSING_OF, RoutineCode, RoutineKind, RoutineState
from canh.audit.actions import record
from canh.intake import actions_own
from canh.intake.actions_own import JOURNAL_OF_THE_DESK, Lapse
from canh.intake.terms import Turn
from canh.kit import clock, crypto, hint
from canh.kit.text import nfc
from canh.sites.queries_panels import speaker

if TYPE_CHECKING:
    from canh.sites.models import Site

PURPOSE = "all-clear"
TRIES = 200


# ── A code ───────────────────────────────────────────────────────────────


def give_clear(site: Site, user: User, typed: str, kind: str) -> bool:
    """Take a code. True: the premises are answered for; False: another person must still give theirs.

    A code under duress does the same here, and rings at the desk as what it is: nothing that is shown at the premises
    tells the two apart. Raises ValidationError: not a code, nobody's code, the disk is full.
    """
    now = clock.now()
    kind = RoutineKind(kind)
    typed = "".join(typed.split())
    holder, is_duress = _whose(site, typed, now)
    if is_duress:
        _tell(site, RoutineCode.DURESS, f"duress {holder.id} {now.isoformat()}", {"holder": str(holder.id)})
    with transaction.atomic():
        Clear.objects.create(site=site, holder=holder, kind=kind, at=now, taken_by=user)
        record(user.id, "routine.clear", f"site:{site.id}", {"kind": kind.value, "holder": holder.id})
        good = _make_good(site, now, kind)
    _tell_ends(good)
    hint.tell("engine")
    return not queries.running(site.id).filter(kind=kind, given_at__isnull=True).exists()


def _whose(site: Site, typed: str, now: datetime) -> tuple[Holder, bool]:
    """Whose code it is, and whether it calls for help."""
    table = queries.routine_table(now.date())
    if not rules.is_code(typed):
        raise ValidationError({"code": _("A code has six digits.")})
    digests = {_digest(site, typed): False, _digest(site, rules.normal_of(typed)): True}
    found = queries.holders(site.id).filter(digest__in=digests).first()
    if found is not None:
        return found, digests[found.digest]
    with transaction.atomic():
        WrongCode.objects.filter(site=site, at__lt=now - table.wrong_window).delete()
        WrongCode.objects.create(site=site, at=now)
        record(None, "routine.wrong_code", f"site:{site.id}", {})
        wrong = WrongCode.objects.filter(site=site).count()
    if wrong > table.wrong_codes:
        _tell(site, RoutineCode.WRONG, f"wrong {now.isoformat()}", {"tries": str(wrong)})
    raise ValidationError({"code": _("Nobody here has this code. Try again, or call the desk.")})


def _digest(site: Site, code: str) -> str:
    return crypto.digest(f"{site.id} {code}", PURPOSE)


def _make_good(site: Site, now: datetime, kind: RoutineKind) -> list[Routine]:
    """Routines of premises that are answered for by now. Inside the caller's transaction."""
    table = queries.routine_table(now.date())
    waiting = list(Routine.objects.select_for_update().filter(
        site=site, kind=kind, ended_at__isnull=True, given_at__isnull=True))  # fmt: skip
    if not waiting:
        return []
    clears = queries.clears_since([site.id], min(r.opened_at for r in waiting) - table.before).get(site.id, [])
    good = []
    for routine in waiting:
        opened = Opened(RoutineKind(routine.kind), routine.opened_at, routine.by_number)
        if (second := rules.second_person(opened, clears, table)) is not None:
            routine.state, routine.given_at, routine.given_by_id = RoutineState.GIVEN, second.at, second.holder
            routine.save(update_fields=["state", "given_at", "given_by"])
            good.append(routine)
    return good


def _tell_ends(routines: list[Routine]) -> None:
    """That nobody is missing any more, where it was told that somebody is. A crash before this leaves an alarm that
    a person closes; nothing is silenced that should ring."""
    codes = [(r, MISSING_OF[RoutineKind(r.kind)].value) for r in routines if r.missing_at]
    _say([Lapse(r.panel_id, code, Turn.RESTORE, f"{code} {r.id}") for r, code in codes])


def _tell(site: Site, code: RoutineCode, occasion: str, facts: dict[str, str]) -> None:
    panel = speaker(site.id)
    if panel is None:
        raise ValidationError(_("These premises have no device in use, so the desk cannot be told. Call it."))
    _say([Lapse(panel.id, code.value, Turn.NEW, occasion, facts)])


def _say(lapses: list[Lapse]) -> None:
    try:
        actions_own.tell_lapses(lapses, JOURNAL_OF_THE_DESK)
    except (OSError, sqlite3.Error) as error:
        raise ValidationError(_("It could not be kept: %(reason)s. Try again.") % {"reason": error}) from error


# ── A crew ───────────────────────────────────────────────────────────────


def confirm_crew(site: Site, user: User, plate: str) -> CrewVisit:
    """A crew stands at the door. Raises ValidationError when nobody of this plate is expected now: then the desk is
    told. Who was let in once is not let in a second time."""
    now = clock.now()
    plain = rules.plain_plate(plate)
    if not plain:
        raise ValidationError({"plate": _("Type the registration plate of the vehicle.")})
    found = rules.expected_crew(queries.announced(site.id, plain), plain, now, queries.routine_table(now.date()))
    with transaction.atomic():
        mine = CrewVisit.objects.filter(id=found.id if found else 0, came_at__isnull=True, cancelled_at__isnull=True)
        if mine.update(came_at=now, confirmed_by=user):
            record(user.id, "crew.confirm", f"site:{site.id}", {"visit": found.id if found else 0})
            return CrewVisit.objects.get(id=found.id if found else 0)
    with transaction.atomic():
        record(user.id, "crew.refuse", f"site:{site.id}", {})
    _tell(site, RoutineCode.CREW, f"crew {plain} {now.isoformat()}", {"plate": plain})
    raise ValidationError(
        {"plate": _("No crew with this vehicle is expected now. Let nobody in: the desk has been told.")}
    )


def plan_visit(
    site: Site, user: User, *, kind: str, company: str, plate: str, people: int, from_at: datetime, until_at: datetime,
    note: str = "",
) -> CrewVisit:  # fmt: skip
    """Announce a crew. Raises ValidationError."""
    plain = rules.plain_plate(plate)
    if not plain:
        raise ValidationError({"plate": _("Type the registration plate of the vehicle.")})
    if until_at <= from_at:
        raise ValidationError({"until_at": _("It must end after it begins.")})
    if until_at <= clock.now():
        raise ValidationError({"until_at": _("This time is over.")})
    visit = CrewVisit(site=site, kind=kind, company=nfc(company).strip(), plate=plain, people=people,
                      note=nfc(note).strip(), from_at=from_at, until_at=until_at, planned_by=user)  # fmt: skip
    with transaction.atomic():
        visit.full_clean()
        visit.save(force_insert=True)
        record(user.id, "crew.plan", f"site:{site.id}", {"visit": visit.id})
    return visit


def cancel_visit(visit: CrewVisit, user: User) -> None:
    """Nobody comes. Raises ValidationError when they came already."""
    with transaction.atomic():
        mine = CrewVisit.objects.filter(id=visit.id, came_at__isnull=True, cancelled_at__isnull=True)
        if not mine.update(cancelled_at=clock.now()):
            raise ValidationError(_("This visit was confirmed or cancelled before."))
        record(user.id, "crew.cancel", f"site:{visit.site_id}", {"visit": visit.id})


# ── Cash ─────────────────────────────────────────────────────────────────


def count_cash(site: Site, user: User, millions: int) -> CashCount:
    """The cash that stays on the premises, in million dong. More than the limit is told; the next count within it
    ends that. Raises ValidationError where no limit is kept, or the disk is full."""
    limit = queries.rule_of(site.id).cash_limit
    if limit is None:
        raise ValidationError({"millions": _("No limit is kept for these premises.")})
    now, is_over, was_over = clock.now(), millions > limit, queries.is_cash_over(site.id)
    if is_over:
        _tell(site, RoutineCode.CASH, f"cash {now.isoformat()}", {})
    elif was_over and (panel := speaker(site.id)):
        _say([Lapse(panel.id, RoutineCode.CASH.value, Turn.RESTORE, f"cash {now.isoformat()}")])
    with transaction.atomic():
        made = CashCount.objects.create(site=site, at=now, by=user, is_over=is_over)
        record(user.id, "cash.count", f"site:{site.id}", {"over": is_over})
    return made


# ── What premises ask for ────────────────────────────────────────────────


def set_rule(
    site: Site, user: User, *, asks_all_clear: bool, all_clear_min: int | None, asks_vault_second: bool,
    cash_limit: int | None = None,
) -> RoutineRule:  # fmt: skip
    """Say what an opening asks for. Raises ValidationError: nobody has a code who could answer."""
    asks = asks_all_clear or asks_vault_second
    if asks and queries.holders(site.id).count() < 2:
        raise ValidationError(_("Give codes to two people first: with fewer nobody could answer for the other."))
    with transaction.atomic():
        rule, _made = RoutineRule.objects.update_or_create(site=site, defaults={
            "asks_all_clear": asks_all_clear, "all_clear_min": all_clear_min, "asks_vault_second": asks_vault_second,
            "cash_limit": cash_limit,
        })  # fmt: skip
        record(user.id, "routine.rule", f"site:{site.id}", {"opening": asks_all_clear, "vault": asks_vault_second})
    return rule


def add_holder(site: Site, user: User, name: str, user_number: str = "") -> tuple[Holder, str]:
    """Give a person a code; it is returned once and kept nowhere. Raises ValidationError."""
    name, number = nfc(name).strip(), user_number.strip().lstrip("0")
    if not name:
        raise ValidationError({"name": _("Say whose code it is.")})
    if number and queries.holders(site.id).filter(user_number=number).exists():
        raise ValidationError({"user_number": _("Somebody else has this number at the panel.")})
    for _try in range(TRIES):
        code = f"{secrets.randbelow(10**rules.DIGITS):0{rules.DIGITS}d}"
        holder = Holder(site=site, name=name, user_number=number, digest=_digest(site, code),
                        stem=_digest(site, code[:-1]), added_at=clock.now())  # fmt: skip
        try:
            with transaction.atomic():
                holder.save(force_insert=True)
                record(user.id, "holder.add", f"site:{site.id}", {"holder": holder.id})
            return holder, code
        except IntegrityError:
            continue  # too like somebody's code: their cry for help could be this one's all-clear
    raise ValidationError(_("No free code was found. Remove holders who no longer work here."))


def remove_holder(holder: Holder, user: User) -> None:
    """Their code opens nothing any more. Raises ValidationError while the premises need them."""
    rule = queries.rule_of(holder.site_id)
    left = queries.holders(holder.site_id).exclude(id=holder.id).count()
    if (rule.asks_all_clear or rule.asks_vault_second) and left < 2:
        raise ValidationError(_("Two people must keep a code while openings are checked. Add another one first."))
    with transaction.atomic():
        if Holder.objects.filter(id=holder.id, removed_at__isnull=True).update(removed_at=clock.now()):
            record(user.id, "holder.remove", f"site:{holder.site_id}", {"holder": holder.id})


def add_window(site: Site, user: User, weekdays: list[int], opens: time, closes: time) -> None:
    """When the vault may be opened. Raises ValidationError."""
    if closes <= opens:
        raise ValidationError({"closes": _("It must end after it begins.")})
    with transaction.atomic():
        for weekday in weekdays:
            VaultWindow.objects.update_or_create(site=site, weekday=weekday, opens=opens, defaults={"closes": closes})
        record(user.id, "vault.window", f"site:{site.id}", {"weekdays": weekdays})


def remove_window(window: VaultWindow, user: User) -> None:
    with transaction.atomic():
        window.delete()
        record(user.id, "vault.window_end", f"site:{window.site_id}", {})

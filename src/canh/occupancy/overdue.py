"""Keys that are not back and visitors who are not out when they should be: told, and told when that is over.

As elsewhere, what is to be said goes to Canh's own journal first and is marked after: a crash between the two makes a
repeat, not a second alarm. One alarm stands for all keys of premises, one for all visitors; it ends with the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from canh.intake.actions_own import Lapse, tell_lapses
from canh.intake.terms import Turn
from canh.occupancy import queries
from canh.occupancy.models import KeyLoan, Lockdown, Visit
from canh.occupancy.terms import OwnCode
from canh.sites.queries_panels import speakers


def tell_late(now: datetime, limit: int) -> int:
    """What is overdue and nobody was told of. How many."""
    loans = list(KeyLoan.objects.filter(back_at__isnull=True, told_at__isnull=True, due_at__lte=now)
                 .select_related("key").order_by("due_at")[:limit])  # fmt: skip
    visits = list(Visit.objects.filter(out_at__isnull=True, told_at__isnull=True, due_at__lte=now)
                  .order_by("due_at")[:limit])  # fmt: skip
    if not loans and not visits:
        return 0
    panels = speakers({loan.key.site_id for loan in loans} | {visit.site_id for visit in visits})
    said = [_lapse(panels, loan.key.site_id, OwnCode.KEY, Turn.NEW, loan.id) for loan in loans]
    said += [_lapse(panels, visit.site_id, OwnCode.VISIT, Turn.NEW, visit.id) for visit in visits]
    tell_lapses([lapse for lapse in said if lapse])
    with transaction.atomic():
        KeyLoan.objects.filter(id__in=[loan.id for loan in loans]).update(told_at=now)
        Visit.objects.filter(id__in=[visit.id for visit in visits]).update(told_at=now)
    return len(loans) + len(visits)


def tell_over(limit: int) -> int:
    """End what rings in vain: every key is back, every visitor out. How many rows."""
    loans = list(KeyLoan.objects.filter(back_at__isnull=False, told_at__isnull=False)
                 .select_related("key").order_by("id")[:limit])  # fmt: skip
    visits = list(Visit.objects.filter(out_at__isnull=False, told_at__isnull=False).order_by("id")[:limit])
    if not loans and not visits:
        return 0
    by_code = {
        OwnCode.KEY: {loan.key.site_id: loan.id for loan in loans},
        OwnCode.VISIT: {visit.site_id: visit.id for visit in visits},
    }
    panels = speakers({site for sites in by_code.values() for site in sites})
    said = [
        _lapse(panels, site, code, Turn.RESTORE, row_id)
        for code, sites in by_code.items()
        for site, row_id in sites.items()
        if site not in _still_late(code, list(sites))
    ]
    tell_lapses([lapse for lapse in said if lapse])
    with transaction.atomic():
        KeyLoan.objects.filter(id__in=[loan.id for loan in loans]).update(told_at=None)
        Visit.objects.filter(id__in=[visit.id for visit in visits]).update(told_at=None)
    return len(loans) + len(visits)


def _still_late(code: OwnCode, site_ids: Sequence[int]) -> set[int]:
    """Premises of which another is still missing: their alarm stands."""
    if code == OwnCode.KEY:
        late = KeyLoan.objects.filter(key__site__in=site_ids, back_at__isnull=True, told_at__isnull=False)
        return set(late.values_list("key__site", flat=True))
    return set(Visit.objects.filter(site__in=site_ids, out_at__isnull=True, told_at__isnull=False)
               .values_list("site", flat=True))  # fmt: skip


def tell_ended(limit: int) -> int:
    """That lockdowns are over. How many."""
    ended = list(Lockdown.objects.filter(ended_at__isnull=False, told_end_at__isnull=True).order_by("id")[:limit])
    if not ended:
        return 0
    panels = speakers({lockdown.site_id for lockdown in ended})
    said = [
        _lapse(panels, lockdown.site_id, code, Turn.RESTORE, lockdown.id)
        for lockdown in ended
        for code in (OwnCode.LOCKDOWN, OwnCode.HELP)
        if not lockdown.is_drill
    ]
    tell_lapses([lapse for lapse in said if lapse])
    with transaction.atomic():
        for lockdown in ended:
            Lockdown.objects.filter(id=lockdown.id).update(told_end_at=lockdown.ended_at)
    return len(ended)


def _lapse(panels: dict[int, int], site_id: int, code: OwnCode, turn: Turn, row_id: int) -> Lapse | None:
    """None: the premises have no device in use any more; the page lists what is overdue all the same."""
    panel = panels.get(site_id)
    return Lapse(panel, code.value, turn, f"{code.value} {row_id}") if panel else None


def forget_names(now: datetime, limit: int) -> int:
    """Names of visitors and of who had a key, once nobody needs them any more; who has a key still is known. How
    many."""
    before = now - queries.table(now.date()).retention
    gone = Q(out_at__lt=before) | Q(out_at__isnull=True, due_at__lt=before)  # whom nobody signed out is gone too
    visits = list(Visit.objects.filter(gone, ~Q(name="")).values_list("id", flat=True)[:limit])
    loans = list(KeyLoan.objects.filter(~Q(holder=""), back_at__lt=before).values_list("id", flat=True)[:limit])
    if visits or loans:
        with transaction.atomic():
            Visit.objects.filter(id__in=visits).update(name="", company="", host="")
            KeyLoan.objects.filter(id__in=loans).update(holder="")
    return len(visits) + len(loans)

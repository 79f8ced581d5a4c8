"""Who has which alarm, who sits at a desk, and how much each has on their hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db.models import Count, Q, QuerySet

from canh.accounts.models import User
from canh.accounts.queries import Viewer, people_with
from canh.accounts.terms import Role
from canh.alarms import queries, rules
from canh.alarms.models import Alarm, AlarmEvent, Handover, Watcher
from canh.alarms.rules import LOST_AFTER, LoadTable
from canh.alarms.terms import EventKind, Fold, Load, State
from canh.kit import clock
from canh.kit.dated import table_of

ACTING = (Role.OPERATOR, Role.SECURITY_HEAD)


@cache
def load_table(day: date) -> LoadTable:
    """What counts as too much for one person on a day."""
    table = table_of("alarms", "load.toml", day)
    window = timedelta(seconds=table["window_s"])
    return LoadTable(window, table["target"], table["manageable"], table["flood"])


@dataclass(frozen=True, slots=True)
class Burden:
    """What one person took lately."""

    user_id: int
    name: str
    taken: int
    load: Load
    is_here: bool


def burdens(viewer: Viewer, now: datetime | None = None) -> list[Burden]:
    """Everybody at a desk, and everybody who took alarms lately that this person may see; the most first."""
    at = now or clock.now()
    table = load_table(at.date())
    lately = AlarmEvent.objects.filter(kind=EventKind.ACKNOWLEDGED, at__gt=at - table.window, actor__isnull=False)
    seen = lately.filter(alarm__in=queries.visible_to(viewer).filter(last_at__gt=at - timedelta(days=1)))
    rows = seen.values_list("actor", "actor__full_name").annotate(n=Count("id")).order_by("-n", "actor")
    here = here_now(at)
    return [Burden(who, name, n, rules.load_of(n, table), who in here) for who, name, n in rows]


def here_now(now: datetime) -> set[int]:
    """Ids of those who sit at a desk."""
    return set(Watcher.objects.filter(seen_at__gt=now - LOST_AFTER).values_list("user_id", flat=True))


def owned_by(user: User) -> QuerySet[Alarm]:
    """Open alarms this person has taken, as rows of the desk."""
    found = Alarm.objects.filter(acknowledged_by=user, state=State.ACKNOWLEDGED).exclude(fold=Fold.STORM)
    return found.select_related("site").order_by("priority", "received_at")


def lost_owners(now: datetime) -> dict[int, datetime]:
    """Owners of open alarms who were at a desk and gave no sign of life for too long -> when they gave the last."""
    owners = Alarm.objects.filter(state=State.ACKNOWLEDGED).exclude(fold=Fold.STORM).values("acknowledged_by")
    gone = Watcher.objects.filter(user__in=owners, seen_at__lte=now - LOST_AFTER)
    return dict(gone.values_list("user_id", "seen_at"))


def colleagues(user: User) -> QuerySet[User]:
    """Who may take over a desk: others who act on alarms of premises this person acts on."""
    return people_with(ACTING, shares_with=user).exclude(id=user.id)


def handovers(user: User) -> QuerySet[Handover]:
    """Those this person gave or got, newest first: nobody else's."""
    return Handover.objects.filter(Q(by=user) | Q(to=user)).select_related("by", "to").order_by("-id")


def waiting_handovers(user: User) -> QuerySet[Handover]:
    """What waits for this person to accept."""
    return handovers(user).filter(to=user, accepted_at__isnull=True, withdrawn_at__isnull=True)

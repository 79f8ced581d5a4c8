"""Who has which alarm, who sits at a desk, and how much each has on their hands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db.models import Q, QuerySet

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
    # What was taken of a storm was taken in one act.
    rows = list(lately.exclude(alarm__fold=Fold.STORM).values_list("alarm", "actor", "actor__full_name"))
    visible = set(queries.visible_to(viewer).filter(id__in={row[0] for row in rows}).values_list("id", flat=True))
    taken = Counter((name, who) for alarm, who, name in rows if alarm in visible)
    here = here_now(at)
    most_first = sorted(taken.items(), key=lambda one: (-one[1], one[0]))
    return [Burden(who, name, n, rules.load_of(n, table), who in here) for (name, who), n in most_first]


def here_now(now: datetime) -> set[int]:
    """Ids of those who sit at a desk."""
    return set(Watcher.objects.filter(seen_at__gt=now - LOST_AFTER).values_list("user_id", flat=True))


def owned_by(user: User) -> QuerySet[Alarm]:
    """Open alarms this person has taken, as rows of the desk."""
    found = Alarm.objects.filter(acknowledged_by=user, state=State.ACKNOWLEDGED).exclude(fold=Fold.STORM)
    return found.select_related("site").order_by("priority", "received_at")


def lost_alarms(now: datetime) -> QuerySet[Alarm]:
    """Open alarms whose owner was at a desk and gave no sign of life for too long, the most urgent first."""
    held = Alarm.objects.filter(state=State.ACKNOWLEDGED).exclude(fold=Fold.STORM)
    gone = Watcher.objects.filter(user__in=held.values("acknowledged_by"), seen_at__lte=now - LOST_AFTER)
    theirs = Q(pk__in=())
    for user_id, seen_at in gone.values_list("user_id", "seen_at"):
        if taken_by := rules.lost_if_taken_by(seen_at, now):
            theirs |= Q(acknowledged_by=user_id, acknowledged_at__lte=taken_by)
    return held.filter(theirs).order_by("priority", "received_at")


def colleagues(user: User) -> QuerySet[User]:
    """Who may take over a desk: others who act on alarms of premises this person acts on."""
    return people_with(ACTING, shares_with=user).exclude(id=user.id)


def handovers(user: User) -> QuerySet[Handover]:
    """Those this person gave or got, newest first: nobody else's."""
    return Handover.objects.filter(Q(by=user) | Q(to=user)).select_related("by", "to").order_by("-id")


def waiting_handovers(user: User) -> QuerySet[Handover]:
    """What waits for this person to accept."""
    return handovers(user).filter(to=user, accepted_at__isnull=True, withdrawn_at__isnull=True)

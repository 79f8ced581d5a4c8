"""The figures of a desk, counted from its alarms: never from drills and tests, and a storm's rows not one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
)  # fmt: skip
from django.db.models.functions import Coalesce

from canh.accounts.queries import Viewer
from canh.alarms import queries, rules_kpi
from canh.alarms.models import Alarm, AlarmEvent
from canh.alarms.rules_kpi import WINDOW_S, KpiTable, Rates, Taken, Within
from canh.alarms.terms import EventKind, Fold, State
from canh.intake.terms import NEVER_HELD_BACK
from canh.kit import clock, ids
from canh.kit.dated import table_of

TOP = 10
MINUTE_MS, WINDOW_MS = 60_000, WINDOW_S * 1000
STALE = timedelta(days=1)
TAKEN = (EventKind.ACKNOWLEDGED, EventKind.SHELVED)
REPORTS = (EventKind.RAISED, EventKind.AGAIN, EventKind.REACTIVATED)


@cache
def kpi_table(day: date) -> KpiTable:
    """What the figures should be on a day."""
    table = table_of("alarms", "kpi.toml", day)
    plain = ("target_per_hour", "most_per_hour", "flood", "flood_share", "top_share", "chatter_per_minute", "stale")
    return KpiTable(
        **{name: table[name] for name in plain},
        priorities={int(priority): share for priority, share in table["priorities"].items()},
        urgent=[Within(**one) for one in table["urgent"]],
        others=[Within(**one) for one in table["others"]],
        citation=table["citation"],
        is_confirmed=table["confirmed"],
    )


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when alarms were raised."""

    since: datetime
    until: datetime

    @property
    def windows(self) -> int:
        return _window_of(self.until - timedelta(microseconds=1)) - _window_of(self.since) + 1


@dataclass(frozen=True, slots=True)
class Source:
    """A condition of a panel that rang."""

    key: str
    site: str
    site_id: int
    alarm: Alarm
    """The newest of its alarms: what it is called by."""
    alarms: int


@dataclass(frozen=True, slots=True)
class Person:
    """What one person took."""

    name: str
    alarms: int
    peak: int
    """Within one window of ten minutes."""


def counted(viewer: Viewer, span: Span) -> QuerySet[Alarm]:
    """Alarms that rang as rows of this person's desks within a span."""
    found = queries.visible_to(viewer).filter(is_drill=False, is_on_test=False, fold=Fold.NONE)
    return found.filter(id__gte=_first_id(span.since), id__lt=_first_id(span.until))


def rates(viewer: Viewer, span: Span) -> Rates:
    """By windows: ids say when an alarm was raised, so the database counts by whole numbers alone."""
    rows = _in_windows(counted(viewer, span), WINDOW_MS).values("window").annotate(n=Count("id"))
    counts = {row["window"]: row["n"] for row in rows.order_by("window")}
    return rules_kpi.rates(counts, span.windows, kpi_table(span.until.date()))


def by_priority(viewer: Viewer, span: Span) -> dict[int, int]:
    rows = counted(viewer, span).values("priority").annotate(n=Count("id")).order_by("priority")
    return {row["priority"]: row["n"] for row in rows}


def top_sources(viewer: Viewer, span: Span) -> list[Source]:
    """The conditions that rang most."""
    rows = counted(viewer, span).values("key").annotate(n=Count("id"), newest=Max("id")).order_by("-n", "key")[:TOP]
    newest = Alarm.objects.select_related("site").in_bulk([row["newest"] for row in rows])
    found = [(row, newest[row["newest"]]) for row in rows]
    return [Source(row["key"], alarm.site.name, alarm.site_id, alarm, row["n"]) for row, alarm in found]


def chattering(viewer: Viewer, span: Span) -> QuerySet[Alarm]:
    """Alarms reported too often within one minute."""
    least = kpi_table(span.until.date()).chatter_per_minute
    events = AlarmEvent.objects.filter(kind__in=REPORTS, alarm__in=counted(viewer, span))
    often = _in_windows(events, MINUTE_MS).values("alarm", "window").annotate(n=Count("id")).filter(n__gte=least)
    return counted(viewer, span).filter(id__in=often.values("alarm"))


def stale(viewer: Viewer, now: datetime) -> QuerySet[Alarm]:
    """Open for longer than a day, on the shelf or not."""
    found = queries.visible_to(viewer).filter(is_drill=False, is_on_test=False, received_at__lt=now - STALE)
    return found.exclude(state=State.CLOSED).exclude(fold=Fold.STORM)


class _Seconds(Func):
    """From one moment to another, as a number both databases can compare."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        template = "((julianday(%(expressions)s)) * 86400.0)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - julianday(", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        template = "EXTRACT(EPOCH FROM (%(expressions)s))::double precision"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **more)


def _waited(viewer: Viewer, span: Span, now: datetime) -> QuerySet[Alarm]:
    """With `first`, when somebody first took or shelved it (empty: nobody yet), and `waited`, the seconds until then
    or until now. As an aggregate, so that the database works it out once an alarm, however often it is asked for."""
    found = counted(viewer, span).annotate(first=Min("events__at", filter=Q(events__kind__in=TAKEN)))
    return found.annotate(waited=_Seconds(Coalesce("first", Value(now, DateTimeField())), F("received_at")))


def times(viewer: Viewer, span: Span, now: datetime | None = None) -> tuple[list[Taken], list[Taken]]:
    """How fast alarms were taken: calls for help and fire, and the others. One that waits but is younger than the
    limit is not counted yet: it may still be in time."""
    table = kpi_table(span.until.date())
    is_urgent = Q(kind__in=NEVER_HELD_BACK)
    limits = [(is_urgent, one) for one in table.urgent] + [(~is_urgent, one) for one in table.others]
    asked = {}
    for n, (group, one) in enumerate(limits):
        is_in_time = Q(first__isnull=False, waited__lte=one.within_s)
        asked[f"in_time_{n}"] = Count("id", filter=group & is_in_time)
        asked[f"known_{n}"] = Count("id", filter=group & (Q(first__isnull=False) | Q(waited__gt=one.within_s)))
    counts = _waited(viewer, span, now or clock.now()).aggregate(**asked)
    made = [Taken(one.within_s, one.share, counts[f"in_time_{n}"], counts[f"known_{n}"])
            for n, (_group, one) in enumerate(limits)]  # fmt: skip
    return made[: len(table.urgent)], made[len(table.urgent) :]


def late(viewer: Viewer, span: Span, now: datetime | None = None) -> QuerySet[Alarm]:
    """Alarms taken later than the last limit of their class, or not yet."""
    at, table, is_urgent = now or clock.now(), kpi_table(span.until.date()), Q(kind__in=NEVER_HELD_BACK)
    urgent_s, others_s = table.urgent[-1].within_s, table.others[-1].within_s
    is_late = is_urgent & ~Exists(_taken_within(urgent_s)) & Q(received_at__lt=at - timedelta(seconds=urgent_s))
    is_late |= ~is_urgent & ~Exists(_taken_within(others_s)) & Q(received_at__lt=at - timedelta(seconds=others_s))
    return counted(viewer, span).filter(is_late)


def _taken_within(seconds: float) -> QuerySet[AlarmEvent]:
    """Of an alarm, that somebody took or shelved it so soon."""
    taken = AlarmEvent.objects.filter(alarm=OuterRef("pk"), kind__in=TAKEN)
    return taken.annotate(after=_Seconds(F("at"), OuterRef("received_at"))).filter(after__lte=seconds)


def people(viewer: Viewer, span: Span) -> list[Person]:
    """Who took how many; the most first."""
    events = AlarmEvent.objects.filter(kind=EventKind.ACKNOWLEDGED, actor__isnull=False)
    events = events.filter(alarm__in=counted(viewer, span))
    rows = _in_windows(events, WINDOW_MS).values("actor__full_name", "actor", "window").annotate(n=Count("id"))
    found: dict[int, list[tuple[str, int]]] = {}
    for row in rows.order_by("actor", "window"):
        found.setdefault(row["actor"], []).append((row["actor__full_name"], row["n"]))
    made = [Person(took[0][0], sum(n for _name, n in took), max(n for _name, n in took)) for took in found.values()]
    return sorted(made, key=lambda person: (-person.alarms, person.name))


# ── Windows ──────────────────────────────────────────────────────────────


def in_window(viewer: Viewer, span: Span, window: int) -> QuerySet[Alarm]:
    """The alarms of one window of ten minutes."""
    first, after = ids.first_of_ms(_ms(window)), ids.first_of_ms(_ms(window + 1))
    return counted(viewer, span).filter(id__gte=first, id__lt=after)


def window_at(window: int) -> datetime:
    """When a window begins."""
    return clock.from_us(_ms(window) * 1000)


def _ms(window: int) -> int:
    return window * WINDOW_MS + ids.EPOCH_MS


def _window_of(moment: datetime) -> int:
    return (clock.to_us(moment) // 1000 - ids.EPOCH_MS) // WINDOW_MS


def _first_id(moment: datetime) -> int:
    return ids.first_of_ms(clock.to_us(moment) // 1000)


def _in_windows(found: Any, window_ms: int) -> Any:
    """With the number of the window in which each row was made."""
    size = window_ms << ids.TIME_SHIFT
    return found.annotate(window=ExpressionWrapper(F("id") / size, output_field=BigIntegerField()))

"""How sure an alarm is: from separate observations to a level with its reason. Pure: values in, a finding out.

Levels after ANSI/TMA-AVS-01: 0 nobody need be called, 1 little is known, 2 somebody is very probably there and nobody
knows what for, 3 property is threatened, 4 life is threatened. What confirms what follows BS 8243. The parameters are
dated data (`data/confirmation.toml`). The same evidence gives the same finding, so a finding can be replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from itertools import combinations


class Level(IntEnum):
    """ANSI/TMA-AVS-01."""

    NO_CALL = 0
    LITTLE_KNOWN = 1
    PERSON = 2
    PROPERTY = 3
    LIFE = 4


class Sort(StrEnum):
    """What kind of observation a piece of evidence is."""

    DETECTOR = "detector"
    HOLD_UP = "hold_up"
    """Somebody pressed a hold-up or panic button, or typed a duress code."""
    TAMPER = "tamper"
    PATH = "path"
    """A way on which the premises are heard was lost."""
    PANEL = "panel"
    """The panel says that it has confirmed an alarm by itself."""
    VIDEO = "video"
    """A person looked at pictures of this time."""
    GUARD = "guard"
    """A person is on the spot."""
    WARNING = "warning"
    """Released by a tip officer: site, time, kind, grade; nothing else."""


class Sight(StrEnum):
    """What a person saw."""

    NOTHING = "nothing"
    PERSON = "person"
    BREAKING = "breaking"
    """Somebody breaks in, destroys, takes away."""
    WEAPON = "weapon"
    """A weapon, violence, somebody held or hurt."""


class Rule(StrEnum):
    """Why a level holds."""

    LIFE_SEEN = "life_seen"
    PANEL_HOLD_UP = "panel_hold_up"
    HOLD_UP_TWICE = "hold_up_twice"
    HOLD_UP_TAMPER = "hold_up_tamper"
    BREAKING_SEEN = "breaking_seen"
    PERSON_SEEN = "person_seen"
    PANEL_INTRUSION = "panel_intrusion"
    SEQUENTIAL = "sequential"
    DETECTOR_PATH = "detector_path"
    DETECTOR_WARNING = "detector_warning"
    HOLD_UP_ONCE = "hold_up_once"
    ALONE = "alone"
    NOTHING = "nothing"


class Aside(StrEnum):
    """Why a piece of evidence confirms nothing."""

    UNPROVEN = "unproven"
    ON_TEST = "on_test"
    EXPLAINED = "explained"
    """Its alarm was closed, and not as a real one."""
    OUTSIDE = "outside"
    WALKED_OFF = "walked_off"
    """Afterwards a guard was on the spot and found nothing."""
    LOW_GRADE = "low_grade"
    NOT_IN_FORCE = "not_in_force"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation at one site."""

    id: str
    at: datetime
    sort: Sort
    source: str = ""
    """Which detector, button or path: the same one twice is one observer."""
    name: str = ""
    """How people call it."""
    is_entry: bool = False
    """On the way by which people come in and switch off."""
    is_outside: bool = False
    is_proven: bool = True
    """Whether the message proves its sender as far as the premises can: not plain although a key is set."""
    is_on_test: bool = False
    is_explained: bool = False
    about: str = ""
    """Of a panel's own confirmation: `intrusion` or `hold_up`."""
    sees: Sight | None = None
    grade: str = ""
    until: datetime | None = None
    """Until when a released warning is in force; it begins at `at`."""


@dataclass(frozen=True, slots=True)
class Table:
    """The parameters that hold on a day."""

    sequential_window: timedelta
    path_window: timedelta
    hold_up_gap: timedelta
    hold_up_window: timedelta
    hold_up_tamper: timedelta
    warning_grades: frozenset[str]
    panel_codes: Mapping[str, str] = field(default_factory=dict)
    citation: str = ""
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A level, by which rule, and on what it rests."""

    level: Level
    rule: Rule
    uses: tuple[Evidence, ...] = ()
    aside: tuple[tuple[Evidence, Aside], ...] = ()
    """What was known and confirms nothing, and why."""


_WEAK = frozenset({Aside.UNPROVEN, Aside.OUTSIDE})
"""Confirms nothing, and is yet no reason to call nobody."""


def assess(known: Sequence[Evidence], at: datetime, table: Table) -> Finding:
    """The level at a moment, from what was observed until then, in any order."""
    seen = sorted((e for e in known if e.at <= at), key=lambda e: (e.at, e.id))
    all_clear = max((e.at for e in seen if _is_all_clear(e)), default=None)
    aside = tuple((e, why) for e in seen if (why := _aside(e, all_clear, table)))
    left = _without(seen, aside)
    aside += tuple((w, Aside.NOT_IN_FORCE) for w in left if w.sort == Sort.WARNING and _is_over(w, left, at))
    left = _without(left, aside)
    for rule in _RULES:
        if found := rule(left, table):
            return Finding(found[0], found[1], tuple(found[2]), aside)
    told = [e for e in left if e.sees is None] or [e for e, why in aside if why in _WEAK and e.sees is None]
    if told:
        return Finding(Level.LITTLE_KNOWN, Rule.ALONE, (told[-1],), aside)
    return Finding(Level.NO_CALL, Rule.NOTHING, (), aside)


def course(known: Sequence[Evidence], at: datetime, table: Table) -> list[tuple[datetime, Finding]]:
    """How the level came about: each moment at which level or rule changed, oldest first."""
    found: list[tuple[datetime, Finding]] = []
    for moment in sorted({e.at for e in known if e.at <= at}):
        finding = assess(known, moment, table)
        if not found or (finding.level, finding.rule) != (found[-1][1].level, found[-1][1].rule):
            found.append((moment, finding))
    return found


def _without(found: Sequence[Evidence], aside: Sequence[tuple[Evidence, Aside]]) -> list[Evidence]:
    gone = {e.id for e, _why in aside}
    return [e for e in found if e.id not in gone]


def _is_all_clear(e: Evidence) -> bool:
    return e.sort == Sort.GUARD and e.sees == Sight.NOTHING and e.is_proven and not e.is_on_test


def _aside(e: Evidence, all_clear: datetime | None, table: Table) -> Aside | None:
    if e.is_on_test and e.sort != Sort.HOLD_UP:
        return Aside.ON_TEST
    if e.is_explained:
        return Aside.EXPLAINED
    if e.sort == Sort.WARNING and e.grade not in table.warning_grades:
        return Aside.LOW_GRADE
    # Whoever holds somebody up can make a guard say that all is well.
    is_about_people = e.sort in {Sort.HOLD_UP, Sort.GUARD, Sort.WARNING} or e.about == "hold_up"
    if all_clear is not None and e.at <= all_clear and not is_about_people and e.sees != Sight.WEAPON:
        return Aside.WALKED_OFF
    if not e.is_proven:
        return Aside.UNPROVEN
    return Aside.OUTSIDE if e.is_outside and e.sort == Sort.DETECTOR else None


def _is_in_force(warning: Evidence, at: datetime) -> bool:
    return warning.at <= at and (warning.until is None or at <= warning.until)


def _is_warned(e: Evidence, warning: Evidence) -> bool:
    """Whether a detector tripped while a warning was in force."""
    return e.sort == Sort.DETECTOR and _is_in_force(warning, e.at)


def _is_over(warning: Evidence, left: Sequence[Evidence], at: datetime) -> bool:
    """No longer in force, and nothing happened while it was."""
    return not _is_in_force(warning, at) and not any(_is_warned(e, warning) for e in left)


# ── Rules, the gravest first ─────────────────────────────────────────────

_Found = tuple[Level, Rule, Sequence[Evidence]]


def _pairs(left: Sequence[Evidence], one: Sort, other: Sort) -> Iterator[tuple[Evidence, Evidence]]:
    """Two of one sort, or one of each, in the order of time."""
    fitting = [e for e in left if e.sort in {one, other}]
    for a, b in combinations(fitting, 2):
        if {a.sort, b.sort} == {one, other}:
            yield a, b


def _life_seen(left: Sequence[Evidence], _table: Table) -> _Found | None:
    return _seen(left, Sight.WEAPON, Level.LIFE, Rule.LIFE_SEEN)


def _panel_hold_up(left: Sequence[Evidence], _table: Table) -> _Found | None:
    return _by_panel(left, "hold_up", Level.LIFE, Rule.PANEL_HOLD_UP)


def _hold_up_twice(left: Sequence[Evidence], table: Table) -> _Found | None:
    """BS 8243: two activations of any hold-up device, so far apart that the second is a decision of its own."""
    for a, b in _pairs(left, Sort.HOLD_UP, Sort.HOLD_UP):
        if table.hold_up_gap < b.at - a.at <= table.hold_up_window:
            return Level.LIFE, Rule.HOLD_UP_TWICE, (a, b)
    return None


def _hold_up_tamper(left: Sequence[Evidence], table: Table) -> _Found | None:
    for a, b in _pairs(left, Sort.HOLD_UP, Sort.TAMPER):
        if b.at - a.at <= table.hold_up_tamper:
            return Level.LIFE, Rule.HOLD_UP_TAMPER, (a, b)
    return None


def _breaking_seen(left: Sequence[Evidence], _table: Table) -> _Found | None:
    return _seen(left, Sight.BREAKING, Level.PROPERTY, Rule.BREAKING_SEEN)


def _person_seen(left: Sequence[Evidence], _table: Table) -> _Found | None:
    return _seen(left, Sight.PERSON, Level.PERSON, Rule.PERSON_SEEN)


def _panel_intrusion(left: Sequence[Evidence], _table: Table) -> _Found | None:
    return _by_panel(left, "intrusion", Level.PERSON, Rule.PANEL_INTRUSION)


def _sequential(left: Sequence[Evidence], table: Table) -> _Found | None:
    """BS 8243: two independent detectors within the window. The same one twice never confirms; neither do two on
    the entry route, which one mistake of somebody who belongs there sets off together."""
    for a, b in _pairs(left, Sort.DETECTOR, Sort.DETECTOR):
        is_independent = a.source != b.source and "" not in (a.source, b.source) and not (a.is_entry and b.is_entry)
        if is_independent and b.at - a.at <= table.sequential_window:
            return Level.PERSON, Rule.SEQUENTIAL, (a, b)
    return None


def _detector_path(left: Sequence[Evidence], table: Table) -> _Found | None:
    for a, b in _pairs(left, Sort.DETECTOR, Sort.PATH):
        if b.at - a.at <= table.path_window:
            return Level.PERSON, Rule.DETECTOR_PATH, (a, b)
    return None


def _detector_warning(left: Sequence[Evidence], _table: Table) -> _Found | None:
    for warning, detector in _pairs(left, Sort.WARNING, Sort.DETECTOR):
        if _is_warned(detector, warning):
            return Level.PERSON, Rule.DETECTOR_WARNING, (warning, detector)
    return None


def _hold_up_once(left: Sequence[Evidence], _table: Table) -> _Found | None:
    """A button does not press itself: somebody is there and asks for help."""
    pressed = [e for e in left if e.sort == Sort.HOLD_UP][-1:]
    return (Level.PERSON, Rule.HOLD_UP_ONCE, pressed) if pressed else None


def _seen(left: Sequence[Evidence], sight: Sight, level: Level, rule: Rule) -> _Found | None:
    by = [e for e in left if e.sort in {Sort.VIDEO, Sort.GUARD} and e.sees == sight][-1:]
    return (level, rule, by) if by else None


def _by_panel(left: Sequence[Evidence], about: str, level: Level, rule: Rule) -> _Found | None:
    told = [e for e in left if e.sort == Sort.PANEL and e.about == about][-1:]
    return (level, rule, told) if told else None


_RULES: tuple[Callable[[Sequence[Evidence], Table], _Found | None], ...] = (
    _life_seen, _panel_hold_up, _hold_up_twice, _hold_up_tamper, _breaking_seen, _person_seen, _panel_intrusion,
    _sequential, _detector_path, _detector_warning, _hold_up_once,
)  # fmt: skip

"""The state of the installation, as sentences."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from canh.accounts.queries import Viewer
from canh.audit import queries as audit
from canh.console.health import rules
from canh.console.health.rules import State
from canh.console.templatetags.console_text import ago, size, span
from canh.intake import queries as intake
from canh.kit import beat, clock, paths
from canh.kit.saying import from_json
from canh.kit.saying import words as words_of

EVERYTHING = Viewer(sees_all=True, unit_paths=frozenset(), area_paths=frozenset(), roles=frozenset())
WORKERS: dict[str, tuple[Any, Any]] = {
    "gateway": (gettext_lazy("Gateway"), gettext_lazy("receives signals from panels")),
    "engine": (gettext_lazy("Engine"), gettext_lazy("turns signals into alarms")),
    "notify": (gettext_lazy("Callers"), gettext_lazy("tells people of alarms that nobody takes")),
    "watch": (gettext_lazy("Watcher"), gettext_lazy("tells administrators when a part of Canh fails")),
    "web": (gettext_lazy("Console"), gettext_lazy("shows these pages")),
}


DOORS = {
    "sia": "SIA DC-09", "receiver": "Sur-Gard", "mqtt": "MQTT", "onvif": "ONVIF", "webhook": "Webhook", "sms": "SMS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the page: how it is, in words, and what stands behind it."""

    name: str
    title: str
    state: State
    words: str
    details: list[tuple[str, str]] = field(default_factory=list)

    @property
    def state_words(self) -> str:
        return str(STATE_WORDS[self.state])


STATE_WORDS: dict[State, Any] = {
    State.OK: gettext_lazy("in order"),
    State.ATTENTION: gettext_lazy("needs attention"),
    State.BAD: gettext_lazy("not working"),
}


def all_checks() -> list[Check]:
    """Every check; one that itself fails says so instead of taking the page down."""
    makers: list[Callable[[], list[Check]]] = [
        workers,
        doors,
        queue,
        journals,
        unknown,
        steps,
        seals,
        heads,
        disk,
        backup,
    ]
    return [check for make in makers for check in _guarded(make)]


def _guarded(make: Callable[[], list[Check]]) -> list[Check]:
    try:
        return make()
    except Exception as error:  # a health page that fails with what it watches is of no use
        return [Check(make.__name__, make.__name__, State.BAD, _("Cannot be checked: %s") % error)]


def _age_s(moment: datetime | None) -> float:
    return (clock.now() - moment).total_seconds() if moment else 0.0


def workers() -> list[Check]:
    beats = {b.name: b for b in beat.read_all()}
    return [_worker(name, beats.get(name)) for name in WORKERS]


def _worker(name: str, last: beat.Beat | None) -> Check:
    title, does = WORKERS[name]
    if last is None:
        return Check(name, str(title), State.BAD, _("Has never run here."))
    age = last.age_s()
    state = rules.worker(age)
    words = _("Works: %s.") % does if state == State.OK else _("No sign of life for %s.") % span(age)
    if last.facts.get("journal_is_broken"):
        state, words = State.BAD, _("Cannot write its journal, so it acknowledges nothing. Is the disk full?")
    details = [(_("Last sign of life"), ago(clock.from_us(last.at_us))), (_("Process"), str(last.pid))]
    return Check(name, str(title), state, words, details)


def doors() -> list[Check]:
    """Nothing while the gateway does not run: its own line tells that."""
    last = beat.read("gateway")
    told: dict[str, dict[str, Any]] = last.facts.get("doors", {}) if last else {}
    if last is None or not told or rules.worker(last.age_s()) == State.BAD:
        return []
    shut = {
        name: words_of(map(from_json, one.get("problems", []))) for name, one in told.items() if not one["up_since"]
    }
    words = _("Every door hears its devices.")
    if shut:
        words = _("Hears nobody: %s") % "; ".join(f"{door_name(name)} ({why})" for name, why in shut.items())
    details = [(door_name(name), _open_since(one)) for name, one in told.items()]
    return [Check("doors", _("Doors"), rules.doors(set(shut)), words, details)]


def door_name(name: str) -> str:
    """As it is called on the machines at its other end; a broker's own name stands after it."""
    door, _colon, which = name.partition(":")
    return f"{DOORS.get(door, door)} {which}".strip()


def _open_since(one: dict[str, Any]) -> str:
    return _("open since %s") % f"{localtime(clock.from_us(one['up_since'])):%H:%M %d/%m}" if one["up_since"] else "–"


def queue() -> list[Check]:
    length, oldest = intake.queue_length(), _age_s(intake.oldest_waiting_at())
    state = rules.queue(length, oldest)
    words = _("Empty: every signal is handled.")
    if length:
        text = ngettext("%(n)d signal waits, for %(s)s.", "%(n)d signals wait, the oldest for %(s)s.", length)
        words = text % {"n": length, "s": span(oldest)}
    return [Check("queue", _("Queue of signals"), state, words), *_problems()]


def _problems() -> list[Check]:
    """A line only when there is one."""
    count = intake.problem_count()
    if not count:
        return []
    urgent = intake.visible_to(EVERYTHING).exclude(problem="").filter(is_urgent=True).count()
    text = ngettext("%(n)d signal could not be handled and raised no alarm.",
                    "%(n)d signals could not be handled and raised no alarm.", count)  # fmt: skip
    details = [(_("Urgent among them"), str(urgent))] if urgent else []
    state = rules.problems(count, has_urgent=urgent > 0)
    return [Check("problems", _("Signals no rule could handle"), state, text % {"n": count}, details)]


def journals() -> list[Check]:
    lags = intake.journal_lags()
    if not lags:
        return [Check("journal", _("Journal"), State.ATTENTION, _("No gateway has written here yet."))]
    if broken := intake.broken_journals():
        where = ", ".join(f"{name} #{number}" for name, number in broken.items())
        return [Check("journal", _("Journal"), State.BAD, _("Changed from outside at %s. Run canh verify.") % where)]
    state = rules.worst([rules.lag(count) for count in lags.values()])
    details = [(name, str(count)) for name, count in lags.items()] if len(lags) > 1 else []
    return [Check("journal", _("Journal"), state, _lag_words(lags), details)]


def _lag_words(lags: dict[str, int]) -> str:
    if short := [name for name, count in lags.items() if count < 0]:
        names = ", ".join(short)
        return _("The journal of %s ends before our copy of it: its file was lost or replaced.") % names
    most = max(lags.values())
    text = ngettext("%(n)d entry is not copied yet.", "%(n)d entries are not copied yet.", most) % {"n": most}
    return text if most else _("Copied to the last entry.")


def steps() -> list[Check]:
    engine = beat.read("engine")
    tracks: dict[str, dict[str, int]] = engine.facts.get("steps", {}) if engine else {}
    if not tracks:
        return []
    failing = [name for name, track in tracks.items() if track["in_a_row"]]
    state = rules.worst([rules.step(track["in_a_row"]) for track in tracks.values()])
    words = _("Failing now: %s.") % ", ".join(failing) if failing else _("Every step runs.")
    return [Check("steps", _("Steps of the engine"), state, words, [_track(n, t) for n, t in tracks.items()])]


def _track(name: str, track: dict[str, int]) -> tuple[str, str]:
    text = _("%(runs)s runs, %(failures)s failed, longest %(ms)s ms")
    return name, text % {"runs": track["runs"], "failures": track["failures"], "ms": track["longest_ms"]}


def unknown() -> list[Check]:
    """What speaks and belongs to no premises raises nothing until a person adopts it."""
    waiting = intake.strangers().count()
    words = _("Every device that speaks belongs to premises.")
    if waiting:
        text = ngettext("%(n)d speaks that belongs to no premises.", "%(n)d speak that belong to no premises.", waiting)
        words = text % {"n": waiting}
    return [Check("unknown", _("Unknown devices"), rules.unknown(waiting), words)]


def seals() -> list[Check]:
    waiting, oldest = audit.unsealed_count(), _age_s(audit.oldest_unsealed_at())
    state = rules.seal(oldest)
    words = _("Every line is sealed.")
    if waiting:
        text = ngettext("%(n)d line waits, for %(s)s.", "%(n)d lines wait, the oldest for %(s)s.", waiting)
        words = text % {"n": waiting, "s": span(oldest)}
    sequence, digest = audit.last_seal()
    details = [(_("Last number"), str(sequence)), (_("Hash"), digest.hex()[:16])] if sequence else []
    return [Check("audit", _("Seal of the audit"), state, words, details)]


def heads() -> list[Check]:
    target = os.environ.get("CANH_HEADS_TO", "")
    last, sent = audit.last_head(), audit.last_sent_head()
    sent_at = sent.sent_at if sent else None
    state = rules.head(last.at if last else None, sent_at, bool(target), clock.now())
    if last is None:
        words = _("Not signed yet; the engine does it once a day.")
    elif not target:
        words = _("Signed, but kept on this machine only. Name a place outside in CANH_HEADS_TO.")
    elif sent_at is None:
        words = _("Signed, but none has left this machine. Is the place in CANH_HEADS_TO reachable?")
    else:
        words = _("Signed daily; the last one left this machine %s.") % ago(sent_at)
    details = [(_("Last signed"), ago(last.at))] if last else []
    return [Check("heads", _("Proof outside"), state, words, details)]


def disk() -> list[Check]:
    usage = shutil.disk_usage(paths.folder())
    state = rules.disk(usage.free, usage.total)
    words = _("%(free)s of %(total)s free.") % {"free": size(usage.free), "total": size(usage.total)}
    return [Check("disk", _("Disk"), state, words)]


def backup() -> list[Check]:
    at = _backup_at()
    state = rules.backup(at, clock.now())
    words = _("Made %s.") % ago(at) if at else _("None yet. Run: canh backup FILE")
    return [Check("backup", _("Backup"), state, words)]


def _backup_at() -> datetime | None:
    try:
        kept = json.loads((paths.data_root() / "backup-report.json").read_text(encoding="utf-8"))
        return datetime.fromisoformat(kept["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None

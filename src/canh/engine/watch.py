"""Canh watches itself: `canh watch` tells the administrators when a part of it fails, by ways that do not use it.

It looks at the heartbeats of the workers (files), asks the console over HTTP, and the database. Whom to tell and how is
read from the database while that works and kept in memory, so that its loss can still be told. What tells of the
watcher itself is the process that calls people.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from canh.accounts.queries import administrators
from canh.accounts.queries_contacts import methods_of
from canh.accounts.terms import Reach
from canh.channels import queries as channels
from canh.channels.actions import deliver_with
from canh.channels.message import Message, Outcome
from canh.channels.terms import ChannelKind
from canh.engine import rules_watch as rules
from canh.engine.rules_watch import Part, Word
from canh.intake.actions_own import tell_workers
from canh.intake.terms import Turn
from canh.kit import beat, clock, crypto, hint
from canh.kit.pace import Pace

LOOK_S = 3.0
ANSWER_S = 5.0
AT_ONCE = 8
FAILURES = 5
"""So many times in a row a step of the engine has failed: the engine lives and does not work."""
log = logging.getLogger("canh.watch")

NAMES: dict[str, Any] = {
    "gateway": gettext_lazy("Gateway: panels are not heard"),
    "engine": gettext_lazy("Engine: no alarm is raised"),
    "steps": gettext_lazy("Engine: a step fails again and again"),
    "notify": gettext_lazy("Callers: nobody is called about alarms"),
    "web": gettext_lazy("Console: nobody sees alarms"),
    "database": gettext_lazy("Database: nothing can be read"),
    "watch": gettext_lazy("Watcher: failures are not told"),
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """A way to an administrator, usable without a database."""

    language: str
    kind: str
    address: str
    setup: channels.Setup = field(repr=False)


Send = Callable[[channels.Setup, str, str, Message], Outcome]
Say = Callable[[Sequence[tuple[str, Word]]], None]
"""Tells the desk too, after the people."""
AT_THE_DESK = frozenset({"notify", "watch", "steps"})
"""Parts whose failure becomes an alarm: those without which an alarm can still be raised and seen."""


class Watch:
    """Call `once` every few seconds. `parts`: what is watched -> whether it is well."""

    def __init__(
        self, parts: Mapping[str, Callable[[], bool]], send: Send = deliver_with, say: Say | None = None
    ) -> None:  # fmt: skip
        self._checks, self._send, self._say = parts, send, say
        self._parts = dict.fromkeys(parts, Part())
        self._whom: list[Addressee] = []
        self._reads = Pace(timedelta(seconds=60))

    def once(self) -> list[tuple[str, Word]]:
        """Look at every part and tell what changed. What was told."""
        self._read_whom()
        now, told = clock.now(), []
        for name, is_well in self._checks.items():
            self._parts[name], word = rules.looked(self._parts[name], is_well(), now)
            if word:
                told.append((name, word))
        if told:
            self._tell(told)
            if self._say:
                self._say(told)
        return told

    def _read_whom(self) -> None:
        """As long as the database answers; otherwise whoever was known."""
        if not self._reads.is_due(clock.now()) or not database_answers():
            return
        try:
            self._whom = addressees()
        except DatabaseError:
            log.exception("whom to tell could not be read")

    def _tell(self, told: Sequence[tuple[str, Word]]) -> None:
        """All that one look found in one message, to everybody at the same time: none waits for another's server."""
        log.warning("%s", ", ".join(f"{name}: {word}" for name, word in told))
        if self._whom:
            with ThreadPoolExecutor(min(AT_ONCE, len(self._whom))) as pool:
                list(pool.map(lambda to: self._one(to, told), self._whom))

    def _one(self, to: Addressee, told: Sequence[tuple[str, Word]]) -> None:
        outcome = self._send(to.setup, to.kind, to.address, _message(told, to.language))
        log.warning("told by %s: %s", to.kind, outcome.state)


def _message(told: Sequence[tuple[str, Word]], language: str) -> Message:
    with override(language):
        now = clock.now()
        lines = [_sentence(name, word) for name, word in told]
        where = _("%(machine)s, %(time)s") % {
            "machine": socket.gethostname(), "time": f"{timezone.localtime(now):%H:%M:%S}"}  # fmt: skip
        text = f"{'; '.join(lines)} ({where})"
        advice = _("The page Health says more. Until it works again, let premises report by telephone.")
        body = "\n".join([*lines, where, "", advice])
        key = f"watch:{clock.to_us(now)}"
        return Message(key=key, title=lines[0], text=text, body=body, at=now, is_test=False, is_drill=False)


def _sentence(name: str, word: Word) -> str:
    sentences = {
        Word.DOWN: _("Canh has failed in part: %(part)s"), Word.STILL: _("Canh still fails in part: %(part)s"),
        Word.BACK: _("Canh works again: %(part)s"),
    }  # fmt: skip
    return sentences[word] % {"part": str(NAMES[name])}


def addressees() -> list[Addressee]:
    """The administrators, each by every way that is known to work; sirens call a house, not a person."""
    people = {a.user_id: a.user.language for a in administrators().select_related("user")}
    setups: dict[str, channels.Setup | None] = {}
    found = []
    for user_id, methods in methods_of(people).items():
        for method in methods:
            if (
                method.reach != Reach.WORKS or method.kind == ChannelKind.PUSH
            ):  # browsers: the database alone knows them
                continue
            if method.kind not in setups:
                setups[method.kind] = _setup(method.kind)
            if setup := setups[method.kind]:
                found.append(Addressee(people[user_id], method.kind, method.address, setup))
    return found


def _setup(kind: str) -> channels.Setup | None:
    try:
        return channels.setup_of(ChannelKind(kind))
    except crypto.CannotOpen:
        log.exception("the secret of %s does not open", kind)
        return None


def desk_teller(journal: str) -> Say:
    """Says it in a journal of the process that watches, so that it becomes an alarm like whatever rings. What fails
    meanwhile is told by the messages alone."""

    def say(told: Sequence[tuple[str, Word]]) -> None:
        turns = {Word.DOWN: Turn.NEW, Word.BACK: Turn.RESTORE}
        news = [(name, turns[word]) for name, word in told if name in AT_THE_DESK and word in turns]
        try:
            if news:
                tell_workers(journal, news)
        except (OSError, sqlite3.Error, DatabaseError):
            log.exception("the desk could not be told")

    return say


# -- whether a part is well


def beats(name: str) -> Callable[[], bool]:
    """Its heartbeat is fresh. A worker that has never run here is not missed."""

    def is_well() -> bool:
        last = beat.read(name)
        return last is None or abs(last.age_s()) <= rules.SILENT.total_seconds()

    return is_well


def steps_work() -> bool:
    """No step of the engine fails again and again."""
    last = beat.read("engine")
    steps: dict[str, dict[str, int]] = last.facts.get("steps", {}) if last else {}
    return all(step.get("in_a_row", 0) < FAILURES for step in steps.values())


def console_answers(url: str) -> Callable[[], bool]:
    """It answers and, since a hung one may not, in time. A console that has never run here is not missed."""

    def is_well() -> bool:
        if beat.read("web") is None:
            return True
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310  # our own console
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    return is_well


def database_answers() -> bool:
    """A new connection each time: an old one goes on with a file that is gone."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not os.path.exists(name):
        return False  # connecting would make a new, empty one
    try:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
            cursor.fetchone()
    except DatabaseError:
        return False
    return True


def main(console_url: str) -> None:
    """The watch process."""
    is_stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True
        hint.tell("watch")

    ear = hint.Ear("watch")
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    watch = Watch({
        "database": database_answers, "gateway": beats("gateway"), "engine": beats("engine"), "steps": steps_work,
        "notify": beats("notify"), "web": console_answers(console_url),
    }, say=desk_teller("watch"))  # fmt: skip
    while not is_stopping:
        try:
            watch.once()
        except Exception:  # whatever fails here must not end the watching
            log.exception("a look failed")
        beat.stamp("watch")
        ear.wait(LOOK_S)
    ear.close()

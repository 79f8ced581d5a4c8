"""What was told of each sensor, also before a restart: so that a retained message rings once.

The journal is the truth; a file in `run/` only saves reading all of it. The file says up to which entry it
holds; what came after is read from the journal. Without the file, everything is.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from canh.gateway.mqtt import DOOR
from canh.gateway.mqtt.content import NEW, RESTORE
from canh.gateway.mqtt.judge import LEFT, Key, News, Told
from canh.intake.journal import JournalReader
from canh.intake.observation import Observation, from_json
from canh.intake.terms import Verdict
from canh.kit import paths

MAX_EVENTS = 5_000
"""Events remembered, the oldest forgotten first; states are as many as there are sensors."""

log = logging.getLogger(__name__)


class Memory:
    """Of one broker."""

    def __init__(self, broker: str) -> None:
        self.broker = broker
        self.told: dict[Key, Told] = {}
        """On the disk, or on its way there."""
        self.has_reviews = False
        self.is_loaded = False
        self._before: dict[Key, list[Told | None]] = {}
        """Under way: what had been told of a key before each that is not on the disk yet."""

    def expect(self, news: News) -> None:
        """It is being told."""
        self._before.setdefault(news.key, []).append(self.told.get(news.key))
        self._set(news.key, news.told)

    def keep(self, news: News) -> None:
        """It is on the disk."""
        if before := self._before.get(news.key):
            before.pop(0)
            if not before:
                del self._before[news.key]

    def lose(self) -> None:
        """What is under way may not reach the disk: as if it had never been told."""
        for key, before in self._before.items():
            if before[0] is None:
                self.told.pop(key, None)
            else:
                self.told[key] = before[0]
        self._before.clear()

    @property
    def is_settled(self) -> bool:
        return not self._before

    def forget_all_but(self, is_registered: Callable[[str], object]) -> None:
        """What was taken out of the register begins anew when it comes back."""
        for key in [key for key in self.told if not is_registered(key[0])]:
            del self.told[key]

    def restart(self) -> None:
        """Frigate begins anew: no event of before will be ended."""
        for key in [k for k, one in self.told.items() if k[2] and one.turn == NEW]:
            self.told[key] = self.told[key]._replace(turn=RESTORE)

    def load(self, journal: Path) -> None:
        """In a thread: the file, then what the journal has beyond it."""
        reader = JournalReader(journal)
        try:
            after = self._read_file(reader.last_id())
            for entry_at, facts in reader.of_door(DOOR, Verdict.ACCEPTED.value, after):
                self._recall(from_json(facts), entry_at)
        finally:
            reader.close()

    def as_text(self, upto: int) -> str:
        """`upto`: an entry before which everything was told when it was read. Only when settled."""
        rows = [[*key, *one] for key, one in self.told.items()]
        return json.dumps({"upto": upto, "has_reviews": self.has_reviews, "told": rows})

    def save(self, text: str) -> None:
        """Not for the event loop."""
        fresh = self._file.with_suffix(".new")
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._file)

    @property
    def _file(self) -> Path:
        return paths.folder("run") / f"mqtt-{self.broker}.json"

    def _read_file(self, last_id: int) -> int:
        """The entry after which the journal must be read. A file that is ahead of the journal belongs to another."""
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            upto, rows = int(kept["upto"]), [((a, b, c), Told(*one)) for a, b, c, *one in kept["told"]]
        except FileNotFoundError:
            return 0
        except (ValueError, KeyError, TypeError) as error:
            log.warning("%s is damaged (%s); the journal is read instead", self._file, type(error).__name__)
            return 0
        if upto > last_id:
            return 0
        self.told, self.has_reviews = dict(rows), bool(kept.get("has_reviews"))
        return upto

    def _recall(self, observations: Iterable[Observation], at: int) -> None:
        for seen in observations:
            if seen.path != self.broker:
                continue
            occasion = seen.extra.get("event", "")
            code, turn = ("alert", RESTORE) if seen.code == LEFT else (seen.code, seen.turn)
            number = int(seen.number) if seen.number.isdecimal() else 1
            self._set((seen.account, code, occasion), Told(turn, number, at, seen.extra.get("mark", "")))
            self.has_reviews = self.has_reviews or seen.extra.get("topic") == "reviews"
            if seen.code == "offline" and seen.protocol == "FRIGATE":
                self.restart()

    def _set(self, key: Key, one: Told) -> None:
        self.told.pop(key, None)
        self.told[key] = one
        if key[2]:
            self._trim()

    def _trim(self) -> None:
        if len(self.told) <= MAX_EVENTS:
            return
        events = [key for key in self.told if key[2] and key not in self._before]
        for key in events[: max(len(events) - MAX_EVENTS // 2, 0)] if len(events) > MAX_EVENTS else []:
            del self.told[key]

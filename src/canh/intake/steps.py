"""Engine steps of intake."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from canh.intake import actions, outages, queries, silence
from canh.intake.journal import Heard, JournalReader
from canh.intake.silence import Hearings
from canh.kit import clock, paths
from canh.kit.pace import Pace
from canh.sites.queries import PanelPlace, directory_revision, panel_places

BATCH = 500
AHEAD = 8
"""Batches copied of one journal before the other steps have their turn: about a second's work."""
SIDE_EVERY_S = 3
"""Signs of life. 2 s of the gateway, these and the rest must stay within a tenth of the shortest class."""
OVERLAP_US = 1_000_000
"""A door may note a word a little after one that came later; read again, it changes nothing."""


class Places:
    """The engine's copy of the panel register, read again when the register's revision grows."""

    def __init__(self) -> None:
        self._revision = -1
        self._places: dict[str, PanelPlace] = {}

    def now(self) -> dict[str, PanelPlace]:
        revision = directory_revision()
        if revision != self._revision:
            self._places, self._revision = panel_places(), revision
        return self._places


class CopyJournals:
    """Copies what the gateways wrote. Also brings last-heard times and counters, every 3 s."""

    name = "intake.copy"

    def __init__(self) -> None:
        self._places = Places()
        self._readers: dict[Path, JournalReader] = {}
        self._side_at = 0
        self._heard_until: dict[Path, int] = {}
        self._heard_before: dict[Path, frozenset[Heard]] = {}
        self._found_until: dict[Path, int] = {}

    def __call__(self) -> bool:
        files = [file for file in sorted(paths.folder("journal").glob("*.db")) if self._is_ready(file)]
        worked = [self._copy_all(file) for file in files]
        if clock.now_us() - self._side_at >= SIDE_EVERY_S * 1_000_000:
            self._side_at = clock.now_us()
            for file in files:
                self._side(file)
        return any(worked)

    def _reader(self, file: Path) -> JournalReader:
        if file not in self._readers:
            self._readers[file] = JournalReader(file)
        return self._readers[file]

    def _is_ready(self, file: Path) -> bool:
        return file in self._heard_until or self._reader(file).is_ready()

    def _copy_all(self, file: Path) -> bool:
        """Far ahead of what the alarms step can take: a hold-up behind a storm must become a signal at once, for
        among signals it goes first."""
        for batch in range(AHEAD):
            if not self._copy(file):
                return batch > 0
        return True

    def _copy(self, file: Path) -> bool:
        entries = self._reader(file).after(queries.cursor(file.stem).journal_id, BATCH)
        if entries:
            actions.copy_entries(file.stem, entries, self._places.now())
        return bool(entries)

    def _side(self, file: Path) -> None:
        """Counters are read first: then every word before their heartbeat is among those read after."""
        reader = self._reader(file)
        counters = reader.counters()
        read = reader.heard_since(self._heard_until.get(file, 0))
        before = self._heard_before.get(file, frozenset())
        heard = [word for word in read if word not in before]
        self._heard_before[file] = frozenset(read)
        for chunk in range(0, len(heard), BATCH):
            actions.note_heard(heard[chunk : chunk + BATCH], self._places.now(), file.stem)
        self._heard_until[file] = counters.get("heartbeat_at", 0) - OVERLAP_US
        if found := reader.found_since(self._found_until.get(file, 0)):
            actions.note_found(found)
            self._found_until[file] = max(f.found_at for f in found)
        if counters:
            actions.note_gateway(file.stem, counters)


LOOK_EVERY = timedelta(seconds=1)


class NoticeSilence:
    """Notices which paths are silent, which speak again, and whether the gateway and its doors hear at all."""

    name = "intake.silence"

    def __init__(self) -> None:
        self._pace = Pace(LOOK_EVERY)
        self._revision = -1
        self._hearings: Hearings = {}
        self._is_arming = True
        self._outages = outages.Watch()

    def __call__(self) -> bool:
        now = clock.now()
        if not self._pace.is_due(now):
            return False
        reports = queries.gateway_reports()
        hearings = silence.hearings(reports, now)
        revision = directory_revision()
        if revision != self._revision:
            self._is_arming = True
            if not silence.follow_register(now):
                self._revision = revision
        self._is_arming |= outages.keys_of(hearings) != outages.keys_of(self._hearings)
        self._hearings = hearings
        self._is_arming = self._is_arming and silence.arm(hearings, now)
        noticed = [silence.lose(hearings, now), silence.restore(now), silence.miss(hearings, now)]
        told = self._outages.look(reports, now)
        if has_more := self._is_arming or self._revision != revision or any(noticed):
            self._pace.again()
        return has_more or told

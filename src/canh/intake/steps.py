"""Engine steps of intake."""

from __future__ import annotations

from pathlib import Path

from canh.intake import actions, queries
from canh.intake.journal import JournalReader
from canh.kit import clock, paths
from canh.sites.queries import PanelPlace, directory_revision, panel_places

BATCH = 500
SIDE_EVERY_S = 2


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
    """Copies what the gateways wrote. Also brings last-heard times and counters, every 2 s."""

    name = "intake.copy"

    def __init__(self) -> None:
        self._places = Places()
        self._readers: dict[Path, JournalReader] = {}
        self._side_at = 0
        self._heard_until: dict[Path, int] = {}
        self._found_until: dict[Path, int] = {}

    def __call__(self) -> bool:
        files = [file for file in sorted(paths.folder("journal").glob("*.db")) if self._is_ready(file)]
        worked = [self._copy(file) for file in files]
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

    def _copy(self, file: Path) -> bool:
        entries = self._reader(file).after(queries.cursor(file.stem).journal_id, BATCH)
        if entries:
            actions.copy_entries(file.stem, entries, self._places.now())
        return bool(entries)

    def _side(self, file: Path) -> None:
        heard = self._reader(file).heard_since(self._heard_until.get(file, 0))
        for chunk in range(0, len(heard), BATCH):
            actions.note_heard(heard[chunk : chunk + BATCH], self._places.now())
        self._heard_until[file] = max([self._heard_until.get(file, 0), *(h.heard_at for h in heard)])
        if found := self._reader(file).found_since(self._found_until.get(file, 0)):
            actions.note_found(found)
            self._found_until[file] = max(f.found_at for f in found)
        if counters := self._reader(file).counters():
            actions.note_gateway(file.stem, counters)

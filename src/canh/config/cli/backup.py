"""`canh backup FILE`, `canh restore FILE`: one file with everything, keys included.

Taken while Canh runs. The database is copied before the journals: a copied cursor may then be
behind its journal (the rest is copied again at the next start) but never ahead of it.
"""

from __future__ import annotations

import argparse
import getpass
import io
import json
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from canh import __version__
from canh.config.cli import setting_up
from canh.config.cli.out import Refused, say
from canh.config.cli.sealing import SealedReader, SealedWriter, WrongPassphrase, is_sealed
from canh.kit import clock, paths

KEPT_FOLDERS = ("keys", "heads", "plans")


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="tệp sao lưu · backup file (canh-….tar.gz)")
    parser.add_argument("--passphrase-file", metavar="FILE",
                        help="cụm mật khẩu trong tệp, - là hỏi · passphrase in a file, - to be asked")  # fmt: skip
    if verb == "restore":
        parser.add_argument("--force", action="store_true",
                            help="dời dữ liệu đang có sang bên · move present data aside")  # fmt: skip


def main(words: argparse.Namespace) -> int:
    return _backup(words) if words.verb == "backup" else _restore(words)


def _passphrase(source: str | None) -> str | None:
    """None: without one. Raises Refused for an empty one, which would seal nothing."""
    if source is None:
        return None
    phrase = _read_phrase(source)
    if not phrase.strip():
        raise Refused("Cụm mật khẩu trống · the passphrase is empty")
    return phrase


def _read_phrase(source: str) -> str:
    if source != "-":
        try:
            return Path(source).expanduser().read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except OSError as error:
            raise Refused(f"{source}: {error.strerror}") from error
    if sys.stdin.isatty():
        return getpass.getpass("Cụm mật khẩu · passphrase: ")
    return sys.stdin.readline().rstrip("\r\n")


def _backup(words: argparse.Namespace) -> int:
    if not paths.database().exists():
        raise Refused(f"{paths.data_root()}: chưa có dữ liệu · there is no data to back up")
    if words.file.exists():
        raise Refused(f"{words.file}: đã có tệp này, hãy chọn tên khác · exists, choose another name")
    phrase = _passphrase(words.passphrase_file)
    draft = words.file.with_name(f".{words.file.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as plain:
            _write(plain, phrase)
            plain.flush()
            os.fsync(plain.fileno())
        draft.replace(words.file)
    finally:
        draft.unlink(missing_ok=True)
    _report(words.file)
    say(f"✓ {words.file}  {words.file.stat().st_size / 1e6:.1f} MB")
    if phrase is None:
        say("  Trong tệp có mọi khóa mà không có mật khẩu: hãy cất như tiền mặt, hoặc dùng --passphrase-file.")
        say("  The file holds every key in clear: keep it like cash, or use --passphrase-file.")
    return 0


def _write(plain: BinaryIO, phrase: str | None) -> None:
    target = SealedWriter(plain, phrase) if phrase else plain
    with tarfile.open(fileobj=target, mode="w|gz") as tar, tempfile.TemporaryDirectory() as work:
        for name, file in _files(Path(work)):
            tar.add(file, arcname=name, recursive=False)
        _add_text(tar, "canh-backup.json", json.dumps({"version": __version__, "at": clock.now().isoformat()}))
    if isinstance(target, SealedWriter):
        target.finish()


def _files(work: Path) -> Iterator[tuple[str, Path]]:
    """Name in the archive and the file to put there; databases as checked copies."""
    yield "canh.db", _copy_database(paths.database(), work / "canh.db")
    for journal in sorted(paths.folder("journal").glob("*.db")):
        yield f"journal/{journal.name}", _copy_database(journal, work / journal.name)
    for folder in KEPT_FOLDERS:
        for file in sorted(paths.folder(folder).iterdir()):
            if file.is_file() and not file.name.startswith("."):
                yield f"{folder}/{file.name}", file
    # After the database: what it names was on the disk before, and goes weeks after its row was marked.
    for file in sorted((paths.data_root() / "evidence").glob("??/*")):
        yield f"evidence/{file.parent.name}/{file.name}", file
    if (kept := paths.data_root() / "installation.json").exists():
        yield kept.name, kept


def _copy_database(source: Path, target: Path) -> Path:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there, pages=-1)  # in one go: in steps, each write by another process starts it anew
        there.execute("PRAGMA journal_mode=DELETE")
        verdict = there.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise Refused(f"{source}: {verdict}")
    return target


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(text.encode())
    tar.addfile(info, io.BytesIO(text.encode()))


def _report(file: Path) -> None:
    """What the health page says of the last backup."""
    facts = {"at": clock.now().isoformat(), "file": file.name, "bytes": file.stat().st_size}
    (paths.data_root() / "backup-report.json").write_text(json.dumps(facts) + "\n")


def _restore(words: argparse.Namespace) -> int:
    if not words.file.exists():
        raise Refused(f"{words.file}: không có tệp này · no such file")
    root = paths.data_root()
    setting_up.refuse_while_running()
    phrase = _passphrase(words.passphrase_file)
    work = Path(tempfile.mkdtemp(prefix=".canh-restore-", dir=_parent(root)))
    try:
        _unpack(words.file, phrase, work)
        _check(work)
        _put_in_place(work, root, words.force)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    setting_up.open_data()
    say(f"✓ {root}\n  canh verify · canh up")
    return 0


def _parent(root: Path) -> Path:
    root.parent.mkdir(parents=True, exist_ok=True)
    return root.parent


def _unpack(file: Path, phrase: str | None, work: Path) -> None:
    with open(file, "rb") as raw:
        if is_sealed(raw) and phrase is None:
            raise Refused("Tệp có mật khẩu: thêm --passphrase-file · the file is sealed: add --passphrase-file")
        source = SealedReader(raw, phrase) if is_sealed(raw) and phrase else raw
        try:
            with tarfile.open(fileobj=source, mode="r|gz") as tar:
                tar.extractall(work, filter="data")
        except WrongPassphrase as error:
            raise Refused("Sai cụm mật khẩu, hoặc tệp đã bị sửa · wrong passphrase, or the file was changed") from error
        except (tarfile.TarError, EOFError, OSError) as error:
            raise Refused(f"{file}: không đọc được bản sao lưu · not a readable backup ({error})") from error


def _check(work: Path) -> None:
    if not (work / "canh-backup.json").exists() or not (work / "canh.db").exists():
        raise Refused("Tệp không phải bản sao lưu của Canh, hoặc bị cắt · not a backup of Canh, or cut short")
    for database in [work / "canh.db", *(work / "journal").glob("*.db")]:
        with closing(sqlite3.connect(database)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise Refused(f"{database.name}: hỏng · damaged")


def _put_in_place(work: Path, root: Path, force: bool) -> None:
    if root.exists() and any(root.iterdir()):
        if not force and paths.database().exists():
            raise Refused(f"{root}: đã có dữ liệu; --force dời nó sang bên · holds data; --force moves it aside")
        aside = root.with_name(f"{root.name}.before-restore-{clock.now():%Y%m%d-%H%M%S}")
        root.rename(aside)
        say(f"  {aside}")
    elif root.exists():
        root.rmdir()
    work.rename(root)
    os.chmod(root, 0o700)
    for key in (root / "keys").iterdir():
        os.chmod(key, 0o600)

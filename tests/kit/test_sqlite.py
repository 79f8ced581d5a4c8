"""The database backend takes turns and leaves none behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.utils import load_backend

from canh.kit.sqlite.base import DatabaseWrapper
from canh.kit.turn import Turn


def _database(path: Path) -> DatabaseWrapper:
    settings = {
        "ENGINE": "canh.kit.sqlite", "NAME": path, "OPTIONS": {"timeout": 1, "transaction_mode": "IMMEDIATE"},
        "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False,
        "TIME_ZONE": None, "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "TEST": {},
    }  # fmt: skip
    return load_backend("canh.kit.sqlite").DatabaseWrapper(settings, "other")


def _is_free(path: Path) -> bool:
    import fcntl

    with open(f"{path}.room", "a") as room:
        try:
            fcntl.flock(room, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.fixture
def database(tmp_path: Path, db: None) -> Iterator[DatabaseWrapper]:
    database = _database(tmp_path / "x.db")
    with database.cursor() as run:
        run.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    connections.databases["other"] = database.settings_dict
    connections["other"] = database  # type: ignore[assignment]
    yield database
    database.close()
    del connections["other"], connections.databases["other"]


def test_a_transaction_holds_the_turn_and_gives_it_back(database: DatabaseWrapper, tmp_path: Path) -> None:
    with transaction.atomic(using="other"):
        with database.cursor() as run:
            run.execute("INSERT INTO t VALUES (1)")
        assert not _is_free(tmp_path / "x.db")
    assert _is_free(tmp_path / "x.db")


def test_a_failed_transaction_gives_the_turn_back(database: DatabaseWrapper, tmp_path: Path) -> None:
    def insert_twice() -> None:
        with transaction.atomic(using="other"), database.cursor() as run:
            run.execute("INSERT INTO t VALUES (1)")
            run.execute("INSERT INTO t VALUES (1)")

    with pytest.raises(DatabaseError):
        insert_twice()
    assert _is_free(tmp_path / "x.db")
    with transaction.atomic(using="other"), database.cursor() as run:
        run.execute("INSERT INTO t VALUES (1)")


def test_a_begin_that_fails_gives_the_turn_back(database: DatabaseWrapper, tmp_path: Path) -> None:
    outsider = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    outsider.execute("BEGIN IMMEDIATE")  # somebody with a plain sqlite shell, who takes no turns
    with pytest.raises(OperationalError), transaction.atomic(using="other"):
        pytest.fail("entered a transaction that could not begin")
    outsider.execute("ROLLBACK")
    assert _is_free(tmp_path / "x.db")


def test_a_turn_cannot_be_taken_twice(tmp_path: Path) -> None:
    turn = Turn(str(tmp_path / "t"))
    turn.take()
    with pytest.raises(RuntimeError):
        turn.take()

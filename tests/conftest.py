"""Fixtures for every test."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from canh.kit import ids
from tests.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody and everything of tests/cast.py, fresh."""
    return make_cast()


@pytest.fixture(autouse=True)
def _ids_of_today() -> Iterator[None]:
    """Ids never go back within a process. A test that moved its clock into next year must not make the ids of the
    tests after it: some rows are looked for by the time in their ids."""
    yield
    mint, now_ms = ids._mint and ids._mint[1], time.time_ns() // 1_000_000 - ids.EPOCH_MS
    if mint and mint._ms > now_ms:
        mint._ms, mint._number = now_ms, -1

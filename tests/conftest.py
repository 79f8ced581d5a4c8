"""Fixtures for every test."""

from __future__ import annotations

import pytest

from tests.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody and everything of tests/cast.py, fresh."""
    return make_cast()

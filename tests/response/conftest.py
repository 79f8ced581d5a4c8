"""The town, for every story of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from canh.channels.actions_setup import set_up
from canh.channels.terms import ChannelKind
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.response.town import Town, way


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


@pytest.fixture
def town(hands: Hands, cast: Cast) -> Town:
    facts: dict[str, Any] = {"host": "mail.example.vn", "port": 25, "security": "none", "ca": "",
                             "sender": "canh@example.vn", "user": ""}  # fmt: skip
    set_up(ChannelKind.EMAIL, is_on=True, facts=facts, secret="")
    for person in (cast.an, cast.binh, cast.chi, cast.dung):
        way(person, f"{person.username}@example.vn")
    return Town(hands)

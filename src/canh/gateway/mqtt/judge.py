"""Whether a fact is news: a decision on the fact, on what was told before, and on time. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from canh.gateway.mqtt import DOOR
from canh.gateway.mqtt.content import NEW, RESTORE, Fact

OPEN_FOR_S = 86_400
"""An event whose end never came does not count as going on after so long."""
LEFT = "left"
"""The code of an event's end while another of the same condition goes on."""

Key = tuple[str, str, str]
"""Account, code, occasion."""


class Told(NamedTuple):
    """The last thing that was told of a key."""

    turn: str
    number: int
    """How often something was told; so that two openings of a door are not one."""
    at: int
    """Microseconds since 1970."""
    mark: str = ""


class News(NamedTuple):
    key: Key
    told: Told
    code: str


def key_of(fact: Fact) -> Key:
    return fact.account, fact.code, fact.occasion


def judge(fact: Fact, told: Mapping[Key, Told], now: int, *, is_retained: bool, is_again: bool) -> News | None:
    """None: nothing new. `is_again`: the broker says that it may have sent the message before."""
    before = told.get(key_of(fact))
    if fact.mark:
        return _happened(fact, before, now, is_retained=is_retained, is_again=is_again)
    if fact.occasion:
        return _event(fact, before, told, now)
    return _state(fact, before, now)


def _happened(fact: Fact, before: Told | None, now: int, *, is_retained: bool, is_again: bool) -> News | None:
    """A button. Two presses may be equal letter for letter, so only the broker knows a second delivery."""
    is_same = before is not None and before.mark == fact.mark
    if before and is_same and is_retained:
        return None
    number = (before.number if before else 0) + (0 if is_same and is_again else 1)
    return News(key_of(fact), Told(NEW, number, now, fact.mark), fact.code)


def _event(fact: Fact, before: Told | None, told: Mapping[Key, Told], now: int) -> News | None:
    """It begins once and ends once."""
    if fact.turn == NEW:
        return None if before else News(key_of(fact), Told(NEW, 1, now), fact.code)
    if before is None or before.turn != NEW:
        return None
    goes_on = _others_go_on(fact, told, now)
    return News(key_of(fact), Told(RESTORE, 1, now), LEFT if goes_on else fact.code)


def _others_go_on(fact: Fact, told: Mapping[Key, Told], now: int) -> bool:
    since = now - OPEN_FOR_S * 1_000_000
    return any(
        account == fact.account and code == fact.code and occasion not in {"", fact.occasion}
        and one.turn == NEW and one.at > since
        for (account, code, occasion), one in told.items()
    )  # fmt: skip


def _state(fact: Fact, before: Told | None, now: int) -> News | None:
    """Only a change. Calm that was never disturbed is no news."""
    holds = before is not None and before.turn == NEW
    if before and fact.lasts_s and now - before.at > fact.lasts_s * 1_000_000:
        holds = False
    if holds == (fact.turn == NEW):
        return None
    number = before.number + 1 if before else 1
    return News(key_of(fact), Told(fact.turn, number, now), fact.code)


def digest(news: News) -> str:
    """Equal for two deliveries of the same news, and for nothing else."""
    source = "\0".join((DOOR, *news.key, news.code, news.told.turn, str(news.told.number)))
    return hashlib.blake2b(source.encode(), digest_size=16).hexdigest()

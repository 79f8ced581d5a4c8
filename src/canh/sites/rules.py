"""What the register allows. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

LONGEST_TEST = timedelta(hours=12)
"""Nobody may switch a bank off for good by calling it a test: a day's work, then it must be said anew."""


def test_until(now: datetime, minutes: int) -> datetime:
    """When a test of so many minutes ends. Raises ValueError when that is none, or longer than LONGEST_TEST."""
    length = timedelta(minutes=minutes)
    if not timedelta(0) < length <= LONGEST_TEST:
        raise ValueError(f"a test lasts 1 to {LONGEST_TEST // timedelta(minutes=1)} minutes, not {minutes}")
    return now + length


SCHEMES: Mapping[str, str] = {"onvif": "onvif", "sms": "sms", "webhook": "webhook"}
"""Doors whose accounts all begin alike; at the others each program has a scheme of its own."""
SETTINGS: Mapping[str, frozenset[str]] = {"onvif": frozenset({"address", "user", "password", "rings", "serial"})}
"""What the doors can use that are listed here; the others say themselves what they make of theirs."""
NEEDED: Mapping[str, frozenset[str]] = {"onvif": frozenset({"address"})}
LONGEST_SETTING = 500


class SettingFault(StrEnum):
    MISSING = "missing"
    UNKNOWN = "unknown"
    TOO_LONG = "too_long"
    NO_ADDRESS = "no_address"


def account_as_kept(door: str, account: str) -> str:
    """DC-09 has capital letters only; elsewhere a name may tell small letters from capital ones."""
    text = account.strip()
    return text.upper() if door == "sia" and not is_receiver(text) else text


def is_receiver(account: str) -> bool:
    """A receiver that stands before Canh: it is registered beside the panels it speaks for."""
    return account.startswith("receiver:")


def is_account_of(door: str, account: str) -> bool:
    """Whether an account may report through this door: bare at `sia` (or that of a receiver), `scheme:name`
    elsewhere, and a scheme that belongs to one door at no other."""
    scheme, colon, _name = account.partition(":")
    if door == "sia":
        return not colon or is_receiver(account)
    owner = next((d for d, s in SCHEMES.items() if s == scheme), door)
    return bool(colon) and owner == door and SCHEMES.get(door, scheme) == scheme


def wrong_settings(door: str, settings: Mapping[str, str]) -> dict[str, SettingFault]:
    """Setting → what is wrong with it; {}: the door can work with them."""
    wrong = {name: SettingFault.MISSING for name in NEEDED.get(door, frozenset()) - set(settings)}
    for name, text in settings.items():
        if name not in SETTINGS.get(door, settings):
            wrong[name] = SettingFault.UNKNOWN
        elif len(text) > LONGEST_SETTING:
            wrong[name] = SettingFault.TOO_LONG
        elif name == "address" and door == "onvif" and not is_http_address(text):
            wrong[name] = SettingFault.NO_ADDRESS
    return wrong


def is_http_address(text: str) -> bool:
    """`host`, `host:port`, or either with http:// or https:// before it and a path after; no user, no blank."""
    url = text if "://" in text else f"http://{text}"
    if not re.fullmatch(r"https?://[^\s@?#\\]+", url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, brackets that do not close
        return False


LONGEST_OVERLAP = timedelta(days=30)
"""A key that is being replaced is replaced for a reason: a month of visits to the panels, not for good."""


def overlap_until(now: datetime, hours: int) -> datetime:
    """Until when the old key opens. Raises ValueError when that is no time, or longer than LONGEST_OVERLAP."""
    length = timedelta(hours=hours)
    if not timedelta(0) < length <= LONGEST_OVERLAP:
        raise ValueError(f"an overlap lasts 1 to {LONGEST_OVERLAP // timedelta(hours=1)} hours, not {hours}")
    return now + length

"""Reads of what is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from canh.channels.models import ChannelSettings
from canh.channels.terms import ChannelKind
from canh.kit import crypto


@dataclass(frozen=True, slots=True)
class Setup:
    """A channel that may be used. For the channel itself: it holds the secret."""

    facts: Mapping[str, Any]
    secret: str = field(default="", repr=False)


def all_settings() -> dict[str, ChannelSettings]:
    """By kind, as far as anything was set up; secrets are sealed."""
    return {row.kind: row for row in ChannelSettings.objects.all()}


def channels_on() -> set[str]:
    """The channels that an operator switched on."""
    return set(ChannelSettings.objects.filter(is_on=True).values_list("kind", flat=True))


def setup_of(kind: ChannelKind) -> Setup | None:
    """None: not set up. Raises crypto.CannotOpen."""
    row = ChannelSettings.objects.filter(kind=kind, is_on=True).first()
    if row is None:
        return None
    secret = crypto.unseal(bytes(row.secret_sealed), purpose(kind)).decode() if row.secret_sealed else ""
    return Setup(row.facts, secret)


def purpose(kind: str) -> str:
    return f"channel-{kind}"

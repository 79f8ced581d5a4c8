"""Reads of what is set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from canh.channels import rules
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


def is_allowed(endpoint: str, services: Sequence[str]) -> bool:
    """Whether an address is one of these: origins, or `https://*.host` for every name below a host."""
    origin = rules.origin_of(endpoint)
    host = origin.partition("://")[2].removesuffix(":443")
    below = tuple(one.partition("*")[2] for one in services if one.startswith("https://*."))
    exact = {rules.origin_of(one) for one in services if "*" not in one}
    return bool(origin) and (
        origin in exact or (origin.startswith("https://") and bool(below) and host.endswith(below))
    )


def purpose(kind: str) -> str:
    return f"channel-{kind}"

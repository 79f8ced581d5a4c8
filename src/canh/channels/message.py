"""What is sent, and what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from canh.channels.terms import OutcomeState


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one person, in their language."""

    key: str
    """The same on a retry: receivers can tell a repeat."""
    title: str
    text: str
    """One line for small screens, made to fit a text message."""
    body: str
    """Longer, plain text."""
    at: datetime
    """When that of which it tells happened."""
    is_test: bool
    is_drill: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    state: OutcomeState
    detail: str
    """For people, in the active language; no secret in it."""

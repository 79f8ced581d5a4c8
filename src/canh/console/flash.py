"""A word to the person on the next page they see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

KEY, WARNINGS = "flash", "flash_warnings"


def say(request: Any, text: str) -> None:
    request.session[KEY] = [*request.session.get(KEY, []), text]


def warn(request: Any, text: str, details: Sequence[str] = ()) -> None:
    """Something was not done, and why."""
    request.session[WARNINGS] = [*request.session.get(WARNINGS, []), [text, *details]]


def heard(request: Any) -> list[str]:
    """The words, once. Looks at the session only where there is one."""
    found: list[str] = _taken(request, KEY)
    return found


def warned(request: Any) -> list[list[str]]:
    """What was not done, once: a sentence and its details."""
    found: list[list[str]] = _taken(request, WARNINGS)
    return found


def _taken(request: Any, key: str) -> list[Any]:
    session = getattr(request, "session", None)
    return list(session.pop(key)) if session is not None and key in session else []

"""A word to the person on the next page they see."""

from __future__ import annotations

from typing import Any

KEY = "flash"


def say(request: Any, text: str) -> None:
    request.session[KEY] = [*request.session.get(KEY, []), text]


def heard(request: Any) -> list[str]:
    """The words, once. Looks at the session only where there is one."""
    session = getattr(request, "session", None)
    if session is None or KEY not in session:
        return []
    return list(session.pop(KEY))

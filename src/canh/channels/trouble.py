"""Why a message was not sent."""

from __future__ import annotations


class NotSent(Exception):
    """The one error of every channel. `detail`: for people, without a secret."""

    def __init__(self, detail: str, *, is_permanent: bool) -> None:
        super().__init__(detail)
        self.detail, self.is_permanent = detail, is_permanent


class ForNow(NotSent):
    """What stood in the way may pass."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, is_permanent=False)


class ForGood(NotSent):
    """A person must change something first."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, is_permanent=True)

"""What can go wrong with a camera, told apart by what to do about it."""

from __future__ import annotations


class Trouble(Exception):
    """The text says in one line what went wrong. `raw`: what the camera sent, as far as it is worth keeping."""

    def __init__(self, text: str, raw: bytes = b"") -> None:
        super().__init__(text)
        self.raw = raw


class NoAnswer(Trouble):
    """It is away, slow, or hung up: try again, each time later."""


class HungUp(NoAnswer):
    """It had closed a connection that we thought open: ask once more, signed anew, since a request sent twice is
    taken for a replay."""


class Refused(Trouble):
    """It does not take user and password. Trying often would lock the account in the camera."""


class SaysNo(Trouble):
    """It understood and refuses, for example because it forgot the subscription."""


class Nonsense(Trouble):
    """What it sends cannot be read."""


class AnotherCamera(Trouble):
    """A camera answers at this address, but not the one that is registered."""

"""What to make of a frame: verdict and answer. A pure decision on frame, register and time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from canh.gateway.sia import content, crypt, replay, stamp
from canh.gateway.sia.content import Message
from canh.gateway.sia.frame import Frame
from canh.gateway.sia.replay import Trace
from canh.gateway.sia.reply import Answer
from canh.gateway.sia.stamp import STANDARD, Reading
from canh.intake.terms import Dialect, Verdict

ACCEPTED, NOT_UNDERSTOOD = Verdict.ACCEPTED.value, Verdict.NOT_UNDERSTOOD.value
BAD_TIME, REPLAY = Verdict.BAD_TIME.value, Verdict.REPLAY.value


class Panel(Protocol):
    """What the decision needs of sites.queries.PanelEntry."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def old_keys(self) -> tuple[bytes, ...]: ...
    @property
    def old_keys_until(self) -> int | None: ...
    @property
    def dialect(self) -> Mapping[str, str]: ...


class Judgement(NamedTuple):
    """What is kept of a frame and what is answered."""

    verdict: str
    """A value of intake.terms.Verdict."""
    answer: Answer
    message: Message
    skew_ms: int | None = None
    """The panel's clock less ours; None without a time stamp."""
    is_alive: bool = False
    """Whether the path may count as heard: not when it may be forged or played again."""
    key: bytes | None = None
    """Which opened it: the answer is sealed with the same."""
    reading: Reading = STANDARD
    """How the answer is to write its time."""


Opened = tuple[bytes, str, bytes | None]
"""What can be read, its departures so far, the key that opened it. A bare tuple: one is made for each message."""


def judge(
    frame: Frame, panel: Panel | None, now_us: int, is_sure: bool = True, *, before: Trace | None = None, host: str = ""
) -> Judgement:
    """`panel` is None when the account is not in the register; `is_sure` is False when the register
    could not be asked again: then nobody is told to give up. `before`: the acceptance of this very
    ciphertext, if it was accepted; `host`: who sends it now.
    """
    if panel is None:
        return _unknown(frame, is_sure)
    agreed = stamp.agreed(panel.dialect) if panel.dialect else STANDARD
    if not frame.is_encrypted:
        return _plain(frame, panel, now_us, agreed)
    if frame.body in _EMPTY and frame.name in content.POLLS:
        return _empty_poll(frame, panel)
    opened = _open(frame, panel, now_us)
    if opened is None:
        return Judgement(Verdict.WRONG_KEY.value, Answer.DUH, content.closed(frame))
    # Without a time stamp an encrypted message could be an old one played again (5.5.1.9).
    found = _timed(frame, opened, now_us, agreed, is_time_needed=True)
    if before is not None and replay.is_replay(before, frame.echo, host, now_us):
        return found._replace(verdict=REPLAY, is_alive=False)
    return found


_EMPTY = frozenset({b"", b"]"})


def _unknown(frame: Frame, is_sure: bool) -> Judgement:
    if frame.is_encrypted:
        answer = Answer.DUH if is_sure else Answer.SILENCE
        return Judgement(Verdict.UNKNOWN_ACCOUNT.value, answer, content.closed(frame))
    return Judgement(Verdict.UNKNOWN_ACCOUNT.value, Answer.ACK, content.read(frame, frame.body))


def _plain(frame: Frame, panel: Panel, now_us: int, agreed: Reading) -> Judgement:
    if panel.key is not None:
        message = content.read(frame, frame.body, agreed)
        return Judgement(Verdict.DOWNGRADE.value, Answer.ACK, message, stamp.skew_ms(message.sent_at, now_us))
    return _timed(frame, (frame.body, "", None), now_us, agreed, is_time_needed=False)


def _open(frame: Frame, panel: Panel, now_us: int) -> Opened | None:
    """With the panel's key, else with the one before while its rotation lasts."""
    try:
        plain, word = crypt.decrypt(panel.key or b"", frame.body)
        return plain, word, panel.key
    except ValueError:  # CannotDecrypt, or a key of no legal size: none at all
        pass
    if panel.old_keys_until is not None and now_us >= panel.old_keys_until:
        return None
    for key in panel.old_keys:
        try:
            plain, word = crypt.decrypt(key, frame.body)
        except ValueError:
            continue
        return plain, f"{word},{Dialect.OLD_KEY}", key
    return None


def _empty_poll(frame: Frame, panel: Panel) -> Judgement:
    """Sealed, but nothing in it: anybody could send it, at any time."""
    message = content.closed(frame, Dialect.EMPTY_POLL.value)
    if panel.dialect.get("poll") == "empty":
        return Judgement(ACCEPTED, Answer.ACK, message._replace(is_understood=True), is_alive=True, key=panel.key)
    return Judgement(BAD_TIME, Answer.NAK, message)


def _timed(frame: Frame, opened: Opened, now_us: int, agreed: Reading, is_time_needed: bool) -> Judgement:
    message = content.read(frame, opened[0], agreed, opened[1])
    skew_ms = stamp.skew_ms(message.sent_at, now_us)
    if (is_time_needed or message.stamp) if skew_ms is None else not stamp.is_in_window(skew_ms):
        return _untimely(frame, opened, message, now_us, agreed, is_time_needed)
    verdict = ACCEPTED if message.is_understood else NOT_UNDERSTOOD
    return Judgement(verdict, Answer.ACK, message, skew_ms, True, opened[2], agreed)


def _untimely(
    frame: Frame, opened: Opened, message: Message, now_us: int, agreed: Reading, is_time_needed: bool
) -> Judgement:
    """A time stamp is missing or off. If another way to read it makes sense, that is noted for a person; only
    in clear, where a stamp guards nothing, a date may be read day first without being asked.
    """
    other = stamp.reading_in_window(message.stamp, now_us)
    if not is_time_needed and (other == agreed._replace(is_day_first=True) or message.sent_at is None):
        message = content.read(frame, opened[0], other or agreed)
        skew_ms = stamp.skew_ms(message.sent_at, now_us)
        verdict = ACCEPTED if message.is_understood else NOT_UNDERSTOOD
        return Judgement(verdict, Answer.ACK, message, skew_ms, True, None, other or agreed)
    if other is not None or not message.stamp:
        suggested = [Dialect.NO_TIME.value] if other is None else other.words or [Dialect.STANDARD_TIME.value]
        agreed = STANDARD if other == STANDARD else agreed
        message = content.read(frame, opened[0], agreed, ",".join([opened[1], *suggested]))
    # A plain panel proves nothing by its clock; that it spoke is still worth knowing.
    skew_ms = stamp.skew_ms(message.sent_at, now_us)
    return Judgement(BAD_TIME, Answer.NAK, message, skew_ms, not is_time_needed, opened[2], agreed)

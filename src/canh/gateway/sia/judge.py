"""What to make of a frame: verdict and answer. A pure decision on frame, register and time."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from canh.gateway.sia import content, crypt, stamp
from canh.gateway.sia.content import Message
from canh.gateway.sia.frame import Frame
from canh.gateway.sia.reply import Answer
from canh.intake.terms import Verdict

ACCEPTED, NOT_UNDERSTOOD = Verdict.ACCEPTED.value, Verdict.NOT_UNDERSTOOD.value


class Panel(Protocol):
    """What the decision needs of sites.queries.PanelEntry."""

    @property
    def key(self) -> bytes | None: ...


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


def judge(frame: Frame, panel: Panel | None, now_us: int, is_sure: bool = True) -> Judgement:
    """`panel` is None when the account is not in the register; `is_sure` is False when the register
    could not be asked again: then nobody is told to give up.
    """
    if panel is None:
        return _unknown(frame, is_sure)
    if not frame.is_encrypted:
        return _plain(frame, panel, now_us)
    try:
        message = content.read(frame, crypt.decrypt(panel.key or b"", frame.body))
    except ValueError:  # CannotDecrypt, or a key of no legal size: none at all
        return Judgement(Verdict.WRONG_KEY.value, Answer.DUH, content.closed(frame))
    # Without a time stamp an encrypted message could be an old one played again (5.5.1.9).
    return _timed(message, now_us, is_time_needed=True)


def _unknown(frame: Frame, is_sure: bool) -> Judgement:
    if frame.is_encrypted:
        answer = Answer.DUH if is_sure else Answer.SILENCE
        return Judgement(Verdict.UNKNOWN_ACCOUNT.value, answer, content.closed(frame))
    return Judgement(Verdict.UNKNOWN_ACCOUNT.value, Answer.ACK, content.read(frame, frame.body))


def _plain(frame: Frame, panel: Panel, now_us: int) -> Judgement:
    message = content.read(frame, frame.body)
    if panel.key is not None:
        return Judgement(Verdict.DOWNGRADE.value, Answer.ACK, message, _skew_ms(message, now_us))
    return _timed(message, now_us, is_time_needed=False)


def _timed(message: Message, now_us: int, is_time_needed: bool) -> Judgement:
    skew_ms = _skew_ms(message, now_us)
    if is_time_needed if skew_ms is None else not stamp.is_in_window(skew_ms):
        # A plain panel proves nothing by its clock; that it spoke is still worth knowing.
        return Judgement(Verdict.BAD_TIME.value, Answer.NAK, message, skew_ms, is_alive=not is_time_needed)
    verdict = ACCEPTED if message.is_understood else NOT_UNDERSTOOD
    return Judgement(verdict, Answer.ACK, message, skew_ms, is_alive=True)


def _skew_ms(message: Message, now_us: int) -> int | None:
    return None if message.sent_at is None else (message.sent_at - now_us) // 1000

"""What to make of a proven request: verdict, entries, answer. A pure decision on request, account and time."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import NamedTuple

from canh.gateway.webhook import DOOR, alertmanager, proof, signals
from canh.gateway.webhook.answer import Answer, Fault, kept, refuse
from canh.gateway.webhook.content import Content, Event, digest
from canh.gateway.webhook.http import Request
from canh.intake.journal import Entry
from canh.intake.observation import Observation, to_json
from canh.intake.terms import Verdict

SIGNALS, ALERTMANAGER = "/v1/signals", "/v1/alertmanager"
PATHS = frozenset({SIGNALS, ALERTMANAGER})


class Letter(NamedTuple):
    """A request with what is known of it."""

    request: Request
    account: str
    peer: str
    received_at: int


class Judgement(NamedTuple):
    answer: Answer
    entries: Sequence[Entry] = ()
    names: Sequence[str] = ()
    """To be remembered once it is kept (`name_of`)."""
    ended: Sequence[str] = ()
    """To be forgotten then: the next alert of this name is a new one."""
    is_alive: bool = False
    """Whether the account may count as heard."""
    verdict: Verdict = Verdict.ACCEPTED
    skew_ms: int | None = None


def refused(letter: Letter, verdict: Verdict, answer: Answer) -> Judgement:
    """Kept as it came, without a meaning of its own."""
    seen = Observation(protocol="WEBHOOK", account=letter.account)
    return Judgement(answer, [_entry(letter, verdict, letter.request.body, seen)], verdict=verdict)


def name_of(seen: Observation) -> str:
    """Under which a kept event is remembered: of an alert its present occurrence, else the event itself."""
    return f"{seen.account} {seen.number}" if seen.number else seen.digest


def judge_signals(letter: Letter, known: Container[str]) -> Judgement:
    """The signature is proven. `known`: what was kept before."""
    headers = letter.request.headers
    stamped = proof.stamp_us(headers)
    if stamped is None:
        return refused(letter, Verdict.BAD_TIME, _clock_answer(letter))
    signature = headers.get(proof.SIGNATURE, "")
    content = signals.read(letter.request.body, letter.account, signature, stamped)
    skew_ms = (stamped - letter.received_at) // 1000
    if not proof.is_in_window(stamped, letter.received_at):
        return _late(letter, content)
    if content.faults:
        return _wrong(letter, content)._replace(skew_ms=skew_ms)
    fresh = _unknown(content.events, known)
    entries = [_entry(letter, Verdict.ACCEPTED, e.raw, e.seen) for e in fresh]
    answer = kept(len(fresh), len(content.events) - len(fresh))
    return Judgement(answer, entries, [e.seen.digest for e in fresh], is_alive=True, skew_ms=skew_ms)


def judge_alerts(letter: Letter, known: Container[str]) -> Judgement:
    """The secret is right. An alert told before goes on: it must not ring again at a desk that has it."""
    content = alertmanager.read(letter.request.body, letter.account)
    if content.faults:
        return _wrong(letter, content)
    seen = [_still(e.seen) if e.seen.turn == "new" and name_of(e.seen) in known else e.seen for e in content.events]
    entries = [_entry(letter, Verdict.ACCEPTED, e.raw, one) for e, one in zip(content.events, seen, strict=True)]
    repeats = sum(one.turn == "still" for one in seen)
    names = [name_of(one) for one in seen if one.turn != "restore"]
    ended = [name_of(one) for one in seen if one.turn == "restore"]
    return Judgement(kept(len(entries), repeats), entries, names, ended, is_alive=True)


def _still(seen: Observation) -> Observation:
    return replace(seen, turn="still")


def _unknown(events: Sequence[Event], known: Container[str]) -> list[Event]:
    """Without what was kept before, or stands twice in one list."""
    fresh: dict[str, Event] = {}
    for event in events:
        if event.seen.digest not in known:
            fresh.setdefault(event.seen.digest, event)
    return list(fresh.values())


def _late(letter: Letter, content: Content) -> Judgement:
    """Signed, but by a wrong clock, or an old request played again: it may ring, it may not calm. The digest is
    another one, so that the sender's next try with the right clock is no repeat of this."""
    seen = [(e.raw, replace(e.seen, digest=digest(e.seen.digest, "late"))) for e in content.events]
    entries = [_entry(letter, Verdict.BAD_TIME, raw, one) for raw, one in seen]
    if not entries:
        return refused(letter, Verdict.BAD_TIME, _clock_answer(letter))
    return Judgement(_clock_answer(letter), entries, verdict=Verdict.BAD_TIME)


def _clock_answer(letter: Letter) -> Answer:
    return refuse(401, Fault("bad_clock"), now=letter.received_at // 1_000_000)


def _wrong(letter: Letter, content: Content) -> Judgement:
    answer = refuse(400, *content.faults)
    return refused(letter, Verdict.NOT_UNDERSTOOD, answer)._replace(is_alive=True)


def _entry(letter: Letter, verdict: Verdict, raw: bytes, seen: Observation) -> Entry:
    return Entry(letter.received_at, DOOR, letter.peer, verdict.value, raw, to_json([seen]))

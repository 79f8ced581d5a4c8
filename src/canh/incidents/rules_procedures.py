"""Procedures: which steps are asked, what is still undone, whether a case may be closed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from canh.incidents.terms_procedures import DONE, NO, YES, AnswerKind, Fault


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    text: Mapping[str, str]
    """Language -> words."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, and how it is answered."""

    key: str
    text: Mapping[str, str]
    """Language -> words; `vi` always."""
    answer: AnswerKind = AnswerKind.DONE
    is_mandatory: bool = True
    choices: tuple[Choice, ...] = ()
    due_s: int | None = None
    """Seconds since the case was opened. None: no time is set."""
    when: tuple[str, str] | None = None
    """Asked only when this earlier step has this answer."""

    @property
    def values(self) -> tuple[str, ...]:
        """Answers it can have; empty: any words."""
        fixed = {AnswerKind.DONE: (DONE,), AnswerKind.YES_NO: (YES, NO), AnswerKind.TEXT: ()}
        return fixed[self.answer] if self.answer in fixed else tuple(c.value for c in self.choices)


@dataclass(frozen=True, slots=True)
class Given:
    """The newest answer of a step."""

    value: str = ""
    is_skipped: bool = False


Answers = Mapping[str, Given]


def asked(steps: Sequence[Step], answers: Answers) -> list[Step]:
    """The steps that are asked, in order: those without a condition, and those whose condition an asked step
    fulfils. A step whose condition was taken back is asked no more, and so is what hangs on it."""
    found: list[Step] = []
    for step in steps:
        if step.when is None or any(s.key == step.when[0] and _has(answers, *step.when) for s in found):
            found.append(step)
    return found


def _has(answers: Answers, key: str, value: str) -> bool:
    given = answers.get(key)
    return given is not None and not given.is_skipped and given.value == value


def undone(steps: Sequence[Step], answers: Answers) -> list[Step]:
    """Mandatory steps that were neither answered nor skipped with a reason: while there is one, the case stays open."""
    return [step for step in asked(steps, answers) if step.is_mandatory and step.key not in answers]


def next_step(steps: Sequence[Step], answers: Answers) -> Step | None:
    """The first step that is asked and has no answer."""
    return next((step for step in asked(steps, answers) if step.key not in answers), None)


def due_at(step: Step, opened_at: datetime) -> datetime | None:
    """Until when it should be answered; None: no time is set."""
    return None if step.due_s is None else opened_at + timedelta(seconds=step.due_s)


def is_overdue(step: Step, answers: Answers, opened_at: datetime, now: datetime) -> bool:
    """Asked, not answered, and its time is over."""
    due = due_at(step, opened_at)
    return step.key not in answers and due is not None and now > due


def fits(step: Step, value: str) -> bool:
    """Whether a step can have this answer."""
    return bool(value.strip()) if step.answer == AnswerKind.TEXT else value in step.values


# ── What can be published ────────────────────────────────────────────────


def faults(steps: Sequence[Step]) -> list[tuple[int | None, Fault]]:
    """What keeps a procedure from being published: number of the step from 1 (None: as a whole) and why."""
    found: list[tuple[int | None, Fault]] = []
    if not steps:
        return [(None, Fault.EMPTY)]
    before: dict[str, Step] = {}
    for number, step in enumerate(steps, start=1):
        found += [(number, fault) for fault in _faults_of(step, before)]
        before[step.key] = step
    if not any(step.is_mandatory for step in steps):
        found.append((None, Fault.NOTHING_MUST))
    return found


def _faults_of(step: Step, before: Mapping[str, Step]) -> list[Fault]:
    found = [] if step.text.get("vi", "").strip() else [Fault.NO_TEXT]
    if step.answer == AnswerKind.CHOICE:
        found += [Fault.FEW_CHOICES] if len(step.choices) < 2 else []
        found += [Fault.SAME_CHOICES] if len(set(step.values)) < len(step.choices) else []
    if step.when is not None:
        parent = before.get(step.when[0])
        if parent is None:
            found.append(Fault.BACKWARD)
        elif parent.answer == AnswerKind.TEXT or step.when[1] not in parent.values:
            found.append(Fault.IMPOSSIBLE)
    return found


# ── As it is kept ────────────────────────────────────────────────────────


def read(raw: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Steps from JSON or TOML. Raises KeyError or ValueError when they are not well formed."""
    return [_read(one) for one in raw]


def _read(raw: Mapping[str, Any]) -> Step:
    when = raw.get("when")
    return Step(
        key=raw["key"], text=_text(raw), answer=AnswerKind(raw["answer"]), is_mandatory=raw.get("mandatory", False),
        choices=tuple(Choice(c["value"], _text(c)) for c in raw.get("choices", ())), due_s=raw.get("due_s"),
        when=(when[0], when[1]) if when else None,
    )  # fmt: skip


def _text(raw: Mapping[str, Any]) -> dict[str, str]:
    return {language: raw[language] for language in ("vi", "en") if raw.get(language)}


def write(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as JSON keeps them."""
    return [
        {
            "key": step.key, **step.text, "answer": step.answer.value, "mandatory": step.is_mandatory,
            "choices": [{"value": c.value, **c.text} for c in step.choices], "due_s": step.due_s,
            "when": list(step.when) if step.when else None,
        }
        for step in steps
    ]  # fmt: skip

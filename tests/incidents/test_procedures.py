"""Procedures: what is asked, what holds, who was first; and cases that cannot be closed before everything is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from canh.accounts.queries import viewer
from canh.accounts.terms import Role
from canh.alarms import actions as alarms
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.incidents import actions_cases as cases
from canh.incidents import actions_procedures as acts
from canh.incidents import queries_procedures as queries
from canh.incidents import rules_procedures as rules
from canh.incidents.actions_cases import Lesson, NotDone
from canh.incidents.actions_procedures import AnsweredBefore
from canh.incidents.models import Incident, IncidentEvent
from canh.incidents.models_procedures import Answer, Procedure
from canh.incidents.rules_procedures import Choice, Given, Step
from canh.incidents.steps import GroupAlarms
from canh.incidents.terms_procedures import AnswerKind, Fault
from tests.cast import Cast
from tests.clock import START, Hands, stopped
from tests.senders import copy, entry

LESSON = Lesson("khống chế nhân viên", "cửa sau không khóa", "bảo vệ vắng")


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


def ring(account: str = "1001", code: str = "HA", zone: str = "1") -> Alarm:
    copy(entry(account, code, zone))
    RaiseAlarms()()
    GroupAlarms()()
    return Alarm.objects.latest("last_at", "id")


def opened(account: str = "1001", code: str = "HA", zone: str = "1") -> Incident:
    return Incident.objects.get(members__alarm=ring(account, code, zone))


def done(case: Incident, user: object, **values: str) -> None:
    for key, value in values.items():
        known = queries.plan_of(case).answers.get(key)
        acts.answer_step(case, user, key, value, known.id if known else 0)  # type: ignore[arg-type]


def keys(steps: list[Step]) -> list[str]:
    return [step.key for step in steps]


def end_alarms(case: Incident, cast: Cast, reason: str = "real") -> None:
    for member in case.members.all():
        alarm = Alarm.objects.get(id=member.alarm_id)
        if alarm.state == "unacknowledged":
            alarm = alarms.acknowledge_alarm(alarm, cast.chi)
        alarms.close_alarm(alarm, cast.chi, reason)


# ── Rules ────────────────────────────────────────────────────────────────

A = Step("a", {"vi": "A"}, AnswerKind.YES_NO)
B = Step("b", {"vi": "B"}, AnswerKind.DONE, when=("a", "yes"))
C = Step("c", {"vi": "C"}, AnswerKind.CHOICE, choices=(Choice("x", {"vi": "X"}), Choice("y", {"vi": "Y"})),
         when=("b", "done"))  # fmt: skip
D = Step("d", {"vi": "D"}, AnswerKind.TEXT, is_mandatory=False, due_s=60)
STEPS = [A, B, C, D]


@pytest.mark.parametrize(
    ("answers", "asked", "undone", "following"),
    [
        ({}, "ad", "a", "a"),
        ({"a": "no"}, "ad", "", "d"),
        ({"a": "yes"}, "abd", "b", "b"),
        ({"a": "yes", "b": "done"}, "abcd", "c", "c"),
        ({"a": "yes", "b": "done", "c": "y", "d": "…"}, "abcd", "", None),
        ({"a": "no", "b": "done"}, "ad", "", "d"),  # taken back: what hung on it is asked no more
    ],
)
def test_branches(answers: dict[str, str], asked: str, undone: str, following: str | None) -> None:
    told = {key: Given(value) for key, value in answers.items()}
    assert "".join(keys(rules.asked(STEPS, told))) == asked
    assert "".join(keys(rules.undone(STEPS, told))) == undone
    found = rules.next_step(STEPS, told)
    assert (found.key if found else None) == following


def test_a_skipped_step_is_done_and_opens_no_branch() -> None:
    told = {"a": Given(is_skipped=True)}
    assert keys(rules.asked(STEPS, told)) == ["a", "d"]
    assert rules.undone(STEPS, told) == []


def test_late_is_after_its_time_and_only_while_nobody_answered() -> None:
    late = START + timedelta(seconds=60)
    assert not rules.is_overdue(D, {}, START, late)
    assert rules.is_overdue(D, {}, START, late + timedelta(seconds=1))
    assert not rules.is_overdue(D, {"d": Given("x")}, START, late + timedelta(hours=1))
    assert not rules.is_overdue(A, {}, START, late + timedelta(days=9))


STEP = st.builds(
    Step, key=st.sampled_from("abcde"), text=st.just({"vi": "x"}), answer=st.sampled_from([AnswerKind.DONE,
    AnswerKind.YES_NO]), is_mandatory=st.booleans(), when=st.none() | st.tuples(st.sampled_from("abcde"),
    st.sampled_from(["yes", "no", "done"])),
)  # fmt: skip


@given(st.lists(STEP, max_size=6, unique_by=lambda s: s.key), st.dictionaries(st.sampled_from("abcde"),
       st.builds(Given, st.sampled_from(["yes", "no", "done"]), st.booleans())))  # fmt: skip
def test_what_is_asked_hangs_on_what_is_asked(steps: list[Step], answers: dict[str, Given]) -> None:
    found = rules.asked(steps, answers)
    seen: set[str] = set()
    for step in found:
        assert step.when is None or step.when[0] in seen
        seen.add(step.key)
    assert [s for s in steps if s in found] == found  # in the order of the procedure
    assert all(s.is_mandatory and s.key not in answers and s in found for s in rules.undone(steps, answers))


@given(st.lists(STEP, max_size=6, unique_by=lambda s: s.key))
def test_what_can_be_published_can_be_carried_out(steps: list[Step]) -> None:
    """Whatever holds: by answering each next step somehow, every procedure without a fault comes to its end."""
    if rules.faults(steps):
        return
    answers: dict[str, Given] = {}
    while (step := rules.next_step(steps, answers)) is not None:
        answers[step.key] = Given(step.values[0])
    assert rules.undone(steps, answers) == []


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([], (None, Fault.EMPTY)),
        ([Step("a", {"vi": " "})], (1, Fault.NO_TEXT)),
        ([Step("a", {"vi": "A"}, AnswerKind.CHOICE)], (1, Fault.FEW_CHOICES)),
        ([Step("a", {"vi": "A"}, AnswerKind.CHOICE, choices=(Choice("x", {}), Choice("x", {})))],
         (1, Fault.SAME_CHOICES)),
        ([B, A], (1, Fault.BACKWARD)),
        ([B], (1, Fault.BACKWARD)),
        ([D, Step("e", {"vi": "E"}, when=("d", "x"))], (2, Fault.IMPOSSIBLE)),
        ([A, Step("e", {"vi": "E"}, when=("a", "done"))], (2, Fault.IMPOSSIBLE)),
        ([D], (None, Fault.NOTHING_MUST)),
    ],
)  # fmt: skip
def test_what_cannot_be_published(steps: list[Step], fault: tuple[int | None, Fault]) -> None:
    assert fault in rules.faults(steps)


def test_steps_are_kept_and_read_back() -> None:
    assert rules.read(rules.write(STEPS)) == STEPS


def test_every_kind_that_opens_a_case_has_a_procedure_in_both_languages() -> None:
    from canh.incidents.queries import grouping

    built_in = queries.built_in(START.date())
    assert set(grouping(START.date()).opens) <= set(built_in)
    for steps in built_in.values():
        assert all(set(step.text) == {"vi", "en"} for step in steps)
        assert all(set(choice.text) == {"vi", "en"} for step in steps for choice in step.choices)


# ── In a case ────────────────────────────────────────────────────────────


def test_a_hold_up_from_the_first_step_to_the_end(hands: Hands, cast: Cast) -> None:
    case = opened()
    assert keys(queries.plan_of(case).undone) == ["police", "video", "unit", "result"]
    with pytest.raises(NotDone) as refused:
        cases.close_case(case, cast.chi, "real", LESSON)
    assert (len(refused.value.steps), len(refused.value.alarms)) == (4, 1)
    done(case, cast.chi, police="done", video="armed")
    assert "tell_police" in keys(queries.plan_of(case).undone)
    done(case, cast.chi, tell_police="done", unit="done", result="Công an đã có mặt, 09:40")
    with pytest.raises(NotDone) as refused:
        cases.close_case(case, cast.chi, "real", LESSON)
    assert (refused.value.steps, len(refused.value.alarms)) == ([], 1)
    end_alarms(case, cast)
    closed = cases.close_case(case, cast.chi, "real", LESSON)
    assert (closed.outcome, closed.gap, closed.closed_by) == ("real", "cửa sau không khóa", cast.chi)
    assert IncidentEvent.objects.get(incident=case).kind == "closed"
    with pytest.raises(ValidationError, match="đã kết thúc"):
        acts.answer_step(case, cast.chi, "nobody_in", "done")


def test_a_step_undone_keeps_the_case_open_whatever_the_outcome(hands: Hands, cast: Cast) -> None:
    case = opened("1002", "BA")
    end_alarms(case, cast, "user_error")
    for outcome in ("user_error", "drill", "test"):
        with pytest.raises(NotDone):
            cases.close_case(case, cast.chi, outcome, Lesson())


def test_a_skip_needs_a_reason_and_stands_before_the_supervisor_until_seen(hands: Hands, cast: Cast) -> None:
    case = opened()
    with pytest.raises(ValidationError, match="vì sao"):
        acts.skip_step(case, cast.dung, "police", "  ")
    acts.skip_step(case, cast.dung, "police", "Công an đang ở tại chỗ")
    assert "police" not in keys(queries.plan_of(case).undone)
    head, other = viewer(cast.chi), viewer(cast.person(Role.SECURITY_HEAD, cast.schools))
    [answer] = queries.skipped(head)
    assert (answer.reason, answer.by) == ("Công an đang ở tại chỗ", cast.dung)
    assert not queries.skipped(other).exists()
    acts.mark_seen(answer, cast.chi)
    assert not queries.skipped(head).exists()


def test_two_who_answer_at_once_one_wins_and_the_other_is_told(hands: Hands, cast: Cast) -> None:
    case = opened()
    first = acts.answer_step(case, cast.chi, "video", "people", 0)
    with pytest.raises(AnsweredBefore) as before:
        acts.answer_step(case, cast.dung, "video", "nothing", 0)
    assert before.value.answer == first
    corrected = acts.answer_step(case, cast.dung, "video", "nothing", first.id)
    assert [a.value for a in queries.history_of(corrected.run)] == ["people", "nothing"]  # the earlier one stays
    assert acts.answer_step(case, cast.dung, "video", "nothing", corrected.id) == corrected  # a repeat is harmless
    assert Answer.objects.count() == 2


@pytest.mark.parametrize(("key", "value"), [("police", "yes"), ("video", ""), ("video", "dragon"), ("result", "  ")])
def test_what_is_no_answer_is_refused(hands: Hands, cast: Cast, key: str, value: str) -> None:
    with pytest.raises(ValidationError, match="trả lời đúng"):
        acts.answer_step(opened(), cast.chi, key, value)


def test_a_step_that_is_not_asked_cannot_be_answered(hands: Hands, cast: Cast) -> None:
    for key in ("tell_police", "no-such-step"):
        with pytest.raises(ValidationError, match="không còn được hỏi"):
            acts.answer_step(opened(), cast.chi, key, "done")


def test_a_graver_case_gets_the_procedure_of_its_new_kind(hands: Hands, cast: Cast) -> None:
    case = opened("1001", "BA", "2")
    assert case.kind == "intrusion"
    done(case, cast.chi, video="people")
    ring("1001", "HA", "1")
    case.refresh_from_db()
    assert (case.kind, Incident.objects.count()) == ("hold_up", 1)
    assert "police" in keys(queries.plan_of(case).undone)
    assert [run.kind for run in queries.runs_of(case)] == ["intrusion"]  # what was done before stays
    done(case, cast.chi, police="done")
    assert [run.kind for run in queries.runs_of(case)] == ["intrusion", "hold_up"]


def test_a_real_case_needs_its_lesson_or_why_there_is_none(hands: Hands, cast: Cast) -> None:
    case = opened("1002", "TA")
    done(case, cast.chi, work="yes")
    end_alarms(case, cast)
    for lesson in (Lesson(), Lesson("cạy tủ", "", "x"), Lesson("  ", "  ", "  ", "  ")):
        with pytest.raises(ValidationError, match="thủ đoạn"):
            cases.close_case(case, cast.chi, "real", lesson)
    assert cases.close_case(case, cast.chi, "real", Lesson(none_found="không có dấu vết")).none_found


def test_closed_once_and_reopened_with_a_reason(hands: Hands, cast: Cast) -> None:
    case = opened("1002", "TA")
    done(case, cast.chi, work="yes")
    end_alarms(case, cast, "test")
    with pytest.raises(ValidationError, match="kết quả"):
        cases.close_case(case, cast.chi, "", Lesson())
    cases.close_case(case, cast.chi, "test", Lesson())
    with pytest.raises(ValidationError, match="đã kết thúc rồi"):
        cases.close_case(case, cast.chi, "test", Lesson())
    with pytest.raises(ValidationError):
        cases.reopen_case(case, cast.chi, " ")
    assert cases.reopen_case(case, cast.chi, "thợ quên ốc").closed_at is None
    with pytest.raises(ValidationError, match="đang mở"):
        cases.reopen_case(case, cast.chi, "lần nữa")


def test_an_alarm_that_is_reopened_reopens_its_case(hands: Hands, cast: Cast) -> None:
    case = opened("1002", "TA")
    done(case, cast.chi, work="yes")
    end_alarms(case, cast, "test")
    cases.close_case(case, cast.chi, "test", Lesson())
    alarms.reopen_alarm(Alarm.objects.get(), cast.chi, "lại mở nắp")
    GroupAlarms()()
    case.refresh_from_db()
    assert (case.closed_at, case.outcome) == (None, "")
    assert list(case.events.values_list("kind", flat=True)) == ["closed", "reopened"]


# ── Written by a unit ────────────────────────────────────────────────────


def own(cast: Cast, *steps: Step, unit: object = None, kind: str = "hold_up") -> Procedure:
    procedure = acts.begin_draft(unit or cast.banking, kind, cast.chi)  # type: ignore[arg-type]
    acts.save_draft(procedure, steps, cast.chi)
    acts.publish(procedure, cast.chi)
    return procedure


def test_the_nearest_unit_above_decides(hands: Hands, cast: Cast) -> None:
    case = opened()
    assert queries.plan_of(case).version is None
    own(cast, A, unit=cast.city)
    assert keys(queries.plan_of(case).steps) == ["a"]
    own(cast, A, B)
    assert keys(queries.plan_of(case).steps) == ["a", "b"]
    own(cast, D, A, unit=cast.schools)
    assert keys(queries.plan_of(case).steps) == ["a", "b"]
    acts.retire(Procedure.objects.get(unit=cast.banking), cast.chi)
    assert keys(queries.plan_of(case).steps) == ["a"]


def test_a_case_keeps_the_version_with_which_it_began(hands: Hands, cast: Cast) -> None:
    procedure, case = own(cast, A, B), opened()
    done(case, cast.chi, a="yes")
    acts.begin_draft(cast.banking, "hold_up", cast.chi)
    procedure.refresh_from_db()
    acts.save_draft(procedure, [A], cast.chi)
    assert acts.publish(procedure, cast.chi).number == 2
    plan = queries.plan_of(case)
    assert (keys(plan.steps), plan.version and plan.version.number) == (["a", "b"], 1)
    assert keys(queries.plan_of(opened("1003", "HA")).steps) == ["a"]


def test_a_draft_starts_from_what_holds_and_changes_nothing_before_it_is_published(hands: Hands, cast: Cast) -> None:
    procedure = acts.begin_draft(cast.banking, "hold_up", cast.chi)
    assert "police" in keys(queries.draft_of(procedure))
    acts.save_draft(procedure, [A], cast.chi)
    assert queries.plan_of(opened()).version is None
    acts.discard_draft(procedure, cast.chi)
    procedure.refresh_from_db()
    with pytest.raises(ValidationError, match="bản nháp"):
        acts.publish(procedure, cast.chi)


def test_everything_that_is_wrong_is_said_at_once(hands: Hands, cast: Cast) -> None:
    procedure = acts.begin_draft(cast.banking, "hold_up", cast.chi)
    acts.save_draft(procedure, [B, Step("x", {"vi": ""}, is_mandatory=False)], cast.chi)
    with pytest.raises(ValidationError) as error:
        acts.publish(procedure, cast.chi)
    assert [m[:6] for m in error.value.messages] == ["Bước 1", "Bước 2"]


def test_two_who_write_do_not_overwrite_each_other(hands: Hands, cast: Cast) -> None:
    procedure = acts.begin_draft(cast.banking, "hold_up", cast.chi)
    known = procedure.draft_at.isoformat() if procedure.draft_at else ""
    hands.forward(1)
    acts.save_draft(procedure, [A], cast.chi, known)
    with pytest.raises(ValidationError):
        acts.save_draft(procedure, [D], cast.chi, known)
    assert keys(queries.draft_of(Procedure.objects.get())) == ["a"]


def test_each_sees_the_procedures_of_their_units(hands: Hands, cast: Cast) -> None:
    own(cast, A)
    assert queries.procedures(viewer(cast.chi)).count() == 1
    assert queries.procedures(viewer(cast.person(Role.SECURITY_HEAD, cast.schools))).count() == 0

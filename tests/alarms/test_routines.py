"""Openings of banks: the second person, duress, the vault, crews that are expected and crews that are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from canh.alarms import actions, routines, rules_routines
from canh.alarms import actions_routines as acts
from canh.alarms import queries_routines as queries
from canh.alarms.actions_shelf import shelve_alarm
from canh.alarms.models_routines import CashCount, Clear, CrewVisit, Holder, Routine
from canh.alarms.rules_routines import Clear as Given
from canh.alarms.rules_routines import Opened, Visit, Window
from canh.alarms.steps_routines import CheckRoutines
from canh.alarms.terms_routines import RoutineKind
from canh.audit.models import Line
from canh.incidents.models import Incident
from canh.intake.journal import Entry
from canh.intake.models import Signal
from canh.intake.observation import Observation, to_json
from canh.kit import clock
from canh.sites import actions as sites
from tests.alarms.barehouse import alarm_of, ringing
from tests.cast import make_cast
from tests.clock import stopped
from tests.senders import entry
from tests.watch import Night, data_folder

DAWN = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # a Monday, 07:30 in Hanoi
TABLE = queries.routine_table(DAWN.date())
MINUTE = timedelta(minutes=1)


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped(DAWN) as hands:
        yield Night(hands)


class Bank:
    """The branch, with the codes of three people: two whose numbers the panel knows, and one it does not."""

    def __init__(self, night: Night) -> None:
        self.night, self.cast = night, make_cast()
        self.site = self.cast.bank
        people = [("Mai", "1"), ("Nam", "2"), ("Oanh", "")]
        self.codes = {name: acts.add_holder(self.site, self.cast.chi, name, number)[1] for name, number in people}
        self.ask(all_clear=True)
        night.engine()

    def ask(self, *, all_clear: bool = False, vault: bool = False, minutes: int | None = None) -> None:
        acts.set_rule(
            self.site, self.cast.chi, asks_all_clear=all_clear, all_clear_min=minutes, asks_vault_second=vault
        )

    def hears(self, code: str, user: str = "", partition: str = "") -> None:
        """A message of the panel, and the looks of the engine that come within some seconds."""
        self.night.arrives(_report(code, user, partition))
        for _look in range(3):
            self.night.hands.forward(2)
            self.night.engine()

    def waits(self, minutes: float) -> None:
        self.night.hands.forward(minutes * 60)
        self.night.engine()

    def gives(self, name: str, kind: str = "opening", *, duress: bool = False) -> bool:
        code = self.codes[name]
        given = acts.give_clear(self.site, self.cast.an, rules_routines.duress_of(code) if duress else code, kind)
        self.night.engine()
        return given

    @property
    def ringing(self) -> list[str]:
        return ringing(self.cast.chi)


def _report(code: str, user: str, partition: str) -> Entry:
    made = entry("1001", code, user=user)
    if not partition:
        return made
    seen = Observation(
        protocol="SIA-DCS", account="1001", code=code, partition=partition, user=user, digest=f"{clock.now_us():032x}"
    )
    return replace(made, facts=to_json([seen]))


@pytest.fixture
def bank(night: Night) -> Bank:
    return Bank(night)


# ── The all-clear ────────────────────────────────────────────────────────


def test_a_missing_all_clear_rings_once_and_ends_when_it_comes(bank: Bank) -> None:
    bank.hears("OP", user="1")
    bank.waits(9.8)
    assert bank.ringing == []
    bank.waits(0.2)
    assert bank.ringing == ["all_clear_missing"]
    alarm = alarm_of("all_clear_missing")
    assert (alarm.site, alarm.priority, alarm.is_drill) == (bank.site, 2, False)
    bank.waits(30)
    alarm.refresh_from_db()
    assert alarm.count == 1
    assert bank.gives("Nam")
    assert bank.ringing == []
    assert Routine.objects.get().state == "given"


def test_given_in_time_nothing_rings(bank: Bank) -> None:
    bank.hears("OP", user="1")
    assert bank.gives("Nam")
    bank.waits(60)
    assert (bank.ringing, Signal.objects.filter(door="own").count()) == ([], 0)


def test_who_opened_cannot_answer_for_themselves(bank: Bank) -> None:
    bank.hears("OP", user="001")
    assert not bank.gives("Mai")
    assert not bank.gives("Mai")
    bank.waits(10)
    assert bank.ringing == ["all_clear_missing"]


def test_where_the_panel_does_not_say_who_opened_two_must_answer(bank: Bank) -> None:
    bank.hears("OP")
    assert not bank.gives("Mai")
    assert not bank.gives("Mai")
    assert bank.gives("Nam")
    bank.waits(60)
    assert bank.ringing == []


def test_who_has_no_number_may_be_who_opened(bank: Bank) -> None:
    bank.hears("OP", user="1")
    assert not bank.gives("Oanh")
    assert bank.gives("Nam")


def test_a_code_given_just_before_the_opening_is_heard_counts(bank: Bank) -> None:
    bank.gives("Nam")
    bank.waits(1)
    bank.hears("OP", user="1")
    bank.waits(60)
    assert bank.ringing == []


def test_one_given_long_before_does_not(bank: Bank) -> None:
    bank.gives("Nam")
    bank.waits(3)
    bank.hears("OP", user="1")
    bank.waits(10)
    assert bank.ringing == ["all_clear_missing"]


def test_closed_again_it_is_over(bank: Bank) -> None:
    bank.hears("OP", user="1")
    bank.waits(11)
    bank.hears("CL", user="1")
    bank.waits(1)
    assert bank.ringing == []
    assert Routine.objects.get().state == "over"
    bank.hears("OP", user="1")
    bank.waits(11)
    assert bank.ringing == ["all_clear_missing"]


def test_closed_and_opened_again_at_once_asks_anew(bank: Bank) -> None:
    bank.hears("OP", user="1")
    bank.gives("Nam")
    bank.waits(5)
    bank.night.arrives(entry("1001", "CL", user="1"), entry("1001", "OP", user="1"))
    bank.waits(0.1)
    assert Routine.objects.filter(ended_at__isnull=True).count() == 1
    bank.waits(11)
    assert bank.ringing == ["all_clear_missing"]


def test_its_own_minutes_count(bank: Bank) -> None:
    bank.ask(all_clear=True, minutes=3)
    bank.hears("OP", user="1")
    bank.waits(2.8)
    assert bank.ringing == []
    bank.waits(0.2)
    assert bank.ringing == ["all_clear_missing"]


def test_while_the_premises_are_worked_on_nobody_is_missing(bank: Bank) -> None:
    sites.put_on_test(actor_id=bank.cast.chi.id, site=bank.site, minutes=60, reason="bảo trì")
    bank.hears("OP", user="1")
    bank.waits(20)
    assert (bank.ringing, Routine.objects.get().state) == ([], "over")
    assert Routine.objects.get().missing_at is None


def test_after_a_night_without_the_engine_there_is_time_to_answer(bank: Bank) -> None:
    bank.night.stop_engine()
    bank.hears("OP", user="1")
    bank.waits(120)
    bank.night.start_engine()
    bank.night.engine()
    bank.waits(1.9)
    assert bank.ringing == []
    bank.waits(0.2)
    assert bank.ringing == ["all_clear_missing"]


def test_told_before_a_crash_and_not_marked_it_rings_once(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.hears("OP", user="1")

    def crash(*_args: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(routines, "_mark", crash)
        bank.night.hands.forward(600)
        with pytest.raises(RuntimeError):
            CheckRoutines()()
    bank.waits(1)
    bank.waits(1)
    assert (bank.ringing, alarm_of("all_clear_missing").count) == (["all_clear_missing"], 1)


def test_premises_that_ask_for_nothing_are_asked_nothing(bank: Bank) -> None:
    bank.ask()
    bank.hears("OP", user="1")
    assert not Routine.objects.exists()


# ── Duress ───────────────────────────────────────────────────────────────


def test_under_duress_it_looks_the_same_and_is_a_hold_up_at_the_desk(bank: Bank) -> None:
    bank.hears("OP", user="1")
    assert bank.gives("Nam", duress=True) is True
    assert Routine.objects.get().state == "given"
    alarm = alarm_of("all_clear_duress")
    assert (bank.ringing, alarm.kind, alarm.priority) == (["all_clear_duress"], "duress", 1)
    assert Incident.objects.get(members__alarm=alarm).kind == "duress"  # with its procedure: call 113, not the premises
    given = [_row_of(bank, "Nam", duress=duress) for duress in (False, True)]
    assert given[0] == given[1]


def _row_of(bank: Bank, name: str, *, duress: bool) -> dict[str, object]:
    """What is written of a code where the premises can look."""
    bank.gives(name, duress=duress)
    row = Clear.objects.order_by("-id").values().first() or {}
    return {name: value for name, value in row.items() if name not in {"id", "at"}}


def test_duress_rings_also_on_test_and_is_never_shelved(bank: Bank) -> None:
    sites.put_on_test(actor_id=bank.cast.chi.id, site=bank.site, minutes=60, reason="bảo trì")
    bank.gives("Nam", duress=True)
    assert bank.ringing == ["all_clear_duress"]
    with pytest.raises(ValidationError):
        shelve_alarm(alarm_of("all_clear_duress"), bank.cast.chi, MINUTE, "repair")


def test_each_cry_for_help_rings_anew(bank: Bank) -> None:
    bank.gives("Nam", duress=True)
    alarm = actions.acknowledge_alarm(alarm_of("all_clear_duress"), bank.cast.chi)
    bank.waits(5)
    bank.gives("Mai", duress=True)
    alarm.refresh_from_db()
    assert (alarm.state, alarm.count) == ("unacknowledged", 2)


@given(st.integers(0, 999_999))
def test_a_code_and_its_duress_code(number: int) -> None:
    code = f"{number:06d}"
    duress = rules_routines.duress_of(code)
    assert rules_routines.is_code(duress)
    assert duress != code
    assert duress[:-1] == code[:-1]
    assert rules_routines.normal_of(duress) == code


# ── Codes ────────────────────────────────────────────────────────────────


def test_wrong_codes_are_told_after_four(bank: Bank) -> None:
    wrong = next(f"{n:06d}" for n in range(1000) if not _is_near(f"{n:06d}", bank))
    for tries in range(1, 6):
        with pytest.raises(ValidationError, match="mã này"):
            acts.give_clear(bank.site, bank.cast.an, wrong, "opening")
        bank.night.engine()
        assert bank.ringing == (["all_clear_wrong"] if tries == 5 else [])


def _is_near(code: str, bank: Bank) -> bool:
    return code[:-1] in {known[:-1] for known in bank.codes.values()}


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "１２３４５６", "----"])
def test_what_is_no_code_is_said_and_counts_as_no_try(bank: Bank, typed: str) -> None:
    with pytest.raises(ValidationError, match="sáu chữ số"):
        acts.give_clear(bank.site, bank.cast.an, typed, "opening")


def test_a_code_is_kept_nowhere_and_two_are_never_alike(bank: Bank) -> None:
    for n in range(30):
        bank.codes[f"Người {n}"] = acts.add_holder(bank.site, bank.cast.chi, f"Người {n}")[1]
    stems = [code[:-1] for code in bank.codes.values()]
    assert len(stems) == len(set(stems))
    rows = str(list(Holder.objects.values()))
    assert not any(code in rows for code in bank.codes.values())


def test_a_code_of_other_premises_says_nothing_here(bank: Bank) -> None:
    with pytest.raises(ValidationError):
        acts.give_clear(bank.cast.fund, bank.cast.an, bank.codes["Mai"], "opening")


def test_who_left_has_no_code_and_two_must_stay(bank: Bank) -> None:
    oanh = Holder.objects.get(name="Oanh")
    acts.remove_holder(oanh, bank.cast.chi)
    with pytest.raises(ValidationError):
        bank.gives("Oanh")
    with pytest.raises(ValidationError, match="Hai người"):
        acts.remove_holder(Holder.objects.get(name="Nam"), bank.cast.chi)


def test_nobody_is_asked_where_nobody_could_answer(bank: Bank) -> None:
    with pytest.raises(ValidationError, match="hai người"):
        acts.set_rule(bank.cast.fund, bank.cast.chi, asks_all_clear=True, all_clear_min=None, asks_vault_second=False)


# ── The vault ────────────────────────────────────────────────────────────


@pytest.fixture
def vault(bank: Bank) -> Bank:
    """Partition 2 is the vault; it may be opened on Mondays from 8 to 9."""
    sites.add_zone(actor_id=None, panel=bank.cast.bank_panel, number=9, partition=2, name="Kho quỹ", use="vault")
    bank.ask(vault=True)
    acts.add_window(bank.site, bank.cast.chi, [1], time(8), time(9))
    bank.hears("CL", user="1", partition="2")
    bank.waits(40)  # 08:10
    return bank


def test_a_vault_opened_by_one_person_rings(vault: Bank) -> None:
    vault.hears("OP", user="1", partition="2")
    vault.waits(2.8)
    assert vault.ringing == []
    vault.waits(0.2)
    assert vault.ringing == ["vault_one_person"]
    assert alarm_of("vault_one_person").priority == 2
    vault.gives("Nam", "vault")
    assert vault.ringing == []


def test_two_at_the_vault_in_its_time_are_as_it_should_be(vault: Bank) -> None:
    vault.hears("OP", user="1", partition="2")
    assert vault.gives("Nam", "vault")
    vault.waits(30)
    assert vault.ringing == []


def test_an_all_clear_of_the_door_is_no_answer_for_the_vault(vault: Bank) -> None:
    vault.gives("Nam", "opening")
    vault.hears("OP", user="1", partition="2")
    vault.waits(4)
    assert vault.ringing == ["vault_one_person"]


def test_outside_its_window_the_vault_rings_at_once_until_it_is_closed(vault: Bank) -> None:
    vault.waits(60)  # 09:10
    vault.hears("OP", user="1", partition="2")
    vault.gives("Nam", "vault")
    assert vault.ringing == ["vault_outside_window"]
    assert alarm_of("vault_outside_window").priority == 1
    vault.hears("CL", user="1", partition="2")
    vault.waits(1)
    assert vault.ringing == []


def test_opening_the_hall_is_no_opening_of_the_vault(vault: Bank) -> None:
    vault.waits(60)
    vault.hears("OP", user="1", partition="1")
    vault.waits(10)
    assert vault.ringing == []


@pytest.mark.parametrize(
    ("moment", "inside"),
    [("09T08:00", True), ("09T07:59", False), ("09T08:59", True), ("09T09:00", False), ("10T08:30", False)],
)
def test_windows(moment: str, inside: bool) -> None:
    at = datetime.fromisoformat(f"2026-03-{moment}")
    assert rules_routines.is_in_window([Window(1, time(8), time(9))], at) is inside
    assert rules_routines.is_in_window([], at)


# ── Crews ────────────────────────────────────────────────────────────────


def _plan(bank: Bank, plate: str = "29A-123.45", hours: float = 1) -> CrewVisit:
    begin = clock.now() + timedelta(hours=hours)
    return acts.plan_visit(bank.site, bank.cast.an, kind="transit", company="Vận chuyển Sao Mai", plate=plate,
                           people=3, from_at=begin, until_at=begin + timedelta(hours=1))  # fmt: skip


def test_an_expected_crew_is_let_in_once(bank: Bank) -> None:
    visit = _plan(bank)
    bank.waits(60)
    assert acts.confirm_crew(bank.site, bank.cast.binh, "29a 12345") == visit
    bank.night.engine()
    assert bank.ringing == []
    with pytest.raises(ValidationError, match="đã được báo"):
        acts.confirm_crew(bank.site, bank.cast.binh, "29A-123.45")
    bank.night.engine()
    assert bank.ringing == ["crew_unknown"]


@pytest.mark.parametrize("case", ["unknown plate", "too early", "too late", "cancelled", "other premises"])
def test_an_unknown_crew_cannot_be_confirmed_and_the_desk_knows(bank: Bank, case: str) -> None:
    visit = _plan(bank)
    bank.waits({"too early": 30, "too late": 136}.get(case, 60))
    if case == "cancelled":
        acts.cancel_visit(visit, bank.cast.an)
    plate = "30F-999.99" if case == "unknown plate" else "29A-123.45"
    site = bank.cast.fund if case == "other premises" else bank.site
    with pytest.raises(ValidationError, match="đã được báo"):
        acts.confirm_crew(site, bank.cast.binh, plate)
    bank.night.engine()
    assert bank.ringing == ["crew_unknown"]
    assert (alarm_of("crew_unknown").site, alarm_of("crew_unknown").priority) == (site, 2)
    assert CrewVisit.objects.get().came_at is None


@pytest.mark.parametrize("minutes", [45, 60, 120, 135])
def test_a_quarter_of_an_hour_early_or_late_is_in_time(bank: Bank, minutes: int) -> None:
    visit = _plan(bank)
    bank.waits(minutes)
    assert acts.confirm_crew(bank.site, bank.cast.binh, "29A12345").id == visit.id


def test_what_cannot_be_announced(bank: Bank) -> None:
    with pytest.raises(ValidationError):
        _plan(bank, plate="--")
    with pytest.raises(ValidationError):
        _plan(bank, hours=-2)


def test_the_earliest_of_two_visits_is_meant() -> None:
    at = DAWN
    visits = [Visit(2, "A1", at + MINUTE * 10, at + MINUTE * 60), Visit(1, "A1", at - MINUTE * 10, at + MINUTE * 20)]
    found = rules_routines.expected_crew(visits, "a-1", at, TABLE)
    assert found is not None
    assert found.id == 1


# ── Cash ─────────────────────────────────────────────────────────────────


def test_more_cash_than_the_limit_rings_until_a_count_is_within_it(bank: Bank) -> None:
    with pytest.raises(ValidationError, match="hạn mức"):
        acts.count_cash(bank.site, bank.cast.an, 1)
    acts.set_rule(bank.site, bank.cast.chi, asks_all_clear=False, all_clear_min=None, asks_vault_second=False,
                  cash_limit=500)  # fmt: skip
    for millions, rings in ((500, False), (501, True), (900, True), (500, False), (0, False)):
        acts.count_cash(bank.site, bank.cast.an, millions)
        bank.night.engine()
        bank.waits(1)
        assert bank.ringing == (["cash_over_limit"] if rings else [])
    assert (alarm_of("cash_over_limit").priority, alarm_of("cash_over_limit").count) == (3, 2)


def test_how_much_it_was_is_kept_nowhere(bank: Bank) -> None:
    acts.set_rule(bank.site, bank.cast.chi, asks_all_clear=False, all_clear_min=None, asks_vault_second=False,
                  cash_limit=500)  # fmt: skip
    acts.count_cash(bank.site, bank.cast.an, 734_211)
    bank.night.engine()
    kept = [str(list(table.objects.values())) for table in (CashCount, Signal, Line)]
    assert not any("734211" in rows for rows in kept)


# ── The rule, for any order of codes ─────────────────────────────────────

GIVEN = st.builds(
    Given, holder=st.integers(1, 4), user_number=st.just(""), at=st.integers(-300, 900).map(
        lambda s: DAWN + timedelta(seconds=s)), kind=st.sampled_from(["opening", "vault"]),
)  # fmt: skip


@given(st.lists(GIVEN, max_size=8), st.sampled_from(["", "1", "2"]))
def test_nobody_ever_answers_for_themselves(clears: list[Given], by_number: str) -> None:
    """Holders 1 and 2 have numbers at the panel, 3 and 4 have none."""
    known = [replace(c, user_number=str(c.holder) if c.holder < 3 else "") for c in clears]
    opened = Opened(RoutineKind.OPENING, DAWN, by_number)
    found = rules_routines.second_person(opened, known, TABLE)
    fitting = [c for c in known if c.kind == "opening" and c.at >= DAWN - TABLE.before]
    others = {c.holder for c in fitting if str(c.holder) != by_number or not by_number}
    enough = len(others) > 1 or bool(by_number and others & {1, 2})
    assert (found is not None) is enough
    if found is not None and by_number:
        assert found.user_number != by_number


# ── Cost ─────────────────────────────────────────────────────────────────


def test_many_openings_cost_the_same_queries(bank: Bank, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bank.hears("OP", user="1")
    first = Routine.objects.get()
    change = first.change
    for n in range(20):
        change.pk = change.id = change.id + 1 + n
        change.save(force_insert=True)
        arming = first.arming
        arming.pk = arming.id = arming.id + 1 + n
        arming.partition = str(n + 3)
        arming.save(force_insert=True)
        first.pk = first.id = first.id + 1 + n
        first.arming, first.change = arming, change
        first.save(force_insert=True)
    bank.night.hands.forward(1200)
    with django_assert_num_queries(8):
        routines.look(clock.now(), 200)
    assert Routine.objects.filter(missing_at__isnull=False).count() == 21
    with django_assert_num_queries(1):
        routines.look(clock.now(), 200)

"""Arming: the panel is the truth; of bare sensors Canh decides, and nothing that is only unknown rings or opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from canh.alarms import actions_arming, queries_arming, rules_arming
from canh.alarms.models import Alarm
from canh.alarms.models_arming import Arming, ArmingChange, Bypass, Sensor
from canh.alarms.rules_arming import Guard, Moved, Ruling
from canh.alarms.steps import RaiseAlarms
from canh.alarms.terms_arming import ArmState
from canh.incidents.models import Incident
from canh.intake import codes
from canh.intake.journal import Entry
from canh.intake.models import Signal
from canh.intake.observation import from_json, to_json
from canh.intake.terms import Kind
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites import actions_hours
from canh.sites.models import Panel
from tests.alarms.barehouse import (
    BUTTON,
    DOOR,
    HALL,
    VAULT,
    WINDOW,
    bare,
    closes,
    opens,
    ringing,
    says,
    seen_by,
    states,
    story,
)
from tests.cast import Cast, make_cast
from tests.clock import START, stopped
from tests.senders import copy, entry
from tests.watch import Night, data_folder

TABLE = queries_arming.arming_table(START.date())


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped() as hands:
        yield Night(hands)


@pytest.fixture
def cast(night: Night) -> Cast:
    return make_cast()


# ── What codes say ───────────────────────────────────────────────────────


def test_every_code_of_the_table_is_listed_by_intake() -> None:
    for protocol, code in [*TABLE.words, *TABLE.contacts, *TABLE.lost, *TABLE.decided, *TABLE.until_opening]:
        assert codes.meaning(protocol, code, "new", START.date()).is_listed, (protocol, code)


@pytest.mark.parametrize("protocol", ["SIA-DCS", "SUR-GARD"])
def test_every_opening_and_closing_that_intake_knows_says_something(protocol: str) -> None:
    silent = {"abort", "closing_extended", "recent_closing", "point_closing", "point_opening", "exit_error"}
    rows = [row for row in codes.listing() if row["protocol"] == protocol and row["row"][0] == Kind.OPEN_CLOSE]
    assert [r["code"] for r in rows if r["row"][2] not in silent and (protocol, r["code"]) not in TABLE.words] == []


@pytest.mark.parametrize(("code", "turn", "expected"), [
    (("SIA-DCS", "OP"), "new", "disarmed"), (("SIA-DCS", "CL"), "new", "armed_away"),
    (("SIA-DCS", "NL"), "new", "armed_stay"), (("SIA-DCS", "NB"), "new", "armed_night"),
    (("SIA-DCS", "CI"), "new", "late"), (("SIA-DCS", "CC"), "new", "failed"), (("SIA-DCS", "BA"), "new", ""),
    (("ADM-CID", "401"), "new", "disarmed"), (("ADM-CID", "401"), "restore", "armed_away"),
    (("ADM-CID", "441"), "restore", "armed_stay"), (("ADM-CID", "454"), "new", "late"),
    (("ADM-CID", "454"), "restore", ""), (("WEBHOOK", "armed"), "new", "armed_away"),
    (("WEBHOOK", "armed"), "restore", "disarmed"), (("WEBHOOK", "disarmed"), "restore", "armed_away"),
    (("SMS", "open"), "restore", "armed_away"),
])  # fmt: skip
def test_what_a_code_says(code: tuple[str, str], turn: str, expected: str) -> None:
    assert TABLE.says(code, turn) == expected


@pytest.mark.parametrize(("state", "expected"), [
    ("armed_home", "armed_stay"), ("armed_away", "armed_away"), ("armed_night", "armed_night"),
    ("armed_vacation", "armed_away"), ("armed_custom_bypass", "armed_away"), ("", "armed_away"),
])  # fmt: skip
def test_home_assistant_tells_how_it_is_armed(state: str, expected: str) -> None:
    assert TABLE.says(("HASS", "opening"), "restore", state) == expected
    assert TABLE.says(("HASS", "opening"), "new", "disarmed") == "disarmed"


# ── The panel is the truth ───────────────────────────────────────────────


def test_a_panel_opens_and_closes_its_partitions(night: Night, cast: Cast) -> None:
    night.arrives(entry("1002", "OP", user="7"))
    night.hands.forward(600)
    night.arrives(entry("1002", "CL", user="7"))
    [row] = Arming.objects.filter(site=cast.school)
    assert (row.panel, row.partition, row.state, row.user_number) == (cast.school_panel, "", "armed_away", "7")
    assert row.since_at == clock.now()
    assert story(cast.school) == [("unknown", "disarmed", "panel"), ("disarmed", "armed_away", "panel")]


def test_a_report_on_a_second_path_changes_nothing(night: Night, cast: Cast) -> None:
    night.arrives(entry("1002", "OP", user="7"))
    night.hands.forward(5)
    night.arrives(entry("1002", "OP", user="7"))
    assert len(story(cast.school)) == 1


def test_opened_anew_while_it_counts_as_open_is_written_down(night: Night, cast: Cast) -> None:
    night.arrives(entry("1002", "OP", user="7"))
    night.hands.forward(3600)
    night.arrives(entry("1002", "OP", user="9"))
    assert story(cast.school)[-1] == ("disarmed", "disarmed", "panel")
    assert Arming.objects.get(site=cast.school).user_number == "9"


def test_partitions_stand_apart_and_the_panel_as_a_whole_moves_all(night: Night, cast: Cast) -> None:
    for code, partition in (("OP", "1"), ("OP", "02"), ("CL", "2")):
        night.arrives(_of_partition(code, partition))
    assert states(cast.school) == {"1": "disarmed", "2": "armed_away"}
    night.arrives(entry("1002", "CL"))
    assert states(cast.school) == {"1": "armed_away", "2": "armed_away"}


def test_a_panel_that_begins_to_name_its_partition_leaves_none_behind(night: Night, cast: Cast) -> None:
    night.arrives(entry("1002", "OP"))
    night.arrives(_of_partition("CL", "1"))
    assert states(cast.school) == {"1": "armed_away"}


def _of_partition(code: str, partition: str) -> Entry:
    made = entry("1002", code)
    [seen] = from_json(made.facts)
    return replace(made, facts=to_json([replace(seen, partition=partition)]))


@pytest.mark.parametrize(
    ("verdict", "expected"), [("downgrade", "disarmed"), ("replay", "disarmed"), ("accepted", "armed_away")]
)
def test_calm_needs_proof(night: Night, cast: Cast, verdict: str, expected: str) -> None:
    night.arrives(entry("1001", "OP"))
    night.hands.forward(600)
    night.arrives(entry("1001", "CL", verdict=verdict))
    assert states(cast.bank) == {"": expected}


def test_an_unproven_opening_is_believed(night: Night, cast: Cast) -> None:
    night.arrives(entry("1001", "CL"), entry("1001", "OP", verdict="downgrade"))
    assert states(cast.bank) == {"": "disarmed"}


def test_what_a_panel_calls_an_intrusion_rings_whether_it_is_open_or_not(night: Night, cast: Cast) -> None:
    night.arrives(entry("1002", "OP"), entry("1002", "BA", "1"))
    assert ringing(cast.chi) == ["BA"]


def test_a_home_assistant_panel_is_the_truth_too(night: Night, cast: Cast) -> None:
    account = "hass:tu@nha"
    sites.add_panel(actor_id=None, site=cast.fund, account=account, door="mqtt", kind="sensor", name="Tủ Alarmo")
    for code, turn, state in (("arming", "new", ""), ("opening", "restore", "armed_home"), ("pending", "new", ""),
                              ("opening", "new", "disarmed")):  # fmt: skip
        night.hands.forward(30)
        night.arrives(says(account, code, turn, **({"state": state} if state else {})))
    assert [after for _b, after, _c in story(cast.fund)] == ["arming", "armed_stay", "pending", "disarmed"]
    night.arrives(says(account, "triggered"))
    assert ringing(cast.dung) == ["triggered"], "it decided that it rings, though it is registered as a sensor"
    night.arrives(says(account, "unavailable"))
    assert states(cast.fund) == {"": "disarmed"}


def test_a_panel_bypasses_a_zone_until_it_is_opened(night: Night, cast: Cast) -> None:
    night.arrives(entry("1002", "BB", "2"), entry("1002", "CL"))
    [one] = queries_arming.bypasses(cast.school.id)
    assert (one.zone_number, one.name, one.source) == ("2", "Phòng máy", "panel")
    night.hands.forward(600)
    night.arrives(entry("1002", "OP"))
    assert not queries_arming.bypasses(cast.school.id).exists()


def test_a_hold_up_bypass_ends_only_when_it_is_told(night: Night, cast: Cast) -> None:
    night.arrives(entry("1001", "HB", "1"), entry("1001", "CL"))
    night.hands.forward(600)
    night.arrives(entry("1001", "OP"))
    assert queries_arming.bypasses(cast.bank.id).count() == 1
    night.arrives(entry("1001", "HU", "1"))
    assert not queries_arming.bypasses(cast.bank.id).exists()


# ── Bare sensors: the rule ───────────────────────────────────────────────

RULINGS = [
    # state, mode, use, tripped, what becomes of it
    ("unknown", "", "interior", False, Ruling.RING),
    ("disarmed", "", "interior", False, Ruling.HOLD_DISARMED),
    ("disarmed", "", "perimeter", False, Ruling.HOLD_DISARMED),
    ("disarmed", "", "vault", False, Ruling.RING),
    ("disarmed", "", "hold_up", False, Ruling.RING),
    ("disarmed", "", "technical", False, Ruling.RING),
    ("arming", "armed_away", "entry", False, Ruling.HOLD_EXIT),
    ("arming", "armed_away", "vault", False, Ruling.RING),
    ("armed_away", "", "entry", False, Ruling.DELAY),
    ("armed_away", "", "interior", False, Ruling.RING),
    ("armed_away", "", "perimeter", False, Ruling.RING),
    ("armed_away", "", "", False, Ruling.RING),
    ("armed_away", "", "entry", True, Ruling.RING),
    ("armed_stay", "", "interior", False, Ruling.HOLD_DISARMED),
    ("armed_stay", "", "entry", False, Ruling.DELAY),
    ("armed_night", "", "entry", False, Ruling.RING),
    ("armed_night", "", "interior", False, Ruling.HOLD_DISARMED),
    ("pending", "armed_away", "entry", False, Ruling.HOLD_ENTRY),
    ("pending", "armed_away", "interior", False, Ruling.HOLD_ENTRY),
    ("pending", "armed_away", "perimeter", False, Ruling.RING),
    ("pending", "armed_stay", "interior", False, Ruling.HOLD_DISARMED),
]


@pytest.mark.parametrize(("state", "mode", "use", "is_tripped", "expected"), RULINGS)
def test_what_rings(state: str, mode: str, use: str, is_tripped: bool, expected: Ruling) -> None:
    guard = Guard(state, mode, is_tripped, START + timedelta(seconds=30))
    found = rules_arming.ruling(guard, use, START, has_delay=True, is_bypassed=False)
    assert found == expected
    assert rules_arming.ruling(guard, use, START, has_delay=True, is_bypassed=True) == Ruling.HOLD_BYPASSED


def test_without_an_entry_delay_the_door_rings_at_once() -> None:
    assert rules_arming.ruling(Guard("armed_away"), "entry", START, has_delay=False, is_bypassed=False) == Ruling.RING


def test_a_delay_that_is_over_holds_nothing_back() -> None:
    guard = Guard("pending", "armed_away", until=START)
    assert rules_arming.ruling(guard, "interior", START, has_delay=True, is_bypassed=False) == Ruling.RING


@given(st.sampled_from(sorted(ArmState.values)), st.sampled_from(["hold_up", "fire", "vault", "technical"]))
def test_what_is_always_on_always_rings(state: str, use: str) -> None:
    assert rules_arming.ruling(Guard(state, "armed_away"), use, START, has_delay=True, is_bypassed=False) == Ruling.RING


def test_history_tells_how_it_stood() -> None:
    at = [START + timedelta(seconds=n) for n in range(5)]
    changes = [Moved(at[1], "unknown", "disarmed"), Moved(at[3], "disarmed", "armed_away")]
    now = Guard("armed_away")
    found = [rules_arming.guard_at(changes, moment, now).state for moment in at]
    assert found == ["unknown", "disarmed", "disarmed", "armed_away", "armed_away"]


# ── Bare sensors: stories ────────────────────────────────────────────────


@pytest.fixture
def fund(night: Night, cast: Cast) -> dict[str, Panel]:
    return bare(cast)


def arm(night: Night, cast: Cast, mode: str = "armed_away") -> None:
    """Armed, and everybody is out."""
    actions_arming.arm(cast.fund.id, cast.dung, mode)
    night.passes(61, 61)


def test_sensors_that_nobody_ever_armed_ring_as_before(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    night.arrives(opens(DOOR))
    assert ringing(cast.dung) == ["contact"]


def test_disarmed_sensors_are_kept_with_the_reason_and_ring_nobody(
    night: Night, cast: Cast, fund: dict[str, Panel]
) -> None:
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.arrives(opens(DOOR), opens(HALL), opens(WINDOW))
    assert ringing(cast.dung) == []
    assert set(Signal.objects.values_list("held_back", flat=True)) == {"disarmed"}
    night.arrives(opens(VAULT), says(BUTTON, "hold_up"), says(DOOR, "tamper"))
    assert sorted(ringing(cast.dung)) == ["contact", "hold_up", "tamper"]


def test_out_by_the_door_then_armed_then_a_window_rings(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    night.arrives(opens(DOOR))
    row = actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    assert (row.state, row.until_at) == ("arming", clock.now() + timedelta(seconds=60))
    night.passes(20, 20)
    night.arrives(opens(HALL), closes(DOOR))
    night.passes(41, 41)
    assert states(cast.fund) == {"": "armed_away"}
    held = dict(Signal.objects.filter(turn="new").values_list("account", "held_back"))
    assert held[HALL] == "exit"
    night.arrives(opens(WINDOW))
    assert "contact" in ringing(cast.dung)
    assert story(cast.fund) == [("unknown", "arming", "person"), ("arming", "armed_away", "exit_over")]
    assert Arming.objects.get(site=cast.fund).user == cast.dung


def test_home_in_time_and_nobody_is_called(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    arm(night, cast)
    night.arrives(opens(DOOR))
    row = Arming.objects.get(site=cast.fund)
    assert (row.state, row.until_at) == ("pending", clock.now() + timedelta(seconds=30))
    night.passes(10, 10)
    night.arrives(opens(HALL))
    night.passes(19, 19)
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.passes(120, 120)
    assert ringing(cast.dung) == []
    assert set(Signal.objects.filter(turn="new").values_list("held_back", flat=True)) == {"entry"}


def test_nobody_disarmed_in_time_and_what_was_seen_rings_with_its_true_age(
    night: Night, cast: Cast, fund: dict[str, Panel]
) -> None:
    arm(night, cast)
    opened_at = clock.now()
    night.arrives(opens(DOOR))
    night.passes(10, 10)
    night.arrives(opens(HALL))
    night.passes(21, 21)
    found = Alarm.objects.order_by("received_at")
    assert [(a.code, a.panel) for a in found] == [("contact", fund[DOOR]), ("motion", fund[HALL])]
    assert found[0].received_at == opened_at
    assert Incident.objects.get().members.count() == 2
    assert states(cast.fund) == {"": "armed_away"}
    assert [cause for _b, _a, cause in story(cast.fund)] == ["person", "exit_over", "entry", "entry_over"]
    night.arrives(closes(DOOR), opens(DOOR))
    assert Arming.objects.get().state == "armed_away", "nobody gets a second delay"


def test_a_window_rings_at_once_while_the_delay_runs(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    arm(night, cast)
    night.arrives(opens(DOOR), opens(WINDOW))
    assert ringing(cast.dung) == ["contact"]
    assert Alarm.objects.get().panel == fund[WINDOW]


def test_with_people_inside_the_interior_is_left_out(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    arm(night, cast, "armed_stay")
    night.arrives(opens(HALL))
    assert ringing(cast.dung) == []
    night.arrives(opens(WINDOW))
    assert ringing(cast.dung) == ["contact"]


def test_an_open_window_keeps_it_from_being_armed(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.arrives(opens(WINDOW))
    with pytest.raises(actions_arming.StandsOpen, match="Cửa sổ"):
        actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    assert states(cast.fund) == {"": "disarmed"}
    night.arrives(closes(WINDOW))
    arm(night, cast)
    assert states(cast.fund) == {"": "armed_away"}


def test_or_it_is_armed_without_it_until_it_is_disarmed(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    actions_hours.set_rule(cast.fund, actor_id=cast.chi.id, on_open="bypass")
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.arrives(opens(WINDOW))
    arm(night, cast)
    [left_out] = queries_arming.bypasses(cast.fund.id)
    assert (left_out.name, left_out.source) == ("Cửa sổ", "arming")
    night.arrives(closes(WINDOW), opens(WINDOW))
    assert ringing(cast.dung) == []
    actions_arming.disarm(cast.fund.id, cast.dung)
    assert not queries_arming.bypasses(cast.fund.id).exists()
    assert ArmingChange.objects.get(cause="exit_over").facts == {"bypassed": ["Cửa sổ"]}


def test_the_door_that_stays_open_behind_somebody_is_told(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.arrives(opens(DOOR))
    arm(night, cast)
    assert states(cast.fund) == {"": "disarmed"}
    assert ringing(cast.dung) == ["failed_to_arm"]
    assert ArmingChange.objects.get(cause="zone_open").facts == {"open": ["Cửa chính"]}
    night.arrives(closes(DOOR))
    arm(night, cast)
    assert ringing(cast.dung) == [], "armed at last: back to normal by itself"


def test_a_sensor_that_does_not_answer_is_neither_open_nor_an_intruder(
    night: Night, cast: Cast, fund: dict[str, Panel]
) -> None:
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.arrives(opens(WINDOW), says(WINDOW, "offline"))
    arm(night, cast)
    assert states(cast.fund) == {"": "armed_away"}
    assert ArmingChange.objects.get(cause="exit_over").facts == {"silent": ["Cửa sổ"]}
    night.arrives(says(HALL, "unavailable"), says(HALL, "unavailable", "restore"), says(WINDOW, "offline", "restore"))
    assert [a.kind for a in Alarm.objects.all()] == ["fault", "fault"]
    assert Sensor.objects.filter(lost_at__isnull=False).count() == 0


@pytest.mark.parametrize("stopped_at", [5, 30])
def test_a_restart_within_the_exit_delay_arms_when_it_is_over(
    night: Night, cast: Cast, fund: dict[str, Panel], stopped_at: int
) -> None:
    actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    until = clock.now() + timedelta(seconds=60)
    night.passes(stopped_at, stopped_at)
    night.stop_engine()
    night.journal(opens(HALL))
    night.hands.forward(3600)
    night.journal(opens(WINDOW))
    night.start_engine()
    night.engine()
    row = Arming.objects.get()
    assert (row.state, row.since_at) == ("armed_away", until)
    assert [a.panel for a in Alarm.objects.all()] == [fund[WINDOW]], "who walked out is no intruder, the window is"


def test_a_door_left_open_while_the_engine_was_away_is_found_when_it_looks(
    night: Night, cast: Cast, fund: dict[str, Panel]
) -> None:
    actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    night.stop_engine()
    night.hands.forward(10)
    night.journal(opens(DOOR))
    night.hands.forward(3600)
    night.start_engine()
    night.engine()
    assert (states(cast.fund), ringing(cast.dung)) == ({"": "disarmed"}, ["failed_to_arm"])


def test_a_restart_within_the_entry_delay_rings_unless_somebody_disarmed(
    night: Night, cast: Cast, fund: dict[str, Panel]
) -> None:
    arm(night, cast)
    night.arrives(opens(DOOR))
    night.stop_engine()
    night.hands.forward(20)
    actions_arming.disarm(cast.fund.id, cast.dung)  # the console works without the engine
    night.hands.forward(600)
    night.start_engine()
    night.engine()
    assert ringing(cast.dung) == []
    night.arrives(closes(DOOR))
    arm(night, cast)
    night.arrives(opens(DOOR))
    night.stop_engine()
    night.hands.forward(600)
    night.start_engine()
    night.engine()
    assert ringing(cast.dung) == ["contact"]


@pytest.mark.parametrize(("disarmed_after", "expected"), [(20, []), (40, ["contact"])])
def test_what_the_engine_sees_late_is_judged_as_it_was_then(
    night: Night, cast: Cast, fund: dict[str, Panel], disarmed_after: int, expected: list[str]
) -> None:
    arm(night, cast)
    night.stop_engine()
    night.journal(opens(DOOR))
    night.hands.forward(disarmed_after)
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.hands.forward(60)
    night.journal(opens(HALL))
    night.start_engine()
    night.engine()
    assert ringing(cast.dung) == expected


def test_a_restart_changes_no_state_and_rings_nothing(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    arm(night, cast)
    before = story(cast.fund)
    night.stop_engine()
    night.hands.forward(8 * 3600)
    night.start_engine()
    night.engine()
    assert (states(cast.fund), story(cast.fund), ringing(cast.dung)) == ({"": "armed_away"}, before, [])


def test_on_test_no_delay_begins(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    arm(night, cast)
    sites.put_on_test(actor_id=cast.chi.id, site=cast.fund, minutes=30, reason="Thay pin")
    night.arrives(opens(DOOR))
    assert states(cast.fund) == {"": "armed_away"}
    assert Signal.objects.get(account=DOOR).held_back == "on_test"


# ── Left out ─────────────────────────────────────────────────────────────


def test_a_person_leaves_a_sensor_out_for_a_time_and_says_why(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    until = clock.now() + timedelta(hours=2)
    place = {"panel_id": fund[WINDOW].id, "zone_number": ""}
    with pytest.raises(ValidationError, match="lý do"):
        actions_arming.leave_out(cast.fund.id, cast.dung, **place, reason=" ", until_at=until)
    with pytest.raises(ValidationError, match="7 ngày"):
        actions_arming.leave_out(cast.fund.id, cast.dung, **place, reason="x", until_at=until + timedelta(days=7))
    actions_arming.leave_out(cast.fund.id, cast.dung, **place, reason="Thay kính", until_at=until)
    arm(night, cast)
    night.arrives(opens(WINDOW))
    assert ringing(cast.dung) == []
    night.hands.forward(2 * 3600)
    night.engine()
    assert Bypass.objects.get().ended_at == until
    night.arrives(closes(WINDOW), opens(WINDOW))
    assert ringing(cast.dung) == ["contact"]


def test_hold_up_and_what_a_panel_guards_are_not_left_out_here(
    night: Night, cast: Cast, fund: dict[str, Panel]
) -> None:
    until = clock.now() + timedelta(hours=1)
    sites.add_zone(actor_id=None, panel=fund[BUTTON], number=1, name="Nút", use="hold_up")
    for panel in (fund[BUTTON], cast.fund_panel):
        with pytest.raises(ValidationError):
            actions_arming.leave_out(
                cast.fund.id, cast.dung, panel_id=panel.id, zone_number="", reason="x", until_at=until
            )


def test_premises_of_a_panel_are_not_armed_here(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="tại tủ"):
        actions_arming.arm(cast.bank.id, cast.dung, "armed_away")


def test_the_stranger_sees_no_state(night: Night, cast: Cast, fund: dict[str, Panel]) -> None:
    arm(night, cast)
    assert [c.site for c in queries_arming.visible_to(seen_by(cast.dung))] == [cast.fund]
    assert not queries_arming.visible_to(seen_by(cast.la)).exists()
    assert not queries_arming.board(seen_by(cast.la)).exists()


def test_a_batch_of_sensors_costs_the_same_queries_whatever_its_size(
    night: Night, cast: Cast, fund: dict[str, Panel], django_assert_max_num_queries: object
) -> None:
    actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    turns = [says(DOOR, turn=turn) for turn in ("new", "restore") * 60]
    copy(*turns, *[entry("1002", code) for code in ("OP", "CL") * 30], gateway="gw2")
    with django_assert_max_num_queries(48):  # type: ignore[operator]
        RaiseAlarms()()

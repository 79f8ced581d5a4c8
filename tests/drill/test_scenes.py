"""The script as shipped, and the choice of the next scene."""

import copy
import tomllib
from datetime import date
from importlib.resources import files

import pytest

from canh.alarms.queries import priorities
from canh.drill import scenes
from canh.drill.dc09 import Speech
from canh.drill.scenes import Actor, Scene, Step, ZoneRef
from canh.intake.codes import meaning
from canh.intake.terms import Kind, Turn
from canh.sites.terms import SiteKind, ZoneUse
from tests.drill.stage import dice

SCRIPT = scenes.load()
RAW = tomllib.loads(files("canh.drill").joinpath("data/scenes.toml").read_text("utf-8"))
TODAY = date(2026, 1, 1)
STEPS = [
    pytest.param(scene, step, speech, id=f"{scene.id}-{step.at}-{speech}")
    for scene in SCRIPT.scenes
    for step in scene.steps
    for speech in Speech
]


def actor(account: str = "2001", kind: str = "bank_branch", speaks: Speech = Speech.SIA) -> Actor:
    zones = {use: [ZoneRef(10 * n + k, 2) for k in (1, 2, 3)] for n, use in enumerate(ZoneUse.values, start=1)}
    return Actor(account, None, speaks, kind, zones)


def scene(name: str) -> Scene:
    return next(s for s in SCRIPT.scenes if s.id == name)


def test_the_tempo_is_one_a_person_can_follow() -> None:
    assert SCRIPT.tempo.opening_s < 5
    assert SCRIPT.tempo.gap_s == (60, 120)
    assert SCRIPT.tempo.open_limit == 12


def test_scenes_are_told_apart_and_speak_of_known_kinds() -> None:
    assert len({s.id for s in SCRIPT.scenes}) == len(SCRIPT.scenes) >= 12
    for s in SCRIPT.scenes:
        assert s.kinds <= set(SiteKind.values)
        assert {step.use for step in s.steps} <= {"", *ZoneUse.values}
        assert s.title


def test_the_opening_is_a_hold_up_at_a_bank_without_preparation() -> None:
    openings = [s for s in SCRIPT.scenes if s.is_opening]
    assert openings
    for s in openings:
        assert s.kinds == {SiteKind.BANK_BRANCH}
        assert (s.steps[0].at, s.steps[0].event.begins) == (0, "HA")
        assert s.raises


def test_only_scenes_that_wait_their_turn_raise_alarms() -> None:
    kinds = priorities(TODAY).kinds
    for s in SCRIPT.scenes:
        new = [step for step in s.steps if not step.is_restore]
        raising = [t for t in new if meaning("SIA-DCS", t.event.begins, "new", TODAY).kind in kinds]
        assert bool(raising) == s.raises, s.id
        if s.raises:
            assert raising[0].at == 0, s.id  # the tempo counts from here
            assert max(t.at for t in raising) == s.last_alarm_at


@pytest.mark.parametrize("event", RAW["event"])
def test_codes_mean_the_same_in_both_languages(event: str) -> None:
    raw = RAW["event"][event]
    begins, ends = (meaning("SIA-DCS", code, "new", TODAY) for code in raw["sia"])
    cid = meaning("ADM-CID", raw["cid"], "new", TODAY)
    assert begins.turn == Turn.NEW
    if event not in {"confirmed", "test", "openings"}:  # these are moments, nothing that lasts
        assert ends.turn == Turn.RESTORE
        assert ends.condition == begins.condition
    if event != "jamming":  # DC-03 has it among the faults of radio parts, DC-05 names the attack
        assert cid.kind == begins.kind
    assert Kind.UNKNOWN not in {cid.kind, begins.kind}


def test_every_alarm_ends_by_itself_in_its_scene() -> None:
    for s in SCRIPT.scenes:
        open_now: set[tuple[str, str, int]] = set()
        for step in s.steps:
            condition = (step.event.cid, step.use, step.pick)
            if step.event.cid in {"401", "602", "139"}:
                continue
            assert (condition in open_now) == step.is_restore, (s.id, step.at)
            open_now ^= {condition}
        assert not open_now, s.id


@pytest.mark.parametrize(("played", "step", "speech"), STEPS)
def test_every_step_can_be_said(played: Scene, step: Step, speech: Speech) -> None:
    said = scenes.content(step, actor(speaks=speech))
    code = step.event.cid if speech is Speech.CID else (step.event.ends if step.is_restore else step.event.begins)
    assert code in said
    assert said.isascii()


def test_what_is_said() -> None:
    hold_up, opening = scene("hold_up_two_buttons").steps[1], scene("working_day").steps
    bank, fund = actor(), actor(speaks=Speech.CID)
    assert scenes.content(hold_up, bank) == "Nri2/HA12"
    assert scenes.content(hold_up, fund) == "1122 02 012"
    assert scenes.content(opening[0], bank) == "Nri1/OP02"
    assert scenes.content(opening[1], bank) == "Nri1/CL02"
    assert scenes.content(opening[0], fund) == "1401 01 002"
    assert scenes.content(opening[1], fund) == "3401 01 002"
    assert scenes.content(scene("mains_lost").steps[1], bank) == "Nri1/AR"
    confirmed = next(step for step in scene("school_break_in").steps if step.event.begins == "BV")
    assert scenes.content(confirmed, bank) == "Nri1/BV01"
    assert scenes.content(confirmed, fund) == "1139 01 000"


def test_a_panel_without_the_zone_cannot_play() -> None:
    poor = Actor("2001", None, Speech.SIA, "bank_branch", {"hold_up": [ZoneRef(1, 1)]})
    assert scenes.fits(scene("hold_up_at_counter"), poor)
    assert not scenes.fits(scene("hold_up_two_buttons"), poor)
    assert not scenes.fits(scene("school_break_in"), poor)


def test_the_next_scene_goes_to_a_free_panel_and_is_another_one() -> None:
    actors = [actor("2001"), actor("2002"), actor("2301", "school")]
    for seed in range(200):
        found = scenes.cast_scene(SCRIPT.scenes, actors, {"2001"}, "mains_lost", dice(seed))
        assert found
        assert found[0].id != "mains_lost"
        assert found[1].account in {"2002", "2301"}
        assert scenes.fits(*found)


def test_the_only_scene_may_come_again_and_nothing_comes_when_all_are_busy() -> None:
    only = [scene("mains_lost")]
    assert scenes.cast_scene(only, [actor()], set(), "mains_lost", dice(1)) == (only[0], actor())
    assert scenes.cast_scene(only, [actor()], {"2001"}, "", dice(1)) is None
    assert scenes.cast_scene(only, [], set(), "", dice(1)) is None


@pytest.mark.parametrize("change", [{"turn": "back"}, {"zone": 3}, {"event": "flood_of_light"}])
def test_a_slip_of_the_pen_is_found_when_loading(change: dict) -> None:
    raw = copy.deepcopy(RAW)
    raw["scene"][0]["steps"][0] |= change
    with pytest.raises((ValueError, KeyError)):
        scenes.compose(raw)

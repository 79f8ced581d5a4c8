"""The play on a watch that jumps: hours pass in moments."""

import asyncio
import dataclasses
import itertools
from collections import defaultdict

import pytest

from canh.drill import scenes
from canh.drill.player import Player
from canh.drill.scenes import Actor, Step
from tests.drill.stage import cast, dice

SCRIPT = scenes.load()
SCENE_OF = {id(step): scene for scene in SCRIPT.scenes for step in scene.steps}
OPENINGS_AND_TESTS = {"401", "602"}
Line = tuple[float, Actor, Step | None]


class Rehearsal:
    """Plays for some seconds of the play and writes down what is said when."""

    def __init__(self, seconds: float, seed: int = 1, open_count: int = 0) -> None:
        self.lines: list[Line] = []
        self.open_count = open_count
        self.asked = 0
        self._end = seconds
        self._passed = 0.0
        self.player = Player(SCRIPT, cast(), say=self._say, wait=self._wait, open_count=self._count, dice=dice(seed))

    def run(self) -> list[Line]:
        asyncio.run(self.player.run())
        return self.lines

    async def _say(self, actor: Actor, step: Step | None) -> None:
        self.lines.append((self._passed, actor, step))

    async def _wait(self, seconds: float) -> bool:
        await asyncio.sleep(0)  # let them speak
        self._passed += seconds
        return self._passed <= self._end

    async def _count(self) -> int:
        self.asked += 1
        return self.open_count


def events(lines: list[Line]) -> list[tuple[float, Actor, Step]]:
    return [(at, actor, step) for at, actor, step in lines if step is not None]


def alarms(lines: list[Line]) -> list[tuple[float, Actor, Step]]:
    return [
        (at, actor, step)
        for at, actor, step in events(lines)
        if not step.is_restore and step.event.cid not in OPENINGS_AND_TESTS
    ]


@pytest.mark.parametrize("seed", range(20))
def test_the_first_alarm_is_a_hold_up_at_a_bank_within_five_seconds(seed: int) -> None:
    at, actor, step = alarms(Rehearsal(30, seed).run())[0]
    assert at < 5
    assert (actor.kind, step.event.begins) == ("bank_branch", "HA")


@pytest.mark.parametrize("seed", range(5))
def test_scenes_come_at_a_pace_a_person_can_follow(seed: int) -> None:
    told = alarms(Rehearsal(8 * 3600, seed).run())
    firsts = [(at, SCENE_OF[id(step)]) for at, _actor, step in told if step.at == 0]
    lasts = [at for at, _actor, step in told if step.at == SCENE_OF[id(step)].last_alarm_at]
    gaps = [after - before for before, (after, _scene) in zip(lasts, firsts[1:], strict=False)]
    assert all(60 - 1e-6 <= gap <= 120 + 1e-6 for gap in gaps)
    assert 60 <= 8 * 3600 / len(told) <= 120  # alarms on the average


def test_a_day_shows_every_scene() -> None:
    lines = Rehearsal(24 * 3600).run()
    assert {SCENE_OF[id(step)].id for _at, _actor, step in events(lines)} == {s.id for s in SCRIPT.scenes}
    assert {actor.speaks for _at, actor, _step in alarms(lines)} == {"SIA-DCS", "ADM-CID"}


def test_a_panel_is_never_in_two_scenes() -> None:
    playing: dict[str, tuple[str, float]] = {}
    for at, actor, step in events(Rehearsal(8 * 3600).run()):
        scene = SCENE_OF[id(step)]
        if actor.account in playing:
            assert playing[actor.account][0] == scene.id
        playing[actor.account] = (scene.id, at)
        if step is scene.steps[-1]:
            del playing[actor.account]


def test_every_panel_polls_every_minute() -> None:
    polls: defaultdict[str, list[float]] = defaultdict(list)
    for at, actor, step in Rehearsal(1800).run():
        if step is None:
            polls[actor.account].append(at)
    assert len(polls) == len(cast())
    for times in polls.values():
        gaps = [b - a for a, b in itertools.pairwise(times)]
        assert times[0] <= 60
        assert all(59 <= gap <= 61 for gap in gaps)


def test_while_many_alarms_are_open_no_new_one_is_raised_but_life_goes_on() -> None:
    rehearsal = Rehearsal(3600, open_count=13)
    lines = rehearsal.run()
    assert alarms(lines) == []
    assert rehearsal.asked > 100
    assert events(lines)
    assert any(step is None for _at, _actor, step in lines)


def test_with_twelve_open_it_plays() -> None:
    assert alarms(Rehearsal(60, open_count=12).run())


def test_the_play_resumes_with_the_opening_when_alarms_were_closed() -> None:
    rehearsal = Rehearsal(1200, open_count=50)
    tell = rehearsal.player._open_count

    async def closed_after_a_while() -> int:
        if rehearsal._passed > 600:
            rehearsal.open_count = 0
        return await tell()

    rehearsal.player._open_count = closed_after_a_while
    at, _actor, step = alarms(rehearsal.run())[0]
    assert 600 < at <= 600 + SCRIPT.tempo.wait_s * 2
    assert step.event.begins == "HA"


def test_the_same_seed_is_the_same_play() -> None:
    def told(seed: int) -> list[tuple[float, str, str]]:
        return [(at, a.account, scenes.content(s, a)) for at, a, s in events(Rehearsal(3600, seed).run())]

    assert told(3) == told(3) != told(4)


def test_messages_of_one_panel_keep_their_order() -> None:
    open_now: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
    for _at, actor, step in events(Rehearsal(8 * 3600, 2).run()):
        if step.event.cid in {*OPENINGS_AND_TESTS, "139"}:
            continue
        condition = (step.event.cid, step.use, step.pick)
        assert (condition in open_now[actor.account]) == step.is_restore
        open_now[actor.account] ^= {condition}


def test_a_panel_that_waits_for_its_reply_does_not_hold_up_the_others_nor_the_end() -> None:
    rehearsal = Rehearsal(120)
    say = rehearsal.player._say
    slow = cast()[0].account

    async def sometimes_for_ever(actor: Actor, step: Step | None) -> None:
        if actor.account == slow:
            await asyncio.Event().wait()
        await say(actor, step)

    rehearsal.player._say = sometimes_for_ever
    assert len({actor.account for _at, actor, _step in rehearsal.run()}) == len(cast()) - 1


def test_an_error_nobody_foresaw_comes_out() -> None:
    rehearsal = Rehearsal(120)

    async def fail(actor: Actor, step: Step | None) -> None:
        raise ZeroDivisionError

    rehearsal.player._say = fail
    with pytest.raises(ExceptionGroup) as caught:
        rehearsal.run()
    assert caught.group_contains(ZeroDivisionError)


def test_a_stage_without_scenes_for_these_actors_waits() -> None:
    rehearsal = Rehearsal(300)
    rehearsal.player._actors = [dataclasses.replace(cast()[0], kind="other")]
    assert events(rehearsal.run()) == []

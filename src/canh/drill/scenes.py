"""What the panels say: the scenes of `data/scenes.toml`, and which of them comes next. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from canh.drill.dc09 import Speech, cid_content, sia_content


@dataclass(frozen=True, slots=True)
class ZoneRef:
    number: int
    partition: int


@dataclass(frozen=True, slots=True)
class Actor:
    """A panel of the ward, as far as the play goes."""

    account: str
    key: bytes | None
    speaks: Speech
    kind: str
    """Kind of its premises."""
    zones: Mapping[str, Sequence[ZoneRef]]
    """Use -> its zones in the order of their numbers."""


@dataclass(frozen=True, slots=True)
class EventCodes:
    begins: str
    ends: str
    cid: str
    number: str
    """What stands beside the code: `zone`, `user`, `partition` or `none`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a scene."""

    at: float
    """Seconds from the scene's first alarm; below 0 for preparations."""
    event: EventCodes
    is_restore: bool
    use: str
    pick: int
    user: int
    age: float
    """Seconds between the event and its report."""


@dataclass(frozen=True, slots=True)
class Scene:
    id: str
    title: str
    kinds: frozenset[str]
    weight: float
    is_opening: bool
    raises: bool
    """Raises an alarm, so that a person is needed."""
    steps: tuple[Step, ...]

    @property
    def lead_s(self) -> float:
        """How long before its first alarm the scene begins."""
        return max(0.0, -self.steps[0].at)

    @property
    def last_alarm_at(self) -> float:
        """When its last new condition is reported; openings and tests are none."""
        return max((s.at for s in self.steps if _is_alarm(s)), default=0.0)


@dataclass(frozen=True, slots=True)
class Tempo:
    opening_s: float
    gap_s: tuple[float, float]
    quiet_s: tuple[float, float]
    poll_s: float
    open_limit: int
    wait_s: float
    stretch: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Script:
    tempo: Tempo
    scenes: tuple[Scene, ...]


NO_ALARMS = frozenset({"401", "602"})
"""Contact ID of openings, closings and tests: no person is needed."""


def _is_alarm(step: Step) -> bool:
    return not step.is_restore and step.event.cid not in NO_ALARMS


@cache
def load() -> Script:
    """The script. Raises KeyError or ValueError when the file is not well formed."""
    text = files("canh.drill").joinpath("data/scenes.toml").read_text(encoding="utf-8")
    return compose(tomllib.loads(text))


def compose(raw: dict[str, Any]) -> Script:
    tempo: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw["tempo"].items()}
    codes = {name: EventCodes(e["sia"][0], e["sia"][1], e["cid"], e["number"]) for name, e in raw["event"].items()}
    return Script(Tempo(**tempo), tuple(_scene(s, codes) for s in raw["scene"]))


def _scene(raw: dict[str, Any], codes: Mapping[str, EventCodes]) -> Scene:
    return Scene(
        id=raw["id"], title=raw["title"], kinds=frozenset(raw["kinds"]), weight=raw["weight"],
        is_opening=raw.get("opening", False), raises=raw["raises"],
        steps=tuple(sorted((_step(s, codes) for s in raw["steps"]), key=lambda step: step.at)),
    )  # fmt: skip


def _step(raw: dict[str, Any], codes: Mapping[str, EventCodes]) -> Step:
    unknown = raw.keys() - {"at", "event", "turn", "use", "pick", "user", "age"}
    if unknown or raw.get("turn", "new") not in {"new", "restore"}:
        raise ValueError(f"a step cannot be understood: {raw}")
    return Step(
        at=raw["at"], event=codes[raw["event"]], is_restore=raw.get("turn") == "restore",
        use=raw.get("use", ""), pick=raw.get("pick", 1), user=raw.get("user", 0), age=raw.get("age", 0),
    )  # fmt: skip


def content(step: Step, actor: Actor) -> str:
    """What the actor's panel says for a step, in its own language (see `dc09.Message`)."""
    zone = _zone(step, actor)
    numbers = {"zone": zone.number, "user": step.user, "partition": zone.partition, "none": 0}
    number = numbers[step.event.number]
    if actor.speaks is Speech.CID:
        number = 0 if step.event.number == "partition" else number  # the group field says it already
        return cid_content(step.event.cid, step.is_restore, zone.partition, number)
    code = step.event.ends if step.is_restore else step.event.begins
    beside = "" if step.event.number == "none" else f"{number:02d}"
    return sia_content(code, beside, zone.partition)


def _zone(step: Step, actor: Actor) -> ZoneRef:
    return actor.zones[step.use][step.pick - 1] if step.use else ZoneRef(0, 1)


def fits(scene: Scene, actor: Actor) -> bool:
    """The actor's premises are of the right kind and its panel has every zone of the scene."""
    needs = [(s.use, s.pick) for s in scene.steps if s.use]
    return actor.kind in scene.kinds and all(len(actor.zones.get(use, ())) >= pick for use, pick in needs)


def cast_scene(
    scenes: Sequence[Scene], actors: Sequence[Actor], busy: Collection[str], before: str, dice: Random
) -> tuple[Scene, Actor] | None:
    """Draw the next scene by weight, with a panel that is in none now. None: nothing fits at present.

    The scene `before` does not come twice in a row unless it is the only one.
    """
    free = [actor for actor in actors if actor.account not in busy]
    pairs = [(scene, [a for a in free if fits(scene, a)]) for scene in scenes]
    playable = [(scene, fitting) for scene, fitting in pairs if fitting]
    fresh = [pair for pair in playable if pair[0].id != before] or playable
    if not fresh:
        return None
    scene, fitting = dice.choices(fresh, weights=[scene.weight for scene, _ in fresh])[0]
    return scene, dice.choice(fitting)

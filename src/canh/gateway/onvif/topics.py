"""What the topics of cameras mean: topic and names of data → a code of intake/data/codes/onvif.toml. Pure.

Makers put the same thing under different roots and in name spaces of their own; the last word of the topic tells most,
then what the value is called, then the words before. Prefixes are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS: tuple[tuple[str, str], ...] = (
    (r"storage", "storage_failure"),
    (r"hardwarefailure|fanfailure|powersupplyfailure|temperaturecritical", "hardware_failure"),
    (r"tamper", "tamper"),
    (r"signalloss|video(source)?los[st]", "signal_loss"),
    (r"toodark", "too_dark"),
    (r"toobright", "too_bright"),
    (r"tooblurry", "too_blurry"),
    (r"scenechange|scenedetector", "scene_change"),
    (r"line(detector|cross|counter)|cross(ed|ing)|fenceguard", "line_crossed"),
    (r"loiter", "loitering"),
    (r"fielddetect|intrusion|objectsinside", "intrusion"),
    (r"digital_?input|alarmin|virtual(port|input)|supervisedport|^port$", "digital_input"),
    (r"relay|digital_?output", "relay"),
    (r"count", "other"),
    (r"sound|audio", "sound"),
    (r"people|person|human", "person"),
    (r"vehicle|face|dogcat|pet$|animal|package|visitor|object(detect|$)|classtypes", "object"),
    (r"motion|^pir$|^vmd", "motion"),
)
WORDS = tuple((re.compile(pattern), code) for pattern, code in _WORDS)
_TAKEN_ROOT = "ruleengine"
"""A rule that somebody configured and whose name tells nothing: a person must look, so its kind is unknown."""

RINGS_IF_TOLD = {"motion": "motion_watched", "person": "person_watched", "object": "object_watched",
                 "sound": "sound_watched"}  # fmt: skip
"""Of a bank by day these are no news; where nothing may move, the camera's setting `rings` names them."""
QUIET_IF_TOLD = {"line_crossed": "line_noted", "intrusion": "intrusion_noted", "loitering": "loitering_noted",
                 "digital_input": "input_noted", "rule": "rule_noted"}  # fmt: skip
"""These ring unless `rings` is set and does not name them."""
INFORMS = frozenset({*RINGS_IF_TOLD, *QUIET_IF_TOLD.values(), "relay", "other"})
"""Codes that ring nobody: in a flood these may go."""


def local(topic: str) -> list[str]:
    """The words of a topic without the prefixes of their name spaces."""
    return [word.rpartition(":")[2] for word in topic.strip().split("/") if word]


def code_of(topic: str, data_names: Iterable[str] = ()) -> str:
    """The code of a topic: `rule` when only the root is known, `other` for everything that is no condition."""
    words = [word.lower() for word in local(topic)]
    if words and words[0] in _NEWS_ONLY:
        return "other"
    clues = [*words[-1:], *(name.lower() for name in data_names), *reversed(words[1:-1])]
    for clue in clues:
        for pattern, code in WORDS:
            if pattern.search(clue):
                return code
    return "rule" if words[:1] == [_TAKEN_ROOT] else "other"


_NEWS_ONLY = frozenset({"monitoring", "media", "ptzcontroller", "configuration", "userlog", "recordinghistory"})


def as_told(code: str, rings: frozenset[str] | None) -> str:
    """The code in the light of the camera's setting `rings` (None: not set)."""
    if rings is None:
        return code
    if code in rings:
        return RINGS_IF_TOLD.get(code, code)
    return QUIET_IF_TOLD.get(code, code)

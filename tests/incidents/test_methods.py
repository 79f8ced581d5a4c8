"""The catalogue is whole, and a narrative finds its method; put to the command line where scripts use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from canh.incidents.methods import FIELDS, BadCatalogue, read, suggest
from canh.incidents.models import Incident
from canh.incidents.queries_methods import catalogue, suggested

ROWS = [
    row.split("\t") for row in (Path(__file__).parent / "narratives.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
CUES = "[cues]\nlock = 'khoa'\n\n"
ENTRY = """[[method]]
id = "X"
group = "theft"
seasons = []
sources = ["x"]
confirmed = true
cues = { lock = 2 }
"""
TOLD = "{ " + ", ".join(f'{field} = "x"' for field in FIELDS) + " }"

LONG = TOLD.replace('name = "x"', f'name = "{"x" * 41}"')


def canh(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "canh", "method", *words], input=given, capture_output=True,
                          text=True, check=False)  # fmt: skip


def test_the_catalogue_is_whole() -> None:
    methods = catalogue()
    assert len(methods) >= 25
    for method in methods:
        assert method.sources
        for language in ("vi", "en"):
            told = method.in_language(language)
            assert all(getattr(told, field) for field in FIELDS)
            assert len(told.name) <= (Incident._meta.get_field("method").max_length or 0)
    for language in ("vi", "en"):
        assert len({method.in_language(language).name for method in methods}) == len(methods)


def test_the_right_method_is_among_the_first_three() -> None:
    assert len(ROWS) >= 190
    assert {name for name, _text in ROWS} == {method.id for method in catalogue()}
    missed = [(name, text) for name, text in ROWS if name not in [one.method.id for one in suggested(text)]]
    assert len(missed) <= 0.05 * len(ROWS), missed


def test_without_tones_it_finds_the_same() -> None:
    from canh.kit.text import fold

    for _name, text in ROWS:
        plain, toned = suggested(fold(text)), suggested(text)
        assert [(one.method.id, one.score) for one in plain] == [(one.method.id, one.score) for one in toned]


def test_what_tells_of_nothing_gets_no_suggestion() -> None:
    assert suggested("") == []
    assert suggested("Xin hỏi giờ làm việc của phường.") == []


def test_each_suggestion_names_its_words() -> None:
    first = suggested("Khách vừa rút tiền ở ngân hàng thì bị bám theo")[0]
    assert first.method.id == "SN-BANK"
    assert {"vừa rút", "ngân hàng", "bám theo"} <= set(first.because)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (ENTRY.replace("theft", "fraud"), "group"),
        (ENTRY.replace('sources = ["x"]', "sources = []"), "sources"),
        (ENTRY, "vi.name"),
        (ENTRY.replace("lock", "key") + f"vi = {TOLD}\nen = {TOLD}\n", "no such cue: key"),
        (ENTRY + f"vi = {TOLD}\nen = {LONG}\n", "longer"),
        ((ENTRY + f"vi = {TOLD}\nen = {TOLD}\n") * 2, "twice"),
    ],
)  # fmt: skip
def test_an_entry_that_makes_no_sense(text: str, about: str) -> None:
    with pytest.raises(BadCatalogue, match=about):
        read(CUES + text)


def test_a_cue_is_a_whole_word() -> None:
    methods = read(CUES + ENTRY + f"vi = {TOLD}\nen = {TOLD}\n")
    assert suggest("bẻ khóa", methods)[0].because == ("khóa",)
    assert suggest("xekhóa", methods) == suggest("khoảng", methods) == []


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("Bị giật điện thoại trên đường", ["1"]),
        (json.dumps(["Bị giật điện thoại", "Mất xe máy"]), ["1", "2"]),
        (json.dumps({"id": "a", "text": "Bị giật điện thoại"}), ["a"]),
        ('{"id": 7, "narrative": "Bị giật điện thoại"}\n{"id": 8, "text": "Mất xe máy"}\n', ["7", "8"]),
    ],
)
def test_scripts_give_it_in_several_forms(given: str, names: list[str]) -> None:
    done = canh("suggest", "-", "--json", given=given)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in told] == names
    assert told[0]["suggestions"][0]["method"] == "SN-PHONE"
    assert len(told[0]["suggestions"]) <= 3


@pytest.mark.parametrize("given", ["[1]", '{"id": "a"}', "{", "", '[{"text": 3}]'])
def test_what_is_no_narrative_is_refused(given: str) -> None:
    done = canh("suggest", "-", given=given)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_list_for_people_and_scripts() -> None:
    assert "SN-PHONE" in canh("list").stdout
    told = [json.loads(line) for line in canh("list", "--json").stdout.splitlines()]
    assert len(told) == len(catalogue())
    assert told[0].keys() == {"id", "group", "seasons", "vi", "en", "sources", "confirmed"}

"""Documents are a contract: what the code has stands in them, and what they name is there."""

from __future__ import annotations

import argparse
import ast
import re
import runpy
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from canh.config import cli

ROOT = Path(__file__).resolve().parents[2]
SOURCE, DOCS = ROOT / "src" / "canh", ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "deploy").glob("*.md")])
FILES = [str(p.relative_to(ROOT)) for p in [*ROOT.glob("*"), *ROOT.glob("[a-z]*/**/*")] if p.is_file()]
SETTING = re.compile(r"\bCANH_[A-Z0-9_]*[A-Z0-9]\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(r"`((?:[a-z_][\w.-]*/)*[\w.-]+\.(?:py|toml|js|service|timer|conf|env))\b[^`]*`")
FOR_EVERY_VERB = {"--data", "--help", "--version"}
HEADING = re.compile(r"^#{1,6} ", re.M)


def read(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


# -- settings


def settings_of_the_code() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")]
    return {found for text in [*texts, read("canh")] for found in SETTING.findall(text)}


def test_every_setting_is_described_and_every_description_has_its_setting() -> None:
    described = set(re.findall(r"^\| `(CANH_\w+)` \|", read("docs", "ref", "settings.md"), re.M))
    assert described == settings_of_the_code()


def test_the_settings_of_the_services_exist() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "deploy").iterdir())
    assert set(SETTING.findall(text)) <= settings_of_the_code()


# -- commands


def chapters() -> dict[str, str]:
    """Verb -> its chapter in commands.md; one heading may name several verbs."""
    _, *rest = re.split(r"^## ", read("docs", "ref", "commands.md"), flags=re.M)
    parted = {part.split("\n", 1)[0]: part for part in rest}
    return {verb.strip(): text for title, text in parted.items() for verb in title.split(",")}


def subparsers() -> dict[str, argparse.ArgumentParser]:
    (action,) = [a for a in cli.build_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(action.choices)


def test_every_verb_has_a_chapter_and_every_chapter_a_verb() -> None:
    assert set(chapters()) - {"For every verb"} == {*cli.VERBS, "help"}


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_option_and_act_of_a_verb_is_in_its_chapter(verb: str) -> None:
    wanted = set()
    for action in subparsers()[verb]._actions:
        wanted |= {word for word in action.option_strings or map(str, action.choices or ()) if word[:2] != "-h"}
    assert {word for word in wanted - FOR_EVERY_VERB if word not in chapters()[verb]} == set()


def test_no_option_is_described_that_does_not_exist() -> None:
    options = {word for parser in subparsers().values() for a in parser._actions for word in a.option_strings}
    described = set(re.findall(r"`(--[a-z0-9-]+)", read("docs", "ref", "commands.md")))
    assert described <= options | {"--version"}


def keys_of(function: str, file: str) -> set[str]:
    """The keys of the object that a function returns, or of the fields of a dataclass."""
    for node in ast.walk(ast.parse(read("src", "canh", "config", "cli", file))):
        if isinstance(node, ast.ClassDef) and node.name == function:
            return {f.target.id for f in node.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)}
        if isinstance(node, ast.FunctionDef) and node.name == function:
            objects = [r.value for r in ast.walk(node) if isinstance(r, ast.Return) and isinstance(r.value, ast.Dict)]
            return {str(key.value) for o in objects for key in o.keys if isinstance(key, ast.Constant)}
    raise AssertionError(f"{file} has no {function}")


JSON_OF = {
    "signals": ("signal_facts", "show.py"),
    "alarms": ("alarm_facts", "show.py"),
    "verify": ("Finding", "verify.py"),
    "panel": ("_add_panel", "register.py"),
    "conformance": ("facts", "conformance.py"),
    "extra": ("extra_facts", "extra.py"),
}


@pytest.mark.parametrize("verb", JSON_OF)
def test_every_json_field_is_described_in_its_chapter_and_no_other(verb: str) -> None:
    table = chapters()[verb].split("| field | type |")[1]
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", table, re.M)
    assert {field for cell in cells for field in re.findall(r"\w+", cell)} == keys_of(*JSON_OF[verb])


@pytest.mark.parametrize(("verb", "function"), [("site", "_add_site"), ("user", "_add_user")])
def test_short_json_objects_are_told_in_a_line(verb: str, function: str) -> None:
    (told,) = re.findall(r"`\{([^}]+)\}`", chapters()[verb])
    assert set(re.findall(r"\w+", told)) == keys_of(function, "register.py")


# -- rooms, decisions, guides


def test_every_room_is_in_the_overview() -> None:
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and not p.name.startswith("_") and any(p.rglob("*.*"))}
    assert rooms == set(re.findall(r"^\| `(\w+)` \|", read("docs", "design", "overview.md").split("## Rooms")[1], re.M))


def test_every_step_of_the_engine_is_in_the_overview() -> None:
    names = [re.findall(r'^    name = "([\w.]+)"', p.read_text(), re.M) for p in SOURCE.glob("*/steps*.py")]
    text = read("docs", "design", "overview.md")
    assert [step for found in names for step in found if f"`{step}`" not in text] == []


def test_decisions_are_numbered_without_a_gap_and_say_what_a_decision_says() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(p.name[:4]) for p in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} · "), page.name
        assert re.findall(r"^## (.*)$", text, re.M) == ["Context", "Decision", "Consequences"], page.name


def test_design_pages_have_a_status_goals_and_non_goals() -> None:
    for page in (DOCS / "design").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert "\nStatus: " in text, page.name
        assert re.search(r"^## Goals$.*^## Non-goals", text, re.M | re.S), page.name
        assert text.count("\n") <= 120, page.name


def test_both_languages_have_the_same_guides() -> None:
    vi, en = ({p.name: p.read_text(encoding="utf-8") for p in (DOCS / "guide" / x).glob("*.md")} for x in ("vi", "en"))
    assert vi.keys() == en.keys()
    for page in vi:
        for shape in (HEADING, re.compile(r"^\|", re.M), re.compile(r"^\d+\. ", re.M), re.compile(r"^- ", re.M)):
            assert len(shape.findall(vi[page])) == len(shape.findall(en[page])), (page, shape.pattern)


def test_every_door_has_a_row_and_a_grade() -> None:
    doors = {p.parent.name for p in (SOURCE / "gateway").glob("*/door.py")}
    rows = re.findall(r"^\| `(\w+)` \|.*\| (bronze|silver|gold) \| \[", read("docs", "ref", "doors.md"), re.M)
    assert {door for door, _grade in rows} == doors


# -- words for codes


def test_the_code_tables_are_fresh() -> None:
    made = runpy.run_path(str(DOCS / "make_signals.py"))["page"]()
    assert made == read("docs", "ref", "signals.md"), "run: python docs/make_signals.py"


def test_the_conformance_cases_are_fresh() -> None:
    made = runpy.run_path(str(DOCS / "make_conformance.py"))["page"]()
    assert made == read("docs", "ref", "conformance.md"), "run: python docs/make_conformance.py"


def test_every_verdict_kind_and_reason_is_described() -> None:
    from canh.alarms.terms import CloseReason
    from canh.intake.terms import Kind, Verdict

    signals, alarms = read("docs", "ref", "signals.md"), read("docs", "design", "alarms.md")
    assert [w for w in [*Verdict.values, *Kind.values] if f"\n| `{w}` |" not in signals] == []
    assert [w for w in CloseReason.values if f"\n| `{w}` |" not in alarms] == []


def test_priorities_of_kinds_are_told_right() -> None:
    from datetime import date

    from canh.alarms.queries import priorities

    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (\d|none)", read("docs", "ref", "signals.md"), re.M))
    kinds = priorities(date(2026, 1, 1)).kinds
    assert {kind: told[kind] for kind in kinds} == {kind: str(level) for kind, level in kinds.items()}
    assert {kind for kind, level in told.items() if level == "none"} == told.keys() - kinds.keys()


# -- the pages themselves


def links(page: Path) -> Iterator[str]:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            yield target


def anchors(page: Path) -> set[str]:
    """As forges make them from headings."""
    titles = re.findall(r"^#{1,6} (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = set(NAMED_FILE.findall(page.read_text(encoding="utf-8")))
    assert sorted(file for file in named if not any(f"/{there}".endswith(f"/{file}") for there in FILES)) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_text_is_composed_and_whole(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert text.endswith("\n")
    assert not re.search(r"\b(?:TODO|FIXME|TBD|XXX)\b", text)


def test_the_readme_stays_short_and_speaks_vietnamese_first() -> None:
    text = read("README.md")
    assert text.count("\n") <= 150
    assert text.index("nền tảng mở") < text.index("is an open platform")


def test_the_version_is_in_the_changelog() -> None:
    from canh import __version__

    assert f"\n## {__version__}\n" in read("CHANGELOG.md")


def test_the_licence_is_whole() -> None:
    text = read("LICENSE")
    assert "Apache License\n" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "Apache-2.0" in read("docs", "decisions", "0001-licence.md")

"""Contracts of the house that no tool checks by itself."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import grimp
import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "canh"
ROOMS = {"accounts", "sites", "intake", "alarms", "incidents", "audit", "channels"}
FACADE = {"actions", "queries", "terms"}


def test_other_rooms_are_entered_by_actions_queries_and_terms_only() -> None:
    graph = grimp.build_graph("canh", exclude_type_checking_imports=True)
    wrong = []
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            mine, theirs = importer.split(".")[1:2], imported.split(".")[1:]
            if not theirs or theirs[0] not in ROOMS or mine == theirs[:1] or len(theirs) < 2:
                continue
            if not _is_allowed(importer, mine, theirs):
                wrong.append(f"{importer} -> {imported}")
    assert sorted(wrong) == []


def _is_allowed(importer: str, mine: list[str], theirs: list[str]) -> bool:
    if theirs[1].partition("_")[0] in FACADE or (mine == ["engine"] and theirs[1].partition("_")[0] == "steps"):
        return True
    # The gateway writes the journal, and everyone may name what stands in it; codes are vocabulary;
    # the fronts show rows, so they name their types; the composition root may import everyone.
    shared = {
        "intake": {"journal", "journal_writer", "observation", "codes"},
        "accounts": {"models"},
        "channels": {"message", "rules"},
        "alarms": {"rules", "rules_kpi", "confirmation"},
        "incidents": {"rules_procedures", "pack", "store"},
    }
    if mine[0] in {"config", "drill"}:
        return True
    return theirs[1] in shared.get(theirs[0], set()) or (mine == ["console"] and theirs[1] == "models")


@pytest.mark.django_db
def test_tables_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_django_finds_nothing_wrong() -> None:
    call_command("check", fail_level="WARNING")


def test_every_dependency_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    entries = [line for line in block.splitlines() if line.strip().startswith('"')]
    project = tomllib.loads(text)["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    assert len(entries) == len(wanted)
    assert [line for line in entries if "#" not in line] == []


def test_locks_have_hashes_and_no_addresses() -> None:
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text()
        assert "://" not in text
        assert "index-url" not in text
        pinned = re.findall(r"^([a-z0-9_.-]+)==", text, re.M)
        assert pinned
        assert len(re.findall(r"^[a-z0-9_.-]+==\S+ \\\n    --hash=", text, re.M)) == len(pinned)


def test_the_core_lock_is_part_of_the_development_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9_.-]+==\S+)", (ROOT / name).read_text(), re.M))

    development = pins("requirements-dev.lock")
    for path in ROOT.glob("requirements*.lock"):
        assert pins("requirements.lock") <= pins(path.name) <= development


def test_files_and_functions_stay_small() -> None:
    long_files, long_functions = [], []
    for path in SOURCE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long_files.append(path.name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                if size > 60:
                    long_functions.append(f"{path.name}:{node.name} {size}")
    assert (long_files, long_functions) == ([], [])


def test_public_modules_say_what_they_are() -> None:
    silent = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "migrations" not in path.parts
        and path.name not in {"__init__.py", "apps.py", "__main__.py"}
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_page_and_no_script_names_another_host() -> None:
    """0 outbound connections that the operator did not configure."""
    outward = re.compile(r"""(?:src|href|action|url\(|import|fetch\()\s*[=("']*\s*["']?(?:https?:)?//[a-z0-9]""", re.I)
    found = []
    for path in [*SOURCE.rglob("templates/**/*.*"), *SOURCE.rglob("static/**/*.js"), *SOURCE.rglob("static/**/*.css")]:
        if path.suffix in {".html", ".js", ".css", ".svg", ".txt"} and outward.search(path.read_text(encoding="utf-8")):
            found.append(path.name)
    assert found == []


def test_templates_have_no_inline_script_or_style() -> None:
    """The content security policy forbids both; a page that has them would be broken."""
    bad = re.compile(
        r"<script(?![^>]*\b(?:src=|type=\"(?:application/json|speculationrules)))|\bstyle=\"|\son[a-z]+=\"", re.I
    )
    found = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("templates/**/*.html")
        if bad.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_shell_script_is_plain_posix() -> None:
    assert subprocess.run(["sh", "-n", str(ROOT / "canh")], check=False).returncode == 0
    text = (ROOT / "canh").read_text()
    assert "[[" not in text
    assert "function " not in text

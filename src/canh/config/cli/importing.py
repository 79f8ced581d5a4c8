"""`canh import FILE`, `canh import list`, `canh import undo ID`, `canh import go-on ID`: many premises at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE|list|undo|go-on", help="tệp .xlsx hoặc CSV · the file, or what to do")
    parser.add_argument("run", nargs="?", type=int, metavar="ID", help="mã lần nhập · id of the import")
    parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra, không ghi · check only, write nothing")
    parser.add_argument(
        "--template", action="store_true", help="ghi tệp mẫu ra FILE · write the empty template to FILE"
    )
    parser.add_argument("--json", action="store_true", help="một đối tượng một dòng · one object a line")


def main(words: argparse.Namespace) -> int:
    setting_up.open_data()
    from django.core.exceptions import ValidationError

    from canh.sites.actions_imports import Unreadable

    acts = {"list": _list, "undo": _undo, "go-on": _go_on}
    try:
        return acts.get(words.file, _template if words.template else _import)(words)
    except ValidationError as error:
        raise Refused("\n".join(error.messages)) from error
    except Unreadable as error:
        raise Refused(str(error)) from error


ENDS = {"checked": "đã kiểm tra, chưa ghi · checked, nothing written", "applied": "✓ đã ghi · written"}
NOT_WRITTEN = "✗ chưa ghi gì cả · nothing written"


def _keeper() -> Any:
    """Whoever may use the command line owns the installation."""
    from canh.accounts.queries import Viewer
    from canh.accounts.terms import Role

    return Viewer(True, frozenset(), frozenset(), frozenset({Role.ADMINISTRATOR}))


def _import(words: argparse.Namespace) -> int:
    from canh.sites import actions_imports

    path, keeper = Path(words.file), _keeper()
    content = path.read_bytes()
    checked = actions_imports.check_file(path.name, content, keeper)
    facts: dict[str, Any] = {"id": None, "state": "checked", **checked.summary()}
    if checked.is_clean and not words.dry_run:
        kept = actions_imports.keep_file(path.name, content, actor_id=None, keeper=keeper)
        actions_imports.apply_import(kept, actor_id=None, keeper=keeper)
        kept.refresh_from_db()
        facts |= {"id": str(kept.id), "state": kept.state}
    line(facts) if words.json else _tell(facts)
    return 0 if checked.is_clean else 1


def _tell(facts: dict[str, Any]) -> None:
    from canh.sites.queries_imports import import_sheets

    titles = {sheet.key: sheet.title for sheet in import_sheets()}
    for fault in facts["faults"]:
        say(f"✗ {titles.get(fault['sheet'], '')}: {fault['row']} {fault['column']}  {fault['text']}")
    for sheet, acts in facts["sheets"].items():
        say(f"{titles.get(sheet, sheet):>15}  +{acts['new']}  ~{acts['change']}  ={acts['same']}")
    end = NOT_WRITTEN if facts["fault_count"] else ENDS.get(facts["state"], facts["state"])
    say(f"{end}  {facts['id'] or ''}".rstrip())


def _template(words: argparse.Namespace) -> int:
    from canh.sites import actions_imports

    Path(words.file).write_bytes(actions_imports.workbook())
    say(f"✓ {words.file}")
    return 0


def _runs(words: argparse.Namespace) -> Any:
    from canh.sites import queries_imports

    return queries_imports.imports_of(_keeper(), 0)


def _one(words: argparse.Namespace) -> Any:
    found = _runs(words).filter(id=words.run or 0).first()
    if found is None:
        raise Refused(f"không thấy · not found: {words.run}")
    return found


def _list(words: argparse.Namespace) -> int:
    for kept in _runs(words):
        facts = {"id": str(kept.id), "name": kept.name, "state": kept.state, "rows": kept.counts.get("rows"),
                 "created_at": kept.created_at.isoformat()}  # fmt: skip
        line(facts) if words.json else say(f"{kept.id}  {kept.state:<9} {kept.name}")
    return 0


def _undo(words: argparse.Namespace) -> int:
    from canh.sites import actions_imports

    return _after(words, _one(words), actions_imports.undo_import)


def _go_on(words: argparse.Namespace) -> int:
    from canh.sites import actions_imports

    return _after(words, _one(words), actions_imports.go_on)


def _after(words: argparse.Namespace, kept: Any, act: Any) -> int:
    act(kept, actor_id=None)
    kept.refresh_from_db()
    line({"id": str(kept.id), "state": kept.state}) if words.json else say(kept.state)
    return 0

"""`canh extra`: what is installed only when it is asked for. `canh extra add NAME` installs it.

In the source tree the script `canh` installs, so that there is one way: hashes checked, uv or pip, or the
folder wheels/. Doors look for their packages again each minute; so nothing need be restarted.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from canh.config.cli.develop import checkout
from canh.config.cli.out import Refused, line, say

PURPOSE = {
    "chat": "nhắn qua dịch vụ trò chuyện (Telegram, Mattermost, Matrix …) · messages by chat services",
    "onvif": "camera ONVIF: sự kiện, tìm camera trong mạng · ONVIF cameras: events, discovery",
    "sms": "tin nhắn SMS của tủ báo động GSM · text messages of GSM alarm panels",
}
NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
PIN = re.compile(r"^([a-z0-9_.-]+)==([^\s;\\]+)[ \\]*$", re.M)
"""What a lock asks for on every system; lines with a condition are left to the installer."""


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", nargs="?", choices=["list", "add"], default="list")
    parser.add_argument("name", nargs="?", help="sms, onvif …")
    parser.add_argument("--json", action="store_true", help="một đối tượng một dòng · one object a line")


def main(words: argparse.Namespace) -> int:
    tree = _tree()
    known = _from_tree(tree) if tree else _from_package()
    root = tree if tree and (tree / ".venv").resolve() == Path(sys.prefix).resolve() else None
    if words.act == "add":
        return _add(words.name, known, root)
    for name, needs in known.items():
        facts = extra_facts(name, needs, root)
        line(facts) if words.json else say(_words(facts))
    return 0


def extra_facts(name: str, needs: list[str], root: Path | None) -> dict[str, Any]:
    """An extra as the stable JSON object. `root`: the source tree whose .venv this is."""
    return {
        "name": name, "purpose": PURPOSE.get(name, ""), "is_installed": all(map(_version, needs)),
        "command": f"./canh extra add {name}" if root else f"pip install 'canh[{name}]'",
    }  # fmt: skip


def _words(facts: dict[str, Any]) -> str:
    state = "✓ đã cài · installed" if facts["is_installed"] else f"chưa cài · not installed:  {facts['command']}"
    return f"{facts['name']:<8} {facts['purpose']}\n{'':<8} {state}"


def _add(name: str | None, known: dict[str, list[str]], root: Path | None) -> int:
    if name not in known:
        said = f"{name}: không có phần thêm này · no such extra. " if name else ""
        raise Refused(f"{said}canh extra add {' | '.join(known)}")
    if root is None:
        raise Refused(f"Canh cài thành gói, hãy chạy · Canh is an installed package, run:  pip install 'canh[{name}]'",
                      2)  # fmt: skip
    lock = f"requirements-{name}.lock"
    if not _is_satisfied((root / lock).read_text(encoding="utf-8")):
        _install(root, lock)
    say(f"✓ {name}  Cổng nhận tín hiệu tự thấy trong vòng một phút · the gateway sees it by itself within a minute")
    return 0


def _install(root: Path, lock: str) -> None:
    """By the script `canh`, which says what went wrong. Raises Refused."""
    venv = root / ".venv"
    if not os.access(venv, os.W_OK):
        raise Refused(
            f"{venv}: không được ghi; hãy chạy bằng người sở hữu thư mục (sudo).\n"
            f"{venv}: cannot be written; run it as the owner of the folder (sudo).", 2
        )  # fmt: skip
    (venv / f".installed-{lock}").unlink(missing_ok=True)  # else the script takes it for done
    if subprocess.run(["sh", str(root / "canh"), "--install", lock], check=False).returncode:
        raise Refused(f"✗ {lock}", 2)


def _tree() -> Path | None:
    try:
        return checkout()
    except Refused:
        return None


def _from_tree(root: Path) -> dict[str, list[str]]:
    """Extra -> the packages it asks for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {name: [_name(need) for need in needs] for name, needs in project["optional-dependencies"].items()}


def _from_package() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for need in importlib.metadata.requires("canh") or []:
        if extra := re.search(r"""extra\s*==\s*['"]([\w-]+)['"]""", need):
            found.setdefault(extra[1], []).append(_name(need))
    return found


def _name(need: str) -> str:
    """`python-gammu>=3.2` -> `python-gammu`."""
    found = NAME.match(need)
    return found[0] if found else need


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _is_satisfied(lock: str) -> bool:
    """Whether every package of a lock is here in its version."""
    return all(_version(name) == version for name, version in PIN.findall(lock))

"""What every verb that touches data does first."""

from __future__ import annotations

import fcntl
import json
import os
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation

from canh.config.cli.out import Refused
from canh.kit import paths

PROCESS_LOCKS = ("engine.lock", "gateway.lock", "notify.lock")


def start_django() -> None:
    """Ready the rooms, and speak the language of the terminal (Vietnamese unless it is English)."""
    django.setup()
    spoken = os.environ.get("CANH_LANGUAGE") or os.environ.get("LANG", "vi")
    translation.activate("en" if spoken.startswith("en") else "vi")


def open_data(*, may_make: bool = False) -> None:
    """Ready the rooms and the tables. Only what enters things may make a data folder: a mistyped one
    must not look like an empty installation. Raises Refused."""
    if not may_make and not (paths.data_root() / "canh.db").exists():
        raise Refused(f"{paths.data_root()}: không có dữ liệu Canh ở đây · there is no Canh data here")
    start_django()
    migrate()


def migrate() -> None:
    """Bring the tables to this version; one command at a time, the others wait for it."""
    with open(paths.folder("run") / "migrate.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)


def settle_kind(is_drill: bool) -> bool:
    """A data folder is a demonstration or real from its first use on; the first command decides.

    Forty made-up premises never enter a real register. Returns what it is.
    """
    kept = installation()
    if "drill" not in kept:
        kept = {"node": 1, **kept, "drill": is_drill}
        save_installation(kept)
    return bool(kept["drill"])


def installation() -> dict[str, Any]:
    """`installation.json`: node number, drill or not; empty before the first start."""
    try:
        kept: dict[str, Any] = json.loads((paths.data_root() / "installation.json").read_text())
    except FileNotFoundError:
        return {}
    return kept


def save_installation(facts: dict[str, Any]) -> None:
    target = paths.folder() / "installation.json"
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(facts, indent=1) + "\n")
    draft.replace(target)


def refuse_while_running() -> None:
    """Raises Refused when a gateway or an engine already works on this data folder."""
    root = paths.data_root()
    for name in PROCESS_LOCKS:
        lock = root / "run" / name
        if not lock.exists():
            continue
        with open(lock, "a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(
                    f"{root}: Canh đang chạy trên dữ liệu này, hãy dừng trước.\n"
                    f"{root}: Canh is running on this data; stop it first.", 2
                ) from None  # fmt: skip

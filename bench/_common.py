"""What every bench says about the machine, and how it ends."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def arguments(about: str | None, **defaults: int) -> argparse.Namespace:
    """`--NAME N` for each default, and `--out FILE`."""
    parser = argparse.ArgumentParser(description=about)
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--out", type=Path, help="where the JSON goes (bench/results/NAME.json)")
    return parser.parse_args()


def machine() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "load_average": os.getloadavg(),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release().split("-")[0],
    }


def finish(out: Path | None, name: str, result: dict[str, Any], is_kept: bool) -> int:
    """Write the result and say whether the promise was kept. Exit code 1 when not."""
    target = out or RESULTS / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({**result, "is_kept": is_kept}, indent=1) + "\n")
    print(f"{'kept' if is_kept else 'NOT KEPT'}: {target.name}")
    return 0 if is_kept else 1

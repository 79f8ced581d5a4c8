"""`canh check`, `canh test`, `canh bench`, `canh bundle`: for whoever works on Canh itself."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from canh.config.cli.out import Refused, say


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    if verb == "test":
        parser.add_argument("--all", action="store_true", help="Chromium, faults, services; fails where one is missing")
        parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to pytest")
    elif verb == "bench":
        parser.add_argument("name", nargs="?", help="a script of bench/")
        parser.add_argument("rest", nargs=argparse.REMAINDER)
    elif verb == "bundle":
        parser.add_argument("--all", action="store_true", help="also what tests need")


def main(words: argparse.Namespace) -> int:
    root = checkout()
    return {"check": _check, "test": _test, "bench": _bench, "bundle": _bundle}[words.verb](words, root)


def checkout() -> Path:
    """The source tree. Raises Refused in an installed copy."""
    root = Path(os.environ.get("CANH_CHECKOUT") or Path(__file__).resolve().parents[4])
    if not (root / "pyproject.toml").exists():
        raise Refused("Lệnh này cần mã nguồn (git clone) · this command needs the source tree", 2)
    return root


CHECKS = (
    ("format", ["ruff", "format", "--check", "--quiet", "."]),
    ("lint", ["ruff", "check", "--quiet", "."]),
    ("types", ["mypy"]),
    ("contracts", ["importlinter.cli"]),
    ("migrations, docs, translations", ["pytest", "-q", "tests/contracts"]),
)


def _check(_words: argparse.Namespace, root: Path) -> int:
    failed = []
    for name, command in CHECKS:
        begin = time.monotonic()
        module = ["-c", "from importlinter.cli import lint_imports_command as c; c()"]
        call = module if command[0] == "importlinter.cli" else ["-m", *command]
        code = _run([sys.executable, *call], root)
        say(f"{'✓' if code == 0 else '✗'} {name}  {time.monotonic() - begin:.1f} s")
        if code:
            failed.append(name)
    return 1 if failed else 0


def _test(words: argparse.Namespace, root: Path) -> int:
    """The default suite needs nothing but Python; `--all` runs what the default leaves out."""
    slow = "web or faults or services"
    # What kills processes and watches clocks runs alone; the rest on all cores.
    chosen = ["-m", slow] if words.all else ["-m", f"not ({slow})", "-n", "auto", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *chosen, *words.rest]
    return _run(command, root)


def _bench(words: argparse.Namespace, root: Path) -> int:
    scripts = sorted(p.stem for p in (root / "bench").glob("*.py") if not p.stem.startswith("_"))
    if words.name not in scripts:
        raise Refused("canh bench " + " | ".join(scripts))
    return _run([sys.executable, "-m", f"bench.{words.name}", *words.rest], root)


SOURCE_ONLY = "wsdiscovery"
"""Pure Python that its authors publish without a wheel. Only tests need it; what builds it is in their lock."""


def _bundle(words: argparse.Namespace, root: Path) -> int:
    """Download every locked package into wheels/; `./canh` then installs without a network."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes",
                "--only-binary", ":all:", "--no-binary", SOURCE_ONLY, "-d", "wheels"]  # fmt: skip
    code = next(filter(None, (_run([*download, "-r", lock], root) for lock in locks_to_bundle(root, words.all))), 0)
    if code == 0:
        size = sum(f.stat().st_size for f in (root / "wheels").iterdir()) / 1e6
        say(f"✓ wheels/  {size:.0f} MB")
    return code


def locks_to_bundle(root: Path, with_tests: bool) -> list[str]:
    """One download each: two locks may pin a shared package apart. The extras come along, since a place
    without a network cannot ask for them later; what the tests need holds them already.
    """
    if with_tests:
        return ["requirements-dev.lock"]
    extras = sorted(lock.name for lock in root.glob("requirements-*.lock") if lock.name != "requirements-dev.lock")
    return ["requirements.lock", *extras]


def _run(command: list[str], root: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="canh-test-") as data:
        # Tests make their own data folders; this one only keeps them away from the user's. Compiled files go there
        # too, whatever the environment says: the tests start hundreds of processes, and each would compile all anew.
        mine = {"CANH_DATA": data, "PYTHONPATH": str(root / "src"), "PYTHONPYCACHEPREFIX": f"{data}/pycache"}
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | mine
        return subprocess.run(command, cwd=root, env=environment, check=False).returncode

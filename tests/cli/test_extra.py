"""`canh extra`: against a source tree of its own, with a real .venv, real pip and the real script."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from canh.config.cli import extra
from canh.config.cli.develop import SOURCE_ONLY, locks_to_bundle

ROOT = Path(__file__).resolve().parents[2]
PROJECT = '[project]\nname = "canh"\n[project.optional-dependencies]\nbell = ["canh-bell>=1"]\nhorn = ["canh-horn"]\n'


def wheel(folder: Path, version: str) -> str:
    """A package of one module, made by hand; its hash as a lock writes it."""
    folder.mkdir(exist_ok=True)
    file, info = folder / f"canh_bell-{version}-py3-none-any.whl", f"canh_bell-{version}.dist-info"
    parts = {
        "canh_bell.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: canh-bell\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    lines = [f"{name},sha256={_digest(text)},{len(text)}" for name, text in parts.items()]
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in {**parts, record: "\n".join([*lines, f"{record},,", ""])}.items():
            archive.writestr(name, text)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Tree:
    """A source tree: the script `canh`, locks, wheels/, and a .venv that has what Canh itself needs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copy(ROOT / "canh", root / "canh")
        (root / "src").symlink_to(ROOT / "src")
        (root / "pyproject.toml").write_text(PROJECT)
        (root / "requirements.lock").write_text("# core\n")
        (root / "requirements-horn.lock").write_text("canh-horn==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
        venv.create(root / ".venv", with_pip=True)
        shutil.copy(root / "requirements.lock", root / ".venv" / ".installed-requirements.lock")
        paths = {"base": str(root / ".venv"), "platbase": str(root / ".venv")}
        own = Path(sysconfig.get_path("purelib", vars=paths))
        (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.offer("1.0")

    def offer(self, version: str) -> None:
        """wheels/ and the lock hold this version."""
        digest = wheel(self.root / "wheels", version)
        (self.root / "requirements-bell.lock").write_text(f"canh-bell=={version} \\\n    --hash=sha256:{digest}\n")

    def canh(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("CANH_", "PYTHON"))}
        return subprocess.run(
            ["sh", str(self.root / "canh"), *words], capture_output=True, text=True, check=False,
            env={**environment, "CANH_DATA": str(self.root / "data"), "CANH_LANGUAGE": "vi"},
        )  # fmt: skip

    def bell(self) -> str:
        """The version that a program of this .venv finds."""
        command = [str(self.root / ".venv/bin/python"), "-c", "import canh_bell; print(canh_bell.version)"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def state(self) -> dict[str, bool]:
        rows = [json.loads(text) for text in self.canh("extra", "--json").stdout.splitlines()]
        return {row["name"]: row["is_installed"] for row in rows}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("tree"))


def test_an_extra_is_listed_added_found_and_harmless_again(tree: Tree) -> None:
    assert tree.state() == {"bell": False, "horn": False}
    assert "./canh extra add bell" in tree.canh("extra").stdout
    done = tree.canh("extra", "add", "bell")
    assert (done.returncode, tree.bell()) == (0, "1.0"), done.stderr
    assert "installing (1 gói" in done.stderr  # progress
    assert tree.state() == {"bell": True, "horn": False}
    again = tree.canh("extra", "add", "bell")
    assert (again.returncode, again.stderr) == (0, "")


def test_an_added_extra_follows_its_lock_through_an_upgrade(tree: Tree) -> None:
    tree.canh("extra", "add", "bell")
    tree.offer("1.1")
    tree.canh("--version")
    assert tree.bell() == "1.1"


def test_an_extra_removed_by_hand_is_installed_again(tree: Tree) -> None:
    tree.canh("extra", "add", "bell")
    subprocess.run([str(tree.root / ".venv/bin/python"), "-m", "pip", "uninstall", "-q", "-y", "canh-bell"], check=True)
    assert tree.state()["bell"] is False
    assert tree.canh("extra", "add", "bell").returncode == 0
    assert tree.state()["bell"] is True


def test_a_changed_package_is_not_installed(tree: Tree) -> None:
    tree.offer("1.2")
    wheel(tree.root / "wheels", "1.2")  # zip files hold the time: other bytes
    with zipfile.ZipFile(tree.root / "wheels/canh_bell-1.2-py3-none-any.whl", "a") as archive:
        archive.writestr("evil.py", "")
    refused = tree.canh("extra", "add", "bell")
    assert refused.returncode == 2
    assert "hash" in refused.stderr.lower()
    assert tree.bell() != "1.2"
    tree.offer("1.1")


def test_what_is_not_in_reach_says_what_to_do(tree: Tree) -> None:
    failed = tree.canh("extra", "add", "horn")
    assert failed.returncode == 2
    assert "kiểm tra mạng, hoặc đặt thư mục wheels/" in failed.stderr
    assert "check the network" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert tree.state()["horn"] is False


@pytest.mark.parametrize("words", [["siren"], []])
def test_an_extra_that_does_not_exist_is_refused_with_those_that_do(tree: Tree, words: list[str]) -> None:
    refused = tree.canh("extra", "add", *words)
    assert refused.returncode == 1
    assert "canh extra add bell | horn" in refused.stderr


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser may write everywhere
    with pytest.raises(extra.Refused, match="cannot be written") as refused:
        extra._install(tmp_path, "requirements-bell.lock")
    assert refused.value.code == 2


def test_an_installed_package_is_told_what_pip_wants() -> None:
    facts = extra.extra_facts("sms", ["no-such-package"], None)
    assert (facts["is_installed"], facts["command"]) == (False, "pip install 'canh[sms]'")
    with pytest.raises(extra.Refused, match=r"pip install 'canh\[sms\]'"):
        extra._add("sms", {"sms": ["python-gammu"]}, None)


def test_every_extra_has_a_purpose_a_lock_and_a_place_in_the_bundle() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(extra.PURPOSE) == set(extras)
    assert set(locks_to_bundle(ROOT, False)) == {"requirements.lock", *(f"requirements-{e}.lock" for e in extras)}
    assert locks_to_bundle(ROOT, True) == ["requirements-dev.lock"]


def test_what_comes_without_a_wheel_is_bundled_with_what_builds_it_and_never_shipped() -> None:
    def pinned(lock: str) -> set[str]:
        return {line.split("==")[0] for line in (ROOT / lock).read_text().splitlines() if "==" in line}

    assert {SOURCE_ONLY, "setuptools", "wheel"} <= pinned("requirements-dev.lock")
    assert not any(SOURCE_ONLY in pinned(lock) for lock in locks_to_bundle(ROOT, False))


def test_pins_are_read_from_a_lock() -> None:
    lock = (
        "canh-bell==1.0 \\\n    --hash=sha256:00\nelse==2 ; sys_platform == 'win32' \\\n    --hash=sha256:01\nlast==3\n"
    )
    assert extra.PIN.findall(lock) == [("canh-bell", "1.0"), ("last", "3")]

"""Behind the gateway: by nice value, and by the weight of the session where Linux weighs sessions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from canh.kit import precedence

CHILD = "from canh.kit.precedence import step_back; step_back(); import os; print(os.nice(0)); print(open({!r}).read())"


def child(is_leader: bool) -> tuple[int, str]:
    """The nice values that a process and its session have after it stepped back."""
    script = CHILD.format(str(precedence.AUTOGROUP if precedence.AUTOGROUP.exists() else os.devnull))
    done = subprocess.run([sys.executable, "-c", script], start_new_session=is_leader, capture_output=True, text=True,
                          check=True, env={**os.environ, "PYTHONPATH": "src"})  # fmt: skip
    nice, group = done.stdout.splitlines()[:2] if "\n" in done.stdout.strip() else (done.stdout.strip(), "")
    return int(nice), group


def test_a_session_of_its_own_steps_back_with_its_process() -> None:
    nice, group = child(is_leader=True)
    assert nice == min(os.nice(0) + precedence.BEHIND, 19)
    if precedence.AUTOGROUP.exists():
        assert group.endswith(f"nice {nice}")


def test_a_shared_session_keeps_its_weight() -> None:
    nice, group = child(is_leader=False)
    assert nice == min(os.nice(0) + precedence.BEHIND, 19)
    if precedence.AUTOGROUP.exists():
        assert group == precedence.AUTOGROUP.read_text().strip()


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A kernel that says "try again" twice."""
    written: list[str] = []

    def write(_path: Path, text: str) -> None:
        written.append(text)
        if len(written) < 3:
            raise BlockingIOError

    monkeypatch.setattr(Path, "write_text", write)
    monkeypatch.setattr(precedence, "PAUSE_S", 0.0)
    return written


def test_the_kernel_is_asked_again_while_it_is_busy(busy: list[str]) -> None:
    precedence._weigh_session(10)
    assert busy == ["10"] * 3


def test_a_kernel_that_refuses_does_not_stop_the_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(precedence, "AUTOGROUP", Path("/proc/self/no/such"))
    precedence._weigh_session(10)
    assert "does not step back" in caplog.text

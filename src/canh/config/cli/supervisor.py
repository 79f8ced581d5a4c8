"""Starts the processes, restarts one that dies or hangs, and stops them all together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from types import FrameType, TracebackType

from canh.config.cli.out import say, warn
from canh.kit import beat

LONGEST_PAUSE_S = 10.0
STEADY_S = 30.0
HANGS_S = 60.0
"""A worker whose heartbeat is older than this is killed and started again."""
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 10.0
PR_SET_PDEATHSIG = 1


class CannotStart(RuntimeError):
    """A process ended before it was ready."""


@dataclass
class Worker:
    name: str
    words: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    start_again_at: float = 0.0

    def start(self) -> None:
        self.started_at = time.monotonic()
        command = [sys.executable, "-m", "canh", *self.words]
        self.process = subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_parent)


def _die_with_parent() -> None:
    """In the child, before exec: a killed supervisor leaves no orphan that holds the ports."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """`with Supervisor(...) as s: s.watch()`."""

    def __init__(self, workers: dict[str, list[str]]) -> None:
        self.workers = [Worker(name, words) for name, words in workers.items()]
        self._is_stopping = False

    def __enter__(self) -> Supervisor:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._terminate()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def wait_until_ready(self, host: str, port: int) -> None:
        """Return once gateway and engine beat and the console answers. Raises CannotStart."""
        begin, waiting = time.time(), {"gateway", "engine"}
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and not self._is_stopping:
            self._raise_for_dead()
            waiting = {n for n in waiting if (b := beat.read(n)) is None or b.at_us < begin * 1e6 - 5e6}
            if not waiting and _answers(host, port):
                return
            time.sleep(0.05)
        if not self._is_stopping:
            raise CannotStart(f"not ready after {READY_WITHIN_S:.0f} s: {', '.join(waiting) or 'web'}")

    def _raise_for_dead(self) -> None:
        for worker in self.workers:
            if worker.process and worker.process.poll() not in {None, 0}:
                raise CannotStart(f"{worker.name}: exit code {worker.process.returncode}")

    def watch(self) -> int:
        """Look after the workers until told to stop."""
        while not self._is_stopping:
            for worker in self.workers:
                self._look_at(worker)
            time.sleep(0.2)
        say("\n• Đang dừng · stopping …")
        return 0

    def _look_at(self, worker: Worker) -> None:
        now = time.monotonic()
        if worker.process is None:
            if now >= worker.start_again_at:
                worker.start()
            return
        code = worker.process.poll()
        if code is None:
            if now - worker.started_at > HANGS_S and _hangs(worker):
                warn(f"✗ {worker.name}: không trả lời, khởi động lại · hangs, restarting")
                worker.process.kill()
            return
        if now - worker.started_at > STEADY_S:
            worker.restarts = 0
        pause = min(0.25 * 2**worker.restarts, LONGEST_PAUSE_S)
        worker.restarts += 1
        worker.process, worker.start_again_at = None, now + pause
        warn(f"✗ {worker.name}: dừng (mã {code}), chạy lại sau {pause:.1f} s · ended, restarting")

    def _terminate(self) -> None:
        alive = [w.process for w in self.workers if w.process and w.process.poll() is None]
        for process in reversed(alive):
            process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_S
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _hangs(worker: Worker) -> bool:
    last = beat.read(worker.name)
    return worker.name != "drill" and last is not None and last.age_s() > HANGS_S


def _answers(host: str, port: int) -> bool:
    address = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/health/live", timeout=2):
            return True
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False

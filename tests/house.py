"""A whole Canh on free ports with a data folder of its own: real processes, real sockets."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[1] / "src"

FURNISH = """
import sys
from canh.sites import actions, queries
for account in sys.argv[1:]:
    actions.add_panel(actor_id=None, site=queries.open_sites()[0], account=account)
"""


def free_port() -> int:
    """A port below the range from which the kernel takes ports for outgoing connections."""
    while True:
        port = random.randint(15_000, 32_000)  # noqa: S311
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def until(condition: Callable[[], Any], within_s: float = 15.0, every_s: float = 0.05) -> Any:
    """What `condition` answers once it is true. Fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within_s} s: {getattr(condition, '__name__', condition)}")
        time.sleep(every_s)


class House:
    """`with House(folder) as house: house.start("gateway", "engine")`."""

    def __init__(self, data: Path) -> None:
        self.data, self.port, self.dc09_port = data, free_port(), free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        data.parent.mkdir(parents=True, exist_ok=True)
        self.log = open(data.parent / f"{data.name}.log", "ab")  # noqa: SIM115

    def __enter__(self) -> House:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self.log.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        mine = {
            "CANH_DATA": str(self.data), "CANH_PORT": str(self.port), "CANH_DC09_PORT": str(self.dc09_port),
            "PYTHONPATH": str(SOURCE), "CANH_LANGUAGE": "vi", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        return {**{k: v for k, v in os.environ.items() if not k.startswith("CANH_")}, **mine}

    def canh(self, *words: str, check: bool = True, text: str = "") -> str:
        """Run one command; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "canh", *words], env=self.environment, input=text, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"canh {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def python(self, script: str, *words: str) -> str:
        """Run a script inside Canh's rooms; its standard output."""
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "canh.config.settings"}
        command = [sys.executable, "-c", f"import django; django.setup()\n{script}", *words]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def furnish(self, accounts: list[str], site: str = "PGD Hàng Bông") -> None:
        """One bank branch with plain panels, without zones."""
        self.canh("site", "add", site, "--kind", "bank_branch")
        self.python(FURNISH, *accounts)

    def code(self, *words: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "canh", *words], env=self.environment, capture_output=True, check=False
        ).returncode

    def rows(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.canh(*words, "--json").splitlines()]

    def start(self, *names: str, prefix: list[str] | None = None) -> None:
        """Start processes by the name of their verb and wait until they serve."""
        for name in names:
            command = [*(prefix or []), sys.executable, "-m", "canh", *name.split()]
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
            )
        if "gateway" in names:
            until(lambda: self.listens(self.dc09_port), 30)
        if "web" in names or any(name.startswith("up") for name in names):
            until(self.answers, 60)

    def listens(self, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/live", timeout=2):
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def kill(self, name: str) -> None:
        """kill -9, as a power cut does."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def text_of_log(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def house_in(folder: Path) -> Iterator[House]:
    with House(folder / "data") as house:
        yield house

"""A real broker (Eclipse Mosquitto) on a port of its own, with a session store, and its own publisher."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from tests.house import free_port, until

USER, PASSWORD = "canh", "Mật-khẩu, 42"

CONFIG = """
user root
listener {port} 127.0.0.1
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
password_file {folder}/passwords
allow_anonymous false
max_queued_messages 10000
log_dest file {folder}/log
log_type all
{more}
"""


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    assert found, f"{name} is missing: apt-get install mosquitto mosquitto-clients"
    return found


class Mosquitto:
    """`start`, `kill`, `start` again: what it has kept is in its folder."""

    def __init__(self, folder: Path, more: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        passwords = folder / "passwords"
        subprocess.run([_program("mosquitto_passwd"), "-b", "-c", str(passwords), USER, PASSWORD], check=True)
        more = more.format(folder=folder)
        (folder / "conf").write_text(CONFIG.format(port=self.port, folder=folder, more=more), encoding="utf-8")

    def start(self) -> None:
        self._process = subprocess.Popen([_program("mosquitto"), "-c", str(self.folder / "conf")])
        until(self._listens, 20)

    def _listens(self) -> bool:
        assert self._process
        assert self._process.poll() is None, "the broker has ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self, how: int = signal.SIGKILL) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def url(self, more: str = "", password: str = PASSWORD) -> str:
        return f"mqtt://{USER}:{quote(password)}@127.0.0.1:{self.port}{more}#bank1"

    def say(self, topic: str, payload: bytes | str, *, retain: bool = False, qos: int = 1) -> None:
        """Published by mosquitto_pub; with QoS 1 it has the broker's word when this returns."""
        words = ["-p", str(self.port), "-u", USER, "-P", PASSWORD, "-q", str(qos), "-t", topic, "-s"]
        data = payload.encode() if isinstance(payload, str) else payload
        subprocess.run([_program("mosquitto_pub"), *words, *(["-r"] if retain else [])], input=data, check=True)

    def say_lines(self, topic: str, payloads: list[str]) -> None:
        """Many messages by one connection."""
        words = ["-p", str(self.port), "-u", USER, "-P", PASSWORD, "-q", "1", "-t", topic, "-l"]
        subprocess.run([_program("mosquitto_pub"), *words], input="\n".join(payloads).encode(), check=True)

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def mosquitto_in(folder: Path, more: str = "") -> Iterator[Mosquitto]:
    broker = Mosquitto(folder, more)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()

"""Every door at once: senders that go on through every fault and remember what was acknowledged to them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.gateway import mqtt_says
from tests.gateway import panel as wire
from tests.gateway.mlr2 import Receiver
from tests.gateway.mosquitto import PASSWORD, USER, Mosquitto
from tests.gateway.program import Program
from tests.house import House, free_port, until
from tests.panel import frame, is_ack

KEY = bytes(range(16))
CAMERAS = 100  # of one camera, the door tells at most 120 events a minute
SECRET = bytes(range(32))
PLAIN, SEALED, UDP, BEHIND = ["3001", "3002", "3003"], ["3101", "3102"], ["3201", "3202"], "3301"
CAMERA = "frigate"  # stands for all cameras: an event has its number, whichever it was
FURNISH = """
import sys
from canh.sites import actions, queries
site, key, secret = queries.open_sites()[0], sys.argv[1], sys.argv[2]
for account in sys.argv[3].split(","):
    actions.add_panel(actor_id=None, site=site, account=account, key_hex=key)
actions.add_panel(actor_id=None, site=site, account="webhook:doors", door="webhook", kind="service", key_hex=secret)
for number in range(int(sys.argv[4])):
    actions.add_panel(actor_id=None, site=site, account=f"frigate:gate{number}@bank1", door="mqtt", kind="camera")
"""


class MixedHouse(House):
    """A Canh with every door that needs no hardware open."""

    def __init__(self, data: Path, broker: Mosquitto) -> None:
        super().__init__(data)
        self._broker = broker
        self.webhook_port, self.receiver_port = free_port(), free_port()

    @property
    def environment(self) -> dict[str, str]:
        mine = {"CANH_MQTT": self._broker.url(), "CANH_WEBHOOK_PORT": str(self.webhook_port),
                "CANH_RECEIVER_PORT": str(self.receiver_port)}  # fmt: skip
        return {**super().environment, **mine}

    def furnish_all(self) -> None:
        self.furnish([*PLAIN, *UDP, BEHIND])
        self.python(FURNISH, KEY.hex(), SECRET.hex(), ",".join(SEALED), str(CAMERAS))


class Sender:
    """Says one thing after the other; the next when the one before is acknowledged. `say(n)`: whether it was."""

    def __init__(self, name: str, say: Callable[[int], bool], pause_s: float) -> None:
        self.name, self._say, self._pause_s = name, say, pause_s
        self.acked = self.tries = 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.stopping = threading.Event()

    def _run(self) -> None:
        while not self.stopping.is_set():
            self.tries += 1
            with contextlib.suppress(OSError):
                self.acked += self._say(self.acked + 1)
            time.sleep(self._pause_s)


def over_tcp(port: int, account: str, is_sealed: bool) -> Callable[[int], bool]:
    kept = (0, b"")

    def say(number: int) -> bool:
        nonlocal kept
        if kept[0] != number:  # a retry is the same frame: with another time stamp it would be another message
            data = f"#{account}|NHA{number}"
            kept = number, wire.sealed("SIA-DCS", data, KEY, number=number, account=account) if is_sealed else frame(
                account, number, f"NHA{number}")  # fmt: skip
        with socket.create_connection(("127.0.0.1", port), 2) as line:
            line.sendall(kept[1])
            answer = line.recv(4096)
        if b'"NAK"' in answer:
            kept = 0, b""
        return f'ACK"{number:04d}'.encode() in answer

    return say


def over_udp(port: int, account: str) -> Callable[[int], bool]:
    def say(number: int) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(2)
            line.sendto(frame(account, number, f"NHA{number}"), ("127.0.0.1", port))
            return is_ack(line.recv(4096), number)

    return say


def by_webhook(port: int) -> Callable[[int], bool]:
    def say(number: int) -> bool:
        program = Program(port)
        try:
            event = {"code": "hold_up", "zone": str(number), "id": f"evt-{number}"}
            return program.tell([event], secret=SECRET)[0] == 200
        except ValueError:  # an answer cut off by the kill
            return False
        finally:
            program.close()

    return say


class Publisher:
    """A camera's program at the broker: QoS 1, so the broker owes us every event it took."""

    def __init__(self, broker: Mosquitto) -> None:
        self.said = 0
        words = ["-p", str(broker.port), "-u", USER, "-P", PASSWORD, "-q", "1", "-t", "frigate/events", "-l"]
        self._process = subprocess.Popen(["mosquitto_pub", *words], stdin=subprocess.PIPE)

    def say(self, number: int) -> bool:
        assert self._process.stdin
        event = mqtt_says.frigate_event("new", f"{number}.5-abc", camera=f"gate{number % CAMERAS}")
        self._process.stdin.write(event + b"\n")
        self._process.stdin.flush()
        return True

    def close(self) -> None:
        """Wait until the broker has taken all of it."""
        assert self._process.stdin
        self._process.stdin.close()
        assert self._process.wait(180) == 0


class MixedLoad:
    """`with MixedLoad(house, broker) as load:` speaks through every door until the end of the block."""

    def __init__(self, house: MixedHouse, broker: Mosquitto, pause_s: float = 0.1) -> None:
        port = house.dc09_port
        self.publisher = Publisher(broker)
        self.senders = [
            *(Sender(a, over_tcp(port, a, False), pause_s) for a in PLAIN),
            *(Sender(a, over_tcp(port, a, True), pause_s) for a in SEALED),
            *(Sender(a, over_udp(port, a), pause_s) for a in UDP),
            Sender("webhook:doors", by_webhook(house.webhook_port), pause_s),
            Sender(CAMERA, self.publisher.say, 2 * pause_s),  # a broker that saves each change is no faster
        ]
        self.receiver = Receiver(house.receiver_port)
        self.reported = 0

    def __enter__(self) -> MixedLoad:
        self.receiver.__enter__()
        for sender in self.senders:
            sender.thread.start()
        return self

    def report(self, count: int) -> None:
        """Events at the receiver that stands before Canh."""
        numbers = range(self.reported + 1, self.reported + count + 1)
        self.receiver.report(*[f"5011 18{BEHIND}E12201{n:03d}" for n in numbers])
        self.reported += count

    def __exit__(self, *_error: object) -> None:
        for sender in self.senders:
            sender.stopping.set()
        for sender in self.senders:
            sender.thread.join(30)
        self.publisher.close()
        until(lambda: not self.receiver.waiting, 120, 0.2)
        self.receiver.__exit__()

    def acked(self) -> dict[str, set[int]]:
        """Account → numbers that were acknowledged."""
        found = {sender.name: set(range(1, sender.acked + 1)) for sender in self.senders}
        return found | {BEHIND: set(range(1, self.reported + 1))}


def number_of(signal: dict[str, object]) -> int:
    """Which message of its sender a signal tells of."""
    extra = signal["extra"]
    assert isinstance(extra, dict)
    told = str(extra.get("event") or signal["zone"])
    return int(told.split(".")[0])


KILLS = int(os.environ.get("CANH_KILLS", "200"))

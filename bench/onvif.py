"""What a camera costs the gateway, and how long its loop ever stands still, against the library Home Assistant uses.

    python -m bench.onvif [--cameras N] [--seconds S] [--events N] [--out FILE]

Ours and the peer (onvif-zeep-async: SOAP by WSDL) call the same cameras, one after the other, each in a process of its
own; the cameras live in a third. All traffic stays on 127.0.0.1. A stall is what the loop's thread computed between two
runs of a task that wants to run every millisecond: so long an ACK of a panel would wait. Processor time is taken, since
on a busy machine the clock on the wall measures the neighbours; that one is given beside it, as `late`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

USER, PASSWORD = "canh", "Mật khẩu 9!"
LINE = "tns1:RuleEngine/LineDetector/Crossed"
SOURCE = {"VideoSourceConfigurationToken": "V1", "Rule": "Gate"}


@dataclass
class Run:
    who: str
    cameras: int
    connect_s: float
    connect_stall_ms: float
    connect_late_ms: float
    idle_cpu_ms_per_camera_minute: float
    idle_stall_ms: float
    idle_late_ms: float
    cpu_us_per_event: float
    event_stall_ms: float
    event_late_ms: float
    rss_mb: int


class Stalls:
    """The longest the loop computed, and the latest it came round, since `turn`."""

    def __init__(self) -> None:
        self.worst = self.latest = 0.0

    async def watch(self) -> None:
        used, last = time.thread_time(), time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            used_now, now = time.thread_time(), time.perf_counter()
            self.worst = max(self.worst, used_now - used)
            self.latest = max(self.latest, now - last - 0.001)
            used, last = used_now, now

    def turn(self) -> tuple[float, float]:
        found = round(self.worst * 1000, 1), round(self.latest * 1000, 1)
        self.worst = self.latest = 0.0
        return found


def cameras(pipe: Connection, count: int) -> None:
    """A process full of cameras, told through a pipe what to do."""
    from tests.gateway.onvif_camera import Camera

    made = [Camera(USER, PASSWORD, serial=str(number)) for number in range(count)]
    pipe.send([one.port for one in made])
    while (order := pipe.recv()) is not None:
        for number in range(order if isinstance(order, int) else 0):
            for one in made:
                one.say(LINE, SOURCE, {"ObjectId": str(number)}, operation="")
        pipe.send(min(one.asked.count("PullMessages") for one in made))


async def ours(ports: list[int]) -> Any:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canh.config.settings")
    django.setup()
    from canh.gateway.directory import fixed
    from canh.gateway.doors import DoorSettings
    from canh.gateway.limits import Limits
    from canh.gateway.service import Gateway
    from canh.sites.queries import PanelEntry

    book = {
        f"onvif:{port}": PanelEntry(
            port, f"onvif:{port}", None, door="onvif",
            settings={"address": f"127.0.0.1:{port}", "user": USER, "password": PASSWORD},
        )
        for port in ports
    }  # fmt: skip
    gateway = Gateway(Path(os.environ["CANH_DATA"]) / "gw1.db", fixed(book), Limits())
    await gateway.open(DoorSettings())
    return lambda: gateway.desk.counts["onvif_notifications"]


async def peer(ports: list[int]) -> Any:
    from onvif import ONVIFCamera

    logging.getLogger().setLevel(logging.ERROR)
    seen = [0]

    async def call(port: int) -> None:
        client = ONVIFCamera("127.0.0.1", port, USER, PASSWORD, adjust_time=True)
        await client.update_xaddrs()
        manager = await client.create_pullpoint_manager(timedelta(seconds=600), lambda: None)
        await manager.set_synchronization_point()
        while True:
            answer = await manager.get_service().PullMessages({"Timeout": timedelta(seconds=20), "MessageLimit": 100})
            seen[0] += len(answer.NotificationMessage or [])

    peer.tasks = [asyncio.create_task(call(port)) for port in ports]  # type: ignore[attr-defined]
    return lambda: seen[0]


async def measure(who: str, pipe: Connection, ports: list[int], seconds: float, events: int) -> Run:
    stalls = Stalls()
    began = time.monotonic()
    count = await {"ours": ours, "peer": peer}[who](ports)
    watch = asyncio.create_task(stalls.watch())
    while await _told(pipe, 0) < 1:
        await asyncio.sleep(0.2)
    connect_s, connecting = time.monotonic() - began, stalls.turn()
    await asyncio.sleep(seconds / 2)
    resting = stalls.turn()
    watch.cancel()  # it costs more than all cameras
    idle = await _cpu(asyncio.sleep(seconds))
    due = count() + events * len(ports)

    async def happen() -> None:
        await _told(pipe, events)
        while count() < due:
            await asyncio.sleep(0.05)

    busy = await _cpu(happen())
    watch, due = asyncio.create_task(stalls.watch()), due + events * len(ports)
    await happen()
    watch.cancel()
    return Run(
        who, len(ports), round(connect_s, 2), *connecting, round(idle * 1000 / len(ports) * 60 / seconds, 2), *resting,
        round(busy * 1e6 / (events * len(ports))), *stalls.turn(),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )  # fmt: skip


async def _cpu(work: Any) -> float:
    before = time.process_time()
    await work
    return time.process_time() - before


async def _told(pipe: Connection, order: int) -> int:
    def ask() -> int:
        pipe.send(order)
        return int(pipe.recv())

    return await asyncio.to_thread(ask)


def one(who: str, words: argparse.Namespace, results: Connection) -> None:
    """A measured process, with a process of cameras beside it."""
    here, there = multiprocessing.Pipe()
    world = multiprocessing.Process(target=cameras, args=(there, words.cameras), daemon=False)
    world.start()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CANH_DATA"] = folder
        run = asyncio.run(measure(who, here, here.recv(), words.seconds, words.events))
    results.send(asdict(run))
    here.send(None)
    world.terminate()
    os._exit(0)  # the connections of the measured one need no farewell


def main() -> int:
    parser = argparse.ArgumentParser(prog="canh bench onvif")
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--events", type=int, default=50)
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    runs = []
    for who in ("ours", "peer"):
        here, there = multiprocessing.Pipe()
        process = multiprocessing.Process(target=one, args=(who, words, there))
        process.start()
        there.close()  # so that a process that dies ends the waiting
        runs.append(here.recv())
        process.join()
        print(json.dumps(runs[-1]))
    mine, its = runs
    ratios = {name: round(its[name] / mine[name], 1) for name in mine
              if isinstance(mine[name], float | int) and mine[name] and name != "cameras"}  # fmt: skip
    facts = {"runs": runs, "peer_to_ours": ratios, "load": os.getloadavg(), "at": time.strftime("%Y-%m-%d")}
    print(json.dumps(ratios))
    if words.out:
        words.out.write_text(json.dumps(facts, indent=1) + "\n")
    return 0 if max(mine[name] for name in mine if name.endswith("stall_ms")) <= 50 else 1


if __name__ == "__main__":
    sys.exit(main())

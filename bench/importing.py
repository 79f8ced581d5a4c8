"""What it costs to set up 10,000 premises from one workbook: reading, checking, writing; and how long others wait.

    canh bench importing [--sites 10000]

A second process writes a small row all the while, as a desk does: its longest wait is what an operator would feel.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WRITER = """
import sys, time, django
django.setup()
from django.db import transaction
from canh.sites import actions
waits = []
print("ready", flush=True)
while not sys.stdin.closed:
    begin = time.perf_counter()
    with transaction.atomic():
        actions.touch_register()
    waits.append(time.perf_counter() - begin)
    print(f"{waits[-1]:.6f}", flush=True)
    time.sleep(0.005)
"""


def workbook(sites: int) -> bytes:
    import io

    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("Trụ sở")
    page.append(["Đơn vị", "Tên trụ sở", "Loại", "Địa chỉ", "Vĩ độ", "Kinh độ"])
    for n in range(sites):
        page.append(["Ngân hàng Hoa Sen", f"Phòng giao dịch số {n:05d}", "Phòng giao dịch ngân hàng",
                     f"{n} Phố Huế", 21 + n / 100_000, 105.8])  # fmt: skip
    page = book.create_sheet("Tủ báo động")
    page.append(["Tên trụ sở", "Mã tủ", "Số vùng"])
    for n in range(sites):
        page.append([f"Phòng giao dịch số {n:05d}", f"{0x10000 + n:X}", 4])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sites", type=int, default=10_000)
    words = parser.parse_args()
    os.environ["CANH_DATA"] = tempfile.mkdtemp(prefix="canh-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "canh.config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    facts = measure(workbook(words.sites), words.sites)
    Path(__file__).with_name("results").joinpath("importing.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps(facts, indent=1))


def measure(content: bytes, sites: int) -> dict[str, Any]:
    from canh.accounts import actions as accounts
    from canh.accounts.queries import Viewer
    from canh.accounts.terms import Role
    from canh.sites import actions_imports
    from canh.sites.models import Panel, Site, Zone

    accounts.add_unit(actor_id=None, name="Ngân hàng Hoa Sen", kind="bank")
    keeper = Viewer(True, frozenset(), frozenset(), frozenset({Role.ADMINISTRATOR}))
    facts: dict[str, Any] = {"sites": sites, "bytes": len(content), "load": os.getloadavg()[0]}
    writer = subprocess.Popen([sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    assert writer.stdout.readline() == "ready\n"
    steps: dict[str, Any] = {
        "check": lambda: actions_imports.check_file("bench.xlsx", content, keeper),
        "keep": lambda: actions_imports.keep_file("bench.xlsx", content, actor_id=None, keeper=keeper),
    }
    made: Any = None
    for name, step in steps.items():
        facts[name], made = timed(step)
    facts["apply"], _ = timed(lambda: actions_imports.apply_import(made, actor_id=None, keeper=keeper))
    assert (Site.objects.filter(closed_at=None).count(), Panel.objects.filter(retired_at=None).count()) == (
        sites,
        sites,
    )
    assert Zone.objects.count() == 4 * sites
    facts["undo"], _ = timed(lambda: actions_imports.undo_import(made, actor_id=None))
    assert not Site.objects.exists()
    writer.kill()
    waits = sorted(float(line) for line in writer.stdout.read().split()[:-1])
    facts["other_writer_wait_ms"] = {
        "turns": len(waits), "p50": round(waits[len(waits) // 2] * 1000, 1),
        "p99": round(waits[int(len(waits) * 0.99)] * 1000, 1), "longest": round(waits[-1] * 1000, 1)}  # fmt: skip
    return facts


def timed(step: Any) -> tuple[dict[str, float], Any]:
    begin, cpu = time.perf_counter(), time.process_time()
    done = step()
    return {"s": round(time.perf_counter() - begin, 2), "cpu_s": round(time.process_time() - cpu, 2)}, done


if __name__ == "__main__":
    main()

"""The third-party DC-09 dialler, one fresh object per message: it wedges after one failure."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys, time, json, os
from my_dc09_spt import dc09_spt
port, account, key, kind, message = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], json.loads(sys.argv[5])
answers = []
spt = dc09_spt.dc09_spt(account, callback=lambda *a: answers.append(a))
spt.set_path("main", "primary", "127.0.0.1", port, account=account, key=bytes.fromhex(key) or None, type="TCP")
spt.send_msg(kind, message)
deadline = time.monotonic() + 10
while spt.queue and time.monotonic() < deadline:
    time.sleep(0.02)
time.sleep(0.2)
sys.stdout.write("delivered" if spt.isConnected() and not spt.queue else "failed")
sys.stdout.flush()
os._exit(0)
"""


def dial(port: int, account: str, key: str, protocol: str, **message: object) -> bool:
    """Ring as an independent panel does. True when the dialler believes its message was acknowledged."""
    import json

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(port), account, key, protocol, json.dumps(message)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done.stdout == "delivered"

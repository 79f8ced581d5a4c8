"""Debian's prometheus-alertmanager, started by a test on free ports with a configuration of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.house import free_port, until

PROGRAM = "prometheus-alertmanager"

CONFIG = """
route: {{receiver: canh, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 2s}}
receivers:
- name: canh
  webhook_configs:
  - url: {url}
    send_resolved: true
    http_config: {proof}
"""


def bearer(secret: str) -> dict[str, Any]:
    return {"authorization": {"type": "Bearer", "credentials": secret}}


def basic(name: str, secret: str) -> dict[str, Any]:
    return {"basic_auth": {"username": name, "password": secret}}


class Alertmanager:
    """`with Alertmanager(folder, url, bearer(secret)) as alerts: alerts.fire("DiskFull")`."""

    def __init__(self, folder: Path, url: str, proof: dict[str, Any]) -> None:
        assert shutil.which(PROGRAM), f"{PROGRAM} is missing: apt-get install {PROGRAM}"
        folder.mkdir()
        self.folder, self.port = folder, free_port()
        (folder / "config.yml").write_text(CONFIG.format(url=url, proof=json.dumps(proof)))
        self.log = open(folder / "log", "ab")  # noqa: SIM115

    def __enter__(self) -> Alertmanager:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self.log.close()

    def start(self) -> None:
        command = [
            PROGRAM, f"--config.file={self.folder}/config.yml", f"--storage.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        until(self._is_ready, 60)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def fire(self, name: str, severity: str = "critical", **labels: str) -> None:
        self._post([{"labels": {"alertname": name, "severity": severity, **labels},
                     "annotations": {"summary": f"{name} ở máy chủ"}}])  # fmt: skip

    def resolve(self, name: str, severity: str = "critical", **labels: str) -> None:
        moment = datetime.now(UTC).isoformat()
        self._post([{"labels": {"alertname": name, "severity": severity, **labels}, "endsAt": moment}])

    def _post(self, alerts: list[dict[str, Any]]) -> None:
        wire = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts", json.dumps(alerts).encode(),
            {"Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(wire, timeout=10) as answer:
            assert answer.status == 200

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

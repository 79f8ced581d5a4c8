"""Canh's gateway as it runs in service, with a register made here instead of read from a database."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.peers import accounts
from canh.gateway import service


def main(port: int, folder: Path) -> None:
    known: dict[str, Any] = {account: SimpleNamespace(key=None) for account in accounts()}
    with asyncio.Runner(loop_factory=service._loop_factory()) as runner:
        runner.run(service.serve("127.0.0.1", port, folder / "gw1.db", known))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))

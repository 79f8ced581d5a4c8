"""Canh's gateway as it runs in service, with a register made here instead of read from a database."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import django

from bench.peers import KEY, accounts
from canh.gateway import service
from canh.gateway.doors import DoorSettings


def main(port: int, folder: Path, is_sealed: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canh.config.settings")
    django.setup()
    from canh.sites.queries import PanelEntry

    known = {account: PanelEntry(n, account, KEY if is_sealed else None) for n, account in enumerate(accounts(), 1)}
    settings = DoorSettings("127.0.0.1", port)
    with asyncio.Runner(loop_factory=service._loop_factory()) as runner:
        runner.run(service.serve(settings, folder / "gw1.db", known))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), "sealed" in sys.argv[3:])

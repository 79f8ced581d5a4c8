"""Each worker is killed, and the database taken away: the administrator hears of it within a minute, over a real
socket, by a way that does not use what failed."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.channels.peers import MailServer, running
from tests.house import House, until

pytestmark = pytest.mark.faults

FURNISH = """
import sys
from datetime import timedelta
from canh.accounts import actions
from canh.accounts.actions_channels import set_up_channel
from canh.accounts.models_contacts import ContactMethod
from canh.accounts.terms import Role
from canh.channels.terms import ChannelKind
from canh.kit import clock
facts = {"host": "127.0.0.1", "port": int(sys.argv[1]), "security": "none", "sender": "canh@example.vn", "user": "",
         "ca": ""}
set_up_channel(ChannelKind.EMAIL, is_on=True, facts=facts, secret="", actor_id=None)
person = actions.add_user(actor_id=None, username="en", full_name="Vũ Hải Én", password=None)
actions.assign(actor_id=None, user=person, role=Role.ADMINISTRATOR, unit=None, area=None)
ContactMethod.objects.create(user=person, kind="email", address="en@example.vn", order=1, verified_at=clock.now(),
                             due_at=clock.now() + timedelta(days=9))
"""
WORKERS = {"gateway": "Cổng nhận", "engine": "Bộ xử lý", "notify": "Bộ gọi người", "web": "Bàn trực"}


def bodies(server: MailServer) -> str:
    return "\n".join(message_from_bytes(m[2], policy=policy.default).get_content() for m in list(server.mails))


def test_what_fails_is_told_within_a_minute(tmp_path: Path) -> None:
    server = MailServer()
    with running(server), House(tmp_path / "data") as house:
        house.furnish(["3001"])
        house.python(FURNISH, str(server.port))
        house.start("gateway", "engine", "notify", "web", "watch")
        until(lambda: all((house.data / "run" / "beats" / name).exists() for name in WORKERS), 30)
        time.sleep(5)
        for name, words in WORKERS.items():
            _falls(house, server, name, words)
        for words in WORKERS.values():
            until(lambda words=words: f"hoạt động trở lại: {words}" in bodies(server), 60)
        until(lambda: [a for a in house.rows("alarms", "--open") if a["code"] == "worker_failed"], 20)
        _falls(house, server, "watch", "Bộ tự giám sát")
        time.sleep(10)  # the watcher is new: it must know whom to tell before the database goes
        _move(house.data, tmp_path / "away")
        until(lambda: "hỏng một phần: Cơ sở dữ liệu" in bodies(server), 60)
        _move(tmp_path / "away", house.data)
        until(lambda: "hoạt động trở lại: Cơ sở dữ liệu" in bodies(server), 60)


def _move(source: Path, target: Path) -> None:
    """The database with its log, over what other processes may have made in its place meanwhile."""
    target.mkdir(exist_ok=True)
    for made in target.glob("canh.db*"):
        made.unlink()
    for file in source.glob("canh.db*"):
        file.rename(target / file.name)


def _falls(house: House, server: MailServer, name: str, words: str) -> None:
    """Killed, and started again once it was told."""
    house.kill(name)
    until(lambda: f"hỏng một phần: {words}" in bodies(server), 60)
    house.start(name)

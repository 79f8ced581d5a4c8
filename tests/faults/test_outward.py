"""The system calls prove it: a whole Canh connects to no other machine, until an operator names one; then to that one
alone."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from canh.config.cli.sending import LOOK_S
from tests.house import House, house_in, until

pytestmark = pytest.mark.faults
STRANGER = re.compile(r'sa_family=AF_INET6?,.*?inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"')
HERE = {"127.0.0.1", "::1"}
NAMED = "192.0.2.1"
"""RFC 5737: an address of documents, belongs to nobody."""

PEOPLE = """
from canh.accounts import actions, actions_contacts
person = actions.add_user(actor_id=None, username="an", full_name="Bà An", password=None)
for kind, address in (("email", "an@example.vn"), ("sms", "0912345678"), ("webhook", "https://198.51.100.7/in")):
    actions_contacts.add_method(person, kind, address, actor_id=None)
"""
OPERATOR = f"""
from canh.channels.actions_setup import set_up
from canh.channels.terms import ChannelKind
facts = {{"host": "{NAMED}", "port": 25, "security": "none", "sender": "canh@example.vn", "user": "", "ca": ""}}
set_up(ChannelKind.EMAIL, is_on=True, facts=facts, secret="")
"""


def strangers(folder: Path) -> set[str]:
    """Addresses of other machines in any system call so far."""
    texts = [path.read_text(errors="replace") for path in folder.glob("trace*")]
    return {address for text in texts for address in STRANGER.findall(text)} - HERE


def traced(house: House, folder: Path) -> None:
    assert shutil.which("strace"), "strace is needed for this test (Debian: apt install strace)"
    for name in ("gateway", "engine", "notify", "web", "watch"):
        prefix = ["strace", "-f", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(folder / f"trace-{name}")]
        house.start(name, prefix=prefix)


def test_nothing_leaves_that_no_operator_set_up(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        house.furnish(["3001"])
        house.python(PEOPLE)
        traced(house, tmp_path)
        time.sleep(LOOK_S + 10)
        assert strangers(tmp_path) == set()
        assert "AF_UNIX" in "".join(p.read_text(errors="replace") for p in tmp_path.glob("trace*"))  # it does look
        house.python(OPERATOR)
        until(lambda: strangers(tmp_path), LOOK_S + 40)
        assert strangers(tmp_path) == {NAMED}

"""A whole Canh calls people over real sockets: everybody once, also while its caller is killed; on time, none after."""

from __future__ import annotations

import json
import time
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.channels.peers import MailServer, running
from tests.house import House, until
from tests.panel import frame, is_ack, say

pytestmark = pytest.mark.faults
PEOPLE = 8

FURNISH = """
import json, sys
from datetime import timedelta
from canh.accounts import actions, actions_contacts
from canh.accounts.models_contacts import ContactMethod
from canh.accounts.actions_channels import set_up_channel
from canh.channels.terms import ChannelKind
from canh.guards.actions import Place
from canh.kit import clock
from canh.response.actions import write_ladder
from canh.response.rules import Rung
from canh.response.terms import Target
from canh.sites import queries
facts = {"host": "127.0.0.1", "port": int(sys.argv[1]), "security": "none", "sender": "canh@example.vn", "user": "",
         "ca": ""}
set_up_channel(ChannelKind.EMAIL, is_on=True, facts=facts, secret="", actor_id=None)
now, rungs = clock.now(), []
for n in range(int(sys.argv[2])):
    person = actions.add_user(actor_id=None, username=f"p{n}", full_name=f"Người {n}", password=None)
    ContactMethod.objects.create(user=person, kind="email", address=f"p{n}@example.vn", order=1, verified_at=now,
                                 due_at=now + timedelta(days=9))
    rungs.append(Rung(2, Target.PERSON, person=person.id))
site = queries.open_sites()[0]
write_ladder(Place(unit=site.unit), 1, "Thử", rungs, rounds=1, again_s=60, by=person)
"""
TAKE = """
import sys
from canh.accounts.queries import user_by_name
from canh.alarms import actions
from canh.alarms.models import Alarm
actions.acknowledge_alarm(Alarm.objects.filter(state="unacknowledged").first(), user_by_name("p0"))
"""


def addresses(server: MailServer) -> list[str]:
    return [str(message_from_bytes(mail[2], policy=policy.default)["To"]) for mail in list(server.mails)]


def test_everybody_once_although_the_caller_is_killed_while_it_sends(tmp_path: Path) -> None:
    server = MailServer()
    server.pause_s = 1.0  # so that a kill meets a message that has left and is not settled
    with running(server), House(tmp_path / "data") as house:
        house.furnish(["3001"])
        house.python(FURNISH, str(server.port), str(PEOPLE))
        house.start("gateway", "engine", "notify")
        assert is_ack(say(house.dc09_port, frame("3001", 1, "Nri1/HA1")), 1)
        for seen in range(1, PEOPLE + 1):
            until(lambda seen=seen: len(server.mails) >= seen, 30)
            if seen % 2:
                house.kill("notify")
                house.start("notify")
        until(lambda: all(n["state"] in {"sent", "uncertain"} for n in rows(house)), 20)
        time.sleep(3)
        assert set(Counter(addresses(server)).values()) == {1}  # nobody twice
        assert len(server.mails) == PEOPLE  # and nobody left out
        # Whose message was under way in a kill is not called again by the same way; the desk sees that.
        assert Counter(n["state"] for n in rows(house)) == {"sent": PEOPLE // 2, "uncertain": PEOPLE // 2}


def rows(house: House) -> list[dict[str, object]]:
    script = """
import json
from canh.response.models import Notice
print(json.dumps([{"address": n.address, "state": n.state,
                   "late": ((n.done_at or n.made_at) - n.made_at).total_seconds()} for n in Notice.objects.all()]))
"""
    found: list[dict[str, object]] = json.loads(house.python(script))
    return found


def test_taken_nobody_more_is_called(tmp_path: Path) -> None:
    server = MailServer()
    with running(server), House(tmp_path / "data") as house:
        house.furnish(["3001"])
        house.python(FURNISH, str(server.port), str(PEOPLE))
        house.start("gateway", "engine", "notify")
        assert is_ack(say(house.dc09_port, frame("3001", 1, "Nri1/HA1")), 1)
        until(lambda: len(server.mails) >= 2, 20)
        house.python(TAKE)
        time.sleep(2)
        before = len(server.mails)
        time.sleep(6)
        assert len(server.mails) == before < PEOPLE
        late = [n["late"] for n in rows(house) if n["state"] == "sent"]
        assert max(late) <= 5, late

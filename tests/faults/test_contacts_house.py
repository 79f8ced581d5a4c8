"""A whole Canh tests contact methods by itself, over a real socket."""

from __future__ import annotations

import json
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.channels.peers import MailServer, running
from tests.house import House, until

pytestmark = pytest.mark.faults

FURNISH = """
import json, sys
from canh.accounts import actions, actions_contacts
from canh.accounts.actions_channels import set_up_channel
from canh.channels.terms import ChannelKind
facts = {"host": "127.0.0.1", "port": int(sys.argv[1]), "security": "none", "sender": "canh@example.vn", "user": "",
         "ca": ""}
set_up_channel(ChannelKind.EMAIL, is_on=True, facts=facts, secret="", actor_id=None)
person = actions.add_user(actor_id=None, username="an", full_name="Bà An", password=None)
method = actions_contacts.add_method(person, "email", "an@example.vn", actor_id=None)
print(json.dumps([person.id, method.id]))
"""
CONFIRM = """
import json, sys
from canh.accounts import actions_contacts, queries, queries_contacts
person = queries.user_by_name("an")
done = actions_contacts.confirm(person, int(sys.argv[1]), sys.argv[2])
print(json.dumps([done, queries_contacts.methods_of([person.id])[person.id][0].reach]))
"""


def test_a_new_method_is_tested_without_anybody_asking(tmp_path: Path) -> None:
    server = MailServer()
    with running(server), House(tmp_path / "data") as house:
        house.canh("migrate")
        _person, method = json.loads(house.python(FURNISH, str(server.port)))
        house.start("notify")
        until(lambda: server.mails, 60)
        body = message_from_bytes(server.mails[0][2], policy=policy.default).get_content()
        code = re.search(r"\b\d{6}\b", body)
        assert code
        assert json.loads(house.python(CONFIRM, str(method), code.group())) == [True, "works"]
        assert code.group() not in house.text_of_log()

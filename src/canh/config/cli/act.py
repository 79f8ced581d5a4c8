"""`canh alarm acknowledge ID --as USER`, `canh alarm close ID --as USER --reason …`, `canh alarm explain ID`."""

from __future__ import annotations

import argparse

from canh.config.cli import setting_up
from canh.config.cli.explain import explain
from canh.config.cli.out import Refused, line, say


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=["acknowledge", "close", "note", "explain"])
    parser.add_argument("alarm", type=int, nargs="?")
    parser.add_argument("--as", dest="person", default="", metavar="USER", help="tên đăng nhập · user name")
    parser.add_argument("--evidence", metavar="FILE", help="explain: tệp JSON · a JSON file")
    parser.add_argument("--reason", default="", help="real, user_error, equipment, test, drill …")
    parser.add_argument("--note", default="")
    parser.add_argument("--json", action="store_true")


def main(words: argparse.Namespace) -> int:
    if words.act == "explain":
        return explain(words)
    if words.alarm is None or not words.person:
        raise Refused("cần số báo động và --as USER · the id of an alarm and --as USER are needed", 2)
    setting_up.open_data()
    from django.core.exceptions import ValidationError

    from canh.accounts.queries import user_by_name, viewer
    from canh.accounts.terms import Role
    from canh.alarms import actions, queries
    from canh.alarms.rules import IllegalMove
    from canh.config.cli.show import alarm_facts

    user = user_by_name(words.person)
    # The roles that act must themselves reach the premises; what other roles show is only to look at.
    acting = viewer(user, only=(Role.OPERATOR, Role.SECURITY_HEAD)) if user else None
    alarm = queries.visible_to(acting).filter(id=words.alarm).first() if acting else None
    if user is None or alarm is None:
        raise Refused(f"không thấy · not found: {words.person} / {words.alarm}")
    try:
        if words.act == "acknowledge":
            actions.acknowledge_alarm(alarm, user)
        elif words.act == "close":
            actions.close_alarm(alarm, user, words.reason, words.note)
        else:
            actions.add_note(alarm, user, words.note)
    except ValidationError as error:
        raise Refused("\n".join(error.messages)) from error
    except (IllegalMove, actions.TooLate) as error:
        raise Refused(f"{alarm.state}: {error}") from error
    alarm.refresh_from_db()
    line(alarm_facts(alarm)) if words.json else say(alarm.state)
    return 0

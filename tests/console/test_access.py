"""The access contract: every address of the console, for every kind of person.

The table is compared with the URLconf, so an address without a row fails. The object behind an
address belongs to the bank (unit A); the operator of the schools (unit B) must not learn of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from canh.accounts.actions import assign
from canh.accounts.actions_contacts import add_method
from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.alarms.actions_owners import hand_over
from canh.alarms.actions_routines import add_holder, plan_visit
from canh.alarms.models_arming import Bypass
from canh.alarms.models_routines import VaultWindow
from canh.guards.actions import Place, add_duty
from canh.incidents.actions_evidence import attach
from canh.incidents.actions_procedures import begin_draft, skip_step
from canh.incidents.models import Incident
from canh.incidents.steps import GroupAlarms
from canh.intake.actions_walks import start_walk
from canh.intake.models import Found
from canh.kit import clock
from canh.liaison.actions import hand_over as hand_over_to_police
from canh.liaison.actions import save_desk
from canh.liaison.models import PoliceDesk
from canh.liaison.sheet import Answers
from canh.monitoring import actions as monitoring
from canh.monitoring.models import WatchDesk
from canh.occupancy import actions as occupancy
from canh.occupancy.models import Lockdown
from canh.response import dispatching
from canh.response.actions import write_ladder
from canh.response.rules import Rung
from canh.response.terms import Target
from canh.sites import actions as sites
from canh.sites.actions_plans import add_plan, place_zone
from canh.sites.models import Import, OnTest, OpeningException, OpeningHours
from tests.cast import Cast
from tests.console.desk.scenes import raise_alarm
from tests.sites.test_plans import PNG
from tests.watch import data_folder

VISITORS = {Role.INSTALLER, Role.SITE_MANAGER, Role.GUARD}
WORKERS = {Role.ADMINISTRATOR, Role.SECURITY_HEAD, Role.OPERATOR}


@dataclass(frozen=True)
class Row:
    """Expected answers: to anonymous, administrator, security head, operator of A, of B, any other role; then to
    installers, site managers and guards of A, who are like any other where nothing is said."""

    method: str
    anonymous: int
    administrator: int
    head: int
    operator_a: int
    operator_b: int
    other: int
    installer_a: int = 0
    installer_b: int = 0
    manager_a: int = 0
    guard_a: int = 0


def row(method: str, *expected: int) -> Row:
    return Row(method, *expected, *[expected[5]] * (10 - len(expected)))


STAFF = row("GET", 302, 200, 200, 200, 200, 403)
STAFF_OF_A = row("GET", 302, 200, 200, 200, 404, 403)
KEEPERS = row("GET", 302, 200, 200, 403, 403, 403)
ADMINISTRATOR = row("GET", 302, 200, 403, 403, 403, 403)
ADMINISTRATOR_SENDS = row("POST", 302, 302, 403, 403, 403, 403)
ADMINISTRATOR_SENDS_FORM = row("POST", 302, 200, 403, 403, 403, 403)
WALKERS_OF_A = row("GET", 302, 200, 200, 403, 403, 403, 200, 404, 403)
WALKERS_OF_A_SEND = row("POST", 302, 302, 302, 403, 403, 403, 302, 404, 403)
KEEPERS_SEND = row("POST", 302, 302, 302, 403, 403, 403)
ACTORS_OF_A_SEND = row("POST", 302, 403, 302, 302, 404, 403)
USERS_OF_A_SEND_FORM = row("POST", 302, 403, 422, 422, 404, 403, 403, 403, 422, 422)
ACTORS_OF_A_SEND_FORM = row("POST", 302, 403, 422, 422, 404, 403)
USERS_OF_A_SEND = row("POST", 302, 403, 302, 302, 404, 403, 403, 403, 302, 302)
MANAGERS_OF_A_SEND = row("POST", 302, 302, 302, 403, 403, 403, 403, 403, 302, 403)
OWN_SEND = row("POST", 302, 404, 404, 302, 404, 404)  # of the operator of A

TABLE = {
    # desk and map
    "desk": STAFF,
    "live": STAFF,
    "alarms": STAFF,
    "alarms-csv": STAFF,
    "alarm": STAFF_OF_A,
    "alarm-acknowledge": ACTORS_OF_A_SEND,
    "alarm-close": ACTORS_OF_A_SEND_FORM,
    "alarm-note": ACTORS_OF_A_SEND_FORM,
    "alarm-reopen": ACTORS_OF_A_SEND_FORM,
    "alarm-sight": ACTORS_OF_A_SEND_FORM,
    "alarm-shelve": ACTORS_OF_A_SEND_FORM,
    "alarm-unshelve": row("POST", 302, 403, 409, 409, 404, 403),
    "alarm-take-over": row("POST", 302, 403, 409, 409, 404, 403),
    "alarm-next": row("POST", 302, 403, 302, 302, 302, 403),
    "handover": row("GET", 302, 403, 200, 200, 200, 403),
    "handover-waits": row("GET", 302, 403, 200, 200, 200, 403),
    "handover-accept": row("POST", 302, 403, 404, 404, 404, 403),
    "handover-withdraw": row("POST", 302, 403, 404, 404, 404, 403),
    "shelf": STAFF,
    "storm": row("GET", 302, 302, 302, 302, 302, 403),  # there is none: back to the desk
    "storm-acknowledge": row("POST", 302, 403, 302, 302, 302, 403),
    "storm-close": row("POST", 302, 403, 302, 302, 302, 403),
    # evidence
    "evidence": STAFF_OF_A,
    "evidence-fetch": STAFF_OF_A,
    "evidence-pack": row("POST", 302, 200, 200, 200, 404, 403),
    "evidence-add": ACTORS_OF_A_SEND,
    "evidence-remove": ACTORS_OF_A_SEND,
    "evidence-return": ACTORS_OF_A_SEND,
    "evidence-lock": row("POST", 302, 403, 302, 403, 403, 403),
    # arming
    "closing": STAFF,
    "arming-arm": ACTORS_OF_A_SEND,
    "arming-disarm": ACTORS_OF_A_SEND,
    "arming-leave-out": ACTORS_OF_A_SEND,
    "arming-guard": ACTORS_OF_A_SEND,
    # cases and procedures
    "cases": STAFF,
    "catalogue": STAFF,
    "case": STAFF_OF_A,
    "case-step": ACTORS_OF_A_SEND,
    "case-note": ACTORS_OF_A_SEND,
    "case-close": ACTORS_OF_A_SEND_FORM,
    "case-reopen": ACTORS_OF_A_SEND_FORM,
    "alarm-step": ACTORS_OF_A_SEND_FORM,
    "procedures": STAFF,
    "procedure-built-in": STAFF,
    "procedure-seen": KEEPERS_SEND,
    "procedure-write": KEEPERS_SEND,
    "procedure": KEEPERS,
    "procedure-step": row("POST", 302, 422, 422, 403, 403, 403),
    "procedure-move": KEEPERS_SEND,
    "procedure-remove": KEEPERS_SEND,
    "procedure-publish": KEEPERS_SEND,
    "procedure-discard": KEEPERS_SEND,
    "procedure-retire": KEEPERS_SEND,
    # routines
    "routines": row("GET", 302, 403, 302, 302, 200, 403, 403, 403, 302, 302),  # who has one only is led there
    "routine": row("GET", 302, 403, 200, 200, 404, 403, 403, 403, 200, 200),
    "routine-code": USERS_OF_A_SEND_FORM,
    "routine-crew": USERS_OF_A_SEND_FORM,
    "routine-cash": USERS_OF_A_SEND_FORM,
    "routine-visit": row("POST", 302, 403, 422, 403, 403, 403, 403, 403, 422, 403),
    "routine-visit-cancel": row("POST", 302, 403, 302, 403, 403, 403, 403, 403, 302, 403),
    "routine-setup": KEEPERS,
    "routine-rule": KEEPERS_SEND,
    "routine-holder": row("POST", 302, 422, 422, 403, 403, 403),
    "routine-holder-remove": KEEPERS_SEND,
    "routine-window": row("POST", 302, 422, 422, 403, 403, 403),
    "routine-window-remove": KEEPERS_SEND,
    # who is inside
    "inside": row("GET", 302, 200, 302, 302, 200, 403, 403, 403, 302, 302),  # who has one only is led there
    "inside-site": row("GET", 302, 403, 200, 200, 404, 403, 403, 403, 200, 200),
    "visit-in": USERS_OF_A_SEND_FORM,
    "visit-out": USERS_OF_A_SEND,
    "visit-again": USERS_OF_A_SEND,
    "visits-csv": row("GET", 302, 403, 200, 403, 403, 403, 403, 403, 200, 403),
    "key-lend": USERS_OF_A_SEND_FORM,
    "key-back": USERS_OF_A_SEND,
    "lockdown": row("GET", 302, 403, 200, 200, 404, 403, 403, 403, 200, 200),
    "lockdown-start": USERS_OF_A_SEND,
    "lockdown-end": USERS_OF_A_SEND,
    "lockdown-answer": row("POST", 302, 403, 404, 404, 404, 403, 403, 403, 404, 404),  # of whom is not said
    "inside-setup": row("GET", 302, 200, 200, 403, 403, 403, 403, 403, 200, 403),
    "member-add": row("POST", 302, 422, 422, 403, 403, 403, 403, 403, 422, 403),
    "member-link": row("POST", 302, 200, 200, 403, 403, 403, 403, 403, 200, 403),
    "member-remove": MANAGERS_OF_A_SEND,
    "keyring-add": row("POST", 302, 422, 422, 403, 403, 403, 403, 403, 422, 403),
    "keyring-retire": MANAGERS_OF_A_SEND,
    "lockdown-buttons": MANAGERS_OF_A_SEND,
    "here": row("GET", 200, 200, 200, 200, 200, 200),  # the secret in the address is the right to it
    "here-act": row("POST", 422, 422, 422, 422, 422, 422),  # what is answered is not said
    # shared monitoring
    "monitoring": STAFF,
    "monitoring-mine": STAFF,
    "watchdesk-add": KEEPERS,
    "watchdesk": KEEPERS,
    "watchdesk-retire": KEEPERS_SEND,
    "watch-add": row("POST", 302, 422, 422, 403, 403, 403),
    "watch-remove": KEEPERS_SEND,
    "kpi": STAFF,
    "drills": STAFF,
    "kpi-alarms": row("GET", 302, 404, 404, 404, 404, 403),  # of which figure is not said
    "map": STAFF,
    "map-areas": STAFF,
    "map-sites": STAFF,
    # the door
    "sign-in": row("GET", 200, 302, 302, 302, 302, 302),
    "enter-drill": row("POST", 404, 404, 404, 404, 404, 404),
    "sign-out": row("POST", 302, 302, 302, 302, 302, 302),
    "preferences": row("GET", 302, 200, 200, 200, 200, 200),
    "password": row("GET", 302, 200, 200, 200, 200, 200),
    "language": row("POST", 302, 302, 302, 302, 302, 302),
    "theme": row("POST", 302, 302, 302, 302, 302, 302),
    "setup": row("GET", 404, 404, 404, 404, 404, 404),
    "setup-premises": row("GET", 302, 302, 403, 403, 403, 403),
    # ways out, and who is reached by them
    "channels": ADMINISTRATOR,
    "channel": ADMINISTRATOR,
    "channel-test": ADMINISTRATOR_SENDS,
    "methods": row("GET", 302, 200, 200, 200, 200, 200),
    "method-test": OWN_SEND,
    "method-confirm": OWN_SEND,
    "method-first": OWN_SEND,
    "method-browser": row("POST", 302, 422, 422, 422, 422, 422),  # the channel is not set up
    "push-worker": row("GET", 200, 200, 200, 200, 200, 200),
    "method-remove": OWN_SEND,
    "unreachable": KEEPERS,
    # police
    "police": STAFF,
    "police-csv": STAFF,
    "police-code": row("GET", 302, 302, 302, 302, 302, 403),  # none was given: back to the list
    "police-desks": STAFF,
    "police-desk-add": KEEPERS,
    "police-desk": KEEPERS,
    "police-desk-test": row("POST", 302, 302, 302, 302, 302, 403),
    "police-desk-retire": KEEPERS_SEND,
    "referral": STAFF_OF_A,
    "referral-sheet": STAFF_OF_A,
    "referral-mail": ACTORS_OF_A_SEND,
    "referral-code": ACTORS_OF_A_SEND,
    "referral-act": ACTORS_OF_A_SEND_FORM,
    "case-police": row("GET", 302, 403, 302, 302, 404, 403),  # it is with the police: to its page
    # calls
    "alarm-escalate": row("POST", 302, 403, 422, 422, 404, 403),  # it stands on no ladder
    "call-sheet": STAFF_OF_A,
    "duty": KEEPERS,
    "duty-remove": KEEPERS_SEND,
    "ladders": KEEPERS,
    "ladder-new": KEEPERS,
    "ladder": KEEPERS,
    "ladder-remove": KEEPERS_SEND,
    # dispatch
    "alarm-dispatch": row("GET", 302, 403, 200, 200, 404, 403),
    "alarm-dispatch-move": row("POST", 302, 403, 422, 422, 404, 403),  # what they said is not said
    "alarm-stand-down": row("POST", 302, 403, 422, 422, 404, 403),  # nobody has the alarm
    "orders": row("GET", 302, 200, 200, 200, 200, 200),
    "order": row("POST", 302, 404, 404, 404, 404, 404),  # of the guard, whose answer is none
    # register
    "sites": STAFF,
    "sites-csv": STAFF,
    "site": STAFF_OF_A,
    "site-add": KEEPERS,
    "site-change": KEEPERS,
    "hours": KEEPERS,
    "hours-remove": KEEPERS_SEND,
    "hours-rule": row("POST", 302, 200, 200, 403, 403, 403),
    "hours-exception": row("POST", 302, 200, 200, 403, 403, 403),
    "hours-exception-remove": KEEPERS_SEND,
    "site-close": KEEPERS_SEND,
    "site-reopen": KEEPERS_SEND,
    "imports": KEEPERS,
    "import-template": KEEPERS,
    "import-template-csv": KEEPERS,
    "import": row("GET", 302, 200, 404, 403, 403, 403),  # of the administrator: a head sees only their own
    "import-apply": row("POST", 302, 302, 404, 403, 403, 403),
    "import-go-on": row("POST", 302, 302, 404, 403, 403, 403),
    "import-undo": row("POST", 302, 302, 404, 403, 403, 403),
    "import-discard": row("POST", 302, 302, 404, 403, 403, 403),
    "unknown": ADMINISTRATOR,
    "unknown-premises": ADMINISTRATOR,
    "unknown-adopt": ADMINISTRATOR,
    "unknown-dismiss": ADMINISTRATOR_SENDS,
    "unknown-back": row("POST", 302, 404, 403, 403, 403, 403),  # it is not put aside
    "plans": KEEPERS,
    "plan": KEEPERS,
    "plan-picture": STAFF_OF_A,
    "plan-remove": KEEPERS_SEND,
    "plan-mark": row("POST", 302, 422, 422, 403, 403, 403),
    "plan-unmark": KEEPERS_SEND,
    "panel": STAFF_OF_A,
    "panel-change": KEEPERS_SEND,
    "panel-agree": KEEPERS_SEND,
    "panel-replace": KEEPERS,
    "area-near": KEEPERS,
    "panel-add": KEEPERS,
    "panel-ready": KEEPERS,
    "panel-heard": KEEPERS,
    "panel-key": KEEPERS,
    "panel-done": KEEPERS_SEND,
    "panel-retire": KEEPERS_SEND,
    "zone-set": KEEPERS_SEND,
    "device-add": KEEPERS,
    "device-change": KEEPERS,
    "device-remove": KEEPERS_SEND,
    "contact-add": KEEPERS,
    "contact-change": KEEPERS,
    "contact-remove": KEEPERS_SEND,
    "keys": KEEPERS,
    "keys-renew": KEEPERS_SEND,
    "key-sheet": row("GET", 302, 404, 404, 403, 403, 403),  # of nobody's session
    "key-sheet-csv": row("GET", 302, 404, 404, 403, 403, 403),
    "key-sheet-forget": KEEPERS_SEND,
    # tests and acceptance
    "walk": row("GET", 302, 200, 200, 200, 200, 403, 200, 200, 200),
    "walk-site": row("GET", 302, 200, 200, 200, 404, 403, 200, 404, 200),
    "walk-live": WALKERS_OF_A,
    "walk-sign": WALKERS_OF_A,
    "walk-give-up": WALKERS_OF_A_SEND,
    "walk-sheet": row("GET", 302, 404, 404, 404, 404, 403, 404, 404, 404),  # not signed yet
    "tests": STAFF,
    "test-start": WALKERS_OF_A_SEND,
    "test-end": WALKERS_OF_A_SEND,
    # people and audit
    "people": ADMINISTRATOR,
    "person": ADMINISTRATOR,
    "person-add": ADMINISTRATOR,
    "person-active": ADMINISTRATOR_SENDS,
    "person-password": ADMINISTRATOR_SENDS_FORM,
    "role-give": ADMINISTRATOR_SENDS_FORM,
    "role-end": ADMINISTRATOR_SENDS,
    "units": ADMINISTRATOR,
    "unit-add": ADMINISTRATOR_SENDS_FORM,
    "areas-add": ADMINISTRATOR_SENDS,
    "unit-rename": ADMINISTRATOR_SENDS,
    "audit": ADMINISTRATOR,
    # health
    "health": STAFF,
    "health-live": row("GET", 200, 200, 200, 200, 200, 200),
    "troubles": STAFF,
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some doors write into a journal: of their own, or the next story of this worker would hear it."""
    data_folder(monkeypatch, tmp_path)


def all_patterns(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from all_patterns(entry.url_patterns)
        else:
            yield entry


NAMES = sorted(str(pattern.name) for pattern in all_patterns())


def test_every_view_says_who_may_come_in() -> None:
    silent = [str(p.pattern) for p in all_patterns() if not hasattr(p.callback, "access")]
    assert silent == []


def test_every_address_has_a_row() -> None:
    assert sorted(TABLE) == NAMES


@pytest.fixture
def things(cast: Cast) -> dict[str, Any]:
    """An id for every argument an address may take: all of the bank."""
    contact = sites.add_contact(actor_id=None, site=cast.bank, name="Bà An", phone="0900 000 001")
    device = sites.add_device(actor_id=None, site=cast.bank, zone=None, kind="siren", name="Còi")
    alarm = raise_alarm("1001", "HA")
    GroupAlarms()()
    case = Incident.objects.get()
    evidence, _new = attach(case, cast.dung, name="a.txt", chunks=[b"a"])
    walk = start_walk(cast.bank, actor_id=cast.chi.id, minutes=30, reason="Nghiệm thu")
    return {
        "site_id": cast.bank.id,
        "panel_id": cast.bank_panel.id,
        "contact_id": contact.id,
        "device_id": device.id,
        "alarm_id": alarm.id,
        "attachment_id": evidence.id,
        "user_id": cast.binh.id,
        "assignment_id": cast.binh.assignments.get().id,
        "unit_id": cast.bank_unit.id,
        "import_id": Import.objects.create(name="a.csv", digest="", by=cast.en, created_at=clock.now()).id,
        "sheet": "site",
        "hours_id": OpeningHours.objects.create(site=cast.bank, weekday=1, opens="08:00", closes="17:00").id,
        "exception_id": OpeningException.objects.create(
            site=cast.bank, first="2026-06-01", last="2026-06-01", reason="Nghỉ"
        ).id,
        "bypass_id": Bypass.objects.create(
            site=cast.bank, panel=cast.bank_panel, source="panel", begun_at=clock.now()
        ).id,
        "holder_id": add_holder(cast.bank, cast.chi, "Mai")[0].id,
        "window_id": VaultWindow.objects.create(site=cast.bank, weekday=1, opens="08:00", closes="09:00").id,
        "visit_id": plan_visit(
            cast.bank,
            cast.an,
            kind="atm",
            company="Sao Mai",
            plate="29A12345",
            people=2,
            from_at=clock.now(),
            until_at=clock.now() + timedelta(hours=1),
        ).id,
        "incident_id": case.id,
        "key": "police",
        "case_kind": "hold_up",
        "answer_id": skip_step(case, cast.dung, "unit", "đã báo").id,
        "procedure_id": begin_draft(cast.bank_unit, "hold_up", cast.chi).id,
        "sheet_id": 7,
        "walk_id": walk.id,
        "test_id": OnTest.objects.get(site=cast.bank).id,
        "handover_id": hand_over(*[cast.person(Role.OPERATOR, cast.city) for _n in "ab"], "x", {}).id,
        "kind": "email",
        "method_id": add_method(cast.dung, "email", "dung@example.vn", actor_id=None).id,
        **_with_the_police(cast, case),
        **_inside(cast),
        "plan_id": (plan := add_plan(cast.bank, cast.chi, name="Tầng 1", picture=PNG)).id,
        "mark_id": place_zone(plan, cast.bank_panel.zones.order_by("number")[0], cast.chi, x=1, y=1).id,
        "dispatch_id": dispatching.send(alarm, [cast.binh.id], by=cast.dung)[0].id,
        "duty_id": add_duty(
            Place(site=cast.bank), cast.binh, "guard", clock.now(), clock.now() + timedelta(hours=8), by=cast.chi
        )[0].id,
        "ladder_id": write_ladder(
            Place(unit=cast.bank_unit), 1, "Ngân hàng", [Rung(0, Target.ON_DUTY)], rounds=1, again_s=300, by=cast.chi
        ).id,
        "found_id": Found.objects.create(door="sia", account="9F9F", first_at=clock.now(), last_at=clock.now()).id,
    }


def _with_the_police(cast: Cast, case: Incident) -> dict[str, Any]:
    desk = save_desk(PoliceDesk(name="Công an phường", kind="ward", phone="113"), by=cast.chi)
    answers = Answers(gate="Cổng", weapons="no", held="no", is_live="no", keyholder="", callback="1")
    made = hand_over_to_police(case, desk, answers, by=cast.chi, reason="")
    return {"desk_id": desk.id, "referral_id": made.id, "act": "accept"}


def _inside(cast: Cast) -> dict[str, Any]:
    member, secret = occupancy.add_member(cast.bank, cast.chi, name="Bà An", is_leader=True)
    visit = occupancy.sign_in(cast.bank, cast.binh, name="Chị Hoa")
    key = occupancy.add_key(cast.bank, cast.chi, label="K1")
    lent = occupancy.lend(occupancy.add_key(cast.bank, cast.chi, label="K2"), cast.binh, holder="Anh Bình")
    desk = monitoring.save_desk(WatchDesk(name="Bàn giám sát", site=cast.bank), [cast.dung], by=cast.chi)
    watch = monitoring.add_watch(desk, by=cast.chi, weekdays=[1], opens=time(0), closes=time(0), site=cast.bank)
    lockdown = Lockdown.objects.create(site=cast.bank, started_at=clock.now(), is_drill=True)
    return {
        "member_id": member.id, "secret": secret, "deed": "answer", "visitor_id": visit.id, "key_id": key.id,
        "loan_id": lent.id, "lockdown_id": lockdown.id, "watchdesk_id": desk.id, "watch_id": watch.id,
    }  # fmt: skip


def address(name: str, things: dict[str, Any]) -> str:
    pattern = next(p for p in all_patterns() if p.name == name)
    wanted = pattern.pattern.converters
    inherited = [p for p in things if f"<int:{p}>" in _route(name)]
    return reverse(name, kwargs={key: things[key] for key in {*wanted, *inherited}})


def _route(name: str) -> str:
    return str(get_resolver().reverse_dict.getlist(name)[0][0][0][0]).replace("%(", "<int:").replace(")s", ">")


def doors(cast: Cast) -> dict[str, list[Client]]:
    """One signed-in browser a person, by kind of person."""
    people: dict[str, list[User | None]] = {
        "anonymous": [None],
        "administrator": [cast.en],
        "head": [cast.chi],
        "operator_a": [cast.dung],
        "operator_b": [cast.person(Role.OPERATOR, cast.schools)],
        "installer_a": [cast.person(Role.INSTALLER, cast.bank_unit)],
        "installer_b": [cast.person(Role.INSTALLER, cast.schools)],
        "manager_a": [cast.an],
        "guard_a": [cast.binh],
        "other": [cast.la, *(cast.person(role, cast.city) for role in Role if role not in WORKERS | VISITORS)],
    }
    return {kind: [browser(user) for user in users] for kind, users in people.items()}


def browser(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def status(client: Client, method: str, url: str) -> int:
    """The answer, without leaving a trace for the next question."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        found = client.generic(method, url).status_code
        transaction.set_rollback(True)
    client.cookies = cookies
    return found


def test_contract(cast: Cast, things: dict[str, int]) -> None:
    """The table, whole. A difference is named with who got what."""
    wrong = {}
    browsers = doors(cast)
    for name, expected in TABLE.items():
        url = address(name, things)
        for kind, clients in browsers.items():
            found = {status(client, expected.method, url) for client in clients}
            if found != {getattr(expected, kind)}:
                wrong[f"{kind} at {name}"] = f"{found}, not {getattr(expected, kind)}"
    assert wrong == {}


KEPT_BY_UNIT = ("site-c", "site-reopen", "panel-", "zone-", "device-", "contact-", "hours", "routine-setup",
                "routine-rule", "routine-holder", "routine-window", "duty-", "ladder-remove")  # fmt: skip
OF_PROCEDURES = ("procedure", "procedure-seen", "procedure-step", "procedure-move", "procedure-remove",
                 "procedure-publish", "procedure-discard", "procedure-retire")  # fmt: skip
OF_ANOTHER_UNIT = [*(n for n in TABLE if n.startswith(KEPT_BY_UNIT)), *OF_PROCEDURES]


def test_who_keeps_another_unit_finds_nothing_to_change(cast: Cast, things: dict[str, int]) -> None:
    """A security head of the schools; and one who also takes alarms of the banks: the two do not add up."""
    plain, both = (cast.person(Role.SECURITY_HEAD, cast.schools) for _ in range(2))
    assign(actor_id=None, user=both, role=Role.OPERATOR, unit=cast.banking)
    assert status(browser(both), "GET", reverse("site", args=[cast.bank.id])) == 200
    for client in (browser(plain), browser(both)):
        found = {n: status(client, TABLE[n].method, address(n, things)) for n in OF_ANOTHER_UNIT}
        assert found == dict.fromkeys(OF_ANOTHER_UNIT, 404)


def test_unknown_ids_are_404(cast: Cast, things: dict[str, int]) -> None:
    nothing, known, head, administrator = (
        {
            **dict.fromkeys(things, 7),
            "sheet": "nothing",
            "key": "nothing",
            "act": "nothing",
            "kind": "nothing",
            "case_kind": "nothing",
        },
        [],
        browser(cast.chi),
        browser(cast.en),
    )
    for name, expected in TABLE.items():
        if address(name, things) != (url := address(name, nothing)):
            known_to_head = ("alarm", "arming", "handover", "routine", "case", "evidence", "referral", "case-police",
                             "inside-", "visit", "key-lend", "key-back", "lockdown")  # fmt: skip
            client = head if name.startswith(known_to_head) else administrator
            if status(client, expected.method, url) != 404:
                known.append(name)
    assert known == []


def test_a_disabled_person_is_out_at_once(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.dung)
    assert client.get("/sites/").status_code == 200
    User.objects.filter(id=cast.dung.id).update(is_active=False)
    assert client.get("/sites/").status_code == 302


def test_htmx_is_sent_to_the_door_as_a_whole_page(cast: Cast) -> None:
    answer = Client().get("/sites/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/sites/?q=a"})
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/sign-in/?next=%2Fsites%2F%3Fq%3Da"


@pytest.mark.parametrize("accepted", ["text/event-stream", "application/json"])
def test_machines_get_401(cast: Cast, accepted: str) -> None:
    assert Client().get("/sites/", headers={"Accept": accepted}).status_code == 401


def test_after_a_form_one_comes_back_to_its_page(cast: Cast, things: dict[str, int]) -> None:
    url = address("panel-retire", things)
    answer = Client().post(url, headers={"Referer": f"http://testserver/sites/{cast.bank.id}/"})
    assert answer.headers["Location"] == f"/sign-in/?next=%2Fsites%2F{cast.bank.id}%2F"


def test_the_refusal_says_who_may(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.dung)
    text = client.get("/people/").content.decode()
    assert "Trang này không dành cho vai trò của bạn" in text
    assert "Quản trị" in text


def test_headers_leave_no_way_out(client: Client, db: None) -> None:
    answer = client.get("/health/live")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "sites",
        "site",
        "people",
        "health",
        "audit",
        "preferences",
        "panel-add",
        "panel",
        "panel-replace",
        "unknown",
        "unknown-adopt",
        "channels",
        "channel",
        "methods",
        "unreachable",
        "duty",
        "ladders",
        "ladder",
        "ladder-new",
        "call-sheet",
        "police",
        "police-desks",
        "police-desk",
        "referral",
        "referral-sheet",
    ],
)
def test_pages_hold_nothing_the_policy_forbids(name: str, cast: Cast, things: dict[str, int]) -> None:
    client = Client()
    client.force_login(cast.en)
    text = client.get(address(name, things)).content.decode()
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_the_menu_shows_only_what_opens(cast: Cast) -> None:
    client = Client()
    for user in (cast.en, cast.chi, cast.dung, cast.la):
        client.force_login(user)
        page = client.get("/me/")
        for item in page.context["nav"]:
            assert client.get(item.url).status_code == 200, f"{user}: {item.url}"
    assert page.context["nav"] == []


def test_strange_addresses_get_our_404(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.dung)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Ở đây không có gì" in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_words(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.en)
    answer = client.post("/people/units/add/", {"name": "X"})
    assert answer.status_code == 403
    assert "Trang này mở đã quá lâu" in answer.content.decode()


def test_a_failure_is_told_without_the_database(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canh.console.health.views.all_checks", lambda: 1 / 0)
    client = Client(raise_request_exception=False)
    client.force_login(cast.en)
    answer = client.get("/health/")
    assert answer.status_code == 500
    assert "Có lỗi từ phía hệ thống" in answer.content.decode()

"""Staff call for help, lock down and answer; who has not answered is listed, and the desk hears of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from canh.accounts.queries import viewer
from canh.alarms.models import Alarm
from canh.audit.models import Line
from canh.intake.models import Signal
from canh.kit import clock
from canh.occupancy import actions, queries
from canh.occupancy import actions_lockdown as lockdowns
from canh.occupancy.actions_lockdown import Actor
from canh.occupancy.models import Answer, Lockdown, Member
from canh.sites import actions as sites
from canh.sites.models import Panel
from tests.alarms.barehouse import ringing, says
from tests.cast import Cast, make_cast
from tests.clock import stopped
from tests.watch import Night, data_folder, open_codes

PRESS, SAFE = "zigbee:nut-khoa@nha", "zigbee:nut-an-toan@nha"


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped() as hands:
        yield Night(hands)


class School:
    """The school, with a head and two teachers on the roll."""

    def __init__(self, night: Night) -> None:
        self.night, self.cast = night, make_cast()
        self.site = self.cast.school
        self.lan, self.link = actions.add_member(self.site, self.cast.chi, name="Cô Lan", place="Phòng hiệu trưởng",
                                                 is_leader=True)  # fmt: skip
        self.minh, _ = actions.add_member(self.site, self.cast.chi, name="Thầy Minh", place="Lớp 6A")
        self.nga, _ = actions.add_member(self.site, self.cast.chi, name="Cô Nga", place="Lớp 7B")

    def names(self, lockdown: Lockdown) -> dict[str, list[str]]:
        call = queries.roll_call(lockdown)
        return {kind: [c.name for c in getattr(call, kind)] for kind in ("missing", "help", "safe", "away")}

    def settle(self) -> None:
        self.night.hands.forward(2)
        self.night.engine()


@pytest.fixture
def school(night: Night) -> School:
    return School(night)


def test_a_call_for_help_rings_at_once_as_panic(school: School) -> None:
    lockdowns.call_for_help(school.minh)
    school.night.engine()
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.kind, alarm.priority, alarm.site_id) == ("staff_panic", "panic", 1, school.site.id)
    assert Signal.objects.get().extra["member"] == str(school.minh.id)


def test_it_rings_although_the_premises_are_on_test(school: School) -> None:
    sites.put_on_test(actor_id=school.cast.chi.id, site=school.site, minutes=30, reason="Bảo trì")
    lockdowns.call_for_help(school.minh)
    school.night.engine()
    assert ringing(school.cast.chi) == ["staff_panic"]


def test_who_has_not_answered_is_listed(school: School) -> None:
    run = lockdowns.start_lockdown(school.site, Actor(member=school.minh))
    actions.sign_in(school.site, school.cast.chi, name="Anh Tuấn", company="Sửa máy chiếu")
    school.night.engine()
    assert ringing(school.cast.chi) == ["lockdown"]
    assert school.names(run)["missing"] == ["Cô Lan", "Cô Nga", "Thầy Minh", "Anh Tuấn"]
    lockdowns.answer(run, "safe", member=school.minh, people=31)
    lockdowns.answer(run, "help", member=school.nga, note="Có em bị ngã")
    lockdowns.answer(run, "away", member=school.lan)
    call = queries.roll_call(run)
    assert school.names(run) == {
        "missing": ["Anh Tuấn"], "help": ["Cô Nga"], "safe": ["Thầy Minh"], "away": ["Cô Lan"],
    }  # fmt: skip
    assert (call.others, call.total, call.is_complete) == (31, 4, False)
    school.night.engine()
    assert ringing(school.cast.chi) == ["lockdown", "lockdown_help"]


def test_the_last_word_counts_and_visitors_are_answered_for(school: School) -> None:
    visit = actions.sign_in(school.site, school.cast.chi, name="Anh Tuấn")
    run = lockdowns.start_lockdown(school.site, Actor(user=school.cast.chi))
    lockdowns.answer(run, "help", member=school.nga)
    lockdowns.answer(run, "safe", member=school.nga)
    lockdowns.answer(run, "safe", visit=visit, by=school.cast.chi)
    for member in (school.lan, school.minh):
        lockdowns.answer(run, "safe", member=member)
    assert queries.roll_call(run).is_complete
    assert Answer.objects.count() == 5


def test_all_safe_ends_it_for_the_desk_too_and_the_roll_stays(school: School) -> None:
    run = lockdowns.start_lockdown(school.site, Actor(member=school.minh))
    lockdowns.answer(run, "help", member=school.nga)
    school.night.engine()
    with pytest.raises(ValidationError, match="phụ trách"):
        lockdowns.end_lockdown(run, Actor(member=school.minh))
    assert lockdowns.end_lockdown(run, Actor(member=school.lan))
    assert not lockdowns.end_lockdown(run, Actor(member=school.lan))
    school.settle()
    assert open_codes() == []
    assert Alarm.objects.exclude(state="closed").count() == 2  # a person closes them: the end was only said
    run.refresh_from_db()
    actions.add_member(school.site, school.cast.chi, name="Người mới")
    assert school.names(run)["missing"] == ["Cô Lan", "Thầy Minh"]
    with pytest.raises(ValidationError):
        lockdowns.answer(run, "safe", member=school.minh)


def test_two_who_press_at_once_begin_one(school: School) -> None:
    first = lockdowns.start_lockdown(school.site, Actor(member=school.minh))
    assert lockdowns.start_lockdown(school.site, Actor(member=school.nga)).id == first.id
    school.night.engine()
    assert [Lockdown.objects.count(), Signal.objects.count()] == [1, 1]
    with pytest.raises(IntegrityError), transaction.atomic():
        Lockdown.objects.create(site=school.site, started_at=clock.now())


def test_an_exercise_rings_nobody_and_becomes_real_when_it_must(school: School) -> None:
    drill = lockdowns.start_lockdown(school.site, Actor(user=school.cast.chi), is_drill=True)
    lockdowns.answer(drill, "help", member=school.nga)
    school.settle()
    assert Signal.objects.count() == 0
    real = lockdowns.start_lockdown(school.site, Actor(member=school.minh))
    assert real.id != drill.id
    school.settle()
    assert ringing(school.cast.chi) == ["lockdown"]
    assert school.names(real)["help"] == []


def test_without_a_device_nobody_believes_that_the_desk_knows(school: School) -> None:
    Panel.objects.filter(site=school.site).update(retired_at=clock.now())
    with pytest.raises(ValidationError, match="113"):
        lockdowns.call_for_help(school.minh)
    with pytest.raises(ValidationError, match="113"):
        lockdowns.start_lockdown(school.site, Actor(member=school.minh))
    assert Lockdown.objects.count() == 0
    with pytest.raises(ValidationError):
        actions.add_member(school.site, school.cast.chi, name="Cô Hà")


def test_a_lost_phone_opens_nothing(school: School) -> None:
    assert queries.member_by(school.link) == school.lan
    fresh = actions.renew_link(school.lan, school.cast.chi)
    assert queries.member_by(school.link) is None
    assert queries.member_by(fresh) == school.lan
    actions.remove_member(school.lan, school.cast.chi)
    assert queries.member_by(fresh) is None


def test_the_link_is_kept_nowhere(school: School) -> None:
    kept = str(list(Member.objects.values())) + str(list(Line.objects.values()))
    assert school.link not in kept
    assert len(school.link) >= 22  # 128 bits


# ── Buttons ──────────────────────────────────────────────────────────────


@pytest.fixture
def buttons(school: School) -> School:
    made = [
        sites.add_panel(actor_id=None, site=school.site, account=account, door="mqtt", kind="sensor", name=name).panel
        for account, name in ((PRESS, "Nút khoá cửa"), (SAFE, "Nút an toàn"))
    ]
    actions.set_buttons(school.site, school.cast.chi, lockdown=made[0], safe=made[1])
    school.settle()
    return school


def press(school: School, account: str, code: str = "action", turn: str = "new") -> None:
    school.night.hands.forward(3)
    school.night.arrives(says(account, code, turn))
    school.settle()


def test_a_cheap_button_begins_it_and_another_ends_it(buttons: School) -> None:
    press(buttons, PRESS)
    assert open_codes("lockdown") == ["lockdown"]
    press(buttons, PRESS)
    assert Lockdown.objects.count() == 1
    press(buttons, SAFE)
    assert open_codes("lockdown") == []
    buttons.night.passes(60)
    assert Lockdown.objects.count() == 1  # what was pressed before does not begin it anew
    press(buttons, PRESS)
    assert Lockdown.objects.filter(ended_at__isnull=True).count() == 1


@pytest.mark.parametrize(("code", "turn"), [("battery_low", "new"), ("tamper", "new"), ("action", "restore")])
def test_what_a_button_says_of_itself_is_no_press(buttons: School, code: str, turn: str) -> None:
    press(buttons, PRESS, code, turn)
    assert Lockdown.objects.count() == 0


def test_what_was_pressed_before_it_was_chosen_counts_for_nothing(buttons: School) -> None:
    actions.set_buttons(buttons.site, buttons.cast.chi, lockdown=None, safe=None)
    press(buttons, PRESS)
    panel = Panel.objects.get(account=PRESS)
    actions.set_buttons(buttons.site, buttons.cast.chi, lockdown=panel, safe=None)
    buttons.settle()
    assert Lockdown.objects.count() == 0
    with pytest.raises(ValidationError):
        actions.set_buttons(buttons.site, buttons.cast.chi, lockdown=panel, safe=panel)


def test_an_engine_that_slept_finds_the_press(buttons: School) -> None:
    buttons.night.stop_engine()
    buttons.night.journal(says(PRESS, "action"))
    buttons.night.hands.forward(120)
    buttons.night.start_engine()
    buttons.settle()
    assert open_codes("lockdown") == ["lockdown"]
    buttons.night.start_engine()  # killed and begun anew: once
    buttons.settle()
    assert Lockdown.objects.count() == 1


def test_only_of_premises_one_answers_for(school: School) -> None:
    cast: Cast = school.cast
    assert [queries.visible_to(viewer(p)).count() for p in (cast.chi, cast.dung, cast.la)] == [1, 0, 0]

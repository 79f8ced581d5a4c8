"""Which desk watches, who takes over within a minute and once, and which hours nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.accounts.queries import viewer
from canh.accounts.terms import Role
from canh.alarms.actions_owners import stamp_watchers, take_next
from canh.alarms.models import Alarm
from canh.alarms.queries import pulse
from canh.audit.models import Line
from canh.console.desk import board
from canh.console.desk.board import Picture, Scope
from canh.kit import beat, clock
from canh.monitoring import actions, queries, rules
from canh.monitoring.models import Takeover, Watch, WatchDesk
from canh.monitoring.rules import Shift
from canh.sites.models import Panel
from tests.cast import make_cast
from tests.clock import stopped
from tests.senders import entry
from tests.watch import Night, data_folder, open_codes

EVENING = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)  # a Monday, 18:00 in Hanoi
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WHOLE_DAY = {"opens": time(0), "closes": time(0)}


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped(EVENING) as hands:
        yield Night(hands)


class Ward:
    """Three desks: of the bank, of the city, and one in reserve at the school; a person at each."""

    def __init__(self, night: Night) -> None:
        self.night, self.cast = night, make_cast()
        cast = self.cast
        self.hoa = cast.person(Role.OPERATOR, cast.city)
        self.kha = cast.person(Role.OPERATOR, cast.city)
        self.bank = self.desk("Bàn ngân hàng", cast.dung, cast.bank)
        self.reserve = self.desk("Bàn dự phòng", self.kha, cast.school)
        self.city = self.desk("Bàn thành phố", self.hoa, cast.school)
        self.here: set[int] = set()
        night.engine()

    def desk(self, name: str, person: User, site: object) -> WatchDesk:
        return actions.save_desk(WatchDesk(name=name, site=site), [person], by=self.cast.chi)

    def watch(self, desk: WatchDesk, **where: object) -> Watch:
        return actions.add_watch(
            desk,
            by=self.cast.chi,
            **{"weekdays": EVERY_DAY, **WHOLE_DAY, **where},  # type: ignore[arg-type]
        )

    def sits(self, *people: User) -> None:
        self.here = {p.id for p in people}
        stamp_watchers(self.here, clock.now())

    def passes(self, seconds: int) -> None:
        """Who sits at a desk gives a sign of life every five seconds."""
        for _n in range(seconds):
            self.night.hands.forward(1)
            if self.here and clock.now().second % 5 == 0:
                stamp_watchers(self.here, clock.now())
            self.night.engine()

    def who(self, name: str = "fund") -> str:
        site = getattr(self.cast, name)
        found = queries.watching([site], clock.now()).get(site.id)
        if found is None:
            return "none is named"
        return WatchDesk.objects.get(id=found.desk).name if found.desk else "nobody"


@pytest.fixture
def ward(night: Night) -> Ward:
    return Ward(night)


def test_another_desk_takes_over_within_a_minute_and_once(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, reserve=ward.reserve)
    ward.sits(ward.cast.dung, ward.kha)
    ward.passes(30)
    assert (ward.who(), Takeover.objects.count()) == ("Bàn ngân hàng", 0)
    ward.sits(ward.kha)
    begin = clock.now()
    while ward.who() == "Bàn ngân hàng":
        ward.passes(1)
        assert clock.now() - begin < timedelta(seconds=60)
    assert ward.who() == "Bàn dự phòng"
    ward.night.start_engine()  # killed and begun anew in the middle of it
    ward.passes(120)
    assert Takeover.objects.count() == 1
    assert [t.to for t in queries.running_for(ward.kha)] == [ward.reserve]
    assert open_codes("desk_unmanned") == []


def test_who_comes_back_has_it_back(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, reserve=ward.reserve)
    ward.sits(ward.kha)
    ward.passes(40)
    assert ward.who() == "Bàn dự phòng"
    ward.sits(ward.kha, ward.cast.dung)
    ward.passes(5)
    assert ward.who() == "Bàn ngân hàng"
    row = Takeover.objects.get()
    assert row.ended_at is not None
    about = Line.objects.filter(action__startswith="watchdesk.").order_by("id").values_list("action", flat=True)
    assert list(about)[-2:] == ["watchdesk.takeover", "watchdesk.back"]


def test_a_page_loaded_anew_is_no_desk_that_was_left(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, reserve=ward.reserve)
    ward.sits(ward.kha, ward.cast.dung)
    ward.passes(10)
    ward.sits(ward.kha)
    ward.passes(25)
    ward.sits(ward.kha, ward.cast.dung)
    ward.passes(60)
    assert Takeover.objects.count() == 0


def test_the_unit_above_catches_what_is_left(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking)
    ward.watch(ward.city, unit=ward.cast.city)
    ward.sits(ward.hoa)
    ward.passes(40)
    assert (ward.who(), ward.who("school")) == ("Bàn thành phố", "Bàn thành phố")
    assert [t.watch.unit for t in Takeover.objects.all()] == [ward.cast.banking]


def test_where_nobody_is_left_the_desk_rings(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, reserve=ward.reserve)
    ward.watch(ward.bank, site=ward.cast.school)
    ward.passes(60)
    assert (ward.who(), ward.who("school")) == ("nobody", "nobody")
    assert open_codes("desk_unmanned") == ["desk_unmanned"]  # one desk, one alarm
    alarm = Alarm.objects.get(code="desk_unmanned")
    assert (alarm.site_id, alarm.priority, alarm.count) == (ward.cast.bank.id, 2, 1)
    ward.sits(ward.kha)
    ward.passes(10)
    assert ward.who() == "Bàn dự phòng"
    assert open_codes("desk_unmanned") == ["desk_unmanned"]  # the school still has nobody
    ward.sits(ward.cast.dung)
    ward.passes(10)
    assert open_codes("desk_unmanned") == []
    assert Takeover.objects.filter(ended_at__isnull=True).count() == 0


def test_at_other_hours_another_desk(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, opens=time(7), closes=time(19))
    ward.watch(ward.city, unit=ward.cast.banking, opens=time(19), closes=time(7))
    ward.sits(ward.cast.dung, ward.hoa)
    ward.passes(5)
    before = pulse()
    assert ward.who() == "Bàn ngân hàng"
    ward.night.hands.forward(3600)
    ward.sits(ward.cast.dung, ward.hoa)
    ward.passes(5)
    assert ward.who() == "Bàn thành phố"
    assert pulse() > before  # every queue shows anew what rings there
    assert Takeover.objects.count() == 0  # it is their work


def test_a_shift_that_ends_takes_its_takeover_along(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, opens=time(7), closes=time(19), reserve=ward.reserve)
    ward.sits(ward.kha)
    ward.passes(40)
    assert Takeover.objects.filter(ended_at__isnull=True).count() == 1
    ward.night.hands.forward(3600)
    ward.passes(3)
    assert Takeover.objects.filter(ended_at__isnull=True).count() == 0
    assert ward.who() == "none is named"


def test_while_the_web_process_is_silent_nobody_counts_as_gone(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, reserve=ward.reserve)

    class Silent:
        def age_s(self) -> float:
            return 30

    with monkeypatch.context() as down:
        down.setattr(beat, "read", lambda _name: Silent())
        ward.passes(120)
    assert Takeover.objects.count() == 0
    ward.passes(10)
    assert Takeover.objects.count() == 0  # desks have time to come back
    ward.passes(10)
    assert Takeover.objects.count() == 1


def test_the_nearest_ground_holds(ward: Ward) -> None:
    ward.watch(ward.city, unit=ward.cast.city)
    ward.watch(ward.bank, site=ward.cast.fund)
    ward.sits(ward.cast.dung, ward.hoa)
    assert [ward.who(name) for name in ("fund", "bank", "school")] == [
        "Bàn ngân hàng", "Bàn thành phố", "Bàn thành phố",
    ]  # fmt: skip


def test_two_takeovers_of_one_watch_cannot_be(ward: Ward) -> None:
    watch = ward.watch(ward.bank, unit=ward.cast.banking)
    Takeover.objects.create(watch=watch, to=ward.city, began_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Takeover.objects.create(watch=watch, to=ward.reserve, began_at=clock.now())


# ── What rings where ─────────────────────────────────────────────────────


def picture(user: User) -> Picture:
    scope = Scope(viewer(user), "vi", frozenset(queries.desk_ids_of(user)))
    return board.take_picture(scope, pulse())


def test_what_another_desk_watches_is_shown_and_does_not_ring(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking, reserve=ward.city)
    ward.sits(ward.cast.dung, ward.hoa)
    ward.passes(5)
    before = picture(ward.hoa)
    ward.night.arrives(entry("1003", "HA", "1"))
    alarm = Alarm.objects.get()
    after = picture(ward.hoa)
    assert (list(after.rows), after.theirs) == ([str(alarm.id)], {str(alarm.id)})
    assert board.sound(before, after) == 0
    mine = picture(ward.cast.dung)
    assert mine.theirs == frozenset()
    ward.sits(ward.hoa)
    ward.passes(40)
    taken = picture(ward.hoa)
    assert taken.theirs == frozenset()
    assert board.sound(after, taken) == 1  # it rings where it is watched now
    assert taken.pulse > after.pulse


def test_what_nobody_watches_rings_everywhere(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking)
    ward.passes(60)
    ward.night.arrives(entry("1003", "HA", "1"), entry("1002", "BA", "1"))
    assert picture(ward.hoa).theirs == frozenset()


def test_the_next_one_for_me_is_one_i_watch(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.banking)
    ward.watch(ward.city, unit=ward.cast.schools)
    ward.sits(ward.cast.dung, ward.hoa)
    ward.passes(5)
    ward.night.arrives(entry("1003", "HA", "1"), entry("1002", "BA", "1"))
    away = queries.theirs({ward.cast.fund.id, ward.cast.school.id}, queries.desk_ids_of(ward.hoa), clock.now())
    assert away == {ward.cast.fund.id}
    taken = [take_next(viewer(ward.hoa), ward.hoa, away) for _n in range(3)]
    assert [alarm.site_id if alarm else None for alarm in taken] == [ward.cast.school.id, ward.cast.fund.id, None]


# ── Gaps ─────────────────────────────────────────────────────────────────


def gaps(user: User) -> dict[str, int]:
    return {one.site.name if one.site else one.unit.name: len(one.holes) for one in queries.unwatched(viewer(user))}


def test_premises_without_a_desk_are_a_gap_by_themselves(ward: Ward) -> None:
    cast = ward.cast
    assert gaps(cast.chi) == {"Ngân hàng Hoa Sen": 7, "Quỹ tín dụng Phú Thượng": 7, "Ngành giáo dục": 7}
    assert all(one.is_always for one in queries.unwatched(viewer(cast.chi)))
    day = ward.watch(ward.bank, unit=cast.banking, opens=time(7), closes=time(19))
    assert gaps(cast.dung) == {"Ngân hàng Hoa Sen": 14, "Quỹ tín dụng Phú Thượng": 14}
    ward.watch(ward.city, site=cast.fund, opens=time(19), closes=time(7))
    assert gaps(cast.dung) == {"Ngân hàng Hoa Sen": 14}
    ward.watch(ward.city, unit=cast.city)
    assert gaps(cast.chi) == {}
    actions.retire_desk(ward.city, by=cast.chi)
    actions.remove_watch(day, by=cast.chi)
    actions.remove_watch(day, by=cast.chi)
    assert len(gaps(cast.chi)) == 3


def test_the_gaps_of_many_premises_cost_the_same(
    ward: Ward, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ward.watch(ward.bank, site=ward.cast.fund)
    mine = viewer(ward.cast.chi)
    with django_assert_max_num_queries(6):
        queries.unwatched(mine)


def test_who_sits_there_must_see_what_they_watch(ward: Ward) -> None:
    ward.watch(ward.bank, unit=ward.cast.schools)
    assert queries.blind_people(ward.bank, clock.now()) == [ward.cast.dung]
    ward.watch(ward.city, unit=ward.cast.city)
    assert queries.blind_people(ward.city, clock.now()) == []


@pytest.mark.parametrize("slip", ["ground", "both", "days", "reserve"])
def test_what_can_only_be_a_slip_is_refused(ward: Ward, slip: str) -> None:
    wrong: dict[str, dict[str, object]] = {
        "ground": {}, "both": {"unit": ward.cast.city, "site": ward.cast.bank},
        "days": {"unit": ward.cast.city, "weekdays": ()},
        "reserve": {"unit": ward.cast.city, "reserve": ward.bank},
    }  # fmt: skip
    with pytest.raises(ValidationError):
        ward.watch(ward.bank, **wrong[slip])


def test_looking_at_many_empty_desks_costs_no_more_questions(
    ward: Ward, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for site in (ward.cast.bank, ward.cast.fund, ward.cast.school):
        for desk in (ward.bank, ward.city):
            ward.watch(desk, site=site)
    ward.watch(ward.bank, unit=ward.cast.banking)
    follower = actions.Follower()
    with django_assert_max_num_queries(4):
        follower.look(clock.now())


def test_a_desk_where_nobody_could_be_told_is_refused(ward: Ward) -> None:
    Panel.objects.filter(site=ward.cast.bank).update(retired_at=clock.now())
    with pytest.raises(ValidationError, match="thiết bị"):
        ward.desk("Bàn khác", ward.hoa, ward.cast.bank)


def test_a_desk_without_people_is_none(ward: Ward) -> None:
    with pytest.raises(ValidationError):
        actions.save_desk(WatchDesk(name="Bàn trống", site=ward.cast.bank), [], by=ward.cast.chi)


def test_only_of_what_one_answers_for(ward: Ward) -> None:
    ward.watch(ward.city, unit=ward.cast.schools)
    ward.watch(ward.bank, unit=ward.cast.banking)
    seen = [queries.visible_to(viewer(p)).count() for p in (ward.cast.chi, ward.cast.dung, ward.cast.la)]
    assert seen == [2, 1, 0]
    assert [d.name for d in queries.desks(viewer(ward.cast.dung))] == ["Bàn ngân hàng"]


# ── Pure ─────────────────────────────────────────────────────────────────

shifts = st.builds(
    Shift, st.integers(1, 9), st.integers(1, 4), st.none(), st.frozensets(st.integers(1, 7), min_size=1),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)  # fmt: skip


@given(st.lists(shifts, max_size=5), st.integers(0, rules.WEEK - 1))
def test_every_minute_is_watched_or_in_a_hole(found: list[Shift], minute: int) -> None:
    moment = datetime(2026, 3, 9) + timedelta(minutes=minute)  # a Monday
    weekday, at = moment.isoweekday(), moment.time()
    in_hole = any(
        h.weekday == weekday and h.opens <= at and (at < h.closes or h.closes == time(0)) for h in rules.holes(found)
    )
    assert in_hole != any(shift.is_on(moment) for shift in found)


def test_the_chain_names_each_desk_once_the_nearest_first() -> None:
    def shift(desk: int, reserve: int | None = None) -> Shift:
        return Shift(desk, desk, reserve, frozenset(range(1, 8)), time(0), time(0))

    assert rules.chain([[shift(1, 2)], [shift(3), shift(1)], [shift(2, 4)]], datetime(2026, 3, 9)) == (1, 2, 3, 4)
    assert rules.who_watches((1, 2, 3), {3, 2}) == 2
    assert rules.who_watches((1,), set()) is None

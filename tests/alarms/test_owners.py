"""Every alarm has an owner: taken, taken over, released when its owner is gone, handed over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError

from canh.accounts.queries import viewer
from canh.accounts.terms import Role
from canh.alarms import actions, actions_owners, queries, queries_owners
from canh.alarms.actions_owners import accept_handover, hand_over, stamp_watchers, take_next, take_over_alarm
from canh.alarms.models import Alarm, Handover
from canh.alarms.rules import IllegalMove
from canh.alarms.steps import RaiseAlarms
from canh.alarms.steps_owners import ReleaseLost
from canh.alarms.terms import EventKind, Load, State
from canh.audit.models import Line
from canh.kit import beat, clock
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.senders import copy, entry


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


def _ring(account: str = "1001", code: str = "HA", zone: str = "1") -> Alarm:
    copy(entry(account, code, zone))
    RaiseAlarms()()
    return Alarm.objects.latest("last_at", "id")


class TestNext:
    def test_the_most_urgent_one_that_nobody_has(self, hands: Hands, cast: Cast) -> None:
        _ring("1002", "BA", "1"), _ring("1001", "HA", "1"), _ring("1002", "BA", "2")
        mine = viewer(cast.chi)
        taken = [take_next(mine, cast.chi) for _n in range(4)]
        assert [a and a.zone_name for a in taken] == ["Nút khẩn quầy 2", "Cổng chính", "Phòng máy", None]

    def test_where_another_was_first_the_one_after_it(
        self, hands: Hands, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = _ring("1001", "HA", "1"), _ring("1003", "HA", "1")
        really, calls = actions_owners.acknowledge_alarm, []

        def snatched(alarm: Alarm, user: object) -> Alarm:
            if not calls:
                calls.append(alarm.id)
                actions.acknowledge_alarm(Alarm.objects.get(id=alarm.id), cast.chi)
            return really(alarm, cast.dung)

        monkeypatch.setattr(actions_owners, "acknowledge_alarm", snatched)
        assert take_next(viewer(cast.dung), cast.dung) == second
        assert Alarm.objects.get(id=first.id).acknowledged_by == cast.chi

    def test_not_of_premises_one_may_not_act_on(self, hands: Hands, cast: Cast) -> None:
        _ring("1002", "BA", "1")
        assert take_next(viewer(cast.dung), cast.dung) is None


class TestTakeOver:
    def test_the_new_owner_closes_it(self, hands: Hands, cast: Cast) -> None:
        alarm = actions.acknowledge_alarm(_ring(), cast.dung)
        take_over_alarm(alarm, cast.chi)
        assert (alarm.state, alarm.acknowledged_by) == (State.ACKNOWLEDGED, cast.chi)
        last = queries.timeline(alarm)[-1]
        assert (last.kind, last.actor, last.note) == (EventKind.TAKEN_OVER, "Nguyễn Thị Chi", "Đỗ Tiến Dũng")
        assert "Dũng" not in str(list(Line.objects.values_list("detail", flat=True)))

    def test_only_what_somebody_has(self, hands: Hands, cast: Cast) -> None:
        with pytest.raises(IllegalMove):
            take_over_alarm(_ring(), cast.chi)

    def test_two_at_once_one_wins(self, hands: Hands, cast: Cast) -> None:
        alarm = actions.acknowledge_alarm(_ring(), cast.dung)
        stale = Alarm.objects.get(id=alarm.id)
        take_over_alarm(alarm, cast.chi)
        with pytest.raises(actions.TooLate):
            take_over_alarm(stale, cast.person(Role.OPERATOR, cast.city))

    def test_ones_own_again_is_harmless(self, hands: Hands, cast: Cast) -> None:
        alarm = actions.acknowledge_alarm(_ring(), cast.dung)
        assert take_over_alarm(alarm, cast.dung).events.filter(kind=EventKind.TAKEN_OVER).count() == 0


class TestLost:
    """A desk stamps each 5 s; the engine looks each 2 s."""

    def _after(self, hands: Hands, step: ReleaseLost, seconds: int, here: list[int], web: bool = True) -> list[float]:
        """Seconds after which the step did something."""
        acted = []
        for second in range(1, seconds + 1):
            hands.forward(1)
            if web:
                beat.stamp("web")
            if second % 5 == 0:
                stamp_watchers(here, clock.now())
            if step():
                acted.append(second)
        return acted

    @pytest.fixture
    def step(self, hands: Hands) -> ReleaseLost:
        beat.stamp("web")
        step = ReleaseLost()
        hands.forward(60)
        return step

    def test_it_waits_again_within_30_s_as_old_as_it_is(self, hands: Hands, step: ReleaseLost, cast: Cast) -> None:
        alarm = _ring()
        stamp_watchers([cast.dung.id, cast.chi.id], clock.now())
        actions.acknowledge_alarm(alarm, cast.dung)
        other = actions.acknowledge_alarm(_ring("1002", "BA", "1"), cast.chi)
        [acted] = self._after(hands, step, 60, [cast.chi.id])
        assert 20 <= acted <= 30
        back = Alarm.objects.get(id=alarm.id)
        assert (back.state, back.received_at) == (State.UNACKNOWLEDGED, alarm.received_at)
        assert queries.timeline(back)[-1].note == "Đỗ Tiến Dũng"
        assert Line.objects.filter(action="alarm.release").count() == 1
        other.refresh_from_db()
        assert other.state == State.ACKNOWLEDGED

    def test_who_stays_keeps_it(self, hands: Hands, step: ReleaseLost, cast: Cast) -> None:
        stamp_watchers([cast.dung.id], clock.now())
        alarm = actions.acknowledge_alarm(_ring(), cast.dung)
        assert self._after(hands, step, 300, [cast.dung.id]) == []
        alarm.refresh_from_db()
        assert alarm.state == State.ACKNOWLEDGED

    def test_nobody_is_gone_while_the_web_process_is_and_desks_may_come_back(
        self, hands: Hands, step: ReleaseLost, cast: Cast
    ) -> None:
        stamp_watchers([cast.dung.id], clock.now())
        actions.acknowledge_alarm(_ring(), cast.dung)
        assert self._after(hands, step, 120, [], web=False) == []
        assert self._after(hands, step, 60, [cast.dung.id]) == []

    def test_an_engine_that_starts_lets_desks_come_back(self, hands: Hands, cast: Cast) -> None:
        stamp_watchers([cast.dung.id], clock.now())
        actions.acknowledge_alarm(_ring(), cast.dung)
        hands.forward(3600)
        assert self._after(hands, ReleaseLost(), 60, [cast.dung.id]) == []

    def test_what_a_script_took_stays_taken(self, hands: Hands, step: ReleaseLost, cast: Cast) -> None:
        stamp_watchers([cast.dung.id], clock.now())
        hands.forward(3600)
        alarm = actions.acknowledge_alarm(_ring(), cast.dung)
        assert self._after(hands, step, 60, []) == []
        alarm.refresh_from_db()
        assert alarm.acknowledged_by == cast.dung


class TestLoad:
    def test_a_flood_is_counted_by_person_and_ends_by_itself(self, hands: Hands, cast: Cast) -> None:
        for zone in range(1, 12):
            actions.acknowledge_alarm(_ring("1002", "BA", str(zone)), cast.chi)
            hands.forward(20)
        stamp_watchers([cast.chi.id], clock.now())
        [burden] = queries_owners.burdens(viewer(cast.chi))
        assert (burden.taken, burden.load, burden.is_here) == (11, Load.FLOOD, True)
        hands.forward(600)
        assert queries_owners.burdens(viewer(cast.chi)) == []

    def test_others_learn_nothing(self, hands: Hands, cast: Cast) -> None:
        actions.acknowledge_alarm(_ring("1002", "BA", "1"), cast.chi)
        assert queries_owners.burdens(viewer(cast.dung)) == []
        assert queries_owners.burdens(viewer(cast.la)) == []


class TestHandover:
    def test_the_alarms_change_hands_when_the_other_accepts(self, hands: Hands, cast: Cast) -> None:
        mine = actions.acknowledge_alarm(_ring(), cast.dung)
        made = hand_over(cast.dung, cast.chi, "Kho quỹ báo giả hai lần", {"owned": 1})
        mine.refresh_from_db()
        assert mine.acknowledged_by == cast.dung
        assert accept_handover(made, cast.chi) == 1
        mine.refresh_from_db()
        assert mine.acknowledged_by == cast.chi
        with pytest.raises(ValidationError):
            accept_handover(made, cast.chi)
        acts = list(Line.objects.filter(action__startswith="handover").order_by("id").values_list("action", flat=True))
        assert acts == ["handover.offer", "handover.accept"]
        assert "Kho" not in str(list(Line.objects.values_list("detail", flat=True)))

    def test_what_the_other_may_not_act_on_stays(self, hands: Hands, cast: Cast) -> None:
        ours = actions.acknowledge_alarm(_ring("1001"), cast.chi)
        school = actions.acknowledge_alarm(_ring("1002", "BA", "1"), cast.chi)
        assert accept_handover(hand_over(cast.chi, cast.dung, "x", {}), cast.dung) == 1
        ours.refresh_from_db(), school.refresh_from_db()
        assert (ours.acknowledged_by, school.acknowledged_by) == (cast.dung, cast.chi)

    def test_not_to_somebody_of_another_desk_nor_twice_nor_without_a_word(self, hands: Hands, cast: Cast) -> None:
        elsewhere = cast.person(Role.OPERATOR, cast.schools)
        for to, note in ((elsewhere, "x"), (cast.la, "x"), (cast.binh, "x"), (cast.dung, "x"), (cast.chi, "  ")):
            with pytest.raises(ValidationError):
                hand_over(cast.dung, to, note, {})
        made = hand_over(cast.dung, cast.chi, "x", {})
        with pytest.raises(ValidationError):
            hand_over(cast.dung, cast.chi, "y", {})
        actions_owners.withdraw_handover(made, cast.dung)
        with pytest.raises(ValidationError):
            accept_handover(made, cast.chi)
        assert hand_over(cast.dung, cast.chi, "y", {}).note == "y"

    def test_nobody_else_reads_it(self, hands: Hands, cast: Cast) -> None:
        hand_over(cast.dung, cast.chi, "x", {})
        assert not queries_owners.handovers(cast.la).exists()
        assert not queries_owners.handovers(cast.en).exists()
        assert Handover.objects.count() == 1

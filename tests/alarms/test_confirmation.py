"""What holds for any evidence, and what the signals of an alarm say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from canh.accounts.models import User
from canh.alarms import confirmation, queries, queries_confirmation
from canh.alarms.actions import acknowledge_alarm, close_alarm
from canh.alarms.confirmation import Aside, Evidence, Level, Rule, Sight, Sort
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.audit.queries import lines
from canh.config.cli import main
from canh.console.desk.wording_confirmation import reason
from canh.intake.models import Signal
from canh.intake.steps import CopyJournals
from canh.sites import actions as sites
from canh.sites.models import Zone
from tests.cast import Cast
from tests.clock import START, Hands, stopped
from tests.console.desk.scenes import HTMX, browser, raise_alarm
from tests.watch import data_folder

TABLE = queries_confirmation.confirmation_table(START.date())
END = START + timedelta(days=1)
SEEN, SORTS = st.sampled_from(Sight), st.sampled_from(Sort)


@st.composite
def pieces(draw: st.DrawFn, sorts: st.SearchStrategy[Sort] = SORTS) -> Evidence:
    sort = draw(sorts)
    at = START + timedelta(seconds=draw(st.integers(0, 7200)))
    return Evidence(
        id="", at=at, sort=sort, source=draw(st.sampled_from(["1", "2", "3", ""])),
        is_entry=draw(st.booleans()), is_outside=draw(st.booleans()), is_proven=draw(st.booleans()),
        is_on_test=draw(st.booleans()), is_explained=draw(st.booleans()),
        about=draw(st.sampled_from(["intrusion", "hold_up"])),
        sees=draw(SEEN) if sort in {Sort.VIDEO, Sort.GUARD} else None,
        grade=draw(st.sampled_from(["A1", "C3"])), until=at + timedelta(minutes=30),
    )  # fmt: skip


def numbered(found: list[Evidence]) -> list[Evidence]:
    return [replace(e, id=str(number)) for number, e in enumerate(found)]


CASES = st.lists(pieces(), max_size=8).map(numbered)


class TestWhatever:
    @given(CASES, st.randoms())
    def test_the_order_does_not_matter(self, known: list[Evidence], chance: Any) -> None:
        mixed = list(known)
        chance.shuffle(mixed)
        assert confirmation.assess(mixed, END, TABLE) == confirmation.assess(known, END, TABLE)

    @given(st.lists(pieces(st.just(Sort.DETECTOR)), max_size=8).map(numbered))
    def test_one_detector_never_confirms_itself(self, known: list[Evidence]) -> None:
        same = [replace(e, source="5") for e in known]
        assert confirmation.assess(same, END, TABLE).level <= Level.LITTLE_KNOWN

    @given(CASES)
    def test_a_call_for_help_is_never_nothing(self, known: list[Evidence]) -> None:
        pressed = Evidence("pressed", START + timedelta(hours=1), Sort.HOLD_UP)
        assert confirmation.assess([*known, pressed], END, TABLE).level >= Level.PERSON

    @given(CASES)
    def test_more_evidence_never_makes_it_less_but_for_a_guard_who_finds_nothing(self, known: list[Evidence]) -> None:
        levels = [finding.level for _at, finding in confirmation.course(
            [e for e in known if not (e.sort == Sort.GUARD and e.sees == Sight.NOTHING) and e.sort != Sort.WARNING],
            END, TABLE)]  # fmt: skip
        assert levels == sorted(levels)

    @given(CASES)
    def test_what_does_not_prove_its_sender_confirms_nothing(self, known: list[Evidence]) -> None:
        forged = [replace(e, is_proven=False) for e in known]
        assert confirmation.assess(forged, END, TABLE).level <= Level.LITTLE_KNOWN

    @given(CASES)
    def test_every_level_says_on_what_it_rests(self, known: list[Evidence]) -> None:
        finding = confirmation.assess(known, END, TABLE)
        assert bool(finding.uses) == (finding.level > Level.NO_CALL)
        assert confirmation.assess(finding.uses, END, TABLE).level == finding.level
        assert not {e.id for e in finding.uses} & {e.id for e, why in finding.aside if finding.level > 1}
        for language in ("vi", "en"):
            with translation.override(language):
                assert "%" not in reason(finding)


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


@pytest.mark.django_db
class TestSignals:
    @pytest.fixture(autouse=True)
    def _bank(self, hands: Hands, cast: Cast) -> None:
        self.hands, self.cast = hands, cast
        for number, use in ((40, "interior"), (41, "entry"), (42, "entry"), (43, "hold_up")):
            sites.add_zone(actor_id=None, panel=cast.bank_panel, number=number, name=f"Vùng {number}", use=use)

    def after(self, seconds: float, code: str, zone: str, **more: str) -> Alarm:
        self.hands.forward(seconds)
        return raise_alarm("1001", code, zone, **more)

    def found(self, alarm: Alarm) -> tuple[int, Rule]:
        finding = queries_confirmation.finding(alarm)
        assert finding is not None
        return int(finding.level), finding.rule

    def test_two_zones_confirm_each_other_and_both_alarms_show_it(self) -> None:
        first = self.after(0, "BA", "40")
        assert self.found(first) == (1, Rule.ALONE)
        second = self.after(600, "BA", "41")
        assert self.found(first) == self.found(second) == (2, Rule.SEQUENTIAL)
        finding = queries_confirmation.finding(second)
        assert finding
        with translation.override("vi"):
            assert reason(finding) == "Hai đầu báo độc lập trong 10 phút: Đầu báo Vùng 40, rồi Đầu báo Vùng 41."

    def test_one_zone_again_and_a_delivery_again_do_not(self) -> None:
        alarm = self.after(0, "BA", "40", number="0007")
        self.after(5, "BA", "40", number="0007")
        self.after(60, "BA", "40")
        assert self.found(alarm) == (1, Rule.ALONE)

    def test_a_restore_is_no_second_observation(self) -> None:
        alarm = self.after(0, "BA", "40")
        self.after(60, "BR", "40")
        self.after(5, "BR", "41")
        assert self.found(alarm) == (1, Rule.ALONE)

    def test_the_entry_route_alone_does_not(self) -> None:
        alarm = self.after(0, "BA", "41")
        self.after(10, "BA", "42")
        assert self.found(alarm) == (1, Rule.ALONE)

    def test_a_detector_before_the_walls_does_not(self) -> None:
        alarm = self.after(0, "BA", "40")
        Zone.objects.filter(number=41).update(use="outdoor")
        self.after(60, "BA", "41")
        assert self.found(alarm) == (1, Rule.ALONE)
        finding = queries_confirmation.finding(alarm)
        assert finding
        assert [why for _e, why in finding.aside] == [Aside.OUTSIDE]

    def test_other_premises_do_not(self) -> None:
        alarm = self.after(0, "BA", "40")
        raise_alarm("1002", "BA", "1")
        assert self.found(alarm) == (1, Rule.ALONE)

    @pytest.mark.parametrize(("code", "found"), [("BV", (2, Rule.PANEL_INTRUSION)), ("HV", (4, Rule.PANEL_HOLD_UP))])
    def test_the_panel_may_have_confirmed_it(self, code: str, found: tuple[int, Rule]) -> None:
        assert self.found(self.after(0, code, "40")) == found

    def test_a_button_wired_as_a_burglary_zone_is_a_button(self) -> None:
        assert self.found(self.after(0, "BA", "43")) == (2, Rule.HOLD_UP_ONCE)

    def test_pressed_twice(self) -> None:
        alarm = self.after(0, "HA", "1")
        self.after(121, "HA", "1")
        assert self.found(alarm) == (4, Rule.HOLD_UP_TWICE)

    def test_plain_although_a_key_is_set_confirms_nothing_and_is_named(self) -> None:
        alarm = self.after(0, "BA", "40")
        self.after(60, "BA", "41", verdict="downgrade")
        finding = queries_confirmation.finding(alarm)
        assert finding
        assert (int(finding.level), [why for _e, why in finding.aside]) == (1, [Aside.UNPROVEN])

    def test_what_came_after_it_was_closed_does_not_change_it(self) -> None:
        alarm = self.after(0, "BA", "40")
        close_alarm(acknowledge_alarm(alarm, self.cast.dung), self.cast.dung, "equipment")
        self.after(300, "BA", "41")
        alarm.refresh_from_db()
        assert self.found(alarm) == (1, Rule.ALONE)

    @pytest.mark.parametrize(
        ("closed_as", "found"),
        [("real", (2, Rule.SEQUENTIAL)), ("user_error", (1, Rule.ALONE)), ("other", (2, Rule.SEQUENTIAL))],
    )
    def test_what_was_explained_does_not_confirm_the_next(self, closed_as: str, found: tuple[int, Rule]) -> None:
        first = self.after(0, "BA", "40")
        close_alarm(acknowledge_alarm(first, self.cast.dung), self.cast.dung, closed_as, "…")
        assert self.found(self.after(300, "BA", "41")) == found
        first.refresh_from_db()
        assert self.found(first) == (1, Rule.ALONE), "its own closing does not change it"

    def test_fire_has_no_level(self) -> None:
        assert queries_confirmation.finding(self.after(0, "FA", "40")) is None

    def test_the_case_shows_level_and_reason(self) -> None:
        alarm = self.after(0, "BA", "40")
        self.after(60, "BA", "41", verdict="downgrade")
        page = browser(self.cast.dung).get(f"/alarms/{alarm.id}/").content.decode()
        assert "Xác nhận: mức 1 trên 4" in page
        assert "Mới có một nguồn: Đầu báo Vùng 40." in page
        assert "không chứng minh được nơi gửi" in page
        fire = self.after(0, "FA", "40")
        assert "Xác nhận: mức" not in browser(self.cast.dung).get(f"/alarms/{fire.id}/").content.decode()

    def test_a_flood_costs_two_queries(self, django_assert_num_queries: Callable[[int], Any]) -> None:
        alarm = self.after(0, "BA", "40")
        for number in range(30):
            self.after(1, "BA", str(100 + number))
        with django_assert_num_queries(2):
            queries_confirmation.finding(alarm)


@pytest.mark.django_db
class TestSights:
    """What a guard or the video shows, from the desk's window through journal and engine into the case."""

    @pytest.fixture(autouse=True)
    def _bank(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hands: Hands, cast: Cast) -> None:
        data_folder(monkeypatch, tmp_path)
        self.hands, self.cast = hands, cast
        self.alarm = raise_alarm("1002", "BA", "2")

    def post(self, user: User, code: str, sees: str) -> HttpResponse:
        self.hands.forward(60)
        answer = browser(user).post(f"/alarms/{self.alarm.id}/sight/", {"code": code, "sees": sees}, headers=HTMX)
        while CopyJournals()() or RaiseAlarms()():
            pass
        return answer

    def level(self) -> int:
        self.alarm.refresh_from_db()
        finding = queries_confirmation.finding(self.alarm)
        assert finding
        return int(finding.level)

    def test_each_sight_counts_and_stands_in_the_timeline(self) -> None:
        before = queries.pulse()
        assert self.post(self.cast.chi, "video_sees", "person").status_code == 200
        assert queries.pulse() > before, "the desks are told"
        assert self.level() == 2
        self.post(self.cast.chi, "guard_sees", "breaking")
        assert self.level() == 3
        self.post(self.cast.chi, "guard_sees", "weapon")
        assert self.level() == 4
        page = browser(self.cast.chi).get(f"/alarms/{self.alarm.id}/").content.decode()
        assert "Bạn đã xem hình ảnh: có người" in page
        assert "Bạn ghi theo báo cáo từ hiện trường: có người phá cửa, đập phá hoặc lấy tài sản" in page
        assert "Đã thấy vũ khí, bạo lực hoặc có người bị khống chế. Nguồn: Người tại chỗ." in page
        other = browser(self.cast.en).get(f"/alarms/{self.alarm.id}/").content.decode()
        assert "Nguyễn Thị Chi đã xem hình ảnh: có người" in other

    def test_a_guard_who_finds_nothing_ends_what_was_before(self) -> None:
        self.post(self.cast.chi, "guard_sees", "nothing")
        assert self.level() == 0
        self.hands.forward(60)
        raise_alarm("1002", "BA", "2")
        assert self.level() == 1

    def test_it_rings_nobody_and_is_audited(self) -> None:
        self.post(self.cast.chi, "guard_sees", "person")
        assert Alarm.objects.count() == 1
        line = lines().filter(action="alarm.sight").get()
        assert (line.actor_id, line.detail) == (self.cast.chi.id, {"code": "guard_sees", "sees": "person"})
        signal = Signal.objects.get(code="guard_sees")
        assert (signal.gateway, signal.site, signal.kind) == ("web", self.cast.school, "info")

    @pytest.mark.parametrize(("code", "sees"), [("guard_sees", "ghost"), ("smell", "person"), ("", "")])
    def test_nonsense_is_refused(self, code: str, sees: str) -> None:
        assert self.post(self.cast.chi, code, sees).status_code == 422
        assert not Signal.objects.filter(gateway="web").exists()

    def test_who_only_looks_may_not_and_a_stranger_sees_nothing(self) -> None:
        assert self.post(self.cast.en, "guard_sees", "nothing").status_code == 403
        assert self.post(self.cast.la, "guard_sees", "nothing").status_code in {403, 404}
        assert self.level() == 1

    def test_of_a_closed_alarm_nothing_is_taken_down(self) -> None:
        close_alarm(acknowledge_alarm(self.alarm, self.cast.chi), self.cast.chi, "real")
        assert self.post(self.cast.chi, "guard_sees", "person").status_code == 422

    def test_a_full_disk_is_told_and_nothing_is_half_done(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_words: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("canh.intake.own.write_down", full)
        answer = self.post(self.cast.chi, "guard_sees", "person")
        assert answer.status_code == 422
        assert not lines().filter(action="alarm.sight").exists()


def explained(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["alarm", "explain", *words])
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"evidence": {}}', "must be a list"),
        ('{"evidence": []}', 'neither evidence nor "at"'),
        ('{"evidence": [7]}', "entry 1"),
        ('{"evidence": [{"at": "2026-11-26T19:30:00+07:00", "sort": "smoke"}]}', '"sort": detector, hold_up'),
        ('{"evidence": [{"at": "2026-11-26T19:30:00", "sort": "tamper"}]}', '"at": 2026-11-26T19:30:00+07:00'),
        ('{"evidence": [{"at": "2026-11-26T19:30:00Z", "sort": "guard"}]}', '"sees": nothing, person'),
        ('{"evidence": [{"at": "2026-11-26T19:30:00Z", "sort": "tamper", "when": 1}]}', '"when"'),
        ('{"evidence": [{"at": "2026-11-26T19:30:00Z", "sort": "tamper", "proven": 1}]}', '"proven": true, false'),
        ('{"evidence": [{"at": "2026-11-26T19:30:00Z", "sort": "tamper", "id": "a"},'
         ' {"at": "2026-11-26T19:30:00Z", "sort": "tamper", "id": "a"}]}', "not unique"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_by_entry_and_field(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "evidence.json"
    file.write_text(text)
    code, told = explained(["--evidence", str(file)], capsys)
    assert code == 2
    assert words in told


def test_a_person_reads_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "evidence.json"
    file.write_text(
        json.dumps({"evidence": [{"at": "2026-11-26T19:30:00+07:00", "sort": "hold_up", "name": "quầy 2"}]})
    )
    code, told = explained(["--evidence", str(file)], capsys)
    assert code == 0
    assert told.startswith("2/4  Có người báo khẩn một lần")
    assert "Somebody called for help once: Hold-up button quầy 2." in told


def test_neither_or_both_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert explained([], capsys)[0] == 2
    assert explained(["7", "--evidence", "x"], capsys)[0] == 2

"""The health page: fine, attention, bad; and what the doors could not take."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from canh.accounts.actions import set_active
from canh.accounts.models import User
from canh.audit import actions as audit
from canh.console.health import checks, rules
from canh.console.health.rules import State
from canh.console.health.views import printable
from canh.intake.actions import copy_entries, mark_handled, mark_problem, note_gateway
from canh.intake.models import Cursor
from canh.kit import beat, clock
from canh.kit.saying import Saying
from canh.sites.queries import panel_places
from tests.cast import Cast
from tests.clock import stopped
from tests.senders import copy, entry, journal

Enter = Callable[[User], Client]
OPEN = {"up_since": 1_795_653_911_422_099, "problems": []}
NO_MODEM = Saying("%(reason)s", {"reason": "No such file or directory"}, "/dev/modem")
SHUT = {"up_since": 0, "problems": [NO_MODEM.as_json()]}
HTMX = {"HX-Request": "true"}


def state_of(name: str) -> State:
    return next(check.state for check in checks.all_checks() if check.name == name)


def words_of(name: str) -> str:
    return next(check.words for check in checks.all_checks() if check.name == name)


# ── Rules ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("age", "state"), [(None, "bad"), (0, "ok"), (9.9, "ok"), (10, "attention"), (30, "bad")])
def test_a_worker_that_falls_silent(age: float | None, state: str) -> None:
    assert rules.worker(age) == state


@pytest.mark.parametrize(
    ("free", "total", "state"),
    [
        (100e9, 500e9, "ok"),
        (40e9, 500e9, "attention"),
        (4e9, 20e9, "attention"),
        (14e9, 500e9, "bad"),
        (0.5e9, 5e9, "bad"),
    ],
)
def test_a_disk_that_fills(free: float, total: float, state: str) -> None:
    assert rules.disk(int(free), int(total)) == state


@pytest.mark.parametrize(
    ("length", "oldest", "state"),
    [(0, 0, "ok"), (4_000, 1, "ok"), (6_000, 1, "attention"), (1, 6, "attention"), (1, 61, "bad"), (200_000, 1, "bad")],
)
def test_a_queue_that_stands_still(length: int, oldest: float, state: str) -> None:
    assert rules.queue(length, oldest) == state


def test_heads_prove_something_only_outside() -> None:
    now = clock.now()
    fresh, old = now - timedelta(hours=1), now - timedelta(hours=51)
    assert rules.head(None, None, True, now) == "attention"
    assert rules.head(fresh, None, False, now) == "attention"
    assert rules.head(fresh, None, True, now) == "bad"
    assert rules.head(fresh, old, True, now) == "bad"
    assert rules.head(fresh, fresh, True, now) == "ok"


@pytest.mark.parametrize(("days", "state"), [(None, "attention"), (1, "ok"), (9, "attention"), (40, "bad")])
def test_a_backup_grows_old(days: int | None, state: str) -> None:
    now = clock.now()
    assert rules.backup(now - timedelta(days=days) if days is not None else None, now) == state


def test_the_worst_counts() -> None:
    assert rules.worst([State.OK, State.BAD, State.ATTENTION]) == "bad"
    assert rules.worst([]) == "ok"


# ── The page ─────────────────────────────────────────────────────────────


@pytest.fixture
def well(data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in which all is in order."""
    steps = {"intake.copy": {"runs": 9, "failures": 0, "in_a_row": 0, "longest_ms": 12}}
    beat.stamp("gateway", journal_is_broken=False, doors={"sia": OPEN, "mqtt:bank1": OPEN})
    beat.stamp("engine", steps=steps)
    beat.stamp("web")
    beat.stamp("notify")
    beat.stamp("watch")
    (data / "journal").mkdir()
    copied = journal(data / "journal" / "gw1.db", [entry("1001", "BA", "1")])
    mark_handled([s.id for s in copy_entries("gw1", copied, panel_places())])
    while audit.seal_lines():
        pass
    outside = data / "outside"
    outside.mkdir()
    monkeypatch.setenv("CANH_HEADS_TO", str(outside))
    audit.send_head(audit.sign_head({}), outside)
    audit.seal_lines()
    (data / "backup-report.json").write_text(json.dumps({"at": clock.now().isoformat(), "file": "x", "bytes": 1}))
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _path: SimpleNamespace(free=400e9, total=500e9))
    return data


def test_all_is_in_order(well: Path, cast: Cast, enter: Enter) -> None:
    assert {check.name: check.state for check in checks.all_checks()} == dict.fromkeys(
        (
            "notify",
            "watch",
            "gateway",
            "engine",
            "web",
            "doors",
            "queue",
            "journal",
            "unknown",
            "steps",
            "audit",
            "heads",
            "disk",
            "backup",
        ),
        State.OK,
    )
    assert "Mọi thứ hoạt động tốt" in enter(cast.dung).get("/health/").content.decode()


def test_a_door_that_hears_nobody_says_why(well: Path, cast: Cast, enter: Enter) -> None:
    beat.stamp("gateway", doors={"sia": OPEN, "mqtt:bank1": OPEN, "sms": SHUT})
    assert (state_of("doors"), state_of("gateway")) == (State.ATTENTION, State.OK)
    page = enter(cast.en).get("/health/").content.decode()
    assert "SMS (/dev/modem: không thấy thiết bị hoặc tệp này)" in page
    with translation.override("en"):
        assert "SMS (/dev/modem: No such file or directory)" in words_of("doors")
    assert "MQTT bank1" in page
    beat.stamp("gateway", doors={"sia": SHUT})
    assert state_of("doors") == State.BAD


def test_doors_of_a_dead_gateway_are_not_told_as_open(well: Path) -> None:
    with stopped(clock.now() + timedelta(minutes=5)):
        assert "doors" not in {check.name for check in checks.all_checks()}


def test_moments_are_not_shown_as_counts(well: Path, cast: Cast, enter: Enter) -> None:
    note_gateway("gw1", {"frames": 7, "up_since:mqtt:bank1": 1_795_653_911_422_099, "mqtt_messages": 24})
    page = enter(cast.en).get("/health/").content.decode()
    assert "Tin của máy chủ MQTT" in page
    assert "up_since" not in page


def test_a_dead_engine_is_seen(well: Path, cast: Cast, enter: Enter) -> None:
    with stopped(clock.now() + timedelta(seconds=41)):
        beat.stamp("gateway")
        assert (state_of("engine"), state_of("gateway")) == (State.BAD, State.OK)
        assert words_of("engine").startswith("Không có dấu hiệu sống đã 4")
        assert "Có chỗ không hoạt động" in enter(cast.en).get("/health/").content.decode()


def test_a_gateway_that_never_ran(data: Path, db: None) -> None:
    assert (state_of("gateway"), words_of("gateway")) == (State.BAD, "Chưa từng chạy ở đây.")


def test_a_broken_journal_is_bad_though_the_gateway_lives(well: Path) -> None:
    beat.stamp("gateway", journal_is_broken=True)
    assert state_of("gateway") == State.BAD
    assert "không xác nhận tin nào" in words_of("gateway")


def test_a_failing_step_is_named(well: Path) -> None:
    track = {"runs": 1, "failures": 3, "in_a_row": 3, "longest_ms": 1}
    beat.stamp("engine", steps={"alarms.raise": track})
    assert (state_of("steps"), words_of("steps")) == (State.BAD, "Đang hỏng: alarms.raise.")


def test_signals_that_wait(well: Path) -> None:
    copy(entry("1001", "BA", "1"), gateway="gw2")
    with stopped(clock.now() + timedelta(seconds=71)):
        assert state_of("queue") == State.BAD
        assert words_of("queue").startswith("1 tín hiệu đang chờ, lâu nhất 7")


@pytest.mark.parametrize(("code", "state"), [("HA", State.BAD), ("YT", State.ATTENTION)])
def test_signals_no_rule_could_handle(well: Path, code: str, state: State) -> None:
    [signal] = copy(entry("1001", code, ""), gateway="gw2")
    mark_problem(signal.id, "KeyError")
    assert state_of("problems") == state
    assert words_of("problems") == "1 tín hiệu không xử lý được nên chưa phát báo động nào."


def test_a_journal_shorter_than_its_copy(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.intake, "journal_lags", lambda: {"gw1": -3, "gw2": 5})
    assert state_of("journal") == State.BAD
    assert words_of("journal") == "Nhật ký của gw1 ngắn hơn bản sao đã chép: tệp đã mất hoặc bị thay thế."


def test_a_journal_that_is_not_copied(well: Path) -> None:
    (well / "journal" / "gw1.db").unlink()
    journal(well / "journal" / "gw1.db", [entry("1001", "BA", "1") for _ in range(2001)])
    assert (state_of("journal"), words_of("journal")) == (State.ATTENTION, "Còn 2000 mục chưa chép sang.")


def test_lines_that_wait_for_their_seal(well: Path, cast: Cast) -> None:
    set_active(cast.la, False, actor_id=cast.en.id)
    with stopped(clock.now() + timedelta(seconds=301)):
        assert state_of("audit") == State.BAD


def test_a_check_that_fails_does_not_take_the_page_along(well: Path, cast: Cast, enter: Enter) -> None:
    (well / "journal" / "gw9.db").write_text("this is no database, and the page must say so rather than fall over")
    assert state_of("journals") == State.BAD
    assert enter(cast.en).get("/health/").status_code == 200


def test_an_unreadable_backup_report_is_no_backup(well: Path) -> None:
    for text in ("{", "[]", '{"at": 5}', '{"at": "soon"}'):
        (well / "backup-report.json").write_text(text)
        assert state_of("backup") == State.ATTENTION


def test_figures_come_alone_every_five_seconds(well: Path, cast: Cast, enter: Enter) -> None:
    assert 'hx-trigger="every 5s"' in enter(cast.dung).get("/health/").content.decode()
    assert "<html" not in enter(cast.dung).get("/health/", headers=HTMX).content.decode()


def test_counters_in_words_for_those_who_keep_the_house(well: Path, cast: Cast, enter: Enter) -> None:
    note_gateway("gw1", {"frames": 1_234_567, "bad_crc": 3, "ack_us_p99": 8_400, "new_counter": 5, "started_at": 1})
    text = enter(cast.chi).get("/health/").content.decode()
    for words in ("Bản tin đã nhận", "1.234.567", "Sai mã kiểm tra (CRC)", "8,4 ms", "new_counter"):
        assert words in text
    operator = enter(cast.dung).get("/health/").content.decode()
    assert "Bản tin đã nhận" not in operator
    assert "Tiến trình" not in operator


def test_the_page_costs_few_queries(
    well: Path, cast: Cast, enter: Enter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = enter(cast.en)
    for n in range(200):
        note_gateway(f"g{n}", {"frames": n})
    with django_assert_max_num_queries(18):
        client.get("/health/")


# ── What the doors could not take ────────────────────────────────────────


def test_an_unknown_account_may_become_a_panel(cast: Cast, enter: Enter) -> None:
    copy(entry("7777", "BA", "1", verdict="unknown_account"))
    text = enter(cast.en).get("/health/troubles/").content.decode()
    assert "Mã tủ lạ" in text
    assert "/sites/?account=7777" in text
    assert "N" in text


def test_everybody_sees_only_the_troubles_of_their_own(cast: Cast, enter: Enter) -> None:
    copy(
        entry("1001", "BA", "1", verdict="wrong_key"),
        entry("1002", "BA", "1", verdict="wrong_key"),
        entry("7777", "BA", "1", verdict="unknown_account"),
    )
    seen = {t.signal.account for t in enter(cast.dung).get("/health/troubles/").context["troubles"]}
    assert seen == {"1001"}
    assert {t.signal.account for t in enter(cast.en).get("/health/troubles/").context["troubles"]} == {
        "1001", "1002", "7777",
    }  # fmt: skip


def test_by_reason(cast: Cast, enter: Enter) -> None:
    copy(entry("1001", "BA", "1", verdict="wrong_key"), entry("", "BA", "1", verdict="garbage"))
    found = enter(cast.en).get("/health/troubles/", {"verdict": "garbage"}).context["troubles"]
    assert [t.signal.verdict for t in found] == ["garbage"]
    assert enter(cast.en).get("/health/troubles/", {"verdict": "x", "page": "x"}).status_code == 200


def test_raw_bytes_cannot_draw_on_the_page(cast: Cast, enter: Enter) -> None:
    nasty = entry("1001", "BA", "1", verdict="garbage")
    object.__setattr__(nasty, "raw", b'<script>alert(1)</script>\x1b[31m\x00\xff"')
    copy(nasty)
    text = enter(cast.en).get("/health/troubles/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m\\x00\\xff" in text
    assert "3c 73 63 72" in text


def test_every_byte_is_printable() -> None:
    assert all(32 <= ord(c) < 127 for c in printable(bytes(range(256))))


def test_troubles_cost_few_queries(
    cast: Cast, enter: Enter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    copy(*[entry("1001", "BA", "1", verdict="wrong_key") for _ in range(200)])
    client = enter(cast.en)
    with django_assert_max_num_queries(10):
        page = client.get("/health/troubles/").context["page"]
    assert page.paginator.num_pages == 8


# ── For machines ─────────────────────────────────────────────────────────


def test_live_tells_nothing_but_that_it_lives(
    client: Client, db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(0):
        answer = client.get("/health/live")
    assert answer.json() == {"ok": True}


def test_a_journal_that_was_changed_from_outside_is_bad(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.intake, "journal_lags", lambda: {"gw1": 0})
    Cursor.objects.create(gateway="gw1", journal_id=9, broken_at=7)
    [check] = checks.journals()
    assert check.state == State.BAD
    assert "gw1 #7" in check.words

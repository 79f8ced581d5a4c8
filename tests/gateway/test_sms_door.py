"""The SMS door as a whole: a modem on a pseudo-terminal, the real libgammu, a running gateway, a real journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from canh.gateway.directory import fixed
from canh.gateway.doors import DoorSettings
from canh.gateway.limits import Limits
from canh.gateway.sms import door as sms
from canh.gateway.sms.door import SmsDoor
from canh.intake.journal import Discovery, JournalReader, KeptEntry
from canh.intake.observation import Observation, from_json
from canh.sites.queries import PanelEntry
from tests.gateway.conftest import Running
from tests.gateway.modem import Modem
from tests.gateway.pdus import GOLDEN, PANEL, STRANGER, VIETNAM, pdus
from tests.house import until

ACCOUNT = f"sms:{PANEL}"
WAIT_S = 60.0


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmsDoor, "retry_s", (0.2,))


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[Modem]:
    made = Modem(tmp_path)
    yield made
    made.close()


@pytest.fixture
def begin(start: Callable[..., Running], modem: Modem) -> Callable[..., Running]:
    """Starts a gateway that reads the modem."""

    def one(**dialect: str) -> Running:
        panel = PanelEntry(7, ACCOUNT, None, door="sms", dialect=dialect)
        return start(fixed({ACCOUNT: panel}), settings=DoorSettings(sms=str(modem.device)))

    return one


def problem(gateway: Running) -> str | None:
    """Why the door hears nobody; empty: it hears; None: it has said nothing yet."""
    state = gateway.call(lambda: gateway.gateway.desk.doors.get("sms"))
    return state.problem if state else None


def seen(entry: KeptEntry) -> list[Observation]:
    return from_json(entry.facts)


def kept(gateway: Running, count: int) -> list[KeptEntry]:
    """The first `count` messages of the journal, once they are there and the SIM is empty."""
    return until(lambda: len(found := gateway.kept()) >= count and found, WAIT_S)


# -- one gateway reads everything at once


class Evening(NamedTuple):
    """What came of all golden messages, sent a second apart."""

    entries: list[KeptEntry]
    left: dict[int, str]
    counts: dict[str, int]
    found: list[Discovery]

    def of(self, name: str) -> tuple[KeptEntry, list[Observation]]:
        (entry,) = [e for e in self.entries if seen(e)[0].text == GOLDEN[name][1]]
        return entry, seen(entry)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    folder = tmp_path_factory.mktemp("evening")
    modem, now = Modem(folder, places=20), datetime.now(VIETNAM)
    for number, name in enumerate(reversed(GOLDEN)):  # the SIM is not in the order of sending
        modem.receive(*reversed(pdus(name, now - timedelta(seconds=number))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANH_DATA", str(folder / "data"))
        panel = PanelEntry(7, ACCOUNT, None, door="sms", dialect={"texts": "con meo -> hold_up zone=4\nthis is none"})
        gateway = Running(
            folder / "gw1.db", fixed({ACCOUNT: panel}), Limits(), DoorSettings(sms=str(modem.device))
        )  # fmt: skip
        entries = kept(gateway, len(GOLDEN))
        until(lambda: not modem.sim, WAIT_S)
        counts = dict(gateway.counts)
        gateway.stop()
    reader = JournalReader(gateway.journal)
    yield Evening(entries, dict(modem.sim), counts, reader.found_since(0))
    reader.close()
    modem.close()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("zone", ("alarm", "new", "3")), ("vung", ("alarm", "new", "3")), ("accents", ("alarm", "new", "3")),
        ("sos", ("panic", "new", "")), ("mains", ("mains", "new", "")), ("restored", ("alarm", "restore", "3")),
        ("long", ("alarm", "new", "3")),
    ],
)  # fmt: skip
def test_a_message_is_kept_whole_and_understood(evening: Evening, name: str, said: tuple[str, str, str]) -> None:
    entry, (only,) = evening.of(name)
    assert (entry.door, entry.verdict, only.account) == ("sms", "accepted", ACCOUNT)
    assert (only.code, only.turn, only.zone) == said
    assert only.occurred_at is not None
    assert abs(only.occurred_at - entry.received_at) < 120_000_000
    assert "".join(part["text"] for part in json.loads(entry.raw)) == only.text


def test_one_message_may_say_several_things(evening: Evening) -> None:
    _entry, said = evening.of("long7")
    assert [(o.code, o.zone) for o in said] == [("alarm", "12"), ("panic", "")]


def test_a_panel_may_have_words_of_its_own_and_signs_of_two_places_are_read(evening: Evening) -> None:
    _entry, said = evening.of("odd")
    assert [(o.code, o.zone) for o in said] == [("hold_up", "4")]


def test_messages_are_kept_in_the_order_in_which_they_were_sent_once_each(evening: Evening) -> None:
    assert [seen(e)[0].text for e in evening.entries] == [text for _from, text, _pdus in GOLDEN.values()]
    assert evening.counts["sms_messages"] == len(GOLDEN)
    assert evening.left == {}


def test_strangers_are_kept_and_offered_for_adoption(evening: Evening) -> None:
    strangers = {"stranger": f"sms:{STRANGER}", "short": "sms:191"}
    for name, account in strangers.items():
        entry, said = evening.of(name)
        assert (entry.verdict, said[0].account) == ("unknown_account", account)
    assert {(d.account, d.kind) for d in evening.found} == {(account, "panel") for account in strangers.values()}
    assert any("SOS alarm! Quay 2" in d.facts for d in evening.found)


def test_signal_strength_is_counted(evening: Evening) -> None:
    assert 0 < evening.counts["sms_signal_percent"] < 100


# -- long messages


def test_the_parts_of_a_long_message_wait_for_each_other(begin: Callable[..., Running], modem: Modem) -> None:
    first, last = pdus("long7")
    modem.receive(last)
    gateway = begin()
    until(lambda: problem(gateway) == "", WAIT_S)
    modem.receive(first)
    (entry,) = kept(gateway, 1)
    assert seen(entry)[0].text == GOLDEN["long7"][1]
    until(lambda: not modem.sim, WAIT_S)


@pytest.mark.faults
def test_a_long_message_that_stays_torn_is_kept_as_it_is(
    begin: Callable[..., Running], modem: Modem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canh.gateway.sms.clerk.PARTS_WAIT_S", 0.5)
    modem.receive(pdus("long7")[1])
    gateway = begin()
    (entry,) = kept(gateway, 1)
    assert seen(entry)[0].extra["parts"] == "1/2"
    assert "Bao dong vung 12" in seen(entry)[0].text
    until(lambda: not modem.sim, WAIT_S)


class TestDurable:
    def test_nothing_is_deleted_that_the_journal_has_not_kept(
        self, begin: Callable[..., Running], modem: Modem
    ) -> None:
        held: list[int] = []
        modem.on_delete = lambda place: held.append(len(gateway.kept()))
        modem.receive(*pdus("zone"))
        gateway = begin()
        until(lambda: not modem.sim, WAIT_S)
        assert held == [1]

    @pytest.mark.faults
    def test_while_the_journal_is_broken_messages_stay_and_arrive_after(
        self, begin: Callable[..., Running], modem: Modem
    ) -> None:
        gateway = begin()
        until(lambda: problem(gateway) == "", WAIT_S)
        aside = gateway.journal.with_suffix(".aside")
        gateway.journal.rename(aside)
        modem.receive(*pdus("zone"))
        until(lambda: gateway.counts["journal_failures"] >= 2, WAIT_S)
        assert len(modem.sim) == 1
        aside.rename(gateway.journal)
        assert len(kept(gateway, 1)) == 1
        until(lambda: not modem.sim, WAIT_S)
        assert len(gateway.kept()) == 1

    def test_a_message_kept_but_not_deleted_before_a_crash_is_not_kept_twice(
        self, begin: Callable[..., Running], modem: Modem
    ) -> None:
        message = pdus("zone")
        modem.receive(*message)
        first = begin()
        kept(first, 1)
        until(lambda: not modem.sim, WAIT_S)
        first.stop()
        modem.receive(*message, *pdus("sos"))  # as if the deletion had not come through
        second = begin()
        assert [seen(e)[0].code for e in kept(second, 2)] == ["alarm", "panic"]
        until(lambda: not modem.sim, WAIT_S)
        assert len(second.kept()) == 2

    @pytest.mark.faults
    def test_a_place_that_was_used_again_is_not_deleted(self, begin: Callable[..., Running], modem: Modem) -> None:
        gateway = begin()
        until(lambda: problem(gateway) == "", WAIT_S)
        modem.receive(*pdus("zone"))
        door = next(d for d in gateway.gateway.doors if d.name == "sms")
        assert isinstance(door, SmsDoor)
        gateway.call(lambda: door._tell({"place": 1, "mark": "of another"}))
        kept(gateway, 1)
        until(lambda: not modem.sim, WAIT_S)
        reads = [i for i, line in enumerate(modem.log) if line == "AT+CMGD=1"]
        assert len(reads) == 1


@pytest.mark.faults
class TestTrouble:
    def test_a_modem_unplugged_and_back(self, begin: Callable[..., Running], modem: Modem) -> None:
        gateway = begin()
        until(lambda: problem(gateway) == "", WAIT_S)
        modem.unplug()
        until(lambda: problem(gateway), WAIT_S)
        assert "No such file or directory" in str(problem(gateway))
        modem.plug()
        modem.receive(*pdus("zone"))
        kept(gateway, 1)
        until(lambda: problem(gateway) == "" and not modem.sim, WAIT_S)

    def test_a_hung_modem_hangs_neither_the_gateway_nor_its_end(
        self, begin: Callable[..., Running], modem: Modem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sms, "SILENCE_S", 8.0)
        gateway = begin()
        until(lambda: problem(gateway) == "", WAIT_S)
        modem.is_silent = True
        until(lambda: "does not answer" in str(problem(gateway)), WAIT_S)
        wire = gateway.wire()  # the other doors go on
        wire.send(b"\n00000000junk\r")
        until(lambda: gateway.counts["bad_crc"] + gateway.counts["garbage"] + gateway.counts["bad_length"], WAIT_S)
        monkeypatch.setattr(sms, "ENDING_S", 0.5)
        gateway.stop()

    @pytest.mark.parametrize(
        ("change", "words"), [({"network": 2}, "looking for a network"), ({"pin": "SIM PIN"}, "asks for its PIN")]
    )
    def test_why_nothing_can_arrive_is_said_in_words(
        self, begin: Callable[..., Running], modem: Modem, change: dict[str, Any], words: str
    ) -> None:
        for name, value in change.items():
            setattr(modem, name, value)
        gateway = begin()
        until(lambda: words in str(problem(gateway)), WAIT_S)

    def test_a_full_sim_is_told(self, begin: Callable[..., Running], modem: Modem) -> None:
        modem.places = 2
        modem.receive(pdus("long")[0], pdus("long7")[0])
        gateway = begin()
        until(lambda: "SIM is full (2 messages)" in str(problem(gateway)), WAIT_S)

    def test_what_cannot_be_read_does_not_hide_the_rest(self, begin: Callable[..., Running], modem: Modem) -> None:
        modem.sim[1] = "07914889200030F0FF"
        modem.sim[2] = pdus("zone")[0]
        gateway = begin()
        (entry,) = kept(gateway, 1)
        assert seen(entry)[0].zone == "3"
        until(lambda: list(modem.sim) == [1], WAIT_S)
        until(lambda: gateway.counts["sms_unreadable"] == 1, WAIT_S)

    def test_without_the_extra_the_door_says_which_command_adds_it(
        self, begin: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = tmp_path / "reader.py"
        text = Path(sms.reader.__file__).read_text(encoding="utf-8")
        program.write_text("import sys\nsys.modules['gammu'] = None\n" + text.replace("from __future__", "# "))
        monkeypatch.setattr(sms.reader, "__file__", str(program))
        gateway = begin()
        until(lambda: problem(gateway) == "the extra sms is not installed: ./canh extra add sms", WAIT_S)
        monkeypatch.undo()  # it is added: the door finds it by itself
        until(lambda: problem(gateway) == "", WAIT_S)

    def test_the_reader_does_not_outlive_its_gateway(self, begin: Callable[..., Running], modem: Modem) -> None:
        gateway = begin()
        until(lambda: problem(gateway) == "", WAIT_S)
        door = next(d for d in gateway.gateway.doors if d.name == "sms")
        assert isinstance(door, SmsDoor)
        assert door._process is not None
        pid = door._process.pid
        modem.is_silent = True  # gammu is busy waiting
        stdin = door._process.stdin
        assert stdin is not None
        gateway.call(stdin.close)  # what the kernel does when the gateway is killed
        until(lambda: problem(gateway) == f"{modem.device}: reader ended (0)", WAIT_S)
        assert door._process is None or door._process.pid != pid
        modem.is_silent = False

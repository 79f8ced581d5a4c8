"""The door on real sockets: durable before answered, in order, and unmoved by bad company."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from canh.gateway.directory import Directory
from canh.intake.journal import JournalReader, first_break
from canh.intake.journal_writer import JournalWriter
from tests.gateway.conftest import KEYS, Running, entry, register
from tests.gateway.panel import Wire, frame, opened, plain, sealed, stamp
from tests.house import until

Start = Callable[..., Running]


def ack(number: int, head: str = "L0", account: str = "1234") -> bytes:
    return frame(f'"ACK"{number:04d}{head}#{account}[]')


def event(number: int, **words: object) -> bytes:
    return plain("SIA-DCS", f"#1234|Nri1/BA{number}", number=number, **words)  # type: ignore[arg-type]


def within(seconds: float, check: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.01)
    return check()


def test_event_is_on_the_disk_before_it_is_acknowledged(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(event(3, head="R1L2"))
    assert wire.answer() == ack(3, "R1L2")
    [kept] = gateway.kept()  # read by another connection: it was committed
    [(verdict, seen)] = gateway.seen()
    assert (kept.raw, kept.door, verdict) == (event(3, head="R1L2")[:-1], "sia", "accepted")
    assert kept.peer == "{}:{}".format(*wire.socket.getsockname())
    assert seen is not None
    assert (seen.account, seen.code, seen.partition, seen.zone, seen.path) == ("1234", "BA", "1", "3", "R1L2")
    assert kept.received_at <= kept.written_at


def test_half_a_frame_is_waited_for(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(event(1)[:20])
    assert wire.is_silent()
    wire.send(event(1)[20:])
    assert wire.answer() == ack(1)


def test_ten_frames_in_one_segment_are_answered_in_order(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(*(event(n) for n in range(1, 11)))
    assert [wire.answer() for _ in range(10)] == [ack(n) for n in range(1, 11)]
    assert [o.zone for _, o in gateway.seen() if o] == [str(n) for n in range(1, 11)]


def test_poll_behind_an_event_waits_for_its_turn(gateway: Running) -> None:
    wire = gateway.wire()
    poll = plain("NULL", "", number=0)
    wire.send(poll, event(1), poll, event(2), poll)
    assert [wire.answer() for _ in range(5)] == [ack(0), ack(1), ack(0), ack(2), ack(0)]


def test_longest_frame(gateway: Running) -> None:
    shell = '"SIA-DCS"0001L0#1234[#1234|NBA1|A{}]'
    raw = frame(shell.format("x" * (4095 - len(shell) + 2)))
    wire = gateway.wire()
    wire.send(raw)
    assert wire.answer() == ack(1)
    assert gateway.kept()[0].raw == raw[:-1]


@pytest.mark.parametrize(
    ("bad", "verdict"),
    [
        (event(1).replace(b"BA1", b"BA2"), "bad_crc"),
        (event(1).replace(b"/BA1", b"BA1"), "bad_length"),
        (b"GET / HTTP/1.1\r\n", "garbage"),
        (b"x" * 9000 + b"\r", "garbage"),
    ],
)
def test_bad_lines_are_kept_and_not_answered(gateway: Running, bad: bytes, verdict: str) -> None:
    wire = gateway.wire()
    wire.send(bad)
    assert wire.is_silent()
    wire.send(event(2))
    assert wire.answer() == ack(2)
    assert [kept.verdict for kept in gateway.kept()] == [verdict, "accepted"]
    assert gateway.counts[verdict] == 1


def test_a_flood_of_bad_lines_is_counted_and_the_others_are_served(start: Start) -> None:
    gateway = start(bad_per_minute=20)
    wire = gateway.wire()
    wire.send(b"junk\r" * 500, event(1))
    assert wire.answer() == ack(1)
    assert [kept.verdict for kept in gateway.kept()].count("garbage") == 20
    assert gateway.counts["garbage"] == 500


def test_polls_leave_no_entry_but_a_sign_of_life(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(plain("NULL", "", number=0, head="R1L0", tail=stamp(datetime.now(UTC) + timedelta(seconds=9))))
    assert wire.answer() == ack(0, "R1L0")
    assert gateway.counts["polls"] == 1
    gateway.stop()
    assert gateway.kept() == []
    reader = JournalReader(gateway.journal)
    [heard] = reader.heard_since(0)
    assert (heard.door, heard.account, heard.path) == ("sia", "1234", "R1L0")
    assert heard.skew_ms is not None
    assert 7_000 < heard.skew_ms <= 9_000
    assert reader.counters()["polls"] == 1


def test_events_are_signs_of_life_too(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(event(1))
    wire.answer()
    gateway.stop()
    assert [h.account for h in JournalReader(gateway.journal).heard_since(0)] == ["1234"]


def test_wrong_clock_is_refused_kept_and_may_try_again(gateway: Running) -> None:
    wire = gateway.wire()
    late = stamp(datetime.now(UTC) - timedelta(minutes=5))
    for _ in range(2):
        wire.send(event(1, tail=late))
        assert wire.answer()[9:].startswith(b'"NAK"0000R0L0A0[]_')
    wire.send(event(1, tail=stamp()))
    assert wire.answer() == ack(1)
    assert [verdict for verdict, _ in gateway.seen()] == ["bad_time", "bad_time", "accepted"]


@pytest.mark.parametrize("size", KEYS)
@pytest.mark.parametrize("lower", [False, True])
def test_sealed_event(gateway: Running, size: int, lower: bool) -> None:
    wire = gateway.wire()
    account = f"AE{size}"
    wire.send(sealed("ADM-CID", f"#{account}|1130 01 003", KEYS[size], number=5, account=account, lower=lower))
    answer = wire.answer()
    assert f'"*ACK"0005L0#{account}['.encode() in answer
    assert opened(answer, KEYS[size]).partition(b"|")[2][:2] == b"]_"
    [(verdict, seen)] = gateway.seen()
    assert seen is not None
    assert (verdict, seen.code, seen.zone) == ("accepted", "130", "003")


def test_sealed_anew_is_known_as_the_same_message(gateway: Running) -> None:
    wire, tail = gateway.wire(), stamp()
    for pad in "~#":
        wire.send(sealed("SIA-DCS", "#AE16|NBA1", KEYS[16], account="AE16", tail=tail, pad=pad))
        assert b'"*ACK"' in wire.answer()
    first, second = (o.digest for _, o in gateway.seen() if o)
    assert first == second
    assert gateway.kept()[0].raw != gateway.kept()[1].raw


def test_security_cases_are_kept_for_the_engine(gateway: Running) -> None:
    wire = gateway.wire()
    asked = [
        (plain("SIA-DCS", "#AE16|NBA1", account="AE16"), b'"ACK"', "downgrade"),
        (sealed("SIA-DCS", "#AE16|NBA1", KEYS[32], account="AE16"), b'"DUH"', "wrong_key"),
        (plain("SIA-DCS", "#FFFF|NBA1", account="FFFF"), b'"ACK"', "unknown_account"),
        (sealed("SIA-DCS", "#FFFF|NBA1", KEYS[32], account="FFFF"), b'"DUH"', "unknown_account"),
        (plain("SIA-DCS", "???"), b'"ACK"', "not_understood"),
    ]
    for sent, answer, verdict in asked:
        wire.send(sent)
        assert answer in wire.answer()
        kept, (_, seen) = gateway.kept()[-1], gateway.seen()[-1]
        assert (kept.verdict, kept.raw) == (verdict, sent[:-1])
        assert seen is not None
        assert seen.account in sent.decode("latin-1")
        assert gateway.counts[verdict] >= 1


def test_a_flood_of_strangers_is_not_kept_and_not_acknowledged(start: Start) -> None:
    gateway = start(unproven_per_minute=5)
    wire = gateway.wire()
    wire.send(*(plain("SIA-DCS", "#FFFF|NBA1", account="FFFF", number=n) for n in range(1, 21)), event(21))
    assert [wire.answer() for _ in range(6)] == [*(ack(n, account="FFFF") for n in range(1, 6)), ack(21)]
    assert [verdict for verdict, _ in gateway.seen()].count("unknown_account") == 5
    assert gateway.counts["unknown_account"] == 20


def test_strangers_take_no_place_from_a_panel_at_the_same_address(start: Start) -> None:
    gateway = start(unproven_per_minute=5)
    wire = gateway.wire()
    wire.send(*(plain("SIA-DCS", "#FFFF|NBA1", account="FFFF", number=n) for n in range(1, 21)))
    assert [wire.answer() for _ in range(5)] == [ack(n, account="FFFF") for n in range(1, 6)]
    until(lambda: gateway.counts["unknown_account"] == 20)
    wire.send(plain("SIA-DCS", "#AE16|NHA1", account="AE16", number=21))
    assert wire.answer() == ack(21, account="AE16")
    assert [verdict for verdict, _ in gateway.seen()][-1] == "downgrade"


def test_odd_polls_are_kept_once_in_a_while(gateway: Running) -> None:
    wire = gateway.wire()
    for account in ("AE16", "FFFF"):
        for _ in range(5):
            wire.send(plain("NULL", "", number=0, account=account))
            assert wire.answer() == ack(0, account=account)
    assert [(v, o.account) for v, o in gateway.seen() if o] == [("downgrade", "AE16"), ("unknown_account", "FFFF")]
    gateway.stop()
    assert JournalReader(gateway.journal).heard_since(0) == []  # neither proves that the path is alive


def test_a_panel_just_entered_is_known_with_its_first_message(start: Start) -> None:
    rows, revision = register(), [1]
    gateway = start(Directory(lambda: dict(rows), lambda: revision[0]))
    wire = gateway.wire()
    wire.send(plain("SIA-DCS", "#77|NBA1", account="777"))
    assert wire.answer() == ack(1, account="777")
    rows["777"], revision[0] = entry("777"), 2
    wire.send(plain("SIA-DCS", "#777|NBA2", number=2, account="777"), event(3))
    assert [wire.answer(), wire.answer()] == [ack(2, account="777"), ack(3)]
    assert [verdict for verdict, _ in gateway.seen()] == ["unknown_account", "accepted", "accepted"]


def test_register_away_does_not_make_panels_give_up(start: Start) -> None:
    def away() -> int:
        if is_away:
            raise OSError("no database")
        return 1

    is_away: list[bool] = []
    gateway = start(Directory(register, away))
    is_away.append(True)
    wire = gateway.wire()
    wire.send(sealed("SIA-DCS", "#FFFF|NBA1", KEYS[16], account="FFFF"), event(2))
    assert wire.answer() == ack(2)  # the first got no DUH
    assert sorted(verdict for verdict, _ in gateway.seen()) == ["accepted", "unknown_account"]


def test_slow_register_holds_nobody_up_for_long(start: Start) -> None:
    looks, go = itertools.count(1), threading.Event()

    def slow() -> int:
        number = next(looks)
        if number > 1:
            go.wait(60)
        return number

    gateway = start(Directory(register, slow), register_wait_s=0.1)
    stranger, known = gateway.wire(), gateway.wire()
    stranger.send(plain("SIA-DCS", "#FFFF|NBA1", account="FFFF"))
    known.send(event(1))
    assert known.answer() == ack(1)
    assert stranger.answer() == ack(1, account="FFFF")
    assert not go.is_set()  # both were answered while the register was still being read
    go.set()


# -- slow, many, gone


def test_connections_that_say_nothing_are_closed(start: Start) -> None:
    gateway = start(first_frame_s=0.1, partial_s=0.1, sweep_s=0.05)
    silent, slow, good = gateway.wire(), gateway.wire(), gateway.wire()
    good.send(event(1))
    assert good.answer() == ack(1)
    slow.send(event(2), event(3)[:15])
    assert slow.answer() == ack(2)
    for wire in (silent, slow):
        assert is_closed(wire)
    assert gateway.counts["closed_slow"] == 2
    good.send(event(4))  # older than both, but it has spoken in whole frames
    assert good.answer() == ack(4)


def test_idle_connection_is_closed_at_last(start: Start) -> None:
    gateway = start(idle_s=0.1, sweep_s=0.05)
    wire = gateway.wire()
    wire.send(event(1))
    assert wire.answer() == ack(1)
    assert within(2, lambda: gateway.counts["closed_slow"] == 1)


def test_connections_of_one_address_are_limited_but_not_of_this_machine(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = start(per_peer=2, connections=5)
    wires = [gateway.wire() for _ in range(4)]
    wires[3].send(event(1))
    assert wires[3].answer() == ack(1)
    monkeypatch.setattr("canh.gateway.connections.is_loopback", lambda host: False)
    stranger = gateway.wire()
    assert not answered(stranger)
    for wire in wires[:3]:
        wire.close()
    assert within(2, lambda: gateway.call(lambda: len(gateway.gateway.desk.connections)) == 1)
    assert answered(gateway.wire())
    assert gateway.counts["connections_refused"] == 1


def is_closed(wire: Wire) -> bool:
    try:
        return wire.answer() == b""
    except ConnectionResetError:
        return True


def answered(wire: Wire) -> bool:
    try:
        wire.send(event(9))
        return wire.answer() == ack(9)
    except OSError:
        return False


def test_all_connections_are_limited(start: Start) -> None:
    gateway = start(connections=3)
    wires = [gateway.wire() for _ in range(4)]
    assert [answered(wire) for wire in wires] == [True, True, True, False]


def test_half_closed_connection_still_gets_its_answers(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(*(event(n) for n in range(1, 6)))
    wire.socket.shutdown(socket.SHUT_WR)
    assert [wire.answer() for _ in range(6)] == [*(ack(n) for n in range(1, 6)), b""]


def test_a_panel_that_hangs_up_leaves_its_message(gateway: Running) -> None:
    wire = gateway.wire()
    wire.send(event(1))
    wire.close()
    assert within(2, lambda: len(gateway.kept()) == 1)
    assert within(2, lambda: gateway.call(lambda: gateway.gateway.desk.unanswered) == 0)


def test_a_connection_is_held_while_too_much_is_unanswered(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = start(unanswered=4, unanswered_total=6)
    desk = gateway.gateway.desk
    held: list[Any] = []
    monkeypatch.setattr(desk, "keep", lambda *job: held.append(job))
    first, second = gateway.wire(), gateway.wire()
    first.send(*(event(n) for n in range(1, 21)))
    assert within(2, lambda: len(held) == 4)
    second.send(*(event(n) for n in range(1, 21)))
    assert within(2, lambda: len(held) == 6)  # both together
    assert first.is_silent(0.1)
    assert len(held) == 6

    def go_on() -> None:
        monkeypatch.undo()
        for job in held:
            desk.keep(*job)

    gateway.call(go_on)
    assert [first.answer() for _ in range(20)] == [ack(n) for n in range(1, 21)]
    assert [second.answer() for _ in range(20)] == [ack(n) for n in range(1, 21)]


def test_many_polls_behind_a_held_event_do_not_pile_up_calls(start: Start) -> None:
    gateway = start(unanswered=2)
    wire = gateway.wire()
    wire.send(event(1), event(2), *([plain("NULL", "", number=0)] * 1500), event(3))
    answers = [wire.answer() for _ in range(1503)]
    assert answers == [ack(1), ack(2), *([ack(0)] * 1500), ack(3)]


# -- the journal fails


def test_nothing_is_acknowledged_while_the_journal_is_broken(gateway: Running) -> None:
    wire, away = gateway.wire(), gateway.journal.with_name("away.db")
    wire.send(event(1))
    assert wire.answer() == ack(1)
    gateway.journal.rename(away)
    wire.send(event(2))
    assert wire.is_silent()
    wire.send(plain("NULL", "", number=0))
    assert wire.is_silent()  # a poll asks whether an alarm could be taken
    os.rename(away, gateway.journal)
    wire.send(event(2))
    assert wire.answer() == ack(2)
    wire.send(plain("NULL", "", number=0))
    assert wire.answer() == ack(0)
    kept = gateway.kept()
    assert [k.raw for k in kept] == [event(1)[:-1], event(2)[:-1]]
    assert first_break(kept) is None
    assert gateway.counts["journal_failures"] == 1


def test_a_fault_of_ours_does_not_cost_the_message(gateway: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("canh.gateway.sia.clerk.judge", fault)
    wire = gateway.wire()
    wire.send(event(1))
    assert wire.answer() == ack(1)
    [kept] = gateway.kept()
    assert (kept.verdict, kept.raw) == ("not_understood", event(1)[:-1])


def test_stop_answers_what_was_received(gateway: Running) -> None:
    wire = gateway.wire()
    for n in range(1, 51):
        wire.send(event(n))
    assert wire.answer() == ack(1)
    gateway.stop()
    answers = []
    while answer := wire.answer():
        answers.append(answer)
    assert answers == [ack(n) for n in range(2, len(answers) + 2)]
    assert len(gateway.kept()) == len(answers) + 1
    with pytest.raises(ConnectionRefusedError):
        gateway.wire()


def test_counters_go_on_after_a_restart(start: Start) -> None:
    for turn in (1, 2):
        gateway = start()
        wire = gateway.wire()
        wire.send(event(turn))
        assert wire.answer() == ack(turn)
        gateway.stop()
        counters = JournalReader(gateway.journal).counters()
        assert (counters["acked"], counters["frames"], counters["connections_total"]) == (turn, turn, turn)
        assert counters["journal_commits"] >= turn
        assert counters["connections_open"] == 0
        assert 0 < counters["ack_us_p50"] <= counters["ack_us_p99"]
        assert counters["heartbeat_at"] >= counters["started_at"] > 0
    assert first_break(gateway.kept()) is None


def test_chain_goes_on_where_another_writer_left_it(start: Start) -> None:
    gateway = start()
    wire = gateway.wire()
    wire.send(event(1))
    wire.answer()
    gateway.stop()
    writer = JournalWriter(gateway.journal)
    writer.start()
    writer.stop()
    again = start()
    wire = again.wire()
    wire.send(event(2))
    wire.answer()
    assert [k.id for k in again.kept()] == [1, 2]
    assert first_break(again.kept()) is None

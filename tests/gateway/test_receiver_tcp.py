"""The receiver door over real sockets, both ways round."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canh.gateway.directory import fixed
from canh.gateway.door import CannotStart
from canh.gateway.doors import DoorSettings, make_doors
from canh.intake.journal import JournalReader
from canh.intake.observation import from_json
from canh.sites.queries import PanelEntry
from tests.gateway.mlr2 import ACK, HEARTBEAT, NAK, Receiver, Wire
from tests.house import until

LISTENING = DoorSettings(receiver_port=0)
BA, OTHER = "5011 181234E13001003", "5011 181234E13001004"


def book(*, with_receiver: bool = True):
    entries = [PanelEntry(1, "1234", None), PanelEntry(2, "AE16", b"k" * 16)]
    entries += [PanelEntry(3, "receiver:127.0.0.1", None)] if with_receiver else []
    return fixed({entry.account: entry for entry in entries})


@pytest.fixture
def listening(start):
    def begin(settings=LISTENING, with_receiver=True, **limits):
        return start(book(with_receiver=with_receiver), settings=settings, **limits)

    return begin


@pytest.fixture
def gateway(listening):
    return listening()


def port(gateway) -> int:
    return gateway.gateway.doors[1].port


def seen(gateway):
    return [(e.verdict, o.account, o.code) for e in gateway.kept() for o in from_json(e.facts)]


def digests(gateway):
    return [o.digest for e in gateway.kept() for o in from_json(e.facts)]


def test_the_ack_leaves_when_it_is_on_the_disk(gateway):
    wire = Wire(port(gateway))
    wire.send(BA)
    assert wire.answer() == ACK
    (entry,) = gateway.kept()
    assert (entry.raw, entry.door, entry.verdict) == (BA.encode(), "receiver", "accepted")
    assert entry.peer.startswith("127.0.0.1:")


def test_heartbeats_are_signs_of_life_and_leave_no_entry(gateway):
    wire = Wire(port(gateway))
    wire.send(HEARTBEAT)
    assert wire.answer() == ACK
    wire.send(BA)
    assert wire.answer() == ACK
    assert len(gateway.kept()) == 1
    gateway.stop()
    reader = JournalReader(gateway.journal)
    heard = {(h.door, h.account, h.path) for h in reader.heard_since(0)}
    assert heard == {("receiver", "receiver:127.0.0.1", ""), ("receiver", "1234", "R01L1")}
    reader.close()


def test_a_receiver_nobody_entered_is_offered_and_not_believed_for_panels_with_keys(listening):
    gateway = listening(with_receiver=False)
    wire = Wire(port(gateway))
    wire.send(HEARTBEAT, "S011[#AE16|NBA1]", "S011[#1234|NBA1]", "S011[#77AA|NBA1]")
    assert wire.answer(4) == ACK * 4
    assert seen(gateway) == [
        ("downgrade", "AE16", "BA"), ("accepted", "1234", "BA"), ("unknown_account", "77AA", "BA"),
    ]  # fmt: skip
    gateway.stop()
    reader = JournalReader(gateway.journal)
    assert [(f.door, f.account, f.kind) for f in reader.found_since(0)] == [
        ("receiver", "receiver:127.0.0.1", "service")
    ]
    reader.close()


def test_the_receiver_speaks_of_itself(gateway):
    wire = Wire(port(gateway))
    wire.send("0011[#0000|NYC01]")
    assert wire.answer() == ACK
    assert seen(gateway) == [("accepted", "receiver:127.0.0.1", "YC")]


def test_a_second_press_of_the_button_is_a_second_event(gateway):
    wire = Wire(port(gateway))
    for _ in range(2):
        wire.send(BA)
        assert wire.answer() == ACK
    assert len(set(digests(gateway))) == 2


def test_sent_again_after_a_broken_connection_it_is_a_repeat(gateway):
    for _ in range(2):
        wire = Wire(port(gateway))
        wire.send(HEARTBEAT, BA)
        assert wire.answer(2) == ACK * 2
        wire.reset()
        until(lambda: gateway.call(lambda: len(gateway.gateway.desk.connections)) == 0)
    first, again = digests(gateway)
    assert first == again


def test_who_dials_anew_for_each_message_may_say_the_same_twice(gateway):
    for _ in range(2):
        wire = Wire(port(gateway))
        wire.send(BA)
        assert wire.answer() == ACK
        wire.close()
        until(lambda: gateway.call(lambda: len(gateway.gateway.desk.connections)) == 0)
    first, second = digests(gateway)
    assert first != second


def test_sent_again_after_a_restart_of_ours_it_is_a_repeat(gateway, listening):
    wire = Wire(port(gateway))
    wire.send(OTHER, BA)
    assert wire.answer(2) == ACK * 2
    gateway.stop()
    after = listening()
    again = Wire(port(after))
    again.send(BA, OTHER)
    assert again.answer(2) == ACK * 2
    other, first, repeat, later = digests(after)
    assert first == repeat
    assert other != later  # acknowledged long ago: a second event


def test_what_is_not_understood_is_acknowledged_so_that_the_next_can_come(gateway):
    wire = Wire(port(gateway))
    wire.send("9011 something", BA)
    assert wire.answer(2) == ACK * 2
    assert [verdict for verdict, _, _ in seen(gateway)] == ["not_understood", "accepted"]


def test_damage_is_asked_for_again_and_at_last_kept_as_it_is(gateway):
    wire = Wire(port(gateway))
    for expected in (NAK, NAK, NAK, ACK, NAK):
        wire.send(b"5011 18\x01\x02")
        assert wire.answer() == expected
    wire.send(BA)
    assert wire.answer() == ACK
    assert [verdict for verdict, _, _ in seen(gateway) if verdict] == ["not_understood", "accepted"]
    assert [e.verdict for e in gateway.kept()].count("garbage") == 4


def test_b32_headers_are_answered_alike(gateway):
    wire = Wire(port(gateway))
    wire.send(BA, "S011[#1234|N]", header=True)
    assert wire.answer(10) == b"\0\0\0\x05\x06" * 2


def test_a_broken_journal_answers_nothing_and_hangs_up(gateway):
    wire = Wire(port(gateway))
    wire.send(BA)
    assert wire.answer() == ACK
    moved = gateway.journal.with_suffix(".away")
    gateway.journal.rename(moved)
    wire.send(OTHER)
    assert wire.is_closed()
    beat = Wire(port(gateway))
    beat.send(HEARTBEAT)
    assert beat.is_closed()
    moved.rename(gateway.journal)
    again = Wire(port(gateway))
    again.send(OTHER)
    assert again.answer() == ACK
    assert [e.raw for e in gateway.kept()] == [BA.encode(), OTHER.encode()]


def test_answers_keep_the_order_of_the_frames(gateway):
    wire = Wire(port(gateway))
    wire.send(*[f"S011[#1234|NBA{n}]" for n in range(100)], b"\x01")
    assert wire.answer(101) == ACK * 100 + NAK
    assert len(gateway.kept()) == 101
    assert gateway.call(lambda: gateway.gateway.desk.unanswered) == 0


def test_a_slow_sender_is_ended_and_one_with_heartbeats_stays(listening):
    gateway = listening(first_frame_s=0.6, partial_s=0.6, sweep_s=0.1)
    silent, slow, fine = Wire(port(gateway)), Wire(port(gateway)), Wire(port(gateway))
    fine.send(HEARTBEAT)
    assert fine.answer() == ACK
    slow.raw(b"5011 18")
    assert silent.is_closed()
    assert slow.is_closed()
    fine.send(BA)
    assert fine.answer() == ACK


def test_a_flood_of_strangers_does_not_keep_a_receiver_from_being_heard(listening):
    gateway = listening(with_receiver=False, unproven_per_minute=30, bad_per_minute=30)
    for number in range(5):
        Wire(port(gateway)).send(*[f"S011[#{number:04d}|NBA{n}]" for n in range(20)], b"\x02", b"\x03")
    wire = Wire(port(gateway))
    wire.send(BA)
    assert wire.answer() == ACK
    until(lambda: gateway.call(lambda: gateway.gateway.desk.unanswered) == 0)
    assert sum(e.verdict == "unknown_account" for e in gateway.kept()) == 30


def test_prefixes_tell_two_receivers_apart(start):
    entries = {"A1234": PanelEntry(1, "A1234", None)}
    settings = DoorSettings(receiver_port=0, receiver_prefixes=("127.0.0.1=A",))
    gateway = start(fixed(entries), settings=settings)
    wire = Wire(port(gateway))
    wire.send(BA)
    assert wire.answer() == ACK
    assert seen(gateway) == [("accepted", "A1234", "130")]


def test_we_dial_a_receiver_and_catch_up_when_it_was_away(start):
    with Receiver(None) as box:
        target = f"127.0.0.1:{box.port}"
        gateway = start(book(), settings=DoorSettings(receivers=(target,)))
        box.report(BA)
        until(lambda: box.acked == [BA])
        states = gateway.call(lambda: dict(gateway.gateway.desk.doors))
        assert states["receiver"].up_since
    until(lambda: not gateway.call(lambda: gateway.gateway.desk.doors["receiver"]).up_since)
    assert target in gateway.call(lambda: gateway.gateway.desk.doors["receiver"]).problem
    with Receiver(None, listen_on=box.port) as again:
        again.report(OTHER)
        until(lambda: again.acked == [OTHER], 60)
    assert [e.raw for e in gateway.kept()] == [BA.encode(), OTHER.encode()]


def test_a_receiver_that_dials_delivers_what_came_while_we_were_away(gateway, listening):
    there = port(gateway)
    with Receiver(there) as box:
        box.report(BA)
        until(lambda: box.acked == [BA])
        gateway.stop()
        box.report(OTHER, BA)
        time.sleep(0.3)
        after = listening(DoorSettings(receiver_port=there))
        until(lambda: box.waiting == 0, 60)
    assert [e.raw for e in after.kept()] == [BA.encode(), OTHER.encode(), BA.encode()]
    assert len(set(digests(after))) == 3  # the third is a second event: another came between


@pytest.mark.parametrize(
    "wrong", [{"receivers": ("host",)}, {"receivers": ("host:0",)}, {"receiver_port": 0, "receiver_prefixes": ("x=G",)}]
)
def test_settings_that_are_none_are_told_in_words(gateway, wrong):
    with pytest.raises(CannotStart, match="CANH_RECEIVER"):
        make_doors(gateway.gateway.desk, DoorSettings(**wrong))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_nothing_makes_the_door_fail(gateway, noise):
    wire = Wire(port(gateway))
    wire.raw(noise)
    wire.socket.shutdown(1)
    wire.close()
    fine = Wire(port(gateway))
    fine.send(HEARTBEAT)
    assert fine.answer() == ACK
    fine.close()

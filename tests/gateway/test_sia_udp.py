"""The door over UDP: as durable as over TCP, and unmoved by floods and forged senders."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canh.gateway.directory import fixed
from canh.gateway.door import CannotStart
from canh.gateway.doors import DoorSettings
from canh.gateway.limits import MAX_KEYS, Limits, Quota
from canh.gateway.service import Gateway
from canh.gateway.sia.datagrams import Datagrams
from canh.gateway.sia.door import SiaDoor
from canh.intake.journal import JournalReader
from canh.intake.journal_writer import JournalWriter
from tests.gateway.conftest import KEYS, Running
from tests.gateway.panel import frame, opened, plain, sealed, stamp
from tests.house import until

Start = Callable[..., Running]
POLL = plain("NULL", "", number=0)


class Udp:
    """A panel that sends datagrams."""

    def __init__(self, port: int, timeout: float = 5.0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))

    def send(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self.socket.send(datagram)

    def answer(self) -> bytes:
        return self.socket.recv(65536)

    def is_silent(self, seconds: float = 0.15) -> bool:
        self.socket.settimeout(seconds)
        try:
            self.answer()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(5.0)
        return False


@pytest.fixture
def udp() -> Iterator[Callable[[Running], Udp]]:
    made: list[Udp] = []

    def dial(gateway: Running) -> Udp:
        made.append(Udp(gateway.port))
        return made[-1]

    yield dial
    for one in made:
        one.socket.close()


Dial = Callable[[Running], Udp]


def event(number: int, **words: object) -> bytes:
    return plain("SIA-DCS", f"#1234|Nri1/BA{number}", number=number, **words)  # type: ignore[arg-type]


def ack(number: int) -> bytes:
    return frame(f'"ACK"{number:04d}L0#1234[]')


def datagrams_of(gateway: Running) -> Datagrams:
    door = gateway.gateway.doors[0]
    assert isinstance(door, SiaDoor)
    return door.datagrams[0]


def test_event_is_on_the_disk_before_it_is_acknowledged(gateway: Running, udp: Dial) -> None:
    panel = udp(gateway)
    panel.send(event(3, head="R1L0"))
    assert panel.answer() == frame('"ACK"0003R1L0#1234[]')
    [kept] = gateway.kept()
    assert (kept.raw, kept.verdict) == (event(3, head="R1L0")[:-1], "accepted")
    assert kept.peer == "{}:{}".format(*panel.socket.getsockname())


@pytest.mark.parametrize("kind", ["SIA-DCS", "ADM-CID"])
@pytest.mark.parametrize("size", [0, *KEYS])
def test_every_kind_and_key(gateway: Running, udp: Dial, kind: str, size: int) -> None:
    panel, account = udp(gateway), f"AE{size}" if size else "1234"
    data = {"SIA-DCS": "Nri1/BA3", "ADM-CID": "1130 01 003"}[kind]
    for name, text, number in ((kind, f"#{account}|{data}", 7), ("NULL", "", 0)):
        if size:
            panel.send(sealed(name, text, KEYS[size], number=number, account=account))
            assert opened(panel.answer(), KEYS[size]).partition(b"|")[2].startswith(b"]_")
        else:
            panel.send(plain(name, text, number=number, tail=stamp()))
            assert panel.answer() == ack(number)
    [(verdict, seen)] = gateway.seen()
    assert seen is not None
    assert (verdict, seen.code, int(seen.zone)) == ("accepted", {"SIA-DCS": "BA", "ADM-CID": "130"}[kind], 3)
    assert gateway.counts["polls"] == 1


def test_each_sender_gets_its_own_answer(gateway: Running, udp: Dial) -> None:
    panels = [udp(gateway) for _ in range(20)]
    for number, panel in enumerate(panels, 1):
        panel.send(event(number))
    assert [panel.answer() for panel in panels] == [ack(n) for n in range(1, 21)]


def test_several_messages_in_a_datagram_are_answered_in_order(gateway: Running, udp: Dial) -> None:
    panel = udp(gateway)
    panel.send(POLL + event(1) + POLL + event(2) + POLL)
    assert [panel.answer() for _ in range(5)] == [ack(0), ack(1), ack(0), ack(2), ack(0)]
    assert all(seen.dialect == "batched" for _, seen in gateway.seen() if seen)


def test_a_poll_behind_an_event_waits_for_its_turn(gateway: Running, udp: Dial) -> None:
    panel = udp(gateway)
    panel.send(event(1), POLL, event(2), POLL)
    assert [panel.answer() for _ in range(4)] == [ack(1), ack(0), ack(2), ack(0)]


def test_an_incomplete_datagram_is_kept_and_not_answered(gateway: Running, udp: Dial) -> None:
    panel = udp(gateway)
    panel.send(event(1)[:30], event(1)[30:], b"", b"\0\n", b"hello")
    panel.send(event(2))
    assert panel.answer() == ack(2)
    assert panel.is_silent()
    verdicts = [kept.verdict for kept in gateway.kept()]
    assert verdicts == ["bad_length", "garbage", "garbage", "accepted"]
    assert gateway.kept()[0].raw == event(1)[:30]


def test_a_datagram_without_its_last_cr_is_whole_when_its_checksum_says_so(gateway: Running, udp: Dial) -> None:
    panel = udp(gateway)
    panel.send(event(1)[:-1])
    assert panel.answer() == ack(1)
    [(verdict, seen)] = gateway.seen()
    assert seen is not None
    assert (verdict, seen.dialect) == ("accepted", "no_cr")


def test_bad_frames_clocks_and_keys_are_answered_as_over_tcp(gateway: Running, udp: Dial) -> None:
    panel = udp(gateway)
    panel.send(event(1).replace(b"BA1", b"BA2"))
    assert panel.is_silent()
    panel.send(event(1, tail="_00:00:00,01-01-2020"))
    assert b'"NAK"0000R0L0A0[]_' in panel.answer()
    panel.send(sealed("SIA-DCS", "#AE16|NBA1", KEYS[32], account="AE16"))
    assert b'"DUH"' in panel.answer()
    panel.send(plain("SIA-DCS", "#AE16|NBA1", account="AE16"))
    assert b'"ACK"' in panel.answer()
    assert [v for v, _ in gateway.seen()] == ["bad_crc", "bad_time", "wrong_key", "downgrade"]


def test_a_retransmission_has_the_digest_of_the_first(gateway: Running, udp: Dial) -> None:
    panel, raw = udp(gateway), event(1)
    panel.send(raw, raw)
    assert [panel.answer(), panel.answer()] == [ack(1), ack(1)]
    first, second = (seen.digest for _, seen in gateway.seen() if seen)
    assert first == second


def test_signs_of_life_and_the_same_message_over_tcp(gateway: Running, udp: Dial) -> None:
    panel, wire = udp(gateway), gateway.wire()
    panel.send(POLL)
    panel.answer()
    wire.send(event(1))
    wire.answer()
    gateway.stop()
    assert [h.account for h in JournalReader(gateway.journal).heard_since(0)] == ["1234"]


def test_nothing_is_acknowledged_while_the_journal_is_broken(
    gateway: Running, udp: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    panel = udp(gateway)
    monkeypatch.setattr(JournalWriter, "_write", full)
    panel.send(event(1))
    assert panel.is_silent(0.5)
    monkeypatch.undo()
    panel.send(event(1))
    assert panel.answer() == ack(1)


# -- floods


def test_more_than_one_address_may_send_is_dropped_and_counted(start: Start, udp: Dial) -> None:
    gateway = start(datagrams_per_s=5)
    panel = udp(gateway)
    panel.send(*[event(n) for n in range(1, 41)])
    until(lambda: gateway.counts["datagrams_dropped"] + len(gateway.kept()) == 40, 20)
    assert 5 <= len(gateway.kept()) <= 20  # a slow machine sees more than one second


def test_a_datagram_full_of_messages_takes_no_more_than_its_share(start: Start, udp: Dial) -> None:
    gateway = start(unanswered=8)
    panel = udp(gateway)
    panel.send(b"".join(event(n) for n in range(1, 31)) + b"x\r" * 5000)
    assert [panel.answer() for _ in range(8)] == [ack(n) for n in range(1, 9)]
    until(lambda: gateway.counts["datagrams_dropped"] == 22, 20)
    assert [k.verdict for k in gateway.kept()].count("garbage") == gateway.gateway.desk.limits.bad_per_minute


def test_nothing_is_remembered_of_who_was_answered(gateway: Running, udp: Dial) -> None:
    for number in range(1, 31):
        panel = udp(gateway)
        panel.send(event(number), b"junk", POLL)
        panel.answer()
        panel.answer()
    assert gateway.call(lambda: len(datagrams_of(gateway))) == 0
    assert gateway.call(lambda: gateway.gateway.desk.unanswered) == 0


def test_what_all_are_owed_is_bounded(start: Start, udp: Dial) -> None:
    """A forged flood while the journal is slow: beyond the limit nothing is taken, and all that was is answered."""
    gateway = start(unanswered_total=3, unanswered=64)
    port = gateway.call(lambda: datagrams_of(gateway))
    owed: list[int] = []

    def flood() -> None:
        for number in range(1, 200):
            port.datagram_received(event(number % 50 + 1), (f"192.0.2.{number % 250}", number))
            owed.append(gateway.gateway.desk.unanswered)

    gateway.call(flood)
    assert max(owed) == 3
    until(lambda: gateway.call(lambda: gateway.gateway.desk.unanswered) == 0, 20)
    panel = udp(gateway)
    panel.send(event(1))
    assert panel.answer() == ack(1)


def test_forged_senders_cannot_fill_the_quota_for_long() -> None:
    quota = Quota(5, 1)
    for number in range(MAX_KEYS + 500):
        quota.allows(str(number), 0.0)
    assert len(quota._seen) == MAX_KEYS
    assert not quota.allows("honest", 0.9)
    assert quota.allows("honest", 1.1)


def test_a_full_quota_is_not_counted_through_for_each_new_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    quota = Quota(5, 1)
    for number in range(MAX_KEYS):
        quota.allows(str(number), 0.0)
    quota.allows("first", 0.5)
    swept = quota._seen
    for number in range(1000):
        assert not quota.allows(f"new {number}", 0.51)
    assert quota._seen is swept


# -- the port


def test_both_are_on_one_number(gateway: Running, udp: Dial) -> None:
    wire, panel = gateway.wire(), udp(gateway)
    wire.send(event(1))
    panel.send(event(2))
    assert (wire.answer(), panel.answer()) == (ack(1), ack(2))
    assert gateway.gateway.desk.address == ("127.0.0.1", gateway.port)


def test_a_udp_port_in_use_is_told(tmp_path: Path) -> None:
    async def begin(port: int) -> None:
        gateway = Gateway(tmp_path / "gw1.db", fixed({}), Limits())
        await gateway.open(DoorSettings(dc09_port=port))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"port {port} \(TCP/UDP\) is in use by another program"):
            asyncio.run(begin(port))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.lists(st.binary(max_size=200) | st.sampled_from([POLL, event(1), event(1)[:20]]), max_size=6))
def test_nothing_makes_it_fail(gateway: Running, data: list[bytes]) -> None:
    port = gateway.call(lambda: datagrams_of(gateway))
    for datagram in data:
        gateway.call(lambda d=datagram: port.datagram_received(d, ("192.0.2.1", 9)))
    until(lambda: gateway.call(lambda: gateway.gateway.desk.unanswered) == 0, 20)

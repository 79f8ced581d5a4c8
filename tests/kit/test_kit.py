"""The ground tools keep their promises."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import time
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.kit import beat, clock, crypto, geo, hint, ids, paths, text
from canh.kit.turn import Turn
from tests.clock import stopped
from tests.house import until


def test_search_finds_vietnamese_without_marks() -> None:
    assert text.fold("Phường  Đống Đa") == "phuong dong da"
    assert text.fold("Thuỷ") == text.fold("Thủy") == "thuy"
    assert "dong da" in text.fold("44 ĐỐNG ĐA, Hà Nội")


@given(st.text())
def test_folding_twice_changes_nothing(words: str) -> None:
    assert text.fold(text.fold(words)) == text.fold(words)


def test_times_survive_the_round_trip_to_the_microsecond() -> None:
    us = 1_773_022_445_123_457
    assert clock.to_us(clock.from_us(us)) == us


def test_ids_grow_even_when_the_clock_goes_back() -> None:
    with stopped() as hands:
        mint = ids.Mint(node=7, slot=3)
        before = mint.batch(200)
        hands.forward(-3600)
        after = mint.batch(200)
    assert before + after == sorted({*before, *after})
    assert {ids.node_of(i) for i in before} == {7}
    assert all(0 < i < 2**63 for i in before)


def test_ids_of_two_slots_never_meet() -> None:
    with stopped():
        one, other = ids.Mint(1, 0).batch(5000), ids.Mint(1, 1).batch(5000)
    assert not {*one} & {*other}


def test_a_promise_kept_on_disk_protects_a_restart_after_the_clock_was_set_back(tmp_path: object) -> None:
    with stopped() as hands:
        file = open(os.path.join(str(tmp_path), "slot"), "w+b", buffering=0)  # noqa: SIM115
        first = ids.Mint(1, 0, promise=file).batch(10)
        hands.forward(-60)
        file.seek(0)
        promised = int.from_bytes(file.read(8), "big")
        again = ids.Mint(1, 0, not_before_ms=promised).batch(10)
    assert min(again) > max(first)


def test_a_node_number_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="4096"):
        ids.Mint(4096, 0)


def test_the_time_in_an_id_is_the_time_it_was_made() -> None:
    with stopped() as hands:
        assert ids.minted_at_ms(ids.Mint(1, 1).new()) == hands.ns // 1_000_000


def _greedy(path: str, turns: Synchronized[int]) -> None:
    turn = Turn(path)
    while True:
        turn.take()
        turns.value += 1
        time.sleep(0.004)  # a busy engine: long inside, back at once
        turn.give()


def test_a_greedy_writer_does_not_starve_a_modest_one(tmp_path: object) -> None:
    path, there = os.path.join(str(tmp_path), "db"), multiprocessing.get_context("fork")
    turns = there.Value("i", 0)
    greedy = there.Process(target=_greedy, args=(path, turns), daemon=True)
    greedy.start()
    until(lambda: turns.value)
    turn, waited = Turn(path), []
    for _ in range(30):
        begin = turns.value
        turn.take()
        waited.append(turns.value - begin)
        turn.give()
        time.sleep(0.01)
    greedy.terminate()
    greedy.join()
    # The one that runs, and at most one that came first; without the gate it takes hundreds meanwhile.
    assert sorted(waited)[len(waited) // 2] <= 1
    assert max(waited) <= 3


def _die_inside(path: str) -> None:
    Turn(path).take()
    os._exit(1)


def test_a_turn_dies_with_its_holder(tmp_path: object) -> None:
    path = os.path.join(str(tmp_path), "db")
    holder = multiprocessing.get_context("fork").Process(target=_die_inside, args=(path,))
    holder.start()
    holder.join()
    turn = Turn(path)
    turn.take()
    assert turn.is_held


def test_hints_wake_a_listener_and_survive_a_dead_one() -> None:
    ear = hint.Ear("engine")
    dead = hint.Ear("engine-dead")
    dead.socket.close()
    hint.tell("engine")
    assert ear.wait(1.0)
    assert not ear.wait(0.01)
    assert not dead.path.exists()
    ear.close()


def test_a_socket_address_fits_however_deep_the_folder(tmp_path: object) -> None:
    deep = paths.folder("run") / ("x" * 120) / ("y" * 60)
    deep.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(paths.socket_address(deep / "ear"))
    assert (deep / "ear").is_socket()
    (deep / "ear").unlink()


def test_sealed_values_open_only_for_their_purpose() -> None:
    sealed = crypto.seal(b"secret", "panel-key")
    assert crypto.unseal(sealed, "panel-key") == b"secret"
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(sealed, "other")
    assert b"secret" not in sealed
    assert oct(paths.key("seal.key").stat().st_mode & 0o777) == "0o600"


def test_signatures_hold_for_one_message_and_one_key() -> None:
    signature = crypto.sign(b"head")
    assert crypto.is_signed(b"head", signature, crypto.public_key())
    assert not crypto.is_signed(b"heaD", signature, crypto.public_key())
    assert not crypto.is_signed(b"head", signature, bytes(31) + b"\x01")


CENTRES = [(21.03, 105.85), (21.02, 105.83), (21.05, 105.82), (21.00, 105.86), (21.04, 105.88)]


def test_each_voronoi_cell_holds_the_ground_nearest_its_centre() -> None:
    cells = geo.voronoi_cells(CENTRES, radius_km=6)
    for own, cell in zip(CENTRES, cells, strict=True):
        for corner in cell:
            nearest = min(geo.distance_km(corner, other) for other in CENTRES)
            assert geo.distance_km(corner, own) <= nearest + 0.02
            assert geo.distance_km(corner, own) <= 6.05


def test_heartbeats_tell_pid_age_and_facts() -> None:
    with stopped() as hands:
        beat.stamp("engine", queue=3)
        hands.forward(12)
        kept = beat.read("engine")
    assert kept is not None
    assert (kept.pid, kept.facts) == (os.getpid(), {"queue": 3})
    assert beat.read("never") is None
    json.dumps(kept.facts)


def test_the_data_folder_and_all_within_belong_to_the_owner_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CANH_DATA", str(tmp_path / "deep" / "data"))
    made = paths.folder("run", "slots")
    assert [oct(p.stat().st_mode & 0o777) for p in (made, made.parent, made.parent.parent)] == ["0o700"] * 3

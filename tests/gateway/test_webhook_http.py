"""The webhook over real sockets: who is heard, what is answered, and what no sender can do."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canh.gateway.directory import Directory, fixed
from canh.intake.journal import JournalReader
from canh.intake.observation import from_json
from tests.gateway.program import (
    OLD,
    SECRET,
    SETTINGS,
    Line,
    Program,
    alert,
    basic,
    bearer,
    book,
    group,
    raw,
    signed,
)
from tests.house import until

PROMETHEUS = SECRET[::-1]


@pytest.fixture
def web(start):
    def begin(**limits):
        return start(fixed(book()), settings=SETTINGS, **limits)

    return begin


@pytest.fixture
def gateway(web):
    return web()


def port(gateway) -> int:
    return gateway.gateway.doors[1].port


def kept(gateway):
    return [(e.verdict, seen.code, seen.turn) for e in gateway.kept() for seen in from_json(e.facts)]


def test_a_list_is_kept_whole_before_the_answer(gateway):
    program = Program(port(gateway))
    said = [{"code": "door_forced", "zone": "3", "id": "1"}, {"code": "door_opened", "user": "An"}]
    assert program.tell(said) == (200, {"kept": 2, "repeats": 0})
    entries = gateway.kept()
    assert [json.loads(e.raw) for e in entries] == said
    assert [e.door for e in entries] == ["webhook"] * 2
    seen = from_json(entries[0].facts)[0]
    assert (seen.account, seen.zone) == ("webhook:doors", "3")


def test_five_hundred_at_once_are_one_commit(gateway):
    program = Program(port(gateway))
    before = gateway.gateway.desk.journal.commits
    assert program.tell([{"kind": "test", "id": str(n)} for n in range(500)]) == (200, {"kept": 500, "repeats": 0})
    assert len(gateway.kept()) == 500
    assert gateway.gateway.desk.journal.commits - before <= 2  # its own, perhaps that of the heartbeat
    assert program.tell([{"kind": "test"}] * 501)[0] == 400


def test_one_wrong_row_refuses_the_list_and_is_named(gateway):
    program = Program(port(gateway))
    status, answer = program.tell([{"kind": "fire"}, {"kind": "fire", "time": "noon"}])
    assert status == 400
    (error,) = answer["errors"]
    assert error["where"] == "[1].time"
    assert "offset" in error["en"]
    assert "múi giờ" in error["vi"]
    assert kept(gateway) == [("not_understood", "", "new")]  # a person can see it; nothing rang


def test_an_unknown_word_is_kept_as_it_came(gateway):
    assert Program(port(gateway)).tell({"code": "quả bí"})[0] == 200
    assert kept(gateway) == [("accepted", "quả bí", "new")]


def test_the_same_id_again_is_a_repeat_also_after_a_restart(gateway, web):
    program = Program(port(gateway))
    assert program.tell({"kind": "fire", "id": "7"}) == (200, {"kept": 1, "repeats": 0})
    assert program.tell({"kind": "fire", "id": "7"}, at=time.time() - 5) == (200, {"kept": 0, "repeats": 1})
    gateway.stop()
    after = web()
    again = Program(port(after))
    assert again.tell([{"kind": "fire", "id": "7"}, {"kind": "fire", "id": "8"}]) == (200, {"kept": 1, "repeats": 1})
    assert len(after.kept()) == 2


def test_the_same_signature_played_again_changes_nothing(gateway, web):
    body = b'{"kind":"intrusion","turn":"restore"}'
    headers = signed(body)
    program = Program(port(gateway))
    assert program.post("/v1/signals", body, headers)[1] == {"kept": 1, "repeats": 0}
    assert program.post("/v1/signals", body, headers) == (200, {"kept": 0, "repeats": 1})
    gateway.stop()
    after = web()
    assert Program(port(after)).post("/v1/signals", body, headers) == (200, {"kept": 0, "repeats": 1})
    assert len(after.kept()) == 1


def test_both_secrets_open_while_they_rotate(gateway):
    program = Program(port(gateway))
    assert program.tell({"kind": "test"}, secret=OLD)[0] == 200
    assert program.tell({"kind": "test"}, secret=SECRET)[0] == 200


@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        ({"secret": b"x" * 32}, "wrong_key"),
        ({"account": "webhook:bare"}, "wrong_key"),
        ({"account": "webhook:nobody"}, "unknown_account"),
        ({"account": "1234"}, "unknown_account"),
        ({"account": ""}, "unknown_account"),
    ],
)
def test_who_proves_nothing_is_kept_and_told_the_same(gateway, how, verdict):
    status, answer = Program(port(gateway)).tell({"kind": "fire"}, **how)
    assert status == 401
    assert answer["errors"][0]["error"] == "not_proven"
    assert kept(gateway) == [(verdict, "", "new")]
    assert gateway.kept()[0].raw == b'{"kind": "fire"}'


def test_an_unsigned_request_is_refused(gateway):
    assert Program(port(gateway)).post("/v1/signals", b"{}", {"X-Canh-Account": "webhook:doors"})[0] == 401
    assert kept(gateway) == [("wrong_key", "", "new")]


def test_a_wrong_clock_is_told_ours_and_the_next_try_counts(gateway):
    program = Program(port(gateway))
    status, answer = program.tell({"kind": "fire", "id": "1"}, at=time.time() - 400)
    assert status == 401
    assert abs(answer["now"] - time.time()) < 60
    assert program.tell({"kind": "fire", "id": "1"}) == (200, {"kept": 1, "repeats": 0})
    assert kept(gateway) == [("bad_time", "fire", "new"), ("accepted", "fire", "new")]


def test_the_unproven_have_a_quota_and_the_proven_have_none(web):
    gateway = web(unproven_per_minute=3)
    program = Program(port(gateway))
    answers = [program.tell({"kind": "fire"}, secret=b"y" * 16)[0] for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]
    assert program.headers["Retry-After"]
    assert program.tell({"kind": "fire"})[0] == 200
    assert len(gateway.kept()) == 4


def test_an_empty_list_is_a_sign_of_life(gateway):
    assert Program(port(gateway)).tell([]) == (200, {"kept": 0, "repeats": 0})
    assert gateway.kept() == []
    gateway.stop()
    reader = JournalReader(gateway.journal)
    assert [(h.door, h.account) for h in reader.heard_since(0)] == [("webhook", "webhook:doors")]
    assert reader.counters()["up_since:webhook"]
    reader.close()


@pytest.mark.parametrize("proof", [basic("prometheus", PROMETHEUS), bearer(PROMETHEUS)])
def test_alertmanager_proves_itself_by_name_or_by_secret(gateway, proof):
    program = Program(port(gateway))
    assert program.post("/v1/alertmanager", group(alert()), proof) == (200, {"kept": 1, "repeats": 0})
    assert program.post("/v1/alertmanager", group(alert()), proof) == (200, {"kept": 1, "repeats": 1})
    assert program.post("/v1/alertmanager", group(alert("resolved")), proof)[0] == 200
    assert program.post("/v1/alertmanager", group(alert()), proof) == (200, {"kept": 1, "repeats": 0})
    assert [turn for _, _, turn in kept(gateway)] == ["new", "still", "restore", "new"]
    assert from_json(gateway.kept()[0].facts)[0].account == "webhook:prometheus"


def test_alertmanager_goes_on_after_a_restart_of_ours(gateway, web):
    Program(port(gateway)).post("/v1/alertmanager", group(alert()), bearer(PROMETHEUS))
    gateway.stop()
    after = web()
    Program(port(after)).post("/v1/alertmanager", group(alert()), bearer(PROMETHEUS))
    assert [turn for _, _, turn in kept(after)] == ["new", "still"]


@pytest.mark.parametrize("proof", [{}, bearer(b""), bearer(SECRET), basic("doors", PROMETHEUS), basic("x", PROMETHEUS),
                                   {"Authorization": "Basic ???"}, {"Authorization": "Bearer zz"}])  # fmt: skip
def test_alertmanager_without_the_right_secret_is_refused(gateway, proof):
    status, _ = Program(port(gateway)).post("/v1/alertmanager", group(alert()), proof)
    if proof == bearer(SECRET):  # another program's secret proves that program
        assert status == 200
        assert from_json(gateway.kept()[0].facts)[0].account == "webhook:doors"
    else:
        assert status == 401
        assert kept(gateway)[0][0] in {"wrong_key", "unknown_account"}


def test_an_account_entered_a_moment_ago_is_known(start):
    entries: dict = {}
    gateway = start(Directory(lambda: dict(entries), lambda: len(entries)), settings=SETTINGS, register_wait_s=5)
    entries.update(book())
    assert Program(port(gateway)).tell({"kind": "fire"})[0] == 200


def test_while_the_register_is_away_nobody_is_told_to_give_up(start):
    state = {"is_away": False}

    def load():
        if state["is_away"]:
            raise OSError("away")
        return {}

    gateway = start(Directory(load, lambda: id(load()) and None), settings=SETTINGS)
    state["is_away"] = True
    program = Program(port(gateway))
    assert program.tell({"kind": "fire"})[0] == 503
    assert program.headers["Retry-After"]


def test_a_broken_journal_answers_503_and_the_next_try_is_kept(gateway):
    program = Program(port(gateway))
    assert program.tell({"kind": "test", "id": "0"})[0] == 200
    moved = gateway.journal.with_suffix(".away")
    gateway.journal.rename(moved)
    assert program.tell({"kind": "fire", "id": "1"})[0] == 503
    assert program.tell([])[0] == 503
    moved.rename(gateway.journal)
    assert program.tell({"kind": "fire", "id": "1"}) == (200, {"kept": 1, "repeats": 0})


def test_other_pages_and_methods(gateway):
    program = Program(port(gateway))
    assert program.post("/", b"", {})[0] == 404
    assert program.post("/v1/signals", b"", {}, "GET")[0] == 405
    assert program.headers["Allow"] == "POST"
    line = Line(port(gateway))
    line.send(b"HEAD /v1/signals HTTP/1.1\r\n\r\n")
    assert line.head().startswith(b"HTTP/1.1 405")
    line.send(raw("/", b"", {}))
    assert line.status() == 404  # nothing stood between the two
    assert gateway.kept() == []


def test_pipelined_requests_are_answered_in_order_on_one_connection(gateway):
    line = Line(port(gateway))
    bodies = [json.dumps({"kind": "test", "id": str(n)}).encode() for n in range(100)]
    wire = b"".join(raw("/v1/signals", body, signed(body)) for body in bodies)
    line.send(raw("/nowhere", b"", {}) + wire + raw("/nowhere", b"", {"Connection": "close"}))
    assert [line.status() for _ in range(102)] == [404] + [200] * 100 + [404]
    assert line.is_closed()
    assert [json.loads(e.raw)["id"] for e in gateway.kept()] == [str(n) for n in range(100)]
    assert gateway.call(lambda: gateway.gateway.desk.unanswered) == 0


def test_who_waits_for_leave_to_send_gets_it(gateway):
    body = b'{"kind":"test"}'
    wire = raw("/v1/signals", body, signed(body) | {"Expect": "100-continue"})
    line = Line(port(gateway))
    line.send(wire[: -len(body)])
    assert line.status() == 100
    line.send(body)
    assert line.status() == 200


def test_too_large_is_told_before_the_body_comes(gateway):
    line = Line(port(gateway))
    line.send(b"POST /v1/signals HTTP/1.1\r\nContent-Length: 300000\r\nExpect: 100-continue\r\n\r\n")
    assert line.status() == 413
    line.send(b"x" * 1000)  # still talking: it must be able to read why
    line.close()


def test_half_closed_senders_get_their_answer(gateway):
    body = b'{"kind":"test"}'
    line = Line(port(gateway))
    line.send(raw("/v1/signals", body, signed(body)))
    line.socket.shutdown(1)
    assert line.status() == 200
    assert line.is_closed()


def test_what_is_no_http_is_kept_and_the_line_closed(gateway):
    line = Line(port(gateway))
    line.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # TLS, because nobody set up the proxy
    assert line.status() == 400
    assert line.is_closed()
    until(gateway.kept)
    assert [(e.verdict, e.raw[:2]) for e in gateway.kept()] == [("garbage", b"\x16\x03")]


def test_slow_senders_are_ended_and_idle_ones_kept(web):
    gateway = web(first_frame_s=0.6, partial_s=0.6, sweep_s=0.1)
    silent, slow, fine = (Line(port(gateway)) for _ in range(3))
    body = b'{"kind":"test"}'
    fine.send(raw("/v1/signals", body, signed(body)))
    assert fine.status() == 200
    slow.send(b"POST /v1/sig")
    assert silent.is_closed()
    assert slow.is_closed()
    assert gateway.counts["closed_slow"] == 2
    fine.send(raw("/nowhere", b"", {}))
    assert fine.status() == 404


def test_a_body_that_never_ends_is_ended(web):
    gateway = web(partial_s=0.6, sweep_s=0.1)
    line = Line(port(gateway))
    line.send(b"POST /v1/signals HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
    line.send(b"x")
    assert line.is_closed()
    assert until(lambda: gateway.call(lambda: gateway.gateway.doors[1]._clerk.held) == 0)


def test_bodies_together_do_not_fill_the_memory(gateway, monkeypatch):
    monkeypatch.setattr("canh.gateway.webhook.link.MAX_HELD", 10_000)
    first, second = Line(port(gateway)), Line(port(gateway))
    first.send(b"POST /v1/signals HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + b"x" * 8000)
    assert until(lambda: gateway.call(lambda: gateway.gateway.doors[1]._clerk.held) >= 8000)
    second.send(b"POST /v1/signals HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + b"x" * 8000)
    assert second.status() == 503


def test_a_flood_of_strangers_does_not_keep_a_program_from_being_heard(web):
    gateway = web(unproven_per_minute=50, bad_per_minute=50)
    strangers = [Line(port(gateway)) for _ in range(50)]
    body = b'{"kind":"fire"}'
    for stranger in strangers:
        stranger.send(raw("/v1/signals", body, signed(body, b"z" * 16)) * 20)
    assert Program(port(gateway)).tell({"kind": "fire"})[0] == 200
    answers = [stranger.status() for stranger in strangers for _ in range(20)]
    assert (answers.count(401), answers.count(429)) == (50, 950)
    assert sum(e.verdict == "wrong_key" for e in gateway.kept()) == 50


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 200))
def test_nothing_makes_the_door_fail(gateway, noise, at):
    body = b'{"kind":"test"}'
    whole = raw("/v1/signals", body, signed(body))
    line = Line(port(gateway))
    line.send(whole[:at] + noise + whole[at:])
    line.socket.shutdown(1)
    while line.status():
        pass
    line.close()
    assert Program(port(gateway)).tell({"kind": "test"})[0] == 200
    assert not gateway.counts["webhook_500"]

"""The pure parts of the webhook: bytes to requests, proof, both forms."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway.recall import Memory
from canh.gateway.webhook import alertmanager, pieces, proof, signals
from canh.gateway.webhook.answer import SAYINGS, Fault, refuse
from canh.gateway.webhook.content import moment_us
from canh.gateway.webhook.http import MAX_BODY, MAX_HEAD, Reader, Refusal, Request
from canh.gateway.webhook.judge import Letter, judge_signals
from tests.gateway.program import OLD, SECRET, alert, book, group, raw, signed

NOW = 1_773_000_000


def parsed(data: bytes, *cuts: int) -> list[Request | Refusal]:
    reader, found = Reader(), []
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        reader.feed(data[start:end])
        while (item := reader.next()) is not None:
            found.append(item)
    return found


def test_every_cut_gives_the_same_requests():
    one = raw("/v1/signals?x=1", b'{"a":1}', {"X-A": "b"})
    two = b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n"
    whole = parsed(one + two)
    assert [(r.path, r.body) for r in whole] == [("/v1/signals", b'{"a":1}'), ("/b", b"abcde")]
    for cut in range(1, len(one + two)):
        assert parsed(one + two, cut) == whole


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 2 * MAX_HEAD, 431),
        (b"GET /" + b"a" * 2 * MAX_HEAD, 431),
        (raw("/", b"a" * (MAX_BODY + 1), {}), 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n50000\r\n" + b"a" * 0x50000, 413),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            + b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 40_000,
            413,
        ),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b'\n15A6005B"ADM-CID"0001L0#1234[#1234|1130 01 003]\r', 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    ],
)
def test_what_is_no_request_is_refused_once(data, status):
    found = [item for item in parsed(data) if isinstance(item, Refusal)]
    assert [item.status for item in found] == [status]


def test_what_follows_an_upgrade_is_not_read():
    data = b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello"
    assert [item.method for item in parsed(data)] == ["GET"]


@given(st.lists(st.binary(max_size=400), max_size=5))
def test_nothing_makes_the_reader_fail(parts):
    reader = Reader()
    for part in parts:
        reader.feed(part)
        while (item := reader.next()) is not None:
            assert isinstance(item, Request | Refusal)


@given(st.binary(max_size=60), st.data())
def test_nothing_in_a_request_makes_the_reader_fail(noise, data):
    whole = bytearray(raw("/v1/signals", b"{}", {"X-Canh-Account": "a"}))
    at = data.draw(st.integers(0, len(whole)))
    whole[at : at + len(noise)] = noise
    for item in parsed(bytes(whole)):
        assert isinstance(item, Request | Refusal)


def test_a_signature_covers_time_and_body_and_either_secret_will_do():
    headers = {name.lower(): value for name, value in signed(b"{}", at=NOW).items()}
    secrets = proof.secrets_of(book()["webhook:doors"])
    assert proof.is_signed(headers, b"{}", secrets)
    assert not proof.is_signed(headers, b"{ }", secrets)
    assert not proof.is_signed(headers | {"x-canh-timestamp": str(NOW + 1)}, b"{}", secrets)
    assert not proof.is_signed({}, b"{}", secrets)
    older = {name.lower(): value for name, value in signed(b"{}", OLD, at=NOW).items()}
    assert proof.is_signed(older, b"{}", secrets)
    assert not proof.is_signed(older, b"{}", (SECRET,))
    assert not proof.is_signed(older, b"{}", ())


@given(
    st.dictionaries(st.sampled_from(["authorization", "x-canh-timestamp", "x-canh-signature"]), st.text(max_size=60))
)
def test_nothing_in_a_header_makes_the_proof_fail(headers):
    proof.credentials(headers)
    proof.stamp_us(headers)
    assert not proof.is_signed(headers, b"", (SECRET,))


def read(said: object) -> signals.Content:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return signals.read(body, "webhook:doors", "v1=aa", NOW * 1_000_000)


def test_an_access_event_is_understood():
    said = {
        "id": "e-1", "account": "webhook:doors", "time": "2026-03-09T09:14:05.25+07:00", "code": "door_forced",
        "zone": 3, "user": "Nguyễn Thị An", "text": "Cửa kho", "extra": {"reader": "R1", "card": 42},
    }  # fmt: skip
    (event,) = read(said).events
    seen = event.seen
    assert (seen.code, seen.zone, seen.user, seen.turn) == ("door_forced", "3", "Nguyễn Thị An", "new")
    assert seen.occurred_at == int(datetime(2026, 3, 9, 2, 14, 5, 250_000, UTC).timestamp() * 1_000_000)
    assert seen.extra == {"reader": "R1", "card": "42"}
    assert json.loads(event.raw) == said


@pytest.mark.parametrize(
    ("said", "where", "saying"),
    [
        (b"{", "", "no_json"),
        (b"\xff", "", "no_json"),
        (b'{"kind":NaN}', "", "no_json"),
        (b"[" * 100_000, "", "too_deep"),
        (7, "", "no_object"),
        ([{"kind": "fire"}, 7], "[1]", "no_object"),
        ([{}] * 501, "", "too_many_items"),
        ({}, "", "kind_or_code"),
        ({"kind": "fire", "code": "x"}, "", "kind_or_code"),
        ({"kind": ["fire"]}, "kind", "no_text"),
        ({"kind": True}, "kind", "no_text"),
        ([{"kind": "fire"}, {"kind": "fire", "zon": "1"}], "[1].zon", "unknown_field"),
        ({"kind": "fire", "time": "2026-03-09 09:14"}, "time", "no_moment"),
        ({"kind": "fire", "time": "2026-02-30T00:00:00Z"}, "time", "no_moment"),
        ({"kind": "fire", "time": "0001-01-01T00:00:00+14:00"}, "time", "no_moment"),
        ({"kind": "fire", "turn": "off"}, "turn", "no_turn"),
        ({"kind": "fire", "turn": []}, "turn", "no_turn"),
        ({"kind": "fire", "zone": "z" * 41}, "zone", "too_long"),
        ({"kind": "fire", "extra": []}, "extra", "no_object"),
        ({"kind": "fire", "account": "webhook:other"}, "account", "other_account"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(said, where, saying):
    content = read(said)
    assert not content.events
    assert Fault(saying, where) in content.faults


def test_the_same_id_is_the_same_event_and_without_one_the_request_is():
    a, b = read([{"kind": "fire", "id": "1"}, {"kind": "fire"}]).events
    again = signals.read(b'[{"kind":"fire","id":"1"},{"kind":"fire"}]', "webhook:doors", "v1=bb", NOW).events
    assert again[0].seen.digest == a.seen.digest
    assert again[1].seen.digest != b.seen.digest
    assert len({a.seen.digest, b.seen.digest}) == 2


@pytest.mark.parametrize("other", [{"kind": "hold_up"}, {"zone": "2"}, {"time": "2026-03-09T09:14:05Z"}, {"user": "7"}])
def test_an_id_used_again_for_something_else_is_another_event(other):
    first, again = {"kind": "test", "zone": "1", "id": "1"}, {"kind": "test", "zone": "1", "id": "1"} | other
    assert len({event.seen.digest for event in read([first, again]).events}) == 2


NAMES = st.sampled_from([*signals.FIELDS, "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=30,
)


@given(JSON)
def test_nothing_makes_the_forms_fail(said):
    body = json.dumps(said).encode()
    for content in (signals.read(body, "webhook:a", "", 0), alertmanager.read(body, "webhook:a")):
        assert bool(content.faults) != bool(content.events) or said == []
    wrapped = json.dumps({"version": "4", "alerts": said}).encode()
    assert alertmanager.read(wrapped, "webhook:a").events == () or isinstance(said, list)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_forms_fail(body):
    signals.read(body, "webhook:a", "", 0)
    alertmanager.read(body, "webhook:a")


VALUES = st.recursive(st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=8)


@given(st.lists(VALUES, max_size=5), st.integers(0, 3))
def test_pieces_are_the_very_bytes(values, indent):
    raws = [json.dumps(value, indent=indent) for value in values]
    body = '{"a" : "]}", "list": [1], "list" :\t[ ' + "\n, ".join(raws) + ' ] , "z":{}}'
    found = pieces.member(pieces.whole(body.encode()), "list")
    assert found is not None
    assert [piece.raw for piece in pieces.items(found)] == raws
    assert [piece.value for piece in pieces.items(found)] == values


def test_an_alert_is_one_condition_while_it_lasts():
    first = alertmanager.read(group(alert()), "webhook:p").events[0].seen
    end = alertmanager.read(group(alert("resolved")), "webhook:p").events[0].seen
    assert (first.code, first.zone, first.turn) == ("critical", "DiskFull 1a30ba71cca2921f", "new")
    assert (end.code, end.zone, end.turn) == ("critical", "DiskFull 1a30ba71cca2921f", "restore")
    assert first.number == end.number
    assert first.digest != end.digest
    assert first.text == "DiskFull: Ổ đĩa đầy"
    assert first.extra["alertname"] == "DiskFull"


def test_a_label_may_name_a_kind_of_the_plain_form():
    seen = alertmanager.read(group(alert(canh_kind="fire")), "webhook:p").events[0].seen
    assert (seen.protocol, seen.code) == ("WEBHOOK", "fire")


def test_alerts_without_a_severity_or_a_fingerprint_are_read():
    said = alert()
    del said["fingerprint"], said["labels"]["severity"]
    seen = alertmanager.read(group(said), "webhook:p").events[0].seen
    assert seen.code == "none"
    assert len(seen.zone) == len("DiskFull ") + 16
    long = alertmanager.read(group(alert(name="A" * 90, fingerprint="f" * 90)), "webhook:p").events[0].seen
    assert len(long.zone) <= 40


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"[]", Fault("no_object")),
        (b'{"version":"3","alerts":[]}', Fault("no_version", "version")),
        (b'{"version":"4"}', Fault("no_list", "alerts")),
        (group({"status": "on"}), Fault("no_status", "alerts[0].status")),
        (group(alert(), {**alert(), "labels": 3}), Fault("no_object", "alerts[1].labels")),
        (group({**alert(), "startsAt": "now"}), Fault("no_moment", "alerts[0].startsAt")),
    ],
)
def test_what_is_wrong_with_alerts_is_said_with_its_place(body, fault):
    assert alertmanager.read(body, "webhook:p").faults == (fault,)


def test_a_late_stamp_is_refused_and_its_events_kept_apart():
    body = b'{"kind":"fire","id":"1"}'
    headers = {n.lower(): v for n, v in signed(body, at=NOW - 301).items()}
    letter = Letter(Request("POST", "/v1/signals", headers, body, True), "webhook:doors", "p", NOW * 1_000_000)
    late = judge_signals(letter, set())
    assert (late.answer.status, late.answer.body["now"]) == (401, NOW)
    assert [e.verdict for e in late.entries] == ["bad_time"]
    good = {n.lower(): v for n, v in signed(body, at=NOW - 299).items()}
    fine = judge_signals(letter._replace(request=letter.request._replace(headers=good)), set())
    assert fine.answer.status == 200
    assert "bad_time" not in fine.entries[0].facts
    assert fine.names[0] not in late.entries[0].facts


def test_moments_of_every_clock():
    assert moment_us("1970-01-01T00:00:01Z") == 1_000_000
    assert moment_us("1970-01-01T07:00:00.123456789+07:00") == 123_456
    assert moment_us("0001-01-01T00:00:00Z") < 0


def test_every_saying_is_in_both_languages_and_used():
    for saying, (english, vietnamese) in SAYINGS.items():
        assert english
        assert vietnamese
        assert refuse(400, Fault(saying)).body["errors"][0]["vi"] == vietnamese


def test_memory_forgets_the_oldest():
    memory = Memory(2)
    for name in "abac":
        memory.add(name)
    assert [name in memory for name in "abc"] == [True, False, True]

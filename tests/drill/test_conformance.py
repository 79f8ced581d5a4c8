"""The conformance test tells right from wrong: a receiver by the book gets 100 %, each broken rule is found."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from canh.config import cli
from canh.drill.conformance import run, sealed
from canh.drill.conformance.line import Transport
from canh.drill.conformance.run import CASES, Outcome, Result, Score, Target
from tests.drill.conformant import KEYS, receiver
from tests.drill.faulty import pysiaalarm
from tests.house import free_port

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ref" / "conformance.md"
TCP, UDP = Transport.TCP, Transport.UDP
EVERY_ACK = (
    "ack-sia ack-cid heading no-receiver repeat-between wrap out-of-order retransmission three-at-once byte-by-byte"
    " without-end connection-each connection-kept aes-128-sia aes-128-cid aes-192-sia aes-192-cid aes-256-sia"
    " aes-256-cid aes-pad-2013 aes-retransmission aes-resync"
)
BROKEN = {
    "bad_crc": f"{EVERY_ACK} answer-form unknown-account aes-stale",
    "bad_length": f"{EVERY_ACK} answer-form unknown-account aes-stale",
    "own_numbers": f"{EVERY_ACK} unknown-account aes-wrong-key",
    "lower_case": "answer-form",
    "answers_twice": "answer-form heading wrap",
    "adds_receiver": "no-receiver",
    "short_account": "accounts unknown-account",
    "answers_bad_frames": "wrong-crc wrong-length cut-short",
    "no_crc_check": "wrong-crc",
    "no_length_check": "wrong-length",
    "upper_hex_only": "lower-hex aes-lower-hex",
    "forgets_repeats": "repeat-between retransmission aes-retransmission",
    "no_extended_data": "extended-data vietnamese longest extended-poll",
    "ascii_only": "vietnamese",
    "short_messages": "longest",
    "refuses_unknown_codes": "unknown-sia-code unknown-cid-code",
    "silent_about_strangers": "accounts unknown-account unknown-type aes-wrong-key",
    "needs_time": "ack-sia ack-cid poll",
    "refuses_time": "plain-time poll",
    "no_polls": "poll aes-128-poll aes-192-poll aes-256-poll",
    "no_xnm": "extended-poll",
    "hasty": "three-at-once byte-by-byte without-end",
    "one_of_a_segment": "three-at-once",
    "hangs_up": "connection-kept three-at-once",
    "no_aes_128": "aes-128-sia aes-128-cid aes-128-poll",
    "no_aes_192": "aes-192-sia aes-192-cid aes-192-poll",
    "no_aes_256": "aes-256-sia aes-256-cid aes-256-poll",
    "short_pads": "aes-pad-2026",
    "long_pads": "aes-pad-2013",
    "fixed_pad": "aes-answer-pad",
    "ack_in_clear": "aes-128-sia aes-192-cid aes-256-poll aes-vietnamese aes-lower-hex aes-not-hex",
    "ack_without_time": "aes-128-sia aes-192-cid aes-256-poll aes-latest",
    "any_time": "aes-stale aes-future aes-resync",
    "narrow_window": "aes-earliest aes-latest",
    "nak_numbered": "aes-stale aes-future aes-no-time plain-stale",
    "nak_without_time": "aes-stale aes-future aes-no-time plain-stale",
    "nak_wrong_time": "aes-resync",
    "no_time_needed": "aes-no-time",
    "answers_wrong_key": "aes-wrong-key aes-not-hex",
    "duh_encrypted": "aes-wrong-key",
    "clock_ahead": "plain-time aes-128-sia",
}
"""A rule that the receiver breaks -> cases that must find it. `clock_ahead`: a panel by the true time is refused."""
CONTROL = "connection-each"
"""What a receiver still does right that breaks only one rule."""
SILENT = {"silent_about_strangers", "no_polls", "forgets_repeats", "no_xnm", "short_messages", "upper_hex_only"}
"""Found by an answer that does not come: nothing is gained by waiting long."""
BREAKS_ALL = {"bad_crc", "bad_length", "own_numbers", "needs_time"}


def scored(port: int, only: str = "", over: Sequence[Transport] = (TCP,), **more: object) -> list[Outcome]:
    target = Target("127.0.0.1", port, "1234", KEYS, over, **{"timeout_s": 5.0, **more})  # type: ignore[arg-type]
    return list(run.run(target, run.chosen(only.split())))


def ids(outcomes: list[Outcome], result: Result) -> set[str]:
    return {outcome.case.id for outcome in outcomes if outcome.result is result}


def complaints(outcomes: list[Outcome]) -> list[str]:
    return [f"{o.transport} {o.case.id}: {o.why}" for o in outcomes if o.result is not Result.PASSED]


@pytest.mark.parametrize("transport", Transport)
def test_a_receiver_by_the_book_passes_every_case(transport: Transport) -> None:
    with receiver() as port:
        outcomes = scored(port, over=[transport])
    assert complaints(outcomes) == []
    assert {o.case.id for o in outcomes} == {case.id for case in CASES if transport in case.over}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_found_by_its_cases(rule: str) -> None:
    control = "" if rule in BREAKS_ALL | SILENT else CONTROL
    with receiver(rule) as port:
        outcomes = scored(port, f"{BROKEN[rule]} {control}", timeout_s=0.4 if rule in SILENT else 1.0)
    assert ids(outcomes, Result.FAILED) == set(BROKEN[rule].split())
    assert all(outcome.why for outcome in outcomes if outcome.result is Result.FAILED)


def test_every_case_can_fail() -> None:
    assert {case.id for case in CASES} - {found for words in BROKEN.values() for found in words.split()} == set()


@pytest.mark.parametrize("rule", ["bad_crc", "ack_in_clear", "forgets_repeats", "nak_without_time"])
def test_broken_rules_are_found_over_udp_too(rule: str) -> None:
    wanted = {case.id for case in run.chosen(BROKEN[rule].split()) if UDP in case.over}
    if rule == "forgets_repeats":
        wanted -= {"repeat-between"}  # its second 9995 is taken for the retry of a lost datagram
    with receiver(rule) as port:
        outcomes = scored(port, " ".join(wanted), [UDP], timeout_s=0.5)
    assert ids(outcomes, Result.FAILED) == wanted


def test_a_receiver_whose_clock_is_off_keeps_its_window_by_its_own_time() -> None:
    with receiver("clock_ahead") as port:
        outcomes = scored(port, "aes-earliest aes-latest aes-resync aes-stale")
    assert complaints(outcomes) == []


def test_answers_too_slow_to_judge_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "SLOW_S", 0.0)
    monkeypatch.setattr(sealed, "TRIES", 1)
    with receiver("narrow_window") as port:
        (outcome,) = scored(port, "aes-latest")
    assert (outcome.result, "too slowly" in outcome.why) == (Result.NOT_RUN, True)


def test_an_independent_receiver_fails_what_the_page_says() -> None:
    with pysiaalarm(KEYS) as port:
        outcomes = scored(port, timeout_s=2.0)
    (told,) = re.findall(r"^What pysiaalarm fails over TCP: (.*)\.$", PAGE.read_text(encoding="utf-8"), re.M)
    assert ids(outcomes, Result.FAILED) == set(re.findall(r"`([\w-]+)`", told))
    assert f"| {run.score(outcomes).percent:g} % of {len(outcomes)} | none" in PAGE.read_text(encoding="utf-8")


# -- what is not run


def test_without_keys_the_encrypted_cases_are_not_run_and_do_not_count() -> None:
    with receiver() as port:
        outcomes = list(run.run(Target("127.0.0.1", port, "1234", {}, [TCP]), run.chosen(["ack-*", "aes-*-sia"])))
    assert run.score(outcomes) == Score(2, 0, 3)
    assert run.score(outcomes).percent == 100.0
    assert "128 bits" in next(o.why for o in outcomes if o.case.id == "aes-128-sia")


def test_without_a_plain_account_the_plain_cases_are_not_run() -> None:
    with receiver() as port:
        target = Target("127.0.0.1", port, "", {"AE32": KEYS["AE32"]}, [TCP])
        outcomes = list(run.run(target, run.chosen(["ack-sia", "aes-256-sia", "aes-128-sia"])))
    assert {o.case.id: o.result for o in outcomes} == {
        "ack-sia": Result.NOT_RUN, "aes-256-sia": Result.PASSED, "aes-128-sia": Result.NOT_RUN,
    }  # fmt: skip


def test_a_transport_that_is_not_offered_is_not_run_unless_asked_for() -> None:
    with receiver(with_udp=False) as port:
        found = scored(port, "ack-sia", [TCP, UDP], timeout_s=1.0)
        asked = scored(port, "ack-sia", [UDP], timeout_s=1.0, must_offer=True)
    assert [outcome.result for outcome in found] == [Result.PASSED, Result.NOT_RUN]
    assert [outcome.result for outcome in asked] == [Result.FAILED]


def test_the_score_says_100_only_when_none_failed() -> None:
    assert Score(9999, 1, 0).percent < 100
    assert Score(0, 0, 5).percent == 0
    assert Score(1, 2, 0).percent == 33.3


def test_every_case_says_what_it_is() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
    for case in CASES:
        assert all([case.clause, case.english, case.vietnamese, case.sends, case.expects]), case.id
        assert re.search(r"\d\.\d|Annex|practice", case.clause), case.id
        assert len(case.id) <= 19
        assert case.english != case.vietnamese


# -- the command


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(text) for text in capsys.readouterr().out.splitlines()]


def test_the_command_prints_rows_and_a_score(capsys: pytest.CaptureFixture[str]) -> None:
    with receiver("no_xnm") as port:
        words = ["conformance", f"127.0.0.1:{port}", "--account", "1234", "--tcp", "--timeout", "1"]
        assert cli.main([*words, "--only", "ack-sia", "--only", "extended-poll"]) == 1
        said = capsys.readouterr().out
        assert "✓ tcp ack-sia" in said
        assert "✗ tcp extended-poll" in said
        assert "Annex H" in said
        assert "50 %" in said
        assert cli.main([*words, "--only", "ack-*", "--only", "aes-stale", "--only", "aes-future"]) == 0
        said = capsys.readouterr().out
        assert "100 %" in said
        assert "2 ca không chạy · cases not run: cần khóa · a key\n        aes-stale aes-future\n" in said


def test_the_command_speaks_json(capsys: pytest.CaptureFixture[str]) -> None:
    with receiver() as port:
        key = f"AE32={KEYS['AE32'].hex()}"
        words = ["conformance", f"localhost:{port}", "--key", key, "--tcp", "--json", "--only", "ack-sia"]
        assert cli.main([*words, "--only", "aes-256-cid"]) == 0
    *cases, score = lines(capsys)
    assert [(case["case"], case["result"]) for case in cases] == [("ack-sia", "not_run"), ("aes-256-cid", "passed")]
    assert score == {"score": 100.0, "passed": 1, "failed": 0, "not_run": 1}


def test_a_bare_key_belongs_to_the_account(capsys: pytest.CaptureFixture[str]) -> None:
    with receiver() as port:
        words = [
            "conformance",
            f"127.0.0.1:{port}",
            "--account",
            "ae16",
            "--key",
            KEYS["AE16"].hex(),
            "--tcp",
            "--json",
        ]
        assert cli.main([*words, "--only", "ack-sia", "--only", "aes-128-sia"]) == 0
    assert [case.get("result") for case in lines(capsys)] == ["not_run", "passed", None]


def test_the_list_names_every_case_and_its_clause(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["conformance", "--list"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [text.split()[0] for text in said] == [case.id for case in CASES]
    assert all(case.clause in text for case, text in zip(CASES, said, strict=True))
    assert cli.main(["conformance", "--list", "--json", "--only", "wrap"]) == 0
    assert [case["case"] for case in lines(capsys)] == ["wrap"]


@pytest.mark.parametrize(
    "words",
    [
        ["127.0.0.1:1"],
        ["127.0.0.1", "--account", "1234"],
        ["127.0.0.1:1", "--account", "12"],
        ["127.0.0.1:1", "--key", "00" * 16],
        ["127.0.0.1:1", "--account", "1234", "--key", "00"],
        ["127.0.0.1:1", "--account", "1234", "--only", "nothing"],
    ],
)
def test_wrong_words_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["conformance", *words]) == 2
    assert " · " in capsys.readouterr().err


def test_nobody_there_is_no_score(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    assert (
        cli.main(["conformance", f"127.0.0.1:{port}", "--account", "1234", "--only", "wrap", "--timeout", "0.2"]) == 2
    )
    assert "nobody answers" in capsys.readouterr().err


def test_an_address_of_ipv6_is_understood() -> None:
    words = cli.build_parser().parse_args(["conformance", "[::1]:12128", "--account", "1234"])
    from canh.config.cli.conformance import target_of

    assert (target_of(words).host, target_of(words).port) == ("::1", 12128)


def test_an_answer_from_elsewhere_is_no_answer() -> None:
    """Over UDP anybody may write to us; only the receiver's address counts."""
    with socket.socket(type=socket.SOCK_DGRAM) as silent, socket.socket(type=socket.SOCK_DGRAM) as forger:
        silent.bind(("127.0.0.1", 0))
        line = run.Talk("127.0.0.1", silent.getsockname()[1], UDP, 0.3, "1234", None, iter([1])).line
        try:
            forger.sendto(b"\nxx\r", line._socket.getsockname())
            assert line.receive(0.3) is None
        finally:
            line.close()

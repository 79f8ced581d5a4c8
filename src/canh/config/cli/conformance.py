"""`canh conformance HOST:PORT`: does a receiver keep to SIA DC-09? Ours or any other."""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Sequence
from typing import Any

from canh.config.cli.out import Refused, line, say
from canh.drill.conformance import run
from canh.drill.conformance.case import Case
from canh.drill.conformance.line import Transport
from canh.drill.conformance.run import Outcome, Result, Score, Target

SIGNS = {Result.PASSED: "✓", Result.FAILED: "✗", Result.NOT_RUN: "–"}
_PLACE = re.compile(r"\[?(?P<host>[^\[\]]+?)\]?:(?P<port>[0-9]{1,5})")
_ACCOUNT = re.compile(r"[0-9A-Fa-f]{3,16}")
_KEY = re.compile(r"(?:(?P<account>[0-9A-Fa-f]{3,16})=)?(?P<key>[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})")


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("place", nargs="?", metavar="HOST:PORT", help="bộ thu · the receiver")
    add("--account", default="", help="tài khoản không khóa · an account the receiver knows, without a key")
    add("--key", action="append", default=[], metavar="[ACCOUNT=]HEX",
        help="khóa AES, có thể lặp lại · AES key of an account, may be repeated for 128, 192 and 256 bits")  # fmt: skip
    add("--tcp", action="store_true", help="chỉ TCP · only TCP")
    add("--udp", action="store_true", help="chỉ UDP · only UDP")
    add(
        "--only", action="append", default=[], metavar="CASE", help="chỉ ca này, có thể lặp lại · only this case; aes-*"
    )
    add("--timeout", type=float, default=5.0, metavar="SECONDS", help="đợi trả lời · wait so long for an answer")
    add("--list", action="store_true", help="liệt kê các ca · list the cases")
    add("--json", action="store_true")


def main(words: argparse.Namespace) -> int:
    try:
        cases = run.chosen(words.only)
    except LookupError as error:
        raise Refused(f"không có ca này · no such case: {error}", 2) from error
    if words.list:
        _list(cases, words.json)
        return 0
    target = target_of(words)
    outcomes = []
    for outcome in run.run(target, cases):
        outcomes.append(outcome)
        if words.json:
            line(facts(outcome))
        elif outcome.result is not Result.NOT_RUN:
            say(_row(outcome))
    return _sum_up(outcomes, words.json)


def target_of(words: argparse.Namespace) -> Target:
    """Who is asked, and with which accounts. Raises Refused."""
    place = _PLACE.fullmatch(words.place or "")
    if place is None:
        raise Refused("cần HOST:PORT · HOST:PORT is needed", 2)
    account, keys = _accounts(words.account.upper(), words.key)
    chosen = [t for t, is_wanted in ((Transport.TCP, words.tcp), (Transport.UDP, words.udp)) if is_wanted]
    return Target(
        place["host"], int(place["port"]), account, keys, chosen or tuple(Transport), words.timeout, bool(chosen)
    )


def _accounts(account: str, given: Sequence[str]) -> tuple[str, dict[str, bytes]]:
    """The account without a key, and the keys by account. A key without an account belongs to --account."""
    if account and not _ACCOUNT.fullmatch(account):
        raise Refused("--account: 3-16 chữ số hex · 3 to 16 hex digits", 2)
    keys: dict[str, bytes] = {}
    for text in given:
        found = _KEY.fullmatch(text)
        if found is None or not (found["account"] or account):
            raise Refused("--key: [TÀI KHOẢN=]HEX, 32, 48 hoặc 64 chữ số · [ACCOUNT=]HEX, 32, 48 or 64 digits", 2)
        keys[(found["account"] or account).upper()] = bytes.fromhex(found["key"])
    if not account and not keys:
        raise Refused("cần --account hoặc --key · --account or --key is needed", 2)
    return "" if account in keys else account, keys


def facts(outcome: Outcome) -> dict[str, Any]:
    """The JSON object of a case."""
    case = outcome.case
    return {
        "case": case.id,
        "transport": outcome.transport.value,
        "result": outcome.result.value,
        "why": outcome.why or None,
        "clause": case.clause,
        "title": case.english,
        "title_vi": case.vietnamese,
        "sends": case.sends,
        "expects": case.expects,
        "needs": case.needs.value,
    }


def _row(outcome: Outcome) -> str:
    case = outcome.case
    text = f"{SIGNS[outcome.result]} {outcome.transport:3} {case.id:19} {case.vietnamese} · {case.english}"
    return f"{text}\n{'':8}→ {outcome.why}  [{case.clause}]" if outcome.why else text


def _not_run(outcomes: Sequence[Outcome]) -> None:
    """One line for each reason, with its cases."""
    groups: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.result is Result.NOT_RUN:
            groups.setdefault((outcome.transport, outcome.why), []).append(outcome.case.id)
    for (transport, why), names in groups.items():
        say(f"{SIGNS[Result.NOT_RUN]} {transport:3} {len(names)} ca không chạy · cases not run: {why}")
        say(textwrap.fill(" ".join(names), 100, initial_indent=" " * 8, subsequent_indent=" " * 8))


def _sum_up(outcomes: Sequence[Outcome], is_json: bool) -> int:
    score = run.score(outcomes)
    if is_json:
        line({"score": score.percent, "passed": score.passed, "failed": score.failed, "not_run": score.not_run})
    else:
        _not_run(outcomes)
        say(_verdict(score))
    if not score.passed + score.failed:
        raise Refused("không ca nào chạy được: bộ thu không trả lời · no case could run: nobody answers there", 2)
    return 1 if score.failed else 0


def _verdict(score: Score) -> str:
    return (
        f"\n{score.percent:g} %  đạt {score.passed}, không đạt {score.failed}, không chạy {score.not_run}"
        f" · passed {score.passed}, failed {score.failed}, not run {score.not_run}"
    )


def _list(cases: Sequence[Case], is_json: bool) -> None:
    for case in cases:
        over = "+".join(case.over)
        if is_json:
            line({"case": case.id, "clause": case.clause, "title": case.english, "title_vi": case.vietnamese,
                  "sends": case.sends, "expects": case.expects, "needs": case.needs.value, "over": over})  # fmt: skip
        else:
            say(f"{case.id:19} {over:7} {case.clause:26} {case.vietnamese} · {case.english}")

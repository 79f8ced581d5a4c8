"""The audit chain finds every later change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from canh.audit import actions, queries, rules
from canh.audit.models import Head, Line
from canh.kit import crypto, paths

pytestmark = pytest.mark.django_db


def _lines(count: int) -> None:
    with transaction.atomic():
        for n in range(count):
            actions.record(None, "test.act", f"thing:{n}", {"n": n})


def test_a_line_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        actions.record(None, "test.act", "thing:1")


def test_sealing_gives_every_line_its_place() -> None:
    _lines(5)
    assert queries.unsealed_count() == 5
    assert actions.seal_lines() == 5
    _lines(2)
    assert actions.seal_lines(limit=1) == 1
    assert queries.unsealed_count() == 1
    assert [line.sequence for line in queries.sealed_lines()] == [1, 2, 3, 4, 5, 6]
    assert rules.first_break(queries.sealed_lines()) is None


@pytest.mark.parametrize("change", [{"action": "test.other"}, {"actor_id": 9}, {"detail": {"n": 99}}, {"subject": "x"}])
def test_any_changed_column_breaks_the_chain_at_its_row(change: dict[str, object]) -> None:
    _lines(6)
    actions.seal_lines()
    Line.objects.filter(sequence=4).update(**change)
    assert rules.first_break(queries.sealed_lines()) == 4


def test_a_missing_row_is_named() -> None:
    _lines(6)
    actions.seal_lines()
    Line.objects.filter(sequence=3).delete()
    assert rules.first_break(queries.sealed_lines()) == 3


@given(st.integers(1, 12), st.data())
def test_swapping_two_rows_is_found(count: int, data: st.DataObject) -> None:
    before, chain = rules.FIRST_HASH, []
    for n in range(1, count + 2):
        line = rules.Sealable(n, n, None, "a", f"s:{n}", {})
        before = rules.seal(before, n, line)
        chain.append(rules.Sealed(n, n, None, "a", f"s:{n}", {}, n, before))
    at = data.draw(st.integers(0, count - 1))
    chain[at], chain[at + 1] = chain[at + 1], chain[at]
    assert rules.first_break(chain) == at + 1


def test_a_head_is_written_signed_and_readable_by_others() -> None:
    _lines(3)
    actions.seal_lines()
    head = actions.sign_head({"journal:gw1": (7, b"\x01" * 32)})
    file = next(paths.folder("heads").glob(f"*{head.id}.head.json"))
    stands = rules.read_head(file.name, file.read_text(), crypto.is_signed, crypto.public_key())
    assert {(s.chain, s.last) for s in stands} == {("audit", 3), ("journal:gw1", 7)}
    assert stands[0].hash == queries.hash_at(3)


def test_a_forged_head_is_refused() -> None:
    head = actions.sign_head({})
    forged = json.loads(queries.head_text(head))
    forged["statement"] = forged["statement"].replace('"last":0', '"last":1')
    with pytest.raises(ValueError, match="not signed"):
        rules.read_head("x", json.dumps(forged), crypto.is_signed, crypto.public_key())


def test_heads_leave_the_machine_when_a_place_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from canh.audit.steps import SignHeads
    from tests.clock import stopped

    monkeypatch.setenv("CANH_HEADS_TO", str(tmp_path))
    with stopped() as hands:
        step = SignHeads(dict)
        assert step()
        assert Head.objects.filter(sent_at__isnull=False).count() == len(list(tmp_path.glob("*.head.json"))) == 1
        hands.forward(3600)
        assert not step()
        hands.forward(23 * 3600 + 1)
        assert step()
    assert len(list(tmp_path.glob("*.head.json"))) == 2


def test_a_place_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from canh.audit.steps import SignHeads
    from tests.clock import stopped

    monkeypatch.setenv("CANH_HEADS_TO", str(tmp_path / "usb"))
    with stopped() as hands:
        step = SignHeads(dict)
        with pytest.raises(FileNotFoundError):
            step()
        (tmp_path / "usb").mkdir()
        hands.forward(60)
        assert step()
    assert queries.unsent_heads() == []

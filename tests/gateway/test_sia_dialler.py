"""An independent dialler rings: every type, plain and encrypted, and polls."""

from __future__ import annotations

from typing import Any

import pytest
from my_dc09_spt.dc09_spt import dc09_spt

from tests.gateway.conftest import KEYS, Running
from tests.gateway.panel import opened, sealed

CODES = {
    "SIA-DCS": ({"code": "BA", "area": 2, "zone": 15, "text": "kho"}, ("BA", "2", "15", "kho")),
    "ADM-CID": ({"code": "130", "area": 2, "zone": 15}, ("130", "02", "015", "")),
}


def dial(port: int, account: str, key: bytes | None, **where: Any) -> dc09_spt:
    """A fresh dialler each time: it does not get over a failure."""
    dialler = dc09_spt(account)
    dialler.set_path("main", "primary", "127.0.0.1", port, account=account, key=key, type="TCP", **where)
    return dialler


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize(("account", "key"), [("1234", None), ("AE16", KEYS[16]), ("AE32", KEYS[32])])
@pytest.mark.parametrize("where", [{}, {"receiver": 0, "line": 0}, {"receiver": 0xFFFFFF, "line": 0x1234}])
def test_events(gateway: Running, kind: str, account: str, key: bytes | None, where: dict[str, int]) -> None:
    asked, expected = CODES[kind]
    dialler = dial(gateway.port, account, key, **where)
    dialler.send_msg(kind, asked)  # raises when it is not acknowledged
    assert dialler.state()["main primary path ok"] == 1
    [(verdict, seen)] = gateway.seen()
    assert seen is not None
    assert verdict == "accepted"
    assert (seen.code, seen.partition, seen.zone, seen.text) == expected
    assert (seen.protocol, seen.account, seen.number) == (kind, account, "0001")
    assert seen.path == "".join(
        f"{letter}{where[name]:X}" for letter, name in (("R", "receiver"), ("L", "line")) if where
    )


def test_extended_data(gateway: Running) -> None:
    dial(gateway.port, "1234", None).send_msg(
        "SIA-DCS", {"code": "HA", "zone": 1, "mac": "001122AABBCC", "lon": "105.8"}
    )
    [(_, seen)] = gateway.seen()
    assert seen is not None
    assert seen.extra == {"M": "001122AABBCC", "X": "105.8"}


def test_user_is_not_taken_for_a_zone(gateway: Running) -> None:
    dial(gateway.port, "1234", None).send_msg("SIA-DCS", {"code": "OP", "area": 1, "user": 7})
    dial(gateway.port, "1234", None).send_msg("ADM-CID", {"code": "401", "area": 1, "user": 7})
    dial(gateway.port, "1234", None).send_msg("SIA-DCS", {"code": "CG", "area": 3})
    assert [(o.partition, o.zone, o.user) for _, o in gateway.seen() if o] == [
        ("1", "", "7"),
        ("01", "", "007"),
        ("3", "", ""),
    ]


@pytest.mark.parametrize(("account", "key"), [("1234", None), ("AE16", KEYS[16]), ("AE32", KEYS[32])])
def test_polls(gateway: Running, account: str, key: bytes | None) -> None:
    dialler = dial(gateway.port, account, key)
    assert dialler.transfer_msg(0, "NULL", "]", dialler.tpaths["main"]["primary"]["path"]) is True
    assert gateway.kept() == []
    assert gateway.counts["polls"] == 1


@pytest.mark.parametrize("key", [KEYS[16], KEYS[32]])
def test_a_wrong_clock_is_put_right_by_the_answer(gateway: Running, key: bytes) -> None:
    """The dialler sets its offset by our NAK and repeats. It then stumbles over its own bytes (it does
    not decode the second answer), so what counts is what the gateway kept.
    """
    account = f"AE{len(key)}"
    dialler = dial(gateway.port, account, key)
    path = dialler.tpaths["main"]["primary"]["path"]
    path.set_offset(300)
    with pytest.raises(TypeError):
        dialler.transfer_msg(1, "SIA-DCS", f"#{account}|NBA1]", path)
    assert abs(path.get_offset()) < 2
    assert [verdict for verdict, _ in gateway.seen()] == ["bad_time", "accepted"]
    first, second = (o for _, o in gateway.seen() if o)
    assert first.sent_at is not None
    assert second.sent_at is not None
    assert 298_000_000 <= first.sent_at - second.sent_at <= 302_000_000


def test_a_dialler_with_the_wrong_key_is_told(gateway: Running) -> None:
    dialler = dial(gateway.port, "AE16", KEYS[32])
    path = dialler.tpaths["main"]["primary"]["path"]
    assert dialler.transfer_msg(1, "SIA-DCS", "#AE16|NBA1]", path) is False
    assert [verdict for verdict, _ in gateway.seen()] == ["wrong_key"]


@pytest.mark.parametrize(("kind", "data"), [("SIA-DCS", "Nri1/BA3"), ("ADM-CID", "1130 01 003")])
def test_aes_192_by_our_own_hand(gateway: Running, kind: str, data: str) -> None:
    wire = gateway.wire()
    wire.send(sealed(kind, f"#AE24|{data}", KEYS[24], account="AE24"))
    assert opened(wire.answer(), KEYS[24]).partition(b"|")[2].startswith(b"]_")
    assert [verdict for verdict, _ in gateway.seen()] == ["accepted"]

"""Every combination an independent dialler can send: kinds, polls, TCP and UDP, in clear and sealed."""

from __future__ import annotations

from typing import Any

import pytest
from my_dc09_spt.dc09_spt import dc09_spt

from tests.gateway.conftest import KEYS, Running

EVENTS = {
    "SIA-DCS": ({"code": "HA", "area": 2, "zone": 15, "text": "quay 2"}, "HA"),
    "ADM-CID": ({"code": "120", "area": 2, "zone": 15}, "120"),
}


def dialler(port: int, account: str, key: bytes | None, transport: str) -> Any:
    made = dc09_spt(account)
    made.set_path("main", "primary", "127.0.0.1", port, account=account, key=key, line=0, type=transport)
    return made


@pytest.mark.parametrize("transport", ["TCP", "UDP"])
@pytest.mark.parametrize("kind", [*EVENTS, "NULL"])
@pytest.mark.parametrize(("account", "key"), [("1234", None), ("AE16", KEYS[16]), ("AE32", KEYS[32])])
def test_an_independent_dialler_is_acknowledged(
    gateway: Running, transport: str, kind: str, account: str, key: bytes | None
) -> None:
    """AES-192 is beyond this dialler; test_sia_udp.py and test_sia_tcp.py send it by our own hand."""
    spt = dialler(gateway.port, account, key, transport)
    if kind == "NULL":
        assert spt.transfer_msg(0, "NULL", "]", spt.tpaths["main"]["primary"]["path"]) is True
        assert gateway.counts["polls"] == 1
        return
    words, code = EVENTS[kind]
    spt.send_msg(kind, words)  # raises when it is not acknowledged
    [(verdict, seen)] = gateway.seen()
    assert seen is not None
    assert (verdict, seen.protocol, seen.code, seen.dialect) == ("accepted", kind, code, "")

"""Channels that are set up, and a message."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from canh.channels import actions
from canh.channels.actions_setup import set_up
from canh.channels.message import Message
from canh.channels.terms import ChannelKind
from tests.channels.peers import Papers

SECRET = "whsec_Q2FuaCBnaeG7ryBjaG8gcGjhu5EgcGjGsOG7nW5nIQ=="
MESSAGE = Message(
    key="notice:42:an", title="Báo cướp · Chi nhánh Hoàn Kiếm", text="Báo cướp tại Chi nhánh Hoàn Kiếm, 08:15",
    body="Báo cướp\nĐịa chỉ: 1 Tràng Tiền", at=datetime(2031, 3, 1, 1, 15, tzinfo=UTC), is_test=False, is_drill=False,
)  # fmt: skip


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is the same code at two seconds; one test waits for the real one."""
    monkeypatch.setattr(actions, "LIMIT_S", 2.0)


def set_up_mail(port: int, papers: Papers | None, security: str = "starttls", user: str = "canh") -> None:
    facts = {"host": "127.0.0.1", "port": port, "security": security, "ca": papers.pem if papers else "",
             "sender": "canh@example.vn", "user": user}  # fmt: skip
    set_up(ChannelKind.EMAIL, is_on=True, facts=facts, secret="Trăng đỏ 42" if user else "")


def set_up_webhook(*receivers: str, ca: str = "") -> None:
    set_up(ChannelKind.WEBHOOK, is_on=True, facts={"receivers": receivers, "ca": ca}, secret=SECRET)

"""Email against a real mail server on a real socket."""

from __future__ import annotations

import time
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from canh.channels.actions import deliver
from canh.channels.models import ChannelSettings
from canh.channels.terms import OutcomeState
from tests.channels.conftest import MESSAGE, set_up_mail
from tests.channels.peers import MailServer, Papers, deaf, running

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_short")]
TO = "an@example.vn"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_arrives_whole_over_a_private_connection(papers: Papers, security: str) -> None:
    server = MailServer(papers, is_tls=security == "tls")
    with running(server):
        set_up_mail(server.port, papers, security)
        first = deliver("email", TO, MESSAGE)
        second = deliver("email", TO, MESSAGE)
    assert (first.state, second.state) == (OutcomeState.SENT, OutcomeState.SENT)
    (sender, to, raw), (_sender, _to, again) = server.mails
    assert "canh@example.vn" in sender
    assert [TO in line for line in to] == [True]
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["To"], mail["Subject"]) == (TO, MESSAGE.title)
    assert MESSAGE.body in mail.get_content().replace("\r\n", "\n")
    assert mail["Message-ID"] == message_from_bytes(again, policy=policy.default)["Message-ID"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert server.logins[0].split("\0")[1:] == ["canh", "Trăng đỏ 42"]


def test_a_test_and_a_drill_say_so_first(papers: Papers) -> None:
    server = MailServer()
    with running(server):
        set_up_mail(server.port, None, "none", user="")
        deliver("email", TO, replace(MESSAGE, is_test=True))
        deliver("email", TO, replace(MESSAGE, is_drill=True, key="other"))
    subjects = [message_from_bytes(raw, policy=policy.default)["Subject"] for _s, _t, raw in server.mails]
    assert [s.partition(" ")[0] for s in subjects] == ["[THỬ]", "[DIỄN"]


def test_a_title_cannot_write_headers() -> None:
    server = MailServer()
    with running(server):
        set_up_mail(server.port, None, "none", user="")
        assert deliver("email", TO, replace(MESSAGE, title="a\r\nBcc: x@example.vn")).state == OutcomeState.SENT
    assert message_from_bytes(server.mails[0][2], policy=policy.default)["Bcc"] is None


@pytest.mark.parametrize(
    ("verb", "answer", "state"),
    [
        ("RCPT", "450 busy", OutcomeState.RETRY), ("RCPT", "550 nobody of this name", OutcomeState.FAILED),
        ("DATA", "451 later", OutcomeState.RETRY), ("DATA", "554 no", OutcomeState.FAILED),
        ("MAIL", "552 full", OutcomeState.FAILED), ("GREET", "421 closed", OutcomeState.RETRY),
        ("AUTH", "535 wrong", OutcomeState.FAILED), ("AUTH", "454 later", OutcomeState.RETRY),
        ("STARTTLS", "454 later", OutcomeState.RETRY), ("MAIL", "HANG", OutcomeState.RETRY),
    ],
)  # fmt: skip
def test_what_the_server_says_decides(papers: Papers, verb: str, answer: str, state: OutcomeState) -> None:
    server = MailServer(papers, **{verb: answer})
    with running(server):
        set_up_mail(server.port, papers)
        began = time.monotonic()
        outcome = deliver("email", TO, MESSAGE)
        assert time.monotonic() - began < 4
    assert outcome.state == state
    assert "127.0.0.1" in outcome.detail or answer == "HANG"
    assert "Trăng đỏ 42" not in outcome.detail
    assert server.mails == []


@pytest.mark.parametrize("answer", ["421 go away", "554 no", "HANG"])
def test_what_comes_after_the_mail_was_taken_does_not_matter(answer: str) -> None:
    """Else it would be sent again."""
    server = MailServer(QUIT=answer)
    with running(server):
        set_up_mail(server.port, None, "none", user="")
        assert deliver("email", TO, MESSAGE).state == OutcomeState.SENT
    assert len(server.mails) == 1


def test_a_server_without_tls_gets_no_password(papers: Papers) -> None:
    server = MailServer()
    with running(server):
        set_up_mail(server.port, papers)
        assert deliver("email", TO, MESSAGE).state == OutcomeState.FAILED
    assert server.verbs == ["EHLO"]


def test_a_stranger_with_another_certificate_gets_nothing(papers: Papers, tmp_path: Path) -> None:
    server = MailServer(papers)
    with running(server):
        set_up_mail(server.port, Papers(tmp_path, "mail.example.vn"))
        outcome = deliver("email", TO, MESSAGE)
    assert outcome.state == OutcomeState.FAILED
    assert server.logins == server.mails == []


def test_nobody_there_and_nobody_who_answers_are_tried_again(papers: Papers) -> None:
    with deaf() as port:
        set_up_mail(port, papers)
        began = time.monotonic()
        assert deliver("email", TO, MESSAGE).state == OutcomeState.RETRY
        assert time.monotonic() - began < 3
    set_up_mail(port, papers)
    assert deliver("email", TO, MESSAGE).state == OutcomeState.RETRY  # refused
    row = ChannelSettings.objects.get(kind="email")
    assert (row.last_state, TO in row.last_detail) == ("retry", False)

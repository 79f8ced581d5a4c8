"""Stories of channels and contact methods: an administrator sets a way out up, people confirm, a head sees who cannot
be reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts.actions_contacts import add_method
from canh.accounts.models import User
from canh.accounts.models_contacts import ContactMethod
from canh.accounts.terms import Role
from canh.audit.models import Line
from canh.channels.models import ChannelSettings
from canh.channels.queries import setup_of
from canh.channels.terms import ChannelKind
from tests.cast import Cast
from tests.channels.conftest import set_up_webhook
from tests.channels.peers import MailServer, Receiver, is_rightly_signed, running

Enter = Callable[[User], Client]
MAIL = {"is_on": "on", "host": "127.0.0.1", "port": "25", "security": "none", "sender": "canh@example.vn", "user": "",
        "secret": "", "ca": ""}  # fmt: skip
SEALED = {"host": "mail.example.vn", "security": "starttls", "user": "canh", "secret": "Trăng đỏ 42"}


@pytest.fixture
def en(cast: Cast, enter: Enter) -> Client:
    """The administrator at her browser."""
    return enter(cast.en)


def page(answer: Any) -> str:
    return str(answer.content.decode())


def flashes(client: Client, path: str) -> str:
    """What the person reads on the next page."""
    return page(client.get(path))


# ── Channels ─────────────────────────────────────────────────────────────


def test_a_mail_server_is_set_up_and_tried(en: Client, cast: Cast) -> None:
    server = MailServer()
    with running(server):
        answer = en.post("/setup/channels/email/", {**MAIL, "port": str(server.port)})
        assert answer.status_code == 302
        en.post("/setup/channels/email/test/", {"address": "en@example.vn"})
    assert len(server.mails) == 1
    text = page(en.get("/setup/channels/"))
    assert "Đã gửi" in text
    assert "đang dùng" in text
    lines = list(Line.objects.filter(action__startswith="channel.").values_list("action", "actor_id", "detail"))
    assert [(action, actor) for action, actor, _d in lines] == [
        ("channel.set_up", cast.en.id), ("channel.test", cast.en.id)
    ]  # fmt: skip
    assert "127.0.0.1" not in str(lines)


def test_what_stood_in_the_way_is_said(en: Client) -> None:
    en.post("/setup/channels/email/", {**MAIL, "port": "1"})
    en.post("/setup/channels/email/test/", {"address": "en@example.vn"})
    text = flashes(en, "/setup/channels/email/")
    assert "Tin thử chưa gửi được" in text
    assert "127.0.0.1 từ chối kết nối" in text


def test_a_password_is_kept_and_never_shown(en: Client) -> None:
    en.post("/setup/channels/email/", {**MAIL, **SEALED})
    assert "Trăng đỏ" not in page(en.get("/setup/channels/email/"))
    en.post("/setup/channels/email/", {**MAIL, **SEALED, "secret": "", "sender": "truc@example.vn"})
    setup = setup_of(ChannelKind.EMAIL)
    assert setup is not None
    assert (setup.secret, setup.facts["sender"]) == ("Trăng đỏ 42", "truc@example.vn")
    assert "Trăng đỏ" not in str(list(Line.objects.values()))
    answer = en.post("/setup/channels/email/", {**MAIL, **SEALED, "secret": "", "host": "mail2.example.vn"})
    assert "Máy chủ đã đổi" in page(answer)
    en.post("/setup/channels/email/", {**MAIL, **SEALED, "user": "", "secret": ""})
    assert ChannelSettings.objects.get(kind="email").secret_sealed is None


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(en: Client) -> None:
    answer = en.post("/setup/channels/email/", {**MAIL, "sender": "canh"})
    assert list(answer.context["form"].errors) == ["sender"]
    assert 'value="canh"' in page(answer)
    assert not ChannelSettings.objects.exists()


def test_a_secret_made_by_canh_is_shown_once_and_signs(en: Client, cast: Cast) -> None:
    receiver = Receiver()
    base = f"http://127.0.0.1:{receiver.port}"
    form = {"is_on": "on", "receivers": base, "secret": "", "ca": ""}
    made = re.search(r"whsec_[A-Za-z0-9+/=]+", page(en.post("/setup/channels/webhook/", form)))
    assert made
    assert made.group() not in page(en.get("/setup/channels/webhook/"))
    with running(receiver):
        en.post("/setup/channels/webhook/test/", {"address": f"{base}/in"})
    _path, headers, body = receiver.posts[0]
    assert is_rightly_signed(made.group(), headers, body)
    assert en.post("/setup/channels/webhook/", form).status_code == 302  # it stays
    other = en.post("/setup/channels/webhook/", {**form, "is_new_secret": "on"})
    assert other.context["made"] not in {"", made.group()}


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("sms", {"style": "unicode"}),
        ("siren", {"host": "192.0.2.10", "port": "8883", "security": "tls", "user": "canh", "secret": "x", "ca": "",
                   "topics": "canh/siren/hall\r\ncanh/siren/yard", "on": '{"state":"ON"}', "off": "OFF"}),
    ],
)  # fmt: skip
def test_the_other_channels_are_set_up_too(en: Client, kind: str, form: dict[str, str]) -> None:
    assert en.post(f"/setup/channels/{kind}/", {"is_on": "on", **form}).status_code == 302
    row = ChannelSettings.objects.get(kind=kind)
    assert row.is_on
    assert row.facts.get("topics", ["canh/siren/hall", "canh/siren/yard"]) == ["canh/siren/hall", "canh/siren/yard"]
    for name in ("style", "on"):
        assert row.facts.get(name) == form.get(name)
    assert en.get(f"/setup/channels/{kind}/").status_code == 200


def test_paper_has_no_settings(en: Client) -> None:
    assert en.get("/setup/channels/paper/").status_code == 404


# ── My contact methods ───────────────────────────────────────────────────


def test_a_person_adds_a_way_and_confirms_it(cast: Cast, enter: Enter) -> None:
    server, an = MailServer(), enter(cast.an)
    with running(server):
        enter(cast.en).post("/setup/channels/email/", {**MAIL, "port": str(server.port)})
        an.post("/me/contacts/", {"kind": "email", "address": "an@example.vn"})
    from email import message_from_bytes, policy

    body = message_from_bytes(server.mails[0][2], policy=policy.default).get_content()  # type: ignore[attr-defined]
    code = re.search(r"\b\d{6}\b", body)
    assert code
    method = ContactMethod.objects.get(user=cast.an)
    an.post(f"/me/contacts/{method.id}/confirm/", {"code": "000000" if code.group() != "000000" else "111111"})
    assert "Mã này không đúng" in flashes(an, "/me/contacts/")
    assert "chưa xác nhận" in page(an.get("/me/contacts/"))
    an.post(f"/me/contacts/{method.id}/confirm/", {"code": code.group()})
    text = flashes(an, "/me/contacts/")
    assert "Đã xác nhận" in text
    assert "dùng được" in text


def test_a_way_that_is_not_set_up_is_told(cast: Cast, enter: Enter) -> None:
    an = enter(cast.an)
    an.post("/me/contacts/", {"kind": "sms", "address": "0912 345 678"})
    text = page(an.get("/me/contacts/"))
    assert "+84912345678" in text
    assert "kênh này chưa được thiết lập" in text
    method = ContactMethod.objects.get(user=cast.an)
    an.post(f"/me/contacts/{method.id}/test/")
    assert "Hãy đợi một phút" in flashes(an, "/me/contacts/")


def test_a_wrong_number_is_refused_in_words(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.an).post("/me/contacts/", {"kind": "sms", "address": "113x"})
    assert "0912345678" in page(answer)
    assert not ContactMethod.objects.exists()


def test_order_and_removal(cast: Cast, enter: Enter) -> None:
    an = enter(cast.an)
    first, second = (add_method(cast.an, "email", f"{n}@example.vn", actor_id=None) for n in "ab")
    an.post(f"/me/contacts/{second.id}/first/")
    assert [m.id for m in ContactMethod.objects.order_by("order")] == [second.id, first.id]
    an.post(f"/me/contacts/{first.id}/remove/")
    assert [m.id for m in ContactMethod.objects.all()] == [second.id]


# ── Who cannot be reached ────────────────────────────────────────────────


def test_a_head_sees_who_of_their_people_cannot_be_reached(cast: Cast, enter: Enter) -> None:
    head = cast.person(Role.SECURITY_HEAD, cast.bank_unit)
    set_up_webhook("https://hooks.example.vn")
    add_method(cast.binh, "webhook", "https://hooks.example.vn/binh", actor_id=None)
    text = page(enter(head).get("/reach/"))
    assert cast.an.full_name in text
    assert "chưa xác nhận" in text
    assert "hooks.example.vn" not in text  # an address is the person's own
    assert cast.chi.full_name not in text


def test_the_list_costs_the_same_for_many(
    cast: Cast, enter: Enter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    chi = enter(cast.chi)
    for n in range(60):
        add_method(cast.person(Role.GUARD, cast.bank_unit), "email", f"g{n}@example.vn", actor_id=None)
    with django_assert_max_num_queries(13):
        text = page(chi.get("/reach/"))
    assert "trang 1 / 2" in text.lower()
    with django_assert_max_num_queries(8):
        chi.get("/me/contacts/")
    en = enter(cast.en)
    with django_assert_max_num_queries(8):
        en.get("/setup/channels/")

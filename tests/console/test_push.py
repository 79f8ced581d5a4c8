"""A person lets their browser show messages; the administrator says through whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from canh.accounts.models import User
from canh.accounts.models_contacts import ContactMethod
from canh.channels.models import ChannelSettings, PushDevice
from canh.channels.queries_push import push_key
from tests.cast import Cast
from tests.channels.peers import Receiver, running
from tests.channels.test_push import Browser

Enter = Callable[[User], Client]


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


@pytest.fixture
def service(cast: Cast, enter: Enter) -> Iterator[Receiver]:
    receiver = Receiver(status=201)
    typed = {"is_on": "on", "contact": "canh@example.vn", "services": f"http://127.0.0.1:{receiver.port}", "ca": ""}
    with running(receiver):
        answer = enter(cast.en).post(reverse("channel", args=["push"]), typed, follow=True)
        assert "Đã lưu." in text(answer)
        yield receiver


def add(client: Client, browser: Browser, **changes: str) -> object:
    keys = {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth_text, "name": "Firefox, Linux"}
    return client.post(reverse("method-browser"), {**keys, **changes})


def test_the_key_is_made_once_and_stays(cast: Cast, enter: Enter, service: Receiver) -> None:
    before = push_key()
    assert len(before) == 87  # 65 bytes in base64url
    typed = {"is_on": "on", "contact": "khac@example.vn", "services": "https://fcm.googleapis.com", "ca": ""}
    enter(cast.en).post(reverse("channel", args=["push"]), typed)
    assert ChannelSettings.objects.get(kind="push").facts["contact"] == "mailto:khac@example.vn"
    assert push_key() == before


def test_a_browser_is_added_tested_and_confirmed(cast: Cast, enter: Enter, service: Receiver) -> None:
    browser, guard = Browser(service), enter(cast.binh)
    assert f'data-key="{push_key()}"' in text(guard.get(reverse("methods")))
    assert add(guard, browser).status_code == 204  # type: ignore[attr-defined]
    code = re.search(r"\d{6}", browser.reads()["text"])
    assert code
    page = text(guard.get(reverse("methods")))
    assert "Firefox, Linux" in page
    assert "push:" not in page
    method = ContactMethod.objects.get(user=cast.binh)
    assert "Đã xác nhận: có thể liên lạc với bạn bằng cách này." in text(
        guard.post(reverse("method-confirm", args=[method.id]), {"code": code[0]}, follow=True)
    )
    add(guard, browser)
    assert ContactMethod.objects.count() == PushDevice.objects.count() == 1
    guard.post(reverse("method-remove", args=[method.id]))
    assert PushDevice.objects.count() == 0


def test_whoever_uses_the_browser_next_does_not_get_the_messages_of_who_used_it_before(
    cast: Cast, enter: Enter, service: Receiver
) -> None:
    browser = Browser(service)
    add(enter(cast.binh), browser)
    add(enter(cast.an), browser)
    assert list(ContactMethod.objects.values_list("user", flat=True)) == [cast.an.id]


def test_what_is_no_browser_is_refused_with_a_reason(cast: Cast, enter: Enter, service: Receiver) -> None:
    guard = enter(cast.binh)
    answer = add(guard, Browser(service), endpoint="https://evil.example.vn/x")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "không nằm trong danh sách" in text(answer)
    assert add(guard, Browser(service), p256dh="x").status_code == 422  # type: ignore[attr-defined]
    assert ContactMethod.objects.count() == 0


def test_where_it_is_not_set_up_nothing_is_offered(cast: Cast, enter: Enter) -> None:
    assert 'id="push"' not in text(enter(cast.binh).get(reverse("methods")))


def test_the_worker_lies_at_the_root_and_is_a_script(client: Client) -> None:
    answer = client.get("/push-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "showNotification" in text(answer)

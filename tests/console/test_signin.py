"""Coming in, being made to wait, going out, and the easy door of a demonstration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from canh.accounts import actions
from canh.accounts.models import User
from canh.audit.models import Line
from tests.cast import Cast
from tests.clock import stopped

Enter = Callable[[User], Client]
PASSWORD = "ba con mèo đen"


@pytest.fixture
def chi(cast: Cast) -> User:
    actions.set_password(cast.chi, PASSWORD, actor_id=None)
    return cast.chi


def sign_in(client: Client, username: str = "chi", password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_the_right_password_leads_to_the_desk(client: Client, chi: User) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/sites/").status_code == 200


def test_the_name_may_be_typed_in_capitals(client: Client, chi: User) -> None:
    assert sign_in(client, " CHI ").status_code == 302


def test_one_comes_back_to_the_page_one_wanted(client: Client, chi: User) -> None:
    wanted = client.get("/sites/?q=hang").headers["Location"]
    assert 'value="/sites/?q=hang"' in client.get(wanted).content.decode()
    assert sign_in(client, next="/sites/?q=hang").headers["Location"] == "/sites/?q=hang"


@pytest.mark.parametrize("trap", ["https://evil.example/", "//evil.example", "javascript:alert(1)", r"\\evil.example"])
def test_a_prepared_link_leads_nowhere_else(client: Client, chi: User, trap: str) -> None:
    assert sign_in(client, next=trap).headers["Location"] == "/"


def test_a_wrong_name_reads_like_a_wrong_password(client: Client, chi: User) -> None:
    texts = [
        sign_in(client, "chi", "wrong").context["form"].non_field_errors(),
        sign_in(client, "nobody", "wrong").context["form"].non_field_errors(),
    ]
    assert texts[0] == texts[1] == ["Tên hoặc mật khẩu không đúng."]


def test_what_was_typed_is_kept_but_not_the_password(client: Client, chi: User) -> None:
    text = sign_in(client, "chi", "wrong-secret").content.decode()
    assert 'value="chi"' in text
    assert "wrong-secret" not in text


def test_after_many_failures_one_waits_even_with_the_right_password(client: Client, chi: User) -> None:
    with stopped() as hands:
        for _ in range(6):
            sign_in(client, "chi", "wrong")
        answer = sign_in(client)
        assert "Hãy đợi 10 giây" in answer.content.decode()
        hands.forward(11)
        assert sign_in(client).status_code == 302


def test_a_disabled_person_is_a_wrong_password(client: Client, chi: User) -> None:
    User.objects.filter(id=chi.id).update(is_active=False)
    assert "Tên hoặc mật khẩu không đúng." in sign_in(client).content.decode()


def test_very_long_input_is_refused_in_words(client: Client, chi: User) -> None:
    answer = sign_in(client, "c" * 10_000, "x" * 100_000)
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"username", "password"}


def test_signing_in_changes_the_session(client: Client, chi: User) -> None:
    client.get("/sign-in/")
    client.session["planted"] = "1"
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_out_is_out(client: Client, chi: User) -> None:
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/sites/").status_code == 302


def test_an_own_new_password(client: Client, chi: User, enter: Enter) -> None:
    sign_in(client)
    elsewhere = enter(User.objects.get(id=chi.id))
    form = {"old_password": PASSWORD, "password": "bốn con mèo đen", "password2": "bốn con mèo đen"}
    assert client.post("/me/password/", form).status_code == 302
    assert "Đã đổi mật khẩu" in client.get("/me/").content.decode()
    assert elsewhere.get("/sites/").status_code == 302, "other devices are out"
    assert sign_in(Client(), password="bốn con mèo đen").status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"old_password": "wrong"}, "old_password"),
        ({"password": "ngắn", "password2": "ngắn"}, "password"),
        ({"password2": "khác hẳn đấy"}, "password2"),
        ({"password": "1234567890", "password2": "1234567890"}, "password"),
    ],
)
def test_a_new_password_that_will_not_do(client: Client, chi: User, change: dict[str, str], field: str) -> None:
    sign_in(client)
    form = {"old_password": PASSWORD, "password": "bốn con mèo đen", "password2": "bốn con mèo đen", **change}
    answer = client.post("/me/password/", form)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert User.objects.get(id=chi.id).check_password(PASSWORD)


def test_guessing_the_present_password_must_wait_too(client: Client, chi: User) -> None:
    sign_in(client)
    with stopped():
        for _ in range(7):
            answer = client.post("/me/password/", {"old_password": "x", "password": PASSWORD, "password2": PASSWORD})
    assert "Thử quá nhiều lần" in answer.content.decode()


# ── Language and theme ───────────────────────────────────────────────────


def test_a_stranger_is_greeted_in_vietnamese_unless_the_browser_says_english(client: Client, cast: Cast) -> None:
    assert "Đăng nhập" in client.get("/sign-in/").content.decode()
    assert "Sign in" in client.get("/sign-in/", headers={"Accept-Language": "en-GB,en"}).content.decode()
    assert "Đăng nhập" in client.get("/sign-in/", headers={"Accept-Language": "fr"}).content.decode()


def test_a_stranger_may_choose(client: Client, cast: Cast) -> None:
    client.post("/language/", {"language": "en"})
    client.post("/theme/", {"theme": "light"})
    text = client.get("/sign-in/").content.decode()
    assert "Sign in" in text
    assert 'data-theme="light"' in text


def test_a_persons_choice_goes_with_them(cast: Cast, enter: Enter) -> None:
    client = enter(cast.chi)
    client.post("/language/", {"language": "en"})
    client.post("/theme/", {"theme": "contrast"})
    text = enter(cast.chi).get("/me/").content.decode()
    assert "My settings" in text
    assert 'data-theme="contrast"' in text


@pytest.mark.parametrize(("name", "nonsense"), [("language", "xx"), ("theme", "<script>"), ("language", "")])
def test_a_nonsense_choice_changes_nothing(cast: Cast, enter: Enter, name: str, nonsense: str) -> None:
    enter(cast.chi).post(f"/{name}/", {name: nonsense})
    chi = User.objects.get(id=cast.chi.id)
    assert (chi.language, chi.theme) == ("vi", "dark")


def test_switching_leads_back_but_never_away(client: Client, cast: Cast) -> None:
    back = client.post("/language/", {"language": "en"}, headers={"Referer": "http://testserver/sign-in/"})
    assert back.headers["Location"] == "http://testserver/sign-in/"
    away = client.post("/language/", {"language": "en"}, headers={"Referer": "https://evil.example/"})
    assert away.headers["Location"] == "/"


# ── The easy door ────────────────────────────────────────────────────────

HERE = {"HTTP_HOST": "127.0.0.1:8113", "REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def guest(cast: Cast) -> User:
    User.objects.filter(id=cast.dung.id).update(is_drill=True)
    return cast.dung


def push(guest: User, **where: str) -> Any:
    return Client().post("/sign-in/drill/", {"person": guest.id}, **{**HERE, **where})  # type: ignore[arg-type]


def test_the_easy_door_opens_on_this_machine(drill_installation: Path, guest: User) -> None:
    text = Client().get("/sign-in/", **HERE).content.decode()  # type: ignore[arg-type]
    assert "Trực ban" in text
    assert guest.full_name in text
    assert push(guest).status_code == 302
    assert Line.objects.filter(action="user.enter_drill", actor_id=guest.id).exists()


@pytest.mark.parametrize(
    "where",
    [
        {"REMOTE_ADDR": "192.168.1.20"},
        {"REMOTE_ADDR": "::ffff:10.0.0.8"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_HOST": "canh.example"},
        {"HTTP_HOST": "127.0.0.1.evil.example"},
    ],
)
def test_the_easy_door_is_not_there_for_others(
    drill_installation: Path, guest: User, settings: Any, where: dict[str, str]
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert push(guest, **where).status_code == 404
    assert guest.full_name not in Client().get("/sign-in/", **{**HERE, **where}).content.decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["localhost:8113", "127.0.0.1", "[::1]:8113"])
def test_every_name_of_this_machine_will_do(drill_installation: Path, guest: User, host: str) -> None:
    assert push(guest, HTTP_HOST=host).status_code == 302


def test_a_real_installation_has_no_easy_door(data: Path, guest: User) -> None:
    assert push(guest).status_code == 404
    (data / "installation.json").write_text('{"node": 1, "drill": false}')
    assert push(guest).status_code == 404
    (data / "installation.json").write_text('{"node": 1, "drill": tru')
    assert push(guest).status_code == 404


def test_a_real_person_never_comes_in_by_the_easy_door(drill_installation: Path, cast: Cast, guest: User) -> None:
    assert push(cast.en).status_code == 404


def test_a_disabled_guest_does_not_come_in(drill_installation: Path, guest: User) -> None:
    User.objects.filter(id=guest.id).update(is_active=False)
    assert push(guest).status_code == 404


def test_the_easy_door_needs_the_token_of_its_page(drill_installation: Path, guest: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/sign-in/drill/", {"person": guest.id}, **HERE).status_code == 403  # type: ignore[arg-type]

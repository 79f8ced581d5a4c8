"""Stories of an import at the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.sites.models import Import, Site
from tests.cast import Cast
from tests.senders import copy, entry
from tests.sites.test_imports import WHOLE, book

Enter = Callable[[User], Client]


@pytest.fixture
def en(cast: Cast, enter: Enter) -> Client:
    return enter(cast.en)


def upload(client: Client, content: bytes, name: str = "ngân hàng.xlsx") -> Any:
    return client.post("/sites/import/", {"file": SimpleUploadedFile(name, content)})


def test_from_the_file_to_the_register_and_back(en: Client) -> None:
    where = upload(en, book(WHOLE)).headers["Location"]
    text = en.get(where).content.decode()
    assert "Ghi toàn bộ" in text
    assert "PGD Đồng Xuân" in text
    assert not Site.objects.filter(name="PGD Đồng Xuân").exists()
    en.post(f"{where}apply/")
    assert Site.objects.get(name="PGD Đồng Xuân").closed_at is None
    text = en.get(where).content.decode()
    assert "Đã vào sổ" in text
    en.post(f"{where}undo/")
    assert "Đã hoàn tác" in en.get(where).content.decode()
    assert not Site.objects.filter(name="PGD Đồng Xuân").exists()


def test_what_is_wrong_is_said_row_by_row_and_cannot_be_written(en: Client) -> None:
    file = book({"Trụ sở": [["Ngân hàng Hoa Sen", "PGD A", "Khác"], ["Ngân hàng Sen", "PGD B", "Khác"]]})
    where = upload(en, file).headers["Location"]
    text = en.get(where).content.decode()
    assert "1 chỗ cần sửa" in text
    assert "A · Đơn vị" in text
    assert "Ghi toàn bộ" not in text
    en.post(f"{where}apply/")
    assert not Site.objects.filter(name="PGD A").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x89PNG\r\n\x1a\n\0"])
def test_a_file_that_is_none_is_refused_on_the_page(en: Client, content: bytes) -> None:
    answer = upload(en, content)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not Import.objects.exists()
    assert en.post("/sites/import/").status_code == 422


def test_what_depends_on_it_is_named(en: Client) -> None:
    where = upload(en, book(WHOLE)).headers["Location"]
    en.post(f"{where}apply/")
    copy(entry("2001", "BA", "1"))
    en.post(f"{where}undo/")
    text = en.get(where).content.decode()
    assert "Tủ tầng 1 #2001: đã gửi tín hiệu" in text
    assert Site.objects.get(name="PGD Đồng Xuân").closed_at is None


def test_a_second_click_writes_nothing_twice(en: Client) -> None:
    where = upload(en, book(WHOLE)).headers["Location"]
    for _ in range(2):
        en.post(f"{where}apply/")
    assert Site.objects.filter(name="PGD Đồng Xuân").count() == 1


def test_nobody_sees_the_files_of_others(cast: Cast, en: Client, enter: Enter) -> None:
    head = enter(cast.person(Role.SECURITY_HEAD, cast.schools))
    where = upload(en, book(WHOLE)).headers["Location"]
    assert head.get(where).status_code == 404
    assert "ngân hàng.xlsx" not in head.get("/sites/import/").content.decode()
    mine = upload(head, book({"Trụ sở": [["Ngành giáo dục", "Trường A", "Trường học"]]})).headers["Location"]
    head.post(f"{mine}apply/")
    assert Site.objects.get(name="Trường A").unit == cast.schools
    assert en.get(mine).status_code == 200


def test_templates_come_in_both_forms(en: Client) -> None:
    assert en.get("/sites/import/template.xlsx").content[:2] == b"PK"
    text = en.get("/sites/import/template/hours.csv").content.decode("utf-8-sig")
    assert text.startswith("Tên trụ sở;Đơn vị;Thứ")


def test_the_page_costs_the_same_for_many_rows(
    en: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [["Ngân hàng Hoa Sen", f"PGD {n}", "Khác"] for n in range(400)]
    where = upload(en, book({"Trụ sở": rows})).headers["Location"]
    with django_assert_max_num_queries(10):
        en.get(where)
    with django_assert_max_num_queries(10):
        en.get("/sites/import/")

"""Setting up many premises from a file: dry run, row-exact faults, whole or absent, undone while nothing depends."""

from __future__ import annotations

import io
import zipfile
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from canh.accounts import queries as people
from canh.accounts.models import Assignment, User
from canh.accounts.terms import Role
from canh.audit.models import Line
from canh.intake import silence
from canh.intake.models import Supervision
from canh.kit import clock
from canh.sites import actions, actions_imports, queries
from canh.sites.imports import reading, run, tables
from canh.sites.models import Contact, Device, Import, ImportItem, OpeningHours, Panel, Site, Zone
from tests.cast import Cast
from tests.senders import copy, entry

HEADS = {
    "Trụ sở": ["Đơn vị", "Tên trụ sở", "Loại", "Địa chỉ", "Phường/xã", "Vĩ độ", "Kinh độ"],
    "Tủ báo động": ["Tên trụ sở", "Mã tủ", "Tên tủ", "Số vùng", "Phải có tin trong vòng"],
    "Vùng": ["Mã tủ", "Số vùng", "Tên vùng", "Công dụng"],
    "Thiết bị": ["Tên trụ sở", "Loại thiết bị", "Tên thiết bị", "Mã tủ", "Số vùng"],
    "Người liên hệ": ["Tên trụ sở", "Họ và tên", "Điện thoại", "Giữ chìa khóa"],
    "Giờ mở cửa": ["Tên trụ sở", "Thứ", "Mở cửa", "Đóng cửa", "Qua đêm"],
    "Người dùng": ["Họ và tên", "Tên đăng nhập", "Vai trò", "Đơn vị"],
}
WHOLE: dict[str, list[list[Any]]] = {
    "Trụ sở": [["Ngân hàng Hoa Sen", "PGD Đồng Xuân", "Phòng giao dịch ngân hàng", "1 Đồng Xuân", "Phường Hoàn Kiếm",
                "21,0380", "105,8500"]],
    "Tủ báo động": [["PGD Đồng Xuân", 2001, "Tủ tầng 1", 3, "3 phút"]],
    "Vùng": [["2001", 1, "Quầy 2, nút báo cướp", "Báo cướp"], ["2001", 9, "Kho tiền", "Kho quỹ"]],
    "Thiết bị": [["PGD Đồng Xuân", "Nút báo cướp", "Nút dưới quầy 2", "2001", 1]],
    "Người liên hệ": [["PGD Đồng Xuân", "Trần Thị Hoa", 912345678, "có"]],
    "Giờ mở cửa": [["PGD Đồng Xuân", "T2-T6", time(7, 30), "17h00", ""], ["PGD Đồng Xuân", "T7", "8h", "11:30", ""]],
    "Người dùng": [["Trần Thị Hoa", "hoa.tran", "Bảo vệ", "Ngân hàng Hoa Sen"]],
}  # fmt: skip


def book(pages: dict[str, list[list[Any]]]) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for title, rows in pages.items():
        page = made.create_sheet(title)
        for row in [HEADS[title], *rows]:
            page.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture
def keeper(cast: Cast) -> people.Viewer:
    return people.viewer(cast.en)


def kept(cast: Cast, content: bytes, name: str = "bank.xlsx") -> Import:
    return actions_imports.keep_file(name, content, actor_id=cast.en.id, keeper=people.viewer(cast.en))


def written(cast: Cast, content: bytes, name: str = "bank.xlsx") -> Import:
    made = kept(cast, content, name)
    assert made.counts["faults"] == []
    actions_imports.apply_import(made, actor_id=cast.en.id, keeper=people.viewer(cast.en))
    made.refresh_from_db()
    return made


def faults(content: bytes, keeper: people.Viewer, name: str = "x.csv") -> list[tuple[str, int, str]]:
    checked = actions_imports.check_file(name, content, keeper)
    return [(f.sheet, f.row, f.column) for f in checked.plan.faults]


def stand() -> list[int]:
    models = (Site, Panel, Zone, Device, Contact, OpeningHours, User, Assignment)
    return [model.objects.count() for model in models]


# ── Whole ────────────────────────────────────────────────────────────────


def test_a_dry_run_writes_nothing_and_says_what_it_would(cast: Cast, keeper: people.Viewer) -> None:
    before, lines = stand(), Line.objects.count()
    checked = actions_imports.check_file("bank.xlsx", book(WHOLE), keeper)
    assert checked.is_clean, checked.plan.faults
    assert {sheet: acts["new"] for sheet, acts in checked.plan.counts().items()} == {
        "site": 1, "panel": 1, "zone": 2, "device": 1, "contact": 1, "hours": 6, "person": 1}  # fmt: skip
    assert (stand(), Line.objects.count()) == (before, lines)


def test_a_bank_is_set_up_from_one_workbook(cast: Cast) -> None:
    made = written(cast, book(WHOLE))
    site = Site.objects.get(name="PGD Đồng Xuân")
    assert (site.closed_at, site.lat, site.area, site.unit) == (None, 21.038, cast.ward, cast.bank_unit)
    assert list(queries.search(people.viewer(cast.chi), "dong xuan")) == [site]
    panel = site.panels.get()
    assert (panel.account, panel.reporting_s, panel.retired_at) == ("2001", 180, None)
    assert list(panel.zones.order_by("number").values_list("number", "name", "use")) == [
        (1, "Quầy 2, nút báo cướp", "hold_up"), (2, "Vùng 2", "interior"), (3, "Vùng 3", "interior"),
        (9, "Kho tiền", "vault")]  # fmt: skip
    assert site.devices.get().zone == panel.zones.get(number=1)
    assert site.contacts.get().phone == "0912345678", "Excel had dropped the zero"
    assert list(site.hours.order_by("weekday").values_list("weekday", "opens")) == [
        *((day, time(7, 30)) for day in range(1, 6)), (6, time(8))]  # fmt: skip
    hoa = User.objects.get(username="hoa.tran")
    assert (hoa.is_active, hoa.has_usable_password(), hoa.assignments.get().role) == (True, False, Role.GUARD)
    assert (made.state, made.file_sealed) == ("applied", None)
    assert Line.objects.get(action="import.apply").actor_id == cast.en.id
    assert not ImportItem.objects.exclude(values={}).exists(), "no second copy of names and numbers"
    (signal,) = copy(entry("2001", "HA", "1"))
    assert (signal.site_id, signal.zone_id) == (site.id, panel.zones.get(number=1).id)


def test_the_same_file_again_changes_nothing(cast: Cast, keeper: people.Viewer) -> None:
    written(cast, book(WHOLE))
    again = actions_imports.check_file("bank.xlsx", book(WHOLE), keeper)
    assert again.is_clean
    assert again.plan.items == []
    assert {line.act for line in again.plan.lines} == {"same"}


def test_what_is_there_is_changed_where_the_file_differs_and_undone(cast: Cast) -> None:
    vault = Zone.objects.get(panel=cast.bank_panel, number=2)
    file = book({"Trụ sở": [["Ngân hàng Hoa Sen", "PGD Hàng Bông", "Trụ sở khác", "46 Hàng Bông", "", "", ""]],
                 "Vùng": [["1001", 2, "Kho quỹ tầng hầm", ""], ["1001", 7, "Mái", "Bên trong"]]})  # fmt: skip
    made = written(cast, file)
    site = Site.objects.get(id=cast.bank.id)
    assert (site.address, site.kind, site.lat) == ("46 Hàng Bông", "other", 21.0298)
    assert list(queries.search(people.viewer(cast.chi), "46 hang bong")) == [site]
    assert Zone.objects.get(id=vault.id).name == "Kho quỹ tầng hầm"
    assert Zone.objects.get(id=vault.id).use == "vault", "an empty cell changes nothing"
    actions_imports.undo_import(made, actor_id=cast.en.id)
    assert Site.objects.get(id=cast.bank.id).address == "44 Hàng Bông"
    assert list(cast.bank_panel.zones.order_by("number").values_list("number", "name")) == [
        (1, "Nút khẩn quầy 2"), (2, "Kho quỹ")]  # fmt: skip


@pytest.mark.parametrize("stops_at", [0, 1, 2])
def test_an_import_that_is_cut_off_shows_nothing_and_goes_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, stops_at: int
) -> None:
    """Nothing of it is seen, nothing rings, until all of it is there."""
    before = (list(queries.panel_directory()), queries.search(people.viewer(cast.en), "").count())
    made = kept(cast, book(WHOLE))
    write, calls = tables.write, []

    def cut(*args: Any) -> None:
        calls.append(1)
        if len(calls) > stops_at:
            raise KeyboardInterrupt
        write(*args)

    monkeypatch.setattr(run, "CHUNK", 3)
    monkeypatch.setattr(tables, "write", cut)
    with pytest.raises(KeyboardInterrupt):
        actions_imports.apply_import(made, actor_id=cast.en.id, keeper=people.viewer(cast.en))
    assert (list(queries.panel_directory()), queries.search(people.viewer(cast.en), "").count()) == before
    assert not User.objects.filter(username="hoa.tran", is_active=True).exists()
    monkeypatch.setattr(tables, "write", write)
    actions_imports.go_on(made, actor_id=cast.en.id)
    assert Site.objects.get(name="PGD Đồng Xuân").closed_at is None
    assert (Zone.objects.filter(panel__account="2001").count(), OpeningHours.objects.count()) == (4, 6)


def test_what_was_cut_off_can_be_taken_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    before, made = stand(), kept(cast, book(WHOLE))
    monkeypatch.setattr(run, "_reveal", lambda *_a: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        actions_imports.apply_import(made, actor_id=cast.en.id, keeper=people.viewer(cast.en))
    assert stand() != before
    actions_imports.undo_import(made, actor_id=cast.en.id)
    assert stand() == before


def test_what_came_in_between_by_hand_stops_the_whole(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made, reveal = kept(cast, book(WHOLE)), run._reveal

    def late(*args: Any) -> None:
        actions.add_panel(actor_id=None, site=cast.school, account="2001")
        reveal(*args)

    monkeypatch.setattr(run, "_reveal", late)
    with pytest.raises(ValidationError):
        actions_imports.apply_import(made, actor_id=cast.en.id, keeper=people.viewer(cast.en))
    assert not queries.search(people.viewer(cast.en), "dong xuan").exists()
    assert queries.panel_directory()["2001"].panel_id == Panel.objects.get(site=cast.school, account="2001").id


# ── Undo ─────────────────────────────────────────────────────────────────


def test_undo_leaves_the_register_as_it_was(cast: Cast) -> None:
    before = stand()
    made = written(cast, book(WHOLE))
    actions_imports.undo_import(made, actor_id=cast.en.id)
    made.refresh_from_db()
    assert (stand(), made.state) == (before, "undone")
    assert Line.objects.filter(action="import.undo").exists()
    written(cast, book(WHOLE))


def test_undo_is_not_stopped_by_what_the_engine_notes_of_a_supervised_panel(cast: Cast) -> None:
    before = stand()
    made = written(cast, book(WHOLE))
    silence.follow_register(clock.now())
    assert Supervision.objects.filter(panel__account="2001").exists(), "the engine watches it at once"
    actions_imports.undo_import(made, actor_id=cast.en.id)
    assert stand() == before
    assert not Supervision.objects.filter(panel__account="2001").exists()


@pytest.mark.parametrize("what", ["signal", "panel", "zone", "role", "hand"])
def test_nothing_is_undone_under_what_depends_on_it(cast: Cast, what: str) -> None:
    made = written(cast, book({**WHOLE, "Vùng": [*WHOLE["Vùng"], ["1001", 2, "Két", ""]]}))
    site = Site.objects.get(name="PGD Đồng Xuân")
    if what == "signal":
        copy(entry("2001", "BA", "1"))
    elif what == "panel":
        actions.add_panel(actor_id=None, site=site, account="2002")
    elif what == "zone":
        actions.add_zone(actor_id=None, panel=site.panels.get(), number=30, name="Sân", use="perimeter")
    elif what == "role":
        from canh.accounts import actions as accounts

        accounts.assign(actor_id=None, user=User.objects.get(username="hoa.tran"), role=Role.OPERATOR,
                        unit=cast.bank_unit)  # fmt: skip
    else:
        actions.add_zone(actor_id=None, panel=cast.bank_panel, number=2, name="Đổi tay", use="vault")
    before = stand()
    with override("vi"), pytest.raises(actions_imports.CannotUndo) as refused:
        actions_imports.undo_import(made, actor_id=cast.en.id)
    assert len(refused.value.messages) >= 1
    assert stand() == before
    assert queries.panel_directory()["2001"]


def test_undo_that_is_cut_off_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    before, made = stand(), written(cast, book(WHOLE))
    monkeypatch.setattr(run, "_take_away", lambda *_a: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        actions_imports.undo_import(made, actor_id=cast.en.id)
    assert "2001" not in queries.panel_directory()
    monkeypatch.undo()
    actions_imports.go_on(made, actor_id=cast.en.id)
    assert stand() == before


# ── What is wrong, and where ─────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sheet", "cells", "column"),
    [
        ("Trụ sở", ["Không có", "A", "Khác"], "A · Đơn vị"),
        ("Trụ sở", ["Ngân hàng Hoa Sen", "", "Khác"], "B · Tên trụ sở"),
        ("Trụ sở", ["Ngân hàng Hoa Sen", "A" * 201, "Khác"], "B · Tên trụ sở"),
        ("Trụ sở", ["Ngân hàng Hoa Sen", "A", "Lâu đài"], "C · Loại"),
        ("Trụ sở", ["Ngân hàng Hoa Sen", "A", "Khác", "", "Phường Không"], "E · Phường/xã"),
        ("Trụ sở", ["Ngân hàng Hoa Sen", "A", "Khác", "", "", "99", "105"], "F · Vĩ độ"),
        ("Trụ sở", ["Ngân hàng Hoa Sen", "A", "Khác", "", "", "21,1"], "F · Vĩ độ"),
        ("Tủ báo động", ["Không có", "2001"], "A · Tên trụ sở"),
        ("Tủ báo động", ["PGD Hàng Bông", "12"], "B · Mã tủ"),
        ("Tủ báo động", ["PGD Hàng Bông", "1002"], "B · Mã tủ"),
        ("Tủ báo động", ["PGD Hàng Bông", "2001", "", "999"], "D · Số vùng"),
        ("Tủ báo động", ["PGD Hàng Bông", "2001", "", "", "7 phút"], "E · Phải có tin trong vòng"),
        ("Vùng", ["9999", 1, "Cửa"], "A · Mã tủ"),
        ("Vùng", ["1001", "một", "Cửa"], "B · Số vùng"),
        ("Vùng", ["1001", 1, "Cửa", "Ngục"], "D · Công dụng"),
        ("Thiết bị", ["PGD Hàng Bông", "Còi", "Còi", "1002", 1], "D · Mã tủ"),
        ("Thiết bị", ["PGD Hàng Bông", "Còi", "Còi", "1001", 77], "E · Số vùng"),
        ("Người liên hệ", ["PGD Hàng Bông", "Hoa", "gọi tôi"], "C · Điện thoại"),
        ("Giờ mở cửa", ["PGD Hàng Bông", "T9", "8h", "17h"], "B · Thứ"),
        ("Giờ mở cửa", ["PGD Hàng Bông", "T2", "17h", "8h"], "D · Đóng cửa"),
        ("Giờ mở cửa", ["PGD Hàng Bông", "T2", "8h", "17h", "có"], "D · Đóng cửa"),
        ("Giờ mở cửa", ["PGD Hàng Bông", "T2", "25h", "17h"], "C · Mở cửa"),
        ("Người dùng", ["Hoa", "Hoa Trần", "Bảo vệ", "Ngân hàng Hoa Sen"], "B · Tên đăng nhập"),
        ("Người dùng", ["Hoa", "hoa", "Bảo vệ", ""], "D · Đơn vị"),
        ("Người dùng", ["Hoa", "hoa", "Vua", "Ngân hàng Hoa Sen"], "C · Vai trò"),
    ],
)
def test_each_fault_names_sheet_row_and_column(
    cast: Cast, keeper: people.Viewer, sheet: str, cells: list[Any], column: str
) -> None:
    with override("vi"):
        found = actions_imports.check_file("x.xlsx", book({sheet: [[], cells]}), keeper).plan
    assert [(f.row, f.column) for f in found.faults] == [(3, column)], found.faults
    assert len(found.faults[0].text) > 5
    assert found.items == []


def test_the_same_twice_in_a_file_names_the_first(cast: Cast, keeper: people.Viewer) -> None:
    rows = [["Ngân hàng Hoa Sen", "PGD A", "Khác"], ["Ngân hàng Hoa Sen", "pgd  a", "Khác"]]
    (fault,) = actions_imports.check_file("x.xlsx", book({"Trụ sở": rows}), keeper).plan.faults
    assert (fault.row, "2" in fault.text) == (3, True)


def test_a_name_two_units_have_asks_for_the_unit(cast: Cast, keeper: people.Viewer) -> None:
    actions.add_site(actor_id=None, unit_id=cast.schools.id, name="PGD Hàng Bông", kind="other")
    assert faults("Tên trụ sở;Mã tủ\nPGD Hàng Bông;2001\n".encode(), keeper)[0][2].endswith("Đơn vị")
    assert faults("Tên trụ sở;Mã tủ;Đơn vị\nPGD Hàng Bông;2001;Ngành giáo dục\n".encode(), keeper) == []


def test_nobody_sets_up_premises_of_others(cast: Cast) -> None:
    head = people.viewer(cast.person(Role.SECURITY_HEAD, cast.schools))
    file = book({"Trụ sở": [["Ngân hàng Hoa Sen", "PGD A", "Khác"]], "Vùng": [["1001", 5, "Cửa", ""]],
                 "Người dùng": [["Hoa", "hoa", "Bảo vệ", "Ngành giáo dục"]]})  # fmt: skip
    found = actions_imports.check_file("x.xlsx", file, head).plan
    assert [(f.sheet, f.row) for f in found.faults] == [("site", 2), ("zone", 2), ("person", 2)]


# ── Files ────────────────────────────────────────────────────────────────

CSV = "Đơn vị{0}Tên trụ sở{0}Loại{0}Vĩ độ{0}Kinh độ\nNgân hàng Hoa Sen{0}PGD Nguyễn Trãi{0}PGD{0}{1}{0}{2}\n"


@pytest.mark.parametrize(
    "content",
    [
        CSV.format(";", "21,03", "105,85").encode("utf-8-sig"),
        CSV.format(";", "21,03", "105,85").replace("\n", "\r\n").encode(),
        CSV.format(",", "21.03", "105.85").encode(),
        CSV.format("\t", "21,03", "105,85").encode("utf-16"),
        # Decomposed letters, as macOS writes them.
        __import__("unicodedata").normalize("NFD", CSV.format(";", "21,03", "105,85")).encode(),
    ],
)  # fmt: skip
def test_csv_as_excel_writes_it(cast: Cast, content: bytes) -> None:
    written(cast, content, "a.csv")
    assert Site.objects.get(name="PGD Nguyễn Trãi").lat == 21.03


def test_rows_far_below_are_not_forgotten(cast: Cast, keeper: people.Viewer) -> None:
    gap: list[list[Any]] = [[]] * 3000
    checked = actions_imports.check_file(
        "x.xlsx", book({"Trụ sở": [*gap, ["Ngân hàng Hoa Sen", "PGD A", "Khác"]]}), keeper)  # fmt: skip
    assert [line.row for line in checked.plan.lines] == [3002]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (reading.MOST_UNPACKED + 1))
    return out.getvalue()


def with_part(name: str, text: str) -> bytes:
    out, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(book(WHOLE)))
    with zipfile.ZipFile(out, "w") as archive:
        for part in source.namelist():
            archive.writestr(part, text if part == name else source.read(part))
    return out.getvalue()


LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * (reading.MOST_BYTES + 1),
        b"PK\x03\x04 broken",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old",
        b"\x89PNG\r\n\x1a\n\0\0",
        "Tên;Tuổi\nAn;30\n".encode(),
        "Đơn vị;Tên trụ sở;Loại\n".encode(),
        "Đơn vị;Tên trụ sở;Loại\nA;Nguyễn;B\n".encode("cp1258", "replace"),
        ("Đơn vị;Tên trụ sở;Loại\n" + "A;B;C\n" * (reading.MOST_ROWS + 1)).encode(),
        with_part("xl/workbook.xml", LAUGHS + "<workbook>&b;</workbook>"),
        with_part("xl/worksheets/sheet1.xml", LAUGHS + "<worksheet><sheetData>&b;</sheetData></worksheet>"),
    ],
    ids=[
        "empty",
        "large",
        "damaged",
        "old",
        "picture",
        "strange",
        "headings only",
        "not utf-8",
        "long",
        "xml",
        "sheet",
    ],
)
def test_files_that_cannot_be_used_are_refused_in_words(cast: Cast, keeper: people.Viewer, content: bytes) -> None:
    with pytest.raises(actions_imports.Unreadable) as refused:
        actions_imports.check_file("x", content, keeper)
    assert len(str(refused.value)) > 10


def test_a_bomb_is_refused_before_it_is_unpacked(cast: Cast, keeper: people.Viewer) -> None:
    content = bomb()
    assert len(content) < reading.MOST_BYTES
    with pytest.raises(actions_imports.Unreadable):
        actions_imports.check_file("x.xlsx", content, keeper)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_template_explains_itself_and_can_be_filled_in(
    cast: Cast, keeper: people.Viewer, language: str, tmp_path: Path
) -> None:
    with override(language):
        path = tmp_path / "template.xlsx"
        path.write_bytes(actions_imports.workbook())
    filled = load_workbook(path)
    assert len(filled.worksheets) == 8
    assert filled.worksheets[0].max_row > 40
    filled.worksheets[1].append(["Ngân hàng Hoa Sen", "PGD A", "bank_branch"])
    filled.save(path)
    checked = actions_imports.check_file("t.xlsx", path.read_bytes(), keeper)
    assert checked.is_clean, checked.plan.faults
    assert checked.rows == 1, "examples are passed over"


@pytest.mark.parametrize(
    ("opens", "closes", "overnight", "is_right"),
    [("08:00", "17:00", False, True), ("22:00", "06:00", True, True), ("22:00", "06:00", False, False),
     ("08:00", "17:00", True, False), ("00:00", "00:00", True, True)],
)  # fmt: skip
def test_hours_close_after_they_open(cast: Cast, opens: str, closes: str, overnight: bool, is_right: bool) -> None:
    def make(weekday: int) -> None:
        with transaction.atomic():
            OpeningHours.objects.create(
                site=cast.bank, weekday=weekday, opens=opens, closes=closes, is_overnight=overnight)  # fmt: skip

    if is_right:
        make(1)
        with pytest.raises(IntegrityError):
            make(1)
        with pytest.raises(IntegrityError):
            make(8)
    else:
        with pytest.raises(IntegrityError):
            make(1)


def test_a_file_that_waits_is_sealed_and_forgotten(cast: Cast) -> None:
    made = kept(cast, book(WHOLE))
    assert b"Hoa" not in bytes(made.file_sealed or b"")
    assert Site.objects.filter(name="PGD Đồng Xuân").count() == 0
    actions_imports.discard_import(made, actor_id=cast.en.id)
    assert not Import.objects.exists()

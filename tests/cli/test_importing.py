"""`canh import`: the same as the page, for whoever has a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from openpyxl import load_workbook

from tests.house import house_in


def test_from_the_template_to_the_register_and_back(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        house.furnish(["1001"])
        path = tmp_path / "bank.xlsx"
        house.canh("import", str(path), "--template")
        book = load_workbook(path)
        book.worksheets[1].append(["Đơn vị", "PGD Đồng Xuân", "PGD"])
        book.worksheets[2].append(["PGD Đồng Xuân", "", "2001"])
        book.save(path)
        told = json.loads(house.canh("import", str(path), "--dry-run", "--json"))
        assert (told["state"], told["id"], told["faults"]) == ("checked", None, [])
        assert house.rows("import", "list") == []
        told = json.loads(house.canh("import", str(path), "--json"))
        assert told["state"] == "applied"
        assert [row["state"] for row in house.rows("import", "list")] == ["applied"]
        assert json.loads(house.canh("import", "undo", told["id"], "--json"))["state"] == "undone"
        assert house.code("import", "undo", told["id"]) == 1
        book.worksheets[2].append(["Không có", "", "2002"])
        book.save(path)
        wrong = json.loads(house.canh("import", str(path), "--json", check=False))
        assert [(f["sheet"], f["row"]) for f in wrong["faults"]] == [("panel", 4)]
        assert house.code("import", str(path)) == 1
        said = house.canh("import", str(path), check=False)
        assert "Tủ báo động: 4 " in said, "the sheet as it is called in the file"
        assert said.endswith("✗ chưa ghi gì cả · nothing written\n")

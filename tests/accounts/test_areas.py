"""The areas of Hanoi as shipped."""

import tomllib
import unicodedata
from collections import Counter
from datetime import date
from importlib.resources import files

import pytest

from canh.accounts.terms import AreaKind
from canh.kit.geo import distance_km

DATA = tomllib.loads(files("canh.accounts").joinpath("data/hanoi_areas.toml").read_text(encoding="utf-8"))
ROWS = DATA["areas"]["rows"]


def test_there_are_51_wards_and_75_communes() -> None:
    assert Counter(row["kind"] for row in ROWS) == {AreaKind.WARD: 51, AreaKind.COMMUNE: 75}
    assert DATA["areas"]["valid_from"] == date(2025, 7, 1)


def test_codes_and_names_are_unique() -> None:
    assert len({row["code"] for row in ROWS}) == len({row["name"] for row in ROWS}) == 126
    assert all(len(row["code"]) == 5 and row["code"].isdigit() for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])
def test_each_area_is_well_named_and_in_hanoi(row: dict) -> None:
    assert row["name"].startswith({"ward": "Phường ", "commune": "Xã "}[row["kind"]])
    assert unicodedata.is_normalized("NFC", row["name"])
    assert distance_km((row["lat"], row["lon"]), (DATA["city"]["lat"], DATA["city"]["lon"])) < 60

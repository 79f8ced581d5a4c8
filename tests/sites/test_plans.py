"""Floor plans: kept sealed, zones in one place each, gone when removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from canh.audit.models import Line
from canh.kit import clock, paths
from canh.sites import actions_plans as actions
from canh.sites import plan_store
from canh.sites import queries_plans as queries
from canh.sites.models import FloorPlan, Panel, PlanMark, Zone
from tests.cast import Cast
from tests.watch import data_folder

# The smallest PNG there is: one pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c489"
    "0000000d49444154789c6360000000020001e221bc330000000049454e44ae426082"
)  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_folder(monkeypatch, tmp_path)


def plan(cast: Cast, name: str = "Tầng 1") -> FloorPlan:
    return actions.add_plan(cast.bank, cast.chi, name=name, picture=PNG)


def zone(cast: Cast, number: int = 1) -> Zone:
    return Zone.objects.get(panel=cast.bank_panel, number=number)


def test_the_picture_is_sealed_on_the_disk_and_comes_back(cast: Cast) -> None:
    made = plan(cast)
    (file,) = paths.folder("plans").iterdir()
    assert b"PNG" not in file.read_bytes()
    assert plan_store.open_picture(made.sha256) == PNG
    assert (made.media, made.size) == ("image/png", len(PNG))


def test_a_file_that_was_changed_is_no_plan(cast: Cast) -> None:
    made = plan(cast)
    (file,) = paths.folder("plans").iterdir()
    kept = bytearray(file.read_bytes())
    kept[len(kept) // 2] ^= 1
    file.write_bytes(kept)
    with pytest.raises(ValueError, match=r"."):
        plan_store.open_picture(made.sha256)


@pytest.mark.parametrize(("name", "picture"), [
    (" ", PNG), ("Tầng 2", b"<svg onload=alert(1)>"), ("Tầng 2", b""), ("Tầng 2", b"GIF89a"),
    ("Tầng 2", PNG + b"x" * plan_store.LARGEST), ("Tầng 1", PNG),
])  # fmt: skip
def test_what_is_no_plan_is_refused(cast: Cast, name: str, picture: bytes) -> None:
    plan(cast)
    with pytest.raises(ValidationError):
        actions.add_plan(cast.bank, cast.chi, name=name, picture=picture)
    assert len(list(paths.folder("plans").iterdir())) == 1


def test_a_zone_is_in_one_place(cast: Cast) -> None:
    first, second = plan(cast), plan(cast, "Tầng 2")
    actions.place_zone(first, zone(cast), cast.chi, x=100, y=200)
    actions.place_zone(second, zone(cast), cast.chi, x=1000, y=0)
    mark = PlanMark.objects.get()
    assert (mark.plan, mark.x, mark.y) == (second, 1000, 0)
    assert [(p.name, p.placed) for p in queries.plans(cast.bank.id)] == [("Tầng 1", 0), ("Tầng 2", 1)]  # type: ignore[attr-defined]
    assert [z.number for z in queries.zones_to_place(cast.bank.id)] == [2, 1]  # without a place first
    with pytest.raises(ValidationError):
        actions.place_zone(first, zone(cast), cast.chi, x=1001, y=0)
    with pytest.raises(ValidationError):
        actions.place_zone(first, Zone.objects.get(panel=cast.fund_panel), cast.chi, x=1, y=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanMark.objects.filter(id=mark.id).update(x=1001)


def test_removed_with_its_places_but_not_while_another_shows_the_same_picture(cast: Cast) -> None:
    first, second = plan(cast), plan(cast, "Tầng 2")
    actions.place_zone(first, zone(cast), cast.chi, x=1, y=1)
    actions.remove_plan(first, cast.chi)
    assert PlanMark.objects.count() == 0
    assert plan_store.open_picture(second.sha256) == PNG
    actions.remove_plan(second, cast.chi)
    assert list(paths.folder("plans").iterdir()) == []
    assert list(Line.objects.filter(action__startswith="plan.").order_by("id").values_list("action", flat=True)) == [
        "plan.add", "plan.add", "plan.mark", "plan.remove", "plan.remove",
    ]  # fmt: skip


def test_a_panel_out_of_use_leaves_the_plan(cast: Cast) -> None:
    mark = actions.place_zone(plan(cast), zone(cast), cast.chi, x=1, y=1)
    Panel.objects.filter(id=cast.bank_panel.id).update(retired_at=clock.now())
    assert list(queries.marks(cast.bank.id)) == []
    actions.take_off(mark, cast.chi)
    actions.take_off(mark, cast.chi)
    assert PlanMark.objects.count() == 0

"""The register of premises: entered once, found without marks, seen by its people."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from canh.accounts.queries import viewer
from canh.accounts.terms import Role
from canh.audit.models import Line
from canh.kit import crypto
from canh.sites import actions, queries
from canh.sites.models import Panel, Site
from tests.cast import BANK_KEY, Cast


def test_search_ignores_marks_and_knows_accounts(cast: Cast) -> None:
    everything = viewer(cast.en)
    assert [s.name for s in queries.search(everything, "hang bong")] == ["PGD Hàng Bông"]
    assert [s.name for s in queries.search(everything, "NGÔ si")] == ["Trường THCS Ngô Sĩ Liên"]
    assert [s.name for s in queries.search(everything, "1003")] == ["QTD nhân dân Phú Thượng"]
    assert queries.search(everything, "khong co").count() == 0
    assert queries.search(everything, "").count() == 3


def test_each_sees_the_premises_of_the_own_unit_and_below(cast: Cast) -> None:
    seen = {u.username: sorted(s.name for s in queries.visible_to(viewer(u))) for u in [cast.an, cast.dung, cast.la]}
    assert seen == {
        "an": ["PGD Hàng Bông"],
        "dung": ["PGD Hàng Bông", "QTD nhân dân Phú Thượng"],
        "la": [],
    }


def test_a_ward_officer_sees_the_ward(cast: Cast) -> None:
    officer = cast.person(Role.WARD_OFFICER, area=cast.ward)
    assert queries.visible_to(viewer(officer)).count() == 3


def test_keys_are_sealed_at_rest_and_open_for_the_gateway(cast: Cast) -> None:
    kept = bytes(Panel.objects.get(account="1001").key_sealed)
    assert bytes.fromhex(BANK_KEY) not in kept
    directory = queries.panel_directory()
    assert directory["1001"].key == bytes.fromhex(BANK_KEY)
    assert directory["1002"].key is None
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(kept[:-1] + b"\0", "panel-key")


def test_each_change_the_gateway_must_know_moves_the_revision(cast: Cast) -> None:
    before = queries.directory_revision()
    made = actions.add_panel(actor_id=None, site=cast.school, account="A1B2", key_hex="")
    assert queries.directory_revision() > before
    assert "A1B2" in queries.panel_directory()
    before = queries.directory_revision()
    actions.retire_panel(made.panel, actor_id=cast.chi.id)
    assert queries.directory_revision() > before
    assert "A1B2" not in queries.panel_directory()


@pytest.mark.parametrize(
    "key", ["xyz", "00" * 15, "0" * 33, "00112233445566778899AABBCCDDEEFF00", "g" * 32]
)  # fmt: skip
def test_a_wrong_key_is_refused_in_words(cast: Cast, key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.add_panel(actor_id=None, site=cast.school, account="7777", key_hex=key)
    assert refused.value.messages[0]
    assert not Panel.objects.filter(account="7777").exists()


@pytest.mark.parametrize("key", ["00112233 44556677 8899aabb ccddeeff", "00-11-" + "aa" * 22, "AB" * 32])
def test_keys_may_be_typed_as_people_type_them(cast: Cast, key: str) -> None:
    digits = key.replace(" ", "").replace("-", "").upper()
    assert actions.add_panel(actor_id=None, site=cast.school, account="7777", key_hex=key).key_hex == digits


@pytest.mark.parametrize("account", ["", "12", "12345678901234567", "12G4", "1 34"])
def test_a_wrong_account_is_refused(cast: Cast, account: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.add_panel(actor_id=None, site=cast.school, account=account)
    assert "account" in refused.value.message_dict


def test_an_account_in_use_is_refused_until_its_panel_is_retired(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="1001"):
        actions.add_panel(actor_id=None, site=cast.school, account="1001")
    actions.retire_panel(cast.bank_panel, actor_id=cast.chi.id)
    assert actions.add_panel(actor_id=None, site=cast.school, account="1001").panel.site == cast.school


def test_a_free_account_is_offered(cast: Cast) -> None:
    assert actions.free_account() == "1000"
    actions.add_panel(actor_id=None, site=cast.school, account="1000")
    assert actions.free_account() == "1004"


def test_the_same_premises_twice_are_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.add_site(actor_id=None, unit_id=cast.schools.id, name="Trường THCS Ngô Sĩ Liên", kind="school")


def test_text_is_stored_composed(cast: Cast) -> None:
    site = actions.add_site(actor_id=None, unit_id=cast.schools.id, name="Trươ\u0300ng Quang Trung", kind="school")
    assert Site.objects.get(id=site.id).name == "Trường Quang Trung"


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (0, 181), (21, None)])
def test_positions_off_the_earth_are_refused(cast: Cast, lat: float, lon: float | None) -> None:
    with pytest.raises(ValidationError):
        actions.add_site(actor_id=None, unit_id=cast.schools.id, name="X", kind="school", lat=lat, lon=lon)


def test_renaming_a_zone_keeps_it(cast: Cast) -> None:
    zone = actions.add_zone(actor_id=None, panel=cast.bank_panel, number=1, name="Quầy 3", use="hold_up")
    assert cast.bank_panel.zones.get(number=1).id == zone.id
    assert cast.bank_panel.zones.count() == 2


def test_every_change_leaves_an_audit_line_without_names(cast: Cast) -> None:
    actions.add_contact(actor_id=cast.chi.id, site=cast.bank, name="Đỗ Thu Hà", phone="024 3825 0000")
    line = Line.objects.latest("id")
    assert (line.action, line.actor_id) == ("contact.add", cast.chi.id)
    assert "Hà" not in str(line.detail)

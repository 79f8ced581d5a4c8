"""The map: outlines true to the centres, sites only of those who may see them, no work twice."""

from __future__ import annotations

from canh.accounts import actions as accounts
from canh.console.map.cells import area_cells, rings_of
from canh.sites import actions as sites
from tests.cast import Cast
from tests.console.desk.scenes import browser, raise_alarm

SQUARE = {"type": "Polygon", "coordinates": [[[105.8, 21.0], [105.9, 21.0], [105.9, 21.1], [105.8, 21.0]]]}


def test_areas_without_a_border_are_approximate(cast: Cast) -> None:
    accounts.add_area(actor_id=None, name="Phường Ba Đình", kind="ward", lat=21.0386, lon=105.838)
    answer = browser(cast.dung).get("/map/areas.json").json()
    assert answer["approximate"] is True
    assert [a["name"] for a in answer["areas"]] == ["Phường Hoàn Kiếm", "Phường Ba Đình"]
    assert all(len(a["rings"][0]) >= 3 for a in answer["areas"])


def test_a_border_of_its_own_is_drawn_as_it_is(cast: Cast) -> None:
    cast.ward.polygon = SQUARE
    cast.ward.save()
    cells = area_cells()
    assert cells["approximate"] is False
    assert cells["areas"][0]["rings"][0][1] == [21.0, 105.9]


def test_rings_of_many_parts() -> None:
    many = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], SQUARE["coordinates"]]}
    assert rings_of(many)[1][0][0] == [21.0, 105.8]


def test_everyone_gets_their_own_sites(cast: Cast) -> None:
    names = {row[1] for row in browser(cast.dung).get("/map/sites.json").json()["rows"]}
    assert names == {"PGD Hàng Bông", "QTD nhân dân Phú Thượng"}
    assert browser(cast.la).get("/map/sites.json").status_code == 403


def test_an_unchanged_register_is_not_sent_again(cast: Cast) -> None:
    client = browser(cast.dung)
    tag = client.get("/map/sites.json")["ETag"]
    assert client.get("/map/sites.json", headers={"If-None-Match": tag}).status_code == 304
    assert browser(cast.chi).get("/map/sites.json", headers={"If-None-Match": tag}).status_code == 200
    sites.change_site(cast.bank, actor_id=cast.en.id, name="PGD Hàng Gai")
    assert client.get("/map/sites.json", headers={"If-None-Match": tag}).status_code == 200
    areas = client.get("/map/areas.json")
    assert client.get("/map/areas.json", headers={"If-None-Match": areas["ETag"]}).status_code == 304


def test_the_page_lists_open_alarms_for_the_keyboard(cast: Cast) -> None:
    raise_alarm("1001", "HA", "1")
    page = browser(cast.dung).get("/map/")
    assert page.status_code == 200
    assert "Trụ sở đang có báo động" in page.content.decode()

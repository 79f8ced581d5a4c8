"""The cast of all stories: one ward, three premises, five people, one stranger.

bà An      manages the bank branch              (site manager, bank)
anh Bình   guards the bank branch               (guard, bank)
chị Chi    heads security for the whole city    (security head, city)
ông Dũng   sits at the desk of the bank sector  (operator, banking: bank and credit fund)
cô Én      keeps the installation               (administrator, everything)
người Lạ   has an account and no role: must see nothing
"""

from __future__ import annotations

from dataclasses import dataclass

from canh.accounts import actions as accounts
from canh.accounts.models import Area, Unit, User
from canh.accounts.terms import AreaKind, Role, UnitKind
from canh.sites import actions as sites
from canh.sites.models import Panel, Site
from canh.sites.terms import SiteKind, ZoneUse

BANK_KEY = "00112233445566778899AABBCCDDEEFF"


@dataclass
class Cast:
    ward: Area
    city: Unit
    banking: Unit
    bank_unit: Unit
    fund_unit: Unit
    schools: Unit
    bank: Site
    school: Site
    fund: Site
    bank_panel: Panel
    school_panel: Panel
    fund_panel: Panel
    an: User
    binh: User
    chi: User
    dung: User
    en: User
    la: User

    def person(self, role: Role, unit: Unit | None = None, area: Area | None = None) -> User:
        """Somebody more, with one role."""
        name = f"{role}.{User.objects.count()}".replace("_", "-")
        return _person(name, f"Người {role.label} {User.objects.count()}", role, unit, area)


def make_cast() -> Cast:
    """Write everybody and everything into the database."""
    hanoi = accounts.add_area(actor_id=None, name="Thành phố Hà Nội", kind=AreaKind.CITY, code="01")
    ward = accounts.add_area(
        actor_id=None, name="Phường Hoàn Kiếm", kind=AreaKind.WARD, code="00070", parent=hanoi,
        lat=21.032, lon=105.85,
    )  # fmt: skip
    city = _unit("Thành phố", UnitKind.CITY)
    banking = _unit("Ngành ngân hàng", UnitKind.DEPARTMENT, city)
    bank_unit = _unit("Ngân hàng Hoa Sen", UnitKind.BANK, banking)
    fund_unit = _unit("Quỹ tín dụng Phú Thượng", UnitKind.CREDIT_FUND, banking)
    schools = _unit("Ngành giáo dục", UnitKind.EDUCATION, city)
    bank = _site(bank_unit, ward, "PGD Hàng Bông", SiteKind.BANK_BRANCH, "44 Hàng Bông", 21.0298, 105.8472)
    school = _site(schools, ward, "Trường THCS Ngô Sĩ Liên", SiteKind.SCHOOL, "27 Hàm Long", 21.0180, 105.8528)
    fund = _site(fund_unit, ward, "QTD nhân dân Phú Thượng", SiteKind.CREDIT_FUND, "5 Phú Thượng", 21.08, 105.8)
    return Cast(
        ward=ward, city=city, banking=banking, bank_unit=bank_unit, fund_unit=fund_unit, schools=schools,
        bank=bank, school=school, fund=fund,
        bank_panel=_panel(bank, "1001", BANK_KEY, {1: ("Nút khẩn quầy 2", ZoneUse.HOLD_UP),
                                                   2: ("Kho quỹ", ZoneUse.VAULT)}),
        school_panel=_panel(school, "1002", "", {1: ("Cổng chính", ZoneUse.ENTRY),
                                                 2: ("Phòng máy", ZoneUse.INTERIOR)}),
        fund_panel=_panel(fund, "1003", "", {1: ("Nút khẩn quầy", ZoneUse.HOLD_UP)}),
        an=_person("an", "Nguyễn Thị An", Role.SITE_MANAGER, bank_unit),
        binh=_person("binh", "Lê Văn Bình", Role.GUARD, bank_unit),
        chi=_person("chi", "Nguyễn Thị Chi", Role.SECURITY_HEAD, city),
        dung=_person("dung", "Đỗ Tiến Dũng", Role.OPERATOR, banking),
        en=_person("en", "Vũ Hải Én", Role.ADMINISTRATOR),
        la=accounts.add_user(actor_id=None, username="la", full_name="Người Lạ", password=None),
    )  # fmt: skip


def _unit(name: str, kind: UnitKind, parent: Unit | None = None) -> Unit:
    return accounts.add_unit(actor_id=None, name=name, kind=kind, parent=parent)


def _person(username: str, full_name: str, role: Role, unit: Unit | None = None, area: Area | None = None) -> User:
    user = accounts.add_user(actor_id=None, username=username, full_name=full_name, password=None)
    accounts.assign(actor_id=None, user=user, role=role, unit=unit, area=area)
    return user


def _site(unit: Unit, area: Area, name: str, kind: SiteKind, address: str, lat: float, lon: float) -> Site:
    return sites.add_site(
        actor_id=None, unit_id=unit.id, area_id=area.id, name=name, kind=kind, address=address, lat=lat, lon=lon
    )


def _panel(site: Site, account: str, key_hex: str, zones: dict[int, tuple[str, ZoneUse]]) -> Panel:
    panel = sites.add_panel(actor_id=None, site=site, account=account, key_hex=key_hex, name="Tủ chính").panel
    for number, (name, use) in zones.items():
        sites.add_zone(actor_id=None, panel=panel, number=number, name=name, use=use)
    return panel

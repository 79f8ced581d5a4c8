"""Which premises this person may look at, and which they may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.console.access import KEEPERS, Request
from canh.sites import queries

if TYPE_CHECKING:
    from collections.abc import Collection

    from canh.accounts.terms import Role
    from canh.sites.models import Panel, Site


def seen_site(request: Request, site_id: int) -> Site:
    """Premises this person may look at; 404 for all others."""
    return _one(request.viewer, site_id)


def kept_site(request: Request, site_id: int) -> Site:
    """Premises this person may change; 404 for all others."""
    return _one(keeper(request), site_id)


def may_change(request: Request, site: Site) -> bool:
    viewer = keeper(request)
    return bool(viewer.roles) and queries.visible_to(viewer).filter(id=site.id).exists()


def keeper(request: Request) -> Viewer:
    """What this person sees by the roles that may change the register, leaving others aside."""
    return seen_by(request, KEEPERS)


def seen_by(request: Request, roles: Collection[Role]) -> Viewer:
    """What this person sees by these roles, leaving others aside."""
    others = request.viewer.roles.difference(roles)
    return accounts.viewer(request.user, only=roles) if others else request.viewer


def working_site(request: Request, site_id: int, roles: Collection[Role]) -> Site:
    """Working premises that this person sees by one of these roles; 404 for all others."""
    found = queries.visible_to(seen_by(request, roles)).filter(id=site_id, closed_at__isnull=True)
    site = found.select_related("unit", "area").first()
    if site is None:
        raise Http404
    return site


def kept_panel(request: Request, site_id: int, panel_id: int) -> Panel:
    """A working panel of premises this person may change."""
    site = kept_site(request, site_id)
    panel = site.panels.filter(id=panel_id, retired_at__isnull=True).first()
    if panel is None:
        raise Http404
    panel.site = site
    return panel


def _one(viewer: Viewer, site_id: int) -> Site:
    site = queries.visible_to(viewer).select_related("unit", "area").filter(id=site_id).first()
    if site is None:
        raise Http404
    return site

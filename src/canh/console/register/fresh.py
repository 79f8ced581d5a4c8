"""Keys that may still be read: by who made them, in this session, for half an hour.

The session holds only which panel and since when; the key itself stays sealed in the register.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from canh.console.access import Request
from canh.kit import clock

if TYPE_CHECKING:
    from canh.sites.models import Panel

KEY = "fresh_keys"
FOR = timedelta(minutes=30)


def remember(request: Request, panel: Panel) -> None:
    oldest = clock.to_us(clock.now() - FOR)
    kept = {k: at for k, at in request.session.get(KEY, {}).items() if at > oldest}
    request.session[KEY] = {**kept, str(panel.id): clock.now_us()}


def made_at(request: Request, panel: Panel) -> datetime | None:
    """When this person made the panel's key here; None when that is over."""
    at = request.session.get(KEY, {}).get(str(panel.id))
    moment = clock.from_us(at) if at else None
    return moment if moment and clock.now() - moment < FOR else None


def forget(request: Request, panel: Panel) -> None:
    request.session[KEY] = {k: at for k, at in request.session.get(KEY, {}).items() if k != str(panel.id)}

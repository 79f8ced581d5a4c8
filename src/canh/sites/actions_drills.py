"""The panel that premises have for exercises."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.sites import actions
from canh.sites.actions import NewPanel
from canh.sites.models import Panel, Site, Zone
from canh.sites.terms import Door

ACCOUNT_DIGITS = 8


def open_drill_panel(site: Site, *, actor_id: int | None) -> NewPanel:
    """A panel that dials in an exercise at real premises, with a key of its own and the zones of the real ones.

    All it reports is an exercise, whatever it says; and nothing a real panel says is one. So a real alarm in the
    middle of an exercise stays a real alarm. Raises ValidationError: an exercise runs there already, or the premises
    have no panel whose zones could be played.
    """
    with transaction.atomic():
        mine = Panel.objects.select_for_update().filter(site=site, is_drill=True)
        if mine.filter(retired_at__isnull=True).exists():
            raise ValidationError(_("An exercise runs at these premises already."))
        zones = Zone.objects.filter(panel__site=site, panel__retired_at__isnull=True, panel__door=Door.SIA)
        real = list(zones.filter(panel__is_drill=False).order_by("panel", "number"))
        if not real:
            raise ValidationError(_("These premises have no panel whose zones could be played."))
        made = actions.add_panel(
            actor_id=actor_id, site=site, account=actions.free_account(ACCOUNT_DIGITS), key_hex=actions.new_key(),
            name=_("Exercise"),
        )  # fmt: skip
        made.panel.is_drill = True
        made.panel.save(update_fields=["is_drill"])
        is_one_panel = len({zone.panel_id for zone in real}) == 1
        for count, zone in enumerate(real, start=1):
            number = zone.number if is_one_panel else count
            Zone.objects.create(panel=made.panel, number=number, partition=zone.partition, name=zone.name, use=zone.use)
        actions.touch_register()
    return made


def close_drill_panel(panel: Panel, *, actor_id: int | None) -> None:
    """The exercise is over: the account dials no more, the key is forgotten, what was said stays."""
    with transaction.atomic():
        actions.retire_panel(panel, actor_id=actor_id)
        Panel.objects.filter(id=panel.id).update(key_sealed=None)

"""Walk tests: begun, signed for, given up. Each is one transaction with its audit line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.intake import queries_walks
from canh.intake.models import WalkTest, WalkTick
from canh.intake.queries_walks import Progress
from canh.kit import clock
from canh.kit.text import nfc
from canh.sites import actions as sites
from canh.sites import queries as sites_queries

if TYPE_CHECKING:
    from canh.sites.models import Site


def start_walk(site: Site, *, actor_id: int, minutes: int, reason: str) -> WalkTest:
    """Put premises on test and begin to watch their zones; harmless while one is going on: it is gone on with.
    Raises ValidationError."""
    with transaction.atomic():
        sites.put_on_test(actor_id=actor_id, site=site, minutes=minutes, reason=reason)
        walk = queries_walks.running_walk(site.id)
        if walk is None:
            walk = WalkTest.objects.create(site=site, started_at=clock.now(), started_by_id=actor_id)
            record(actor_id, "walk.start", f"walk:{walk.id}", {"site": site.id})
    return walk


def give_up_walk(walk: WalkTest, *, actor_id: int) -> None:
    """End it without a sheet, and take the premises off test."""
    with transaction.atomic():
        ended = WalkTest.objects.filter(id=walk.id, ended_at__isnull=True).update(ended_at=clock.now())
        if ended:
            record(actor_id, "walk.end", f"walk:{walk.id}", {"site": walk.site_id})
            _off_test(walk, actor_id)


def sign_walk(walk: WalkTest, *, actor_id: int, name: str, reasons: Mapping[int, str], note: str = "") -> WalkTest:
    """Sign for what was heard. `reasons`: zone id → why it was not tested. Raises ValidationError by field:
    `name`, `zone-ID`."""
    name, note = nfc(name).strip()[:120], nfc(note).strip()[:500]
    with transaction.atomic():
        state = queries_walks.progress(walk)
        _check(state, name, reasons)
        ticks = _ticks(walk, state, reasons)
        digest = _digest(walk, name, note, ticks)
        now = clock.now()
        won = WalkTest.objects.filter(id=walk.id, ended_at__isnull=True).update(
            ended_at=now, signed_at=now, signed_by=actor_id, signed_name=name, note=note,
            digest=digest,
        )  # fmt: skip
        if not won:
            raise ValidationError(_("This walk has ended already."))
        WalkTick.objects.bulk_create(ticks)
        detail = {"site": walk.site_id, "digest": digest, "heard": state.done, "not_tested": len(state.missing)}
        record(actor_id, "walk.sign", f"walk:{walk.id}", detail)
        _off_test(walk, actor_id)
    walk.refresh_from_db()
    return walk


def _check(state: Progress, name: str, reasons: Mapping[int, str]) -> None:
    wrong: dict[str, str] = {}
    if len(name) < 3:
        wrong["name"] = _("Type your full name.")
    for line in state.missing:
        if not reasons.get(line.zone.id, "").strip():
            wrong[f"zone-{line.zone.id}"] = _("Not heard: walk it, or say why it was not tested.")
    if not state.zones:
        wrong["name"] = _("There is no zone on the register, so there is nothing to sign for.")
    if wrong:
        raise ValidationError(wrong)


def _ticks(walk: WalkTest, state: Progress, reasons: Mapping[int, str]) -> list[WalkTick]:
    """A line for each zone, and for each that spoke without being on the register."""
    known = [
        WalkTick(
            walk=walk, panel_id=line.zone.panel_id, account=line.account, zone=line.zone,
            zone_number=str(line.zone.number), zone_name=line.zone.name, use=line.zone.use, signal=line.signal,
            reason="" if line.signal else nfc(reasons[line.zone.id]).strip()[:200],
        )
        for line in state.zones
    ]  # fmt: skip
    unknown = [
        WalkTick(walk=walk, panel_id=s.panel_id, account=s.account, zone_number=s.zone_number, signal=s)
        for s in state.strangers
        if s.panel_id
    ]
    return known + unknown


def _told(ticks: list[WalkTick]) -> list[dict[str, Any]]:
    """The sheet as it is sealed: what a person could read, and the proof behind it."""
    proofs = queries_walks.proofs([t.signal for t in ticks if t.signal])
    return [
        {
            "account": t.account, "zone": t.zone_number, "name": t.zone_name, "use": t.use, "reason": t.reason,
            "signal": t.signal_id, "hash": proofs[t.signal_id].hex() if t.signal_id else "",
        }
        for t in ticks
    ]  # fmt: skip


def _digest(walk: WalkTest, name: str, note: str, ticks: list[WalkTick]) -> str:
    sheet = {"walk": walk.id, "site": walk.site_id, "name": name, "note": note, "zones": _told(ticks)}
    return hashlib.sha256(json.dumps(sheet, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_as_signed(walk: WalkTest) -> bool:
    """Whether the sheet still says what was signed."""
    ticks = list(walk.ticks.select_related("signal").order_by("id"))
    return _digest(walk, walk.signed_name, walk.note, ticks) == walk.digest


def _off_test(walk: WalkTest, actor_id: int) -> None:
    for test in sites_queries.running_tests([walk.site_id]):
        if test.zone_id is None:
            sites.take_off_test(test, actor_id=actor_id)

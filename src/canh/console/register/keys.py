"""Keys in bulk: choose panels, print what the installers type in, and see who speaks under the new key."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST, require_safe

from canh.console import flash
from canh.console.access import KEEPERS, Request, allow
from canh.console.cells import plain
from canh.console.forms import Form, errors_to
from canh.console.register.reach import reach
from canh.console.register.scope import keeper
from canh.intake import queries_keys
from canh.kit import clock
from canh.kit.ids import new_id
from canh.sites import actions_keysheet, queries, queries_imports, queries_panels
from canh.sites.terms import Door

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from canh.sites.models import Panel

PER_PAGE = 50
MOST = 2000
"""Panels of one sheet: more than installers type in before it is out of date."""
SHEETS = "key_sheets"
FOR = timedelta(minutes=30)


class RenewForm(Form):
    strength = forms.ChoiceField(
        label=gettext_lazy("Encryption"), choices=[("128", "AES-128"), ("192", "AES-192"), ("256", "AES-256")]
    )
    overlap_h = forms.TypedChoiceField(
        label=gettext_lazy("The old key is accepted for"), coerce=int, initial=168,
        choices=[(1, gettext_lazy("1 hour")), (24, gettext_lazy("1 day")), (168, gettext_lazy("7 days")),
                 (720, gettext_lazy("30 days"))],
        help_text=gettext_lazy("So long the installers have to type the new one in."),
    )  # fmt: skip


STATES: dict[str, Any] = {
    "": gettext_lazy("All panels"),
    "none": gettext_lazy("Without a key"),
    "unproven": gettext_lazy("Not heard under the new key yet"),
    "rotating": gettext_lazy("Old key still accepted"),
    "cut_off": gettext_lazy("Cut off"),
}


@allow(*KEEPERS)
@require_safe
def keys(request: Request) -> HttpResponse:
    """The panels, with how their keys stand."""
    found = _found(request)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    facts = {
        "page": page, "panels": list(page), "filters": kept.urlencode(), "form": RenewForm(), "most": MOST,
        "states": STATES.items(), "state": request.GET.get("state", ""), "q": request.GET.get("q", ""),
        "run": request.GET.get("import", ""), "now": clock.now(),
        "rotating": queries_keys.rotating(_kept(request)).count(),
        "cut_off": queries_keys.cut_off(_kept(request)).count(),
    }  # fmt: skip
    return render(request, "console/register/keys_rows.html" if request.htmx else "console/register/keys.html", facts)


def _kept(request: Request) -> QuerySet[Panel]:
    """Panels with keys of DC-09 at premises this person keeps."""
    return queries_panels.working_at(queries.visible_to(keeper(request))).filter(door=Door.SIA)


def _found(request: Request) -> QuerySet[Panel]:
    panels, asked = _kept(request), request.GET if request.method == "GET" else request.POST
    if words := asked.get("q", "")[:100]:
        panels = panels.filter(site__in=queries.search(keeper(request), words).order_by().values("id"))
    if (run_id := asked.get("import", "")).isdecimal() and len(run_id) < 20:
        run = queries_imports.imports_of(request.viewer, request.user.id).filter(id=int(run_id)).first()
        panels = panels.filter(id__in=queries_imports.panels_of(run).values("id")) if run else panels.none()
    state = asked.get("state", "")
    if state == "none":
        return queries_keys.with_proof(panels.filter(key_sealed__isnull=True)).order_by("site__folded", "account")
    if state in {"unproven", "rotating", "cut_off"}:
        chosen: QuerySet[Panel] = getattr(queries_keys, state)(panels)
        return chosen
    return queries_keys.with_proof(panels).order_by("site__folded", "account")


@allow(*KEEPERS)
@require_POST
def renew(request: Request) -> HttpResponse:
    """New keys for the chosen panels, or for all that fit the filter; then the sheet."""
    chosen = _found(request)
    if request.POST.get("all") != "1":
        ids = [int(i) for i in request.POST.getlist("panel") if i.isdecimal() and len(i) < 20]
        chosen = _kept(request).filter(id__in=ids)
    panels = list(chosen[: MOST + 1])
    form = RenewForm(request.POST)
    if not panels or len(panels) > MOST:
        text = _("Choose panels first.") if not panels else _("At most %(n)d panels a sheet: narrow the choice.") % {
            "n": MOST}  # fmt: skip
        flash.warn(request, text)
        return redirect("keys")
    if form.is_valid():
        with errors_to(form):
            bits, overlap_h = int(form.cleaned_data["strength"]), form.cleaned_data["overlap_h"]
            done = actions_keysheet.renew_keys(panels, bits, overlap_h, actor_id=request.user.id)
            return redirect("key-sheet", _remember(request, done))
    flash.warn(request, "; ".join(str(e) for errors in form.errors.values() for e in errors))
    return redirect("keys")


def _remember(request: Request, panels: list[Panel]) -> int:
    """The session holds only which panels and since when; the keys stay sealed in the register."""
    oldest, sheet_id = clock.to_us(clock.now() - FOR), new_id()
    sheets = {k: s for k, s in request.session.get(SHEETS, {}).items() if s["at"] > oldest}
    request.session[SHEETS] = {**sheets, str(sheet_id): {"at": clock.now_us(), "panels": [p.id for p in panels]}}
    return sheet_id


@dataclass(frozen=True, slots=True)
class KeyLine:
    panel: Panel
    key: str


def _lines(request: Request, sheet_id: int) -> tuple[list[KeyLine], datetime]:
    """What the sheet shows. A key that was changed again since is not on it. Raises Http404."""
    sheet = request.session.get(SHEETS, {}).get(str(sheet_id))
    made_at = clock.from_us(sheet["at"]) if sheet else None
    if sheet is None or made_at is None or clock.now() - made_at > FOR:
        raise Http404
    shown = _kept(request).filter(id__in=sheet["panels"]).select_related("site").order_by("site__folded", "account")
    lines = [KeyLine(p, queries.key_of(p)) for p in shown if p.key_set_at and p.key_set_at <= made_at]
    return lines, made_at + FOR


@allow(*KEEPERS)
@require_safe
def sheet(request: Request, sheet_id: int) -> HttpResponse:
    lines, until = _lines(request, sheet_id)
    facts = {"lines": lines, "until": until, "sheet_id": sheet_id, "reach": reach(request)}
    return render(request, "console/register/key_sheet.html", facts)


@allow(*KEEPERS)
@require_GET
def sheet_csv(request: Request, sheet_id: int) -> HttpResponse:
    """The same for a spreadsheet; whoever has this file has the keys."""
    lines, _until = _lines(request, sheet_id)
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";")
    writer.writerow([_("Site"), _("Address"), _("Panel"), _("Account"), _("Key")])
    for line in lines:
        site = line.panel.site
        writer.writerow(
            [plain(cell) for cell in (site.name, site.address, line.panel.name, line.panel.account, line.key)]
        )
    name = f'attachment; filename="canh-keys-{sheet_id}.csv"'
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


@allow(*KEEPERS)
@require_POST
def forget(request: Request, sheet_id: int) -> HttpResponse:
    """Printed: do not show the keys again."""
    sheets = request.session.get(SHEETS, {})
    request.session[SHEETS] = {k: s for k, s in sheets.items() if k != str(sheet_id)}
    return redirect("keys")

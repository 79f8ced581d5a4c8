"""Handing a case over, and the story of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import segno
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.alarms.terms import Priority
from canh.channels.queries import channels_on
from canh.channels.terms import ChannelKind, OutcomeState
from canh.console import flash
from canh.console.access import STAFF, Request, allow
from canh.console.cells import plain
from canh.console.desk.actors import ACTORS, actor
from canh.console.desk.wording_confirmation import reason
from canh.console.forms import Form, take_errors
from canh.console.police import forms, wording
from canh.incidents import queries as incidents
from canh.kit import clock
from canh.liaison import actions, queries, rules, sheet
from canh.liaison.terms import OPEN, ReferralState

if TYPE_CHECKING:
    from canh.incidents.models import Incident
    from canh.liaison.models import Referral

PER_PAGE = 50


@allow(*STAFF)
@require_safe
def page(request: Request) -> HttpResponse:
    """All hand-overs; what nobody has confirmed first."""
    shown = "open" if request.GET.get("show") == "open" else "all"
    found = Paginator(_listed(request, shown), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "console/police/list.html", {"page": found, "shown": shown, "now": clock.now()})


def _listed(request: Request, shown: str) -> Any:
    found = queries.referrals(request.viewer)
    return found.filter(state__in=OPEN) if shown == "open" else found


@allow(*STAFF)
@require_safe
def as_csv(request: Request) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cong-an.csv"'
    response.write("\ufeff")  # Excel then reads it as UTF-8
    out = csv.writer(response)
    out.writerow(["case", "site", "desk", "state", "drill", "made_at", "answered_at", "ended_at", "officer",
                  "reference", "refusal", "disposition"])  # fmt: skip
    for r in _listed(request, request.GET.get("show", "all")).iterator(500):
        times = [timezone.localtime(t).isoformat() if t else "" for t in (r.made_at, r.answered_at, r.ended_at)]
        cells = [r.incident.label, r.incident.site.name, r.desk.name, r.state, str(r.is_drill).lower(), *times,
                 r.officer, r.reference, r.refusal, r.disposition]  # fmt: skip
        out.writerow([plain(cell) for cell in cells])
    return response


@allow(*STAFF)
@require_safe
def find(request: Request) -> HttpResponse:
    """From the code a caller names to the case."""
    code = "".join(c for c in request.GET.get("code", "") if c.isdigit())[:8]
    found = queries.open_with_code(request.viewer, code) if code else None
    if found is None:
        flash.warn(request, _("No open hand-over has this code. Ask for the case number, and for the code again."))
        return redirect("police")
    return redirect("referral", found.id)


# -- handing over


@allow(*ACTORS)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: Request, incident_id: int) -> HttpResponse:
    """The call script beside the questions; one press hands it over."""
    case = incidents.case_in_full(actor(request), incident_id)
    if case is None:
        raise Http404
    running = queries.newest_of(case.id)
    if running is not None and running.state in OPEN:
        return redirect("referral", running.id)
    facts, now = queries.case_facts(case), clock.now()
    is_urgent = facts.gravest.priority == Priority.URGENT
    desks = queries.desks_for(case.site, now, is_urgent=is_urgent, is_drill=case.is_drill)
    form = forms.HandOverForm(desks, request.POST or None, callback=request.user.phone,
                              gate=_("main entrance"))  # fmt: skip
    if request.method == "POST" and form.is_valid():
        made = _handed_over(request, case, facts, form)
        if made is not None:
            return redirect("referral", made.id)
    return render(request, "console/police/hand_over.html", {
        "case": case, "form": form, "case_facts": facts, "reason": _reason(facts),
        "desks": [(d, wording.hours(d), queries.is_open_now(d, now), queries.is_tested(d, now)) for d in desks],
        "has_mail": ChannelKind.EMAIL in channels_on(),
    }, status=422 if form.is_bound else 200)  # fmt: skip


def _reason(facts: queries.CaseFacts) -> str:
    return reason(facts.finding) if facts.finding else ""


def _handed_over(
    request: Request, case: Incident, facts: queries.CaseFacts, form: forms.HandOverForm
) -> Referral | None:  # fmt: skip
    desk = queries.not_retired(int(form.cleaned_data["desk"]))
    if desk is None:
        form.add_error("desk", _("This desk is no longer in the directory."))
        return None
    try:
        made = actions.hand_over(case, desk, form.answers(), by=request.user, reason=_reason(facts),
                                 has_decided=form.cleaned_data["has_decided"])  # fmt: skip
    except ValidationError as error:
        take_errors(form, error)
        return None
    if form.cleaned_data["by_mail"] and desk.email:
        _mail(request, made)
    return made


def _mail(request: Request, referral: Referral) -> None:
    """Waits up to ten seconds for what comes of it."""
    outcome = actions.mail_sheet(referral, by=request.user)
    if outcome.state == OutcomeState.SENT:
        flash.say(request, _("The sheet is on its way to %(address)s.") % {"address": referral.desk.email})
    else:
        flash.warn(request, _("The sheet was not sent. Read it out by telephone."), [outcome.detail])


# -- one hand-over


def _seen(request: Request, referral_id: int) -> Referral:
    return _one(queries.referral_in_full(request.viewer, referral_id))


def _mine(request: Request, referral_id: int) -> Referral:
    return _one(queries.referral_in_full(actor(request), referral_id))


def _one(found: Referral | None) -> Referral:
    if found is None:
        raise Http404
    return found


@allow(*STAFF)
@require_safe
def referral(request: Request, referral_id: int) -> HttpResponse:
    return _page(request, _seen(request, referral_id))


def _page(request: Request, found: Referral, status: int = 200, **bound: Form) -> HttpResponse:
    """The page; a form that was refused keeps what was typed."""
    told = sheet.sheet_of(found.sheet)
    is_open = found.state in OPEN
    acts = {name: bound.get(name) or make() for name, (make, _do) in ACTS.items()
            if (ReferralState(found.state), name) in rules.MOVES}  # fmt: skip
    return render(request, "console/police/referral.html", {
        "referral": found, "sheet": told, "lines": sheet.lines(told, found.code), "code": sheet.spoken(found.code),
        "story": [(row, wording.line(row, found)) for row in found.lines.select_related("by")],
        "acts": acts, "is_open": is_open, "may_act": bool(is_open and actor(request).roles & set(ACTORS)),
        "is_late": found.state == ReferralState.NEW and found.due_at <= clock.now(),
        "has_mail": bool(found.desk.email) and ChannelKind.EMAIL in channels_on(),
    }, status=status)  # fmt: skip


Do = Callable[..., None]
ACTS: dict[str, tuple[type[Form], Do]] = {
    "accept": (forms.AcceptForm, actions.accept),
    "reject": (forms.RejectForm, actions.reject),
    "update": (forms.UpdateForm, actions.update),
    "close": (forms.CloseForm, actions.close),
    "cancel": (forms.CancelForm, actions.cancel),
}


@allow(*ACTORS)
@require_POST
def take_down(request: Request, referral_id: int, act: str) -> HttpResponse:
    """An answer of the police, or a further message to them."""
    if act not in ACTS:
        raise Http404
    found = _mine(request, referral_id)
    make, do = ACTS[act]
    form = make(request.POST)
    if not form.is_valid():
        return _page(request, found, 422, **{act: form})
    try:
        do(found, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        take_errors(form, error)
        return _page(request, found, 422, **{act: form})
    except rules.IllegalMove:
        flash.warn(request, _("Somebody else has written down an answer meanwhile: see below."))
    return redirect("referral", found.id)


@allow(*ACTORS)
@require_POST
def mail(request: Request, referral_id: int) -> HttpResponse:
    found = _mine(request, referral_id)
    if found.desk.email and found.state in OPEN:
        _mail(request, found)
    else:
        flash.warn(request, _("There is no address for this desk, or the case is no longer with it."))
    return redirect("referral", found.id)


@allow(*ACTORS)
@require_POST
def called_back(request: Request, referral_id: int) -> HttpResponse:
    found = _mine(request, referral_id)
    if actions.confirm_code(found, request.POST.get("code", "")[:20], by=request.user):
        flash.say(request, _("The code is right: the caller is who was told of this case."))
    else:
        flash.warn(request, _("The code is wrong. Tell nothing, hang up, and call the desk by the directory."))
    return redirect("referral", found.id)


@allow(*STAFF)
@require_safe
def sheet_page(request: Request, referral_id: int) -> HttpResponse:
    """For paper: what was told, large, with the code and its QR."""
    found = _seen(request, referral_id)
    told = sheet.sheet_of(found.sheet)
    code = segno.make(sheet.qr_text(told, found.code), error="q", micro=False)
    image = code.svg_inline(scale=4, border=4, svgclass="qr", lineclass="qr-line", omitsize=False)
    return render(request, "console/police/sheet.html", {
        "referral": found, "sheet": told, "lines": sheet.lines(told, found.code), "code": sheet.spoken(found.code),
        "title": sheet.title(told), "qr": mark_safe(image),  # noqa: S308  # drawn by segno from our own text
    })  # fmt: skip

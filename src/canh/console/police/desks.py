"""The directory of police desks: who can be called, where, when; and that somebody has tried it lately."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts import queries as accounts
from canh.console import flash
from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.forms import choose_from, errors_to
from canh.console.police import wording
from canh.console.police.forms import DeskForm
from canh.kit import clock
from canh.kit.text import fold
from canh.liaison import actions, queries
from canh.liaison.models import PoliceDesk

PER_PAGE = 50
FIELDS = ("name", "kind", "area", "phone", "email", "opens", "closes", "joins_drills")


@allow(*STAFF)
@require_safe
def page(request: Request) -> HttpResponse:
    words, now = request.GET.get("q", "").strip(), clock.now()
    found = queries.in_list_order(queries.desks())
    if words:
        found = found.filter(folded__contains=fold(words))
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(d, wording.hours(d), queries.is_open_now(d, now), queries.is_tested(d, now)) for d in shown]
    facts = {"page": shown, "rows": rows, "words": words, "may_change": request.viewer.has(*KEEPERS)}
    return render(request, "console/police/desks.html", facts)


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    return _edit(request, PoliceDesk())


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, desk_id: int) -> HttpResponse:
    return _edit(request, _one(desk_id))


def _one(desk_id: int) -> PoliceDesk:
    found = queries.not_retired(desk_id)
    if found is None:
        raise Http404
    return found


def _edit(request: Request, desk: PoliceDesk) -> HttpResponse:
    form = DeskForm(request.POST or None, initial={name: getattr(desk, name) for name in FIELDS})
    choose_from(form, "area", accounts.areas_now())
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            for name in FIELDS:
                setattr(desk, name, form.cleaned_data[name])
            actions.save_desk(desk, by=request.user)
            flash.say(request, _("Saved: %(name)s.") % {"name": desk.name})
            return redirect("police-desks")
    facts = {"form": form, "desk": None if desk._state.adding else desk}
    return render(request, "console/police/desk.html", facts, status=422 if form.is_bound else 200)


@allow(*STAFF)
@require_POST
def test(request: Request, desk_id: int) -> HttpResponse:
    """Somebody called, and it answered."""
    desk = _one(desk_id)
    note = request.POST.get("note", "")
    if note.strip():
        actions.test_desk(desk, by=request.user, note=note)
        flash.say(request, _("Written down: %(name)s answered.") % {"name": desk.name})
    else:
        flash.warn(request, _("Write down who answered."))
    return redirect("police-desks")


@allow(*KEEPERS)
@require_POST
def retire(request: Request, desk_id: int) -> HttpResponse:
    desk = _one(desk_id)
    actions.retire_desk(desk, by=request.user)
    flash.say(request, _("Out of the directory: %(name)s.") % {"name": desk.name})
    return redirect("police-desks")

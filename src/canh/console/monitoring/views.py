"""Which desk watches what at which hours; who took over; what nobody watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from canh.accounts import queries as accounts
from canh.accounts.queries_contacts import called_people
from canh.alarms.queries_owners import ACTING, here_now
from canh.console import flash
from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.forms import Form, choose_from, errors_to
from canh.console.monitoring import wording
from canh.console.register.scope import keeper
from canh.kit import clock
from canh.monitoring import actions, queries
from canh.monitoring.models import WatchDesk
from canh.sites import queries as sites
from canh.sites.terms import Weekday

if TYPE_CHECKING:
    from canh.accounts.queries import Viewer

SHOWN = 20
GAPS = 200
SITES_OFFERED = 2000
"""More premises than that are watched by their unit, not one by one."""


class DeskForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    site: Any = forms.ModelChoiceField(
        None, label=gettext_lazy("Where it stands"), empty_label=gettext_lazy("Choose…"),
        help_text=gettext_lazy("There it rings when nobody sits at it and nobody can take over."),
    )  # fmt: skip
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    people: Any = forms.ModelMultipleChoiceField(
        None, label=gettext_lazy("Who may sit there"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, viewer: Viewer, desk: WatchDesk | None, data: Any = None) -> None:
        initial = {} if desk is None else {
            "name": desk.name, "site": desk.site_id, "phone": desk.phone,
            "people": [person.id for person in desk.people.all()],
        }  # fmt: skip
        super().__init__(data, initial=initial)
        working = sites.visible_to(viewer).filter(closed_at__isnull=True).order_by("folded")
        choose_from(self, "site", working[:SITES_OFFERED] if data is None else working)
        acting = called_people(viewer).filter(assignments__role__in=ACTING).distinct()
        choose_from(self, "people", acting, lambda person: str(person.full_name))


class WatchForm(Form):
    unit: Any = forms.ModelChoiceField(None, label=gettext_lazy("All premises of a unit"), required=False,
                                       empty_label=gettext_lazy("Choose…"))  # fmt: skip
    site: Any = forms.ModelChoiceField(None, label=gettext_lazy("Or one site alone"), required=False,
                                       empty_label=gettext_lazy("Choose…"))  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple,
        initial=[1, 2, 3, 4, 5, 6, 7],
    )  # fmt: skip
    opens = forms.TimeField(
        label=pgettext_lazy("time", "From"), initial="00:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    closes = forms.TimeField(
        label=pgettext_lazy("time", "Until"), initial="00:00", widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=gettext_lazy("Earlier than the begin: on the day after. The same: a whole day."),
    )  # fmt: skip
    reserve: Any = forms.ModelChoiceField(
        None, label=gettext_lazy("Takes over when nobody sits here"), required=False,
        empty_label=gettext_lazy("Whoever watches the unit above"),
    )  # fmt: skip

    def __init__(self, viewer: Viewer, desk: WatchDesk, data: Any = None) -> None:
        super().__init__(data)
        working = sites.visible_to(viewer).filter(closed_at__isnull=True).order_by("folded")
        choose_from(self, "unit", accounts.units_within(viewer))
        choose_from(self, "site", working[:SITES_OFFERED] if data is None else working)
        choose_from(self, "reserve", queries.desks(viewer).exclude(id=desk.id))


@allow(*STAFF)
@require_safe
def page(request: Request) -> HttpResponse:
    """Every desk with what it watches and who sits there, gaps first."""
    now = clock.now()
    by_desk: dict[int, list[tuple[Any, str]]] = {}
    for watch in queries.visible_to(request.viewer):
        by_desk.setdefault(watch.desk_id, []).append((watch, wording.hours(watch)))
    manned, here = queries.manned(now), here_now(now)
    desks = [
        (desk, desk.id in manned, [p for p in desk.people.all() if p.id in here], by_desk.get(desk.id, []))
        for desk in queries.desks(request.viewer)
    ]
    gaps = queries.unwatched(request.viewer)
    taken = queries.takeovers(request.viewer)
    facts = {
        "desks": desks, "gaps": [(gap, wording.holes(gap.holes)) for gap in gaps[:GAPS]],
        "gap_sites": sum(gap.sites for gap in gaps), "more_gaps": max(0, len(gaps) - GAPS),
        "running": taken.filter(ended_at__isnull=True), "past": taken.filter(ended_at__isnull=False)[:SHOWN],
        "may_change": request.viewer.has(*KEEPERS),
    }  # fmt: skip
    return render(request, "console/monitoring/page.html", facts)


@allow(*STAFF)
@require_GET
def mine(request: Request) -> HttpResponse:
    """The banner of the desk: what I watch instead of others."""
    return render(request, "console/monitoring/banner.html", {"takeovers": queries.running_for(request.user)})


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, watchdesk_id: int | None = None) -> HttpResponse:
    viewer = keeper(request)
    desk = _desk(viewer, watchdesk_id) if watchdesk_id else None
    form = DeskForm(viewer, desk, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with errors_to(form):
            row = desk or WatchDesk()
            row.name, row.site, row.phone = data["name"], data["site"], data["phone"]
            saved = actions.save_desk(row, data["people"], by=request.user)
            flash.say(request, _("Saved."))
            return redirect("watchdesk", saved.id)
    return _edit(request, viewer, desk, form, 422 if form.is_bound else 200)


def _edit(
    request: Request, viewer: Viewer, desk: WatchDesk | None, form: Form, status: int, **more: Any
) -> HttpResponse:
    watches = queries.visible_to(viewer).filter(desk=desk) if desk else []
    facts = {
        "desk": desk, "form": form, "watches": [(watch, wording.hours(watch)) for watch in watches],
        "watch_form": WatchForm(viewer, desk) if desk else None,
        "blind": queries.blind_people(desk, clock.now()) if desk else [], **more,
    }  # fmt: skip
    return render(request, "console/monitoring/desk.html", facts, status=status)


def _desk(viewer: Viewer, desk_id: int) -> WatchDesk:
    """A desk that stands at premises this person keeps."""
    own = queries.desks(viewer).filter(site__in=sites.visible_to(viewer), id=desk_id).first()
    if own is None:
        raise Http404
    return own


@allow(*KEEPERS)
@require_POST
def retire(request: Request, watchdesk_id: int) -> HttpResponse:
    desk = _desk(keeper(request), watchdesk_id)
    actions.retire_desk(desk, by=request.user)
    flash.say(request, _("%(desk)s watches nothing any more.") % {"desk": desk.name})
    return redirect("monitoring")


@allow(*KEEPERS)
@require_POST
def add_watch(request: Request, watchdesk_id: int) -> HttpResponse:
    viewer = keeper(request)
    desk = _desk(viewer, watchdesk_id)
    form = WatchForm(viewer, desk, request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.add_watch(desk, by=request.user, **form.cleaned_data)
            return redirect("watchdesk", desk.id)
    return _edit(request, viewer, desk, DeskForm(viewer, desk), 422, watch_form=form)


@allow(*KEEPERS)
@require_POST
def remove_watch(request: Request, watch_id: int) -> HttpResponse:
    watch = queries.visible_to(keeper(request)).filter(id=watch_id).first()
    if watch is None:
        raise Http404
    actions.remove_watch(watch, by=request.user)
    return redirect("watchdesk", watch.desk_id)

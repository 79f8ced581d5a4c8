"""Who is on duty: the list, a further one, taking one back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from canh.accounts import queries as accounts
from canh.accounts.queries_contacts import called_people, methods_of
from canh.accounts.terms import Reach
from canh.console import flash
from canh.console.access import KEEPERS, Request, allow
from canh.console.forms import Form, choose_from, errors_to
from canh.console.register.scope import keeper, kept_site
from canh.guards import queries
from canh.guards.actions import MOST_WEEKS, Place, add_duty, remove_duty
from canh.guards.terms import DutyKind
from canh.kit import clock

if TYPE_CHECKING:
    from canh.sites.models import Site

PER_PAGE = 50
MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(label=label, input_formats=[MOMENT], widget=widget)


class DutyForm(Form):
    person: Any = forms.ModelChoiceField(None, label=gettext_lazy("Who"), empty_label=gettext_lazy("Choose…"))
    unit: Any = forms.ModelChoiceField(None, label=pgettext_lazy("place", "For"), empty_label=gettext_lazy("Choose…"))
    kind = forms.ChoiceField(label=gettext_lazy("As"), choices=DutyKind.choices, widget=forms.RadioSelect,
                             initial=DutyKind.GUARD)  # fmt: skip
    starts_at = _moment(gettext_lazy("Begins"))
    ends_at = _moment(gettext_lazy("Ends"))
    weeks = forms.IntegerField(label=gettext_lazy("The same in the following weeks"), min_value=0,
                               max_value=MOST_WEEKS, required=False,
                               help_text=gettext_lazy("How many weeks more; empty: this once."))  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, request: Request, site: Site | None, data: Any = None) -> None:
        begin = timezone.localtime(clock.now()).replace(minute=0, second=0, microsecond=0)
        super().__init__(data, initial={"starts_at": begin, "ends_at": begin + timedelta(hours=8)})
        viewer = keeper(request)
        choose_from(self, "person", called_people(viewer))
        if site:
            del self.fields["unit"]
        else:
            choose_from(self, "unit", accounts.units_within(viewer))


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """All that is running or comes; `?site=` for one site alone."""
    site = _site(request)
    form = DutyForm(request, site, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with errors_to(form):
            made = add_duty(Place(site, data.get("unit")), data["person"], data["kind"], data["starts_at"],
                            data["ends_at"], by=request.user, note=data["note"], weeks=data["weeks"] or 0)  # fmt: skip
            flash.say(request, _("Written down: %(who)s.") % {"who": made[0].user.full_name})
            return redirect(_here(site))
    return render(request, "console/calls/duty.html", {**_rows(request, site), "form": form, "site": site},
                  status=422 if form.is_bound else 200)  # fmt: skip


def _site(request: Request) -> Site | None:
    asked = request.GET.get("site", "")
    return kept_site(request, int(asked)) if asked.isdecimal() and len(asked) < 20 else None


def _here(site: Site | None) -> str:
    return reverse("duty") + (f"?site={site.id}" if site else "")


def _rows(request: Request, site: Site | None) -> dict[str, Any]:
    now = clock.now()
    found = queries.running_and_coming(keeper(request), now)
    if site:
        found = found.filter(site=site)
    number = request.GET.get("page", "1")
    shown = Paginator(found, PER_PAGE).get_page(number)
    methods = methods_of({duty.user_id for duty in shown})
    reached = {user for user, ways in methods.items() if any(way.reach == Reach.WORKS for way in ways)}
    rows = [(duty, duty.starts_at <= now, duty.user_id in reached) for duty in shown]
    return {"rows": rows, "page": shown}


@allow(*KEEPERS)
@require_POST
def remove(request: Request, duty_id: int) -> HttpResponse:
    duty = queries.visible_to(keeper(request)).select_related("user", "site").filter(id=duty_id).first()
    if duty is None:
        raise Http404
    remove_duty(duty, by=request.user)
    flash.say(request, _("Taken back: %(who)s.") % {"who": duty.user.full_name})
    return redirect(_here(duty.site if request.POST.get("of") == "site" else None))

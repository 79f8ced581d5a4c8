"""Where I was sent: for the phone of a guard on the way."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from canh.console import flash
from canh.console.access import Request, allow
from canh.console.dispatch.facts import TONES
from canh.response import dispatching, queries, rules
from canh.response.terms import DispatchState
from canh.response.wording import name_of

PER_PAGE = 20


@allow()
@require_safe
def page(request: Request) -> HttpResponse:
    """The newest first; what is not over can be answered."""
    shown = Paginator(queries.orders_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        (order, name_of(order.alarm), TONES[DispatchState(order.state)],
         [(s.value, s.label) for s in DispatchState if s in rules.MOVES.get(DispatchState(order.state), ())])
        for order in shown
    ]  # fmt: skip
    return render(request, "console/dispatch/orders.html", {"rows": rows, "page": shown})


@allow()
@require_POST
def answer(request: Request, dispatch_id: int) -> HttpResponse:
    order = queries.orders_of(request.user).select_related("user").filter(id=dispatch_id).first()
    state = request.POST.get("state", "")
    if order is None or state not in DispatchState.values:
        raise Http404
    try:
        dispatching.move(order, state, by=request.user, note=request.POST.get("note", ""))
        flash.say(request, _("The desk has been told."))
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("orders")

"""The two steps of the first run.

Step one is open to whoever comes first, so it exists only while there is nobody: on this machine
without more ado, from elsewhere with the code from the terminal. Step two belongs to the
administrator it made.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from canh.accounts import actions, queries
from canh.accounts.terms import Role
from canh.console.access import Request, allow, hides_secrets, public
from canh.console.forms import errors_to
from canh.console.local import is_local
from canh.console.setup.forms import FirstPersonForm, FirstSiteForm
from canh.kit import paths
from canh.sites import actions as sites

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.sites.models import Site


@public
@hides_secrets
@require_http_methods(["GET", "HEAD", "POST"])
def first_person(request: Request) -> HttpResponse:
    """Step one: the first administrator."""
    if not queries.is_empty():
        raise Http404
    form = FirstPersonForm(request.POST or None, needs_code=not is_local(request))
    if request.method == "POST" and form.is_valid() and _is_code_right(form) and (user := _found(form)):
        paths.run("setup-code").unlink(missing_ok=True)
        actions.set_preferences(user, language=request.LANGUAGE_CODE)  # it stays the one they read just now
        auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("setup-premises")
    return render(request, "console/setup/person.html", {"form": form, "step": 1})


def _is_code_right(form: FirstPersonForm) -> bool:
    if "code" not in form.fields:
        return True
    typed = _digits(form.cleaned_data["code"])
    try:
        code = _digits(paths.run("setup-code").read_text(encoding="utf-8"))
    except FileNotFoundError:
        code = ""
    if code and hmac.compare_digest(typed.encode(), code.encode()):
        return True
    form.add_error("code", _("This is not the code shown in the terminal."))
    return False


def _digits(text: str) -> str:
    """A code as it counts: how it is grouped does not matter."""
    return "".join(c for c in text.upper() if c.isalnum())


def _found(form: FirstPersonForm) -> User | None:
    """The administrator; None when the form says why not. Of two founders the later one gets 404."""
    data = form.cleaned_data
    try:
        with errors_to(form):
            return actions.found(username=data["username"], full_name=data["full_name"], password=data["password"])
    except actions.AlreadyFounded:
        raise Http404 from None
    return None


@allow(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def first_site(request: Request) -> HttpResponse:
    """Step two: the first organisation and its first premises; then on to the first panel."""
    if queries.units_now().exists():
        return redirect("sites")
    form = FirstSiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            return redirect("panel-add", _make(request, form).id)
    return render(request, "console/setup/premises.html", {"form": form, "step": 2})


def _make(request: Request, form: FirstSiteForm) -> Site:
    """All or nothing. The founder also heads security here, so that the desk shows the alarms."""
    data, me = form.cleaned_data, request.user
    with transaction.atomic():
        if data["has_hanoi"]:
            actions.add_areas_of_hanoi(actor_id=me.id)
        unit = actions.add_unit(actor_id=me.id, name=data["unit_name"], kind=data["unit_kind"])
        actions.assign(actor_id=me.id, user=me, role=Role.SECURITY_HEAD, unit=unit)
        return sites.add_site(
            actor_id=me.id, unit_id=unit.id, name=data["name"], kind=data["kind"], address=data["address"]
        )

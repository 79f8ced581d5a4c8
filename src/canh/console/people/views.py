"""People: who may do what, from when to when. For administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts import actions, queries
from canh.accounts.terms import Role
from canh.console import flash
from canh.console.access import Request, allow
from canh.console.forms import Form, errors_to
from canh.console.people.forms import PersonForm, RoleForm
from canh.console.people.names import new_password, username_for
from canh.kit import clock
from canh.kit.ids import minted_at_ms
from canh.kit.text import fold

if TYPE_CHECKING:
    from canh.accounts.models import Assignment, User

PER_PAGE = 50
A_MOMENT_MS = 60_000


@dataclass(frozen=True, slots=True)
class RoleLine:
    assignment: Assignment
    label: str
    place: str
    """Empty: everywhere."""
    is_now: bool


@dataclass(frozen=True, slots=True)
class Row:
    person: User
    roles: list[RoleLine]


def _lines(person: User) -> list[RoleLine]:
    now = clock.now()
    return [
        RoleLine(a, str(Role(a.role).label), str(a.unit or a.area or ""), a.is_valid_at(now))
        for a in sorted(person.assignments.all(), key=lambda a: a.valid_from, reverse=True)
    ]


@allow(Role.ADMINISTRATOR)
@require_safe
def people(request: Request) -> HttpResponse:
    found = queries.people()
    for word in fold(request.GET.get("q", "")[:100]).split():
        found = found.filter(folded__contains=word)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [Row(person, [line for line in _lines(person) if line.is_now]) for person in page]
    facts = {"rows": rows, "page": page, "q": request.GET.get("q", "")}
    return render(request, "console/people/rows.html" if request.htmx else "console/people/people.html", facts)


@allow(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if made := _just_made(form):
            return redirect("person", made.id)  # the form was sent twice
        password = new_password()
        with errors_to(form):
            person = _make(request, form, password)
            return _show(request, person, password=password, is_new=True)
    return render(request, "console/people/add.html", {"form": form})


def _just_made(form: PersonForm) -> User | None:
    oldest = clock.now_us() // 1000 - A_MOMENT_MS
    same = queries.people().filter(full_name=form.cleaned_data["full_name"], phone=form.cleaned_data["phone"])
    return next((person for person in same if minted_at_ms(person.id) > oldest), None)


def _make(request: Request, form: PersonForm, password: str) -> User:
    data, me = form.cleaned_data, request.user.id
    with transaction.atomic():  # nobody without a role because the second half failed
        person = actions.add_user(
            actor_id=me, username=data["username"] or username_for(data["full_name"]),
            full_name=data["full_name"], phone=data["phone"], password=password,
        )  # fmt: skip
        actions.assign(actor_id=me, user=person, role=Role(data["role"]), unit=data["unit"], area=data["area"])
    return person


@allow(Role.ADMINISTRATOR)
@require_safe
def person(request: Request, user_id: int) -> HttpResponse:
    return _show(request, _one(user_id))


def _one(user_id: int) -> User:
    found = queries.people().filter(id=user_id).first()
    if found is None:
        raise Http404
    return found


def _show(request: Request, person: User, form: Form | None = None, **more: Any) -> HttpResponse:
    lines = _lines(person)
    facts = {
        "person": person,
        "roles_now": [line for line in lines if line.is_now],
        "roles_past": [line for line in lines if not line.is_now],
        "form": form or RoleForm(),
        "is_me": person.id == request.user.id,
        **more,
    }
    return render(request, "console/people/person.html", facts)


@allow(Role.ADMINISTRATOR)
@require_POST
def give_role(request: Request, user_id: int) -> HttpResponse:
    person = _one(user_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        place = {"unit": data["unit"], "area": data["area"]}
        if _has_already(person, data["role"], **place):  # sent twice
            return redirect("person", person.id)
        with errors_to(form):
            actions.assign(actor_id=request.user.id, user=person, role=Role(data["role"]), **place)
            flash.say(request, _("%(role)s, from now on.") % {"role": Role(data["role"]).label})
            return redirect("person", person.id)
    return _show(request, person, form)


def _has_already(person: User, role: str, unit: Any, area: Any) -> bool:
    now = clock.now()
    return any(
        a.role == role and a.unit == unit and a.area == area and a.is_valid_at(now) for a in person.assignments.all()
    )


@allow(Role.ADMINISTRATOR)
@require_POST
def end_role(request: Request, user_id: int, assignment_id: int) -> HttpResponse:
    person = _one(user_id)
    assignment = next((a for a in person.assignments.all() if a.id == assignment_id), None)
    if assignment is None:
        raise Http404
    form = Form({})
    if assignment.is_valid_at(clock.now()):
        with errors_to(form):
            actions.end_assignment(assignment, actor_id=request.user.id)
            flash.say(request, _("The role has ended."))
    return _show(request, person, refused=form) if form.errors else redirect("person", person.id)


@allow(Role.ADMINISTRATOR)
@require_POST
def set_active(request: Request, user_id: int) -> HttpResponse:
    """Disabled means: out at once, also where signed in; nothing is deleted."""
    person, form = _one(user_id), Form({})
    is_active = request.POST.get("active") == "1"
    if person.is_active != is_active:
        with errors_to(form):
            actions.set_active(person, is_active, actor_id=request.user.id)
            text = _("%(name)s may sign in again.") if is_active else _("%(name)s can no longer sign in.")
            flash.say(request, text % {"name": person.full_name})
    return _show(request, person, refused=form) if form.errors else redirect("person", person.id)


@allow(Role.ADMINISTRATOR)
@require_POST
def reset_password(request: Request, user_id: int) -> HttpResponse:
    """A new password, shown on the answer to this very request and nowhere else."""
    person, form, password = _one(user_id), Form({}), new_password()
    with errors_to(form):
        actions.set_password(person, password, actor_id=request.user.id)
        return _show(request, person, password=password)
    return _show(request, person, refused=form)

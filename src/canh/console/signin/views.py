"""Sign in, sign out, own password, language and theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import auth
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts import actions, queries
from canh.accounts.terms import Role, Theme
from canh.console import flash
from canh.console.access import KEEPERS, Request, allow, hides_secrets, public
from canh.console.context import nav
from canh.console.forms import errors_to
from canh.console.language import safe_next
from canh.console.signin import guests
from canh.console.signin.forms import PasswordForm, SignInForm

if TYPE_CHECKING:
    from canh.accounts.models import User

LANGUAGES = (("vi", "Tiếng Việt"), ("en", "English"))
"""Each in its own words, so that whoever is lost in the other one finds it."""


@public
@hides_secrets
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Request) -> HttpResponse:
    if queries.is_empty():
        return redirect("setup")
    if request.user.is_authenticated and request.method == "GET":
        return redirect(_landing(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (user := _check(request, form)):
        return _enter(request, user)
    facts = {"form": form, "next": _next(request), "drill_people": guests.guests(request)}
    return render(request, "console/signin/sign_in.html", facts)


def _check(request: Request, form: SignInForm) -> User | None:
    """The person; else None, with the reason on the form. A wrong name reads like a wrong password."""
    try:
        user = _proven(request, form.cleaned_data["username"], form.cleaned_data["password"])
    except actions.MustWait as wait:
        form.add_error(None, _wait_words(wait.seconds))
        return None
    if user is None:
        form.add_error(None, _("The name or the password is not right."))
    return user


def _proven(request: Request, username: str, password: str) -> User | None:
    return actions.sign_in(username, password, request.META.get("REMOTE_ADDR", ""))


def _wait_words(seconds: int) -> str:
    if seconds < 60:
        text = ngettext("Too many tries. Wait %(n)d second.", "Too many tries. Wait %(n)d seconds.", seconds)
        return text % {"n": seconds}
    minutes = -(-seconds // 60)
    text = ngettext("Too many tries. Wait %(n)d minute.", "Too many tries. Wait %(n)d minutes.", minutes)
    return text % {"n": minutes}


def _next(request: Request) -> str:
    return safe_next(request, request.POST.get("next") or request.GET.get("next", ""), "")


def _enter(request: Request, user: User) -> HttpResponse:
    auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.viewer = queries.viewer(user)
    return redirect(_next(request) or _landing(request))


def _landing(request: Request) -> str:
    """The desk, else the first place of the menu; whoever has no role gets told so at the desk's door."""
    urls = {place.name: place.url for place in nav(request)}
    return urls.get("desk") or next(iter(urls.values()), "/")


@public
@require_POST
def enter_drill(request: Request) -> HttpResponse:
    """One click in as a demonstration person. Not there at all unless every condition holds."""
    chosen = [p for p in guests.people(request) if str(p.id) == request.POST.get("person")]
    if not chosen:
        raise Http404
    actions.enter_drill(chosen[0])
    return _enter(request, chosen[0])


@public
@require_POST
def sign_out(request: Request) -> HttpResponse:
    auth.logout(request)
    return redirect("sign-in")


@allow()
@require_safe
def preferences(request: Request) -> HttpResponse:
    """Language and theme have addresses of their own; this page shows them and leads to the password."""
    roles = [role.label for role in Role if role in request.viewer.roles]
    is_keeper = request.viewer.has(*KEEPERS)
    facts = {"languages": LANGUAGES, "themes": Theme.choices, "roles": roles, "is_keeper": is_keeper}
    return render(request, "console/signin/preferences.html", facts)


@allow()
@hides_secrets
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: Request) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _change(request, form):
        auth.update_session_auth_hash(request, request.user)
        flash.say(request, _("Your password is changed. Other devices must sign in again."))
        return redirect("preferences")
    return render(request, "console/signin/password.html", {"form": form})


def _change(request: Request, form: PasswordForm) -> bool:
    """True when changed. The present password is asked with the same patience as at the door."""
    try:
        if _proven(request, request.user.username, form.cleaned_data["old_password"]) is None:
            form.add_error("old_password", _("This is not your present password."))
            return False
    except actions.MustWait as wait:
        form.add_error("old_password", _wait_words(wait.seconds))
        return False
    with errors_to(form):
        actions.set_password(request.user, form.cleaned_data["password"], actor_id=request.user.id)
        return True
    return False

"""Who stands behind a request, and which roles a view is for.

Every view carries `@allow(...)` or `@public`; a contract test walks the addresses and fails on
one that has neither. What a person may see *within* a view is up to `visible_to`: objects of
others are not there (404), so that nobody learns that they exist.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.views.decorators.debug import sensitive_post_parameters

from canh.accounts import queries
from canh.accounts.queries import NOBODY, Viewer
from canh.accounts.terms import Role

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from canh.accounts.models import User

    class Request(HttpRequest):
        """A request after the middleware; inside `allow` the user is always a person."""

        user: User
        viewer: Viewer
        htmx: HtmxDetails

else:
    Request = HttpRequest

V = TypeVar("V", bound=Callable[..., Any])
STAFF = (Role.OPERATOR, Role.SECURITY_HEAD, Role.ADMINISTRATOR)
"""Who works at the console today."""
KEEPERS = (Role.SECURITY_HEAD, Role.ADMINISTRATOR)
"""Who changes the register."""


class CurrentUser(MiddlewareMixin):
    """Sets request.user and request.viewer; neither costs a query until it is looked at."""

    def process_request(self, request: Any) -> None:
        request.user = SimpleLazyObject(lambda: get_user(request))
        request.viewer = SimpleLazyObject(lambda: viewer_of(request))


def viewer_of(request: Any) -> Viewer:
    """What the person of this request may see now; nobody for a stranger."""
    return queries.viewer(request.user) if request.user.is_authenticated else NOBODY


async def aviewer(request: Any) -> Viewer:
    """The same for asynchronous views, as a plain value that may be kept."""
    return await sync_to_async(viewer_of)(request)


def public(view: V) -> V:
    """Mark a view that anybody may open."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def allow(*roles: Role) -> Callable[[V], V]:
    """Let only these roles in; without roles: everybody who is signed in."""
    wanted = frozenset(roles)

    def guard(view: V) -> V:
        guarded = _guard_async(view, wanted) if iscoroutinefunction(view) else _guard(view, wanted)
        guarded.access = wanted  # type: ignore[attr-defined]
        return cast("V", guarded)

    return guard


def _guard(view: Callable[..., Any], wanted: frozenset[Role]) -> Callable[..., Any]:
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return refusal(request, wanted) or view(request, *args, **kwargs)

    return guarded


def _guard_async(view: Callable[..., Any], wanted: frozenset[Role]) -> Callable[..., Any]:
    @wraps(view)
    async def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return await sync_to_async(refusal)(request, wanted) or await view(request, *args, **kwargs)

    return guarded


def refusal(request: Any, wanted: frozenset[Role]) -> HttpResponse | None:
    """Why this person may not come in, as a page; None when they may."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    if _founds_nothing_yet(request):
        return go(request, reverse("setup-premises"))
    if wanted and not request.viewer.has(*wanted):
        names = [role.label for role in Role if role in wanted]
        return render(request, "403.html", {"needed": names}, status=403)
    return None


def _founds_nothing_yet(request: Any) -> bool:
    """An administrator who left the first run after step one: the register has no organisation yet, so
    the pages that need one lead back to it."""
    opens = request.method == "GET" and request.resolver_match.url_name in {"desk", "map", "sites", "site-add"}
    is_fresh = opens and request.viewer.has(Role.ADMINISTRATOR) and not request.viewer.unit_paths
    return is_fresh and not queries.units_now().exists()


def ask_to_sign_in(request: Any) -> HttpResponse:
    """To the sign-in page and back; a machine gets 401. An empty installation is set up first."""
    if queries.is_empty():
        return go(request, reverse("setup"))
    if _wants_data(request):
        return HttpResponse(status=401)
    return go(request, f"{reverse('sign-in')}?{urlencode({'next': _way_back(request)})}")


def go(request: Any, address: str) -> HttpResponse:
    """Redirect the whole page, also when htmx asked for a part of it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _wants_data(request: Any) -> bool:
    accepted = request.headers.get("Accept", "")
    return "text/event-stream" in accepted or "application/json" in accepted


def _way_back(request: Any) -> str:
    """Where to return after signing in: the page itself, never the address of a form or a fragment."""
    seen = request.headers.get("HX-Current-URL")
    if request.method == "GET" and not seen:
        return str(request.get_full_path())
    parts = urlsplit(seen or request.headers.get("Referer", ""))
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


hides_secrets = sensitive_post_parameters("password", "password1", "password2", "old_password", "key", "code", "secret")
"""Keeps typed secrets out of error reports."""

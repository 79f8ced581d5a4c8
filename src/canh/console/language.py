"""Language and theme: a person's own when signed in, else what the browser keeps."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from canh.accounts import actions
from canh.accounts.terms import Theme
from canh.console.access import Request, public

THEME_COOKIE = "canh_theme"
A_YEAR_S = 365 * 24 * 3600


class ChosenLanguage(MiddlewareMixin):
    """Speaks the language of the person, else of the cookie, else of the browser, else Vietnamese."""

    def process_request(self, request: Any) -> None:
        language = _language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language

    def process_response(self, request: Any, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


def _language_of(request: Any) -> str:
    if request.user.is_authenticated and request.user.language in dict(settings.LANGUAGES):
        return str(request.user.language)
    return translation.get_language_from_request(request)


@public
@require_POST
def choose_language(request: Request) -> HttpResponse:
    return _keep(request, "language", settings.LANGUAGE_COOKIE_NAME, set(dict(settings.LANGUAGES)))


@public
@require_POST
def choose_theme(request: Request) -> HttpResponse:
    return _keep(request, "theme", THEME_COOKIE, set(Theme.values))


def _keep(request: Request, name: str, cookie: str, allowed: set[str]) -> HttpResponse:
    """Remember a choice, with the person and in the browser, and go back to the page."""
    chosen = request.POST.get(name, "")
    response = _back(request)
    if chosen in allowed:
        if request.user.is_authenticated:
            actions.set_preferences(request.user, **{name: chosen})
        response.set_cookie(
            cookie, chosen, max_age=A_YEAR_S, httponly=True, samesite="Lax", secure=settings.CANH_SECURE
        )
    return response


def _back(request: Request) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(safe_next(request, request.POST.get("next") or request.headers.get("Referer", "")))


def safe_next(request: Any, address: str, otherwise: str = "/") -> str:
    """An address on this host, or the other one: nobody is led away by a prepared link."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if is_ours else otherwise

"""The health page, what the doors could not take, and a sign of life for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from canh.accounts.terms import Role
from canh.console.access import KEEPERS, STAFF, Request, allow, public
from canh.console.desk.wording import signal_title
from canh.console.health import rules
from canh.console.health.checks import STATE_WORDS, all_checks
from canh.console.health.counts import gateways
from canh.intake import queries
from canh.intake.terms import Verdict

if TYPE_CHECKING:
    from canh.intake.models import Signal

PER_PAGE = 25
LONGEST_RAW = 2000


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refused message, its bytes made safe to show."""

    signal: Signal
    title: str
    printable: str
    hexadecimal: str
    is_unknown: bool


@allow(*STAFF)
@require_safe
def health(request: Request) -> HttpResponse:
    """htmx asks every five seconds for the figures alone."""
    checks = all_checks()
    overall = rules.worst([check.state for check in checks])
    with_details = request.viewer.has(*KEEPERS)
    facts = {
        "checks": checks,
        "overall": overall,
        "overall_words": STATE_WORDS[overall],
        "not_ok": [check for check in checks if check.state != rules.State.OK],
        "with_details": with_details,
        "with_unknown": request.viewer.has(Role.ADMINISTRATOR),
        "gateways": gateways() if with_details else [],
    }
    return render(request, "console/health/now.html" if request.htmx else "console/health/health.html", facts)


@public
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """For a supervisor or a balancer: this process answers. Tells nothing else, to anybody."""
    return JsonResponse({"ok": True})


@allow(*STAFF)
@require_safe
def troubles(request: Request) -> HttpResponse:
    found = queries.troubles(request.viewer).select_related("site", "zone")
    if (verdict := request.GET.get("verdict")) in Verdict.values:
        found = found.filter(verdict=verdict)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    facts: dict[str, Any] = {
        "troubles": [_trouble(signal) for signal in page],
        "page": page,
        "verdict": verdict or "",
        "verdicts": [(v, v.label) for v in Verdict if v != Verdict.ACCEPTED],
        "may_add": request.viewer.has(*KEEPERS),
    }
    return render(request, "console/health/troubles.html", facts)


def _trouble(signal: Signal) -> Trouble:
    raw = bytes(signal.raw or b"")[:LONGEST_RAW]
    return Trouble(
        signal, signal_title(signal), printable(raw), raw.hex(" "), signal.verdict == Verdict.UNKNOWN_ACCOUNT
    )


def printable(raw: bytes) -> str:
    """ASCII as it is, the rest as \\x.. — a message must not be able to draw on the page."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in raw)

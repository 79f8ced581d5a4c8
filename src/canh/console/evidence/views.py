"""The evidence of a case: look, add, fetch, remove, bring back, lock, and the pack."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from canh.accounts import queries as accounts
from canh.accounts.terms import Role
from canh.console import flash
from canh.console.access import STAFF, Request, allow
from canh.console.desk.actors import ACTORS, actor
from canh.console.evidence import export
from canh.incidents import actions_evidence as actions
from canh.incidents import pack, queries, store
from canh.incidents import queries_evidence as evidence
from canh.kit import clock

if TYPE_CHECKING:
    from canh.incidents.models import Incident
    from canh.incidents.models_evidence import Attachment


@allow(*STAFF)
@require_GET
def show(request: Request, incident_id: int) -> HttpResponse:
    """Every file of the case; that somebody looked is noted."""
    case = _seen(request, incident_id)
    actions.note_look(case, request.user)
    rows = list(evidence.attachments_of(case.id))
    limits = evidence.limits(clock.now().date())
    facts = {
        "case": case, "present": [r for r in rows if not r.removed_at], "removed": [r for r in rows if r.removed_at],
        "may_act": _may(request, case, ACTORS), "may_lock": _may(request, case, (Role.SECURITY_HEAD,)),
        "largest": limits.largest, "used": sum(r.size for r in rows if not r.removed_at), "of_case": limits.of_case,
    }  # fmt: skip
    return render(request, "console/evidence/page.html", facts)


@allow(*ACTORS)
@require_POST
def add(request: Request, incident_id: int) -> HttpResponse:
    """One or several files. What is refused is said by name; the others are kept."""
    case = _acted_on(request, incident_id)
    files = request.FILES.getlist("files")
    if not files:
        flash.warn(request, _("Choose a file first."))
    for file in files:
        try:
            row, is_new = actions.attach(case, request.user, name=file.name or "", note=request.POST.get("note", ""),
                                         chunks=file.chunks(store.CHUNK))  # fmt: skip
        except ValidationError as refused:
            flash.warn(request, f"{file.name}: {' '.join(refused.messages)}")
        else:
            text = _("%(name)s is kept.") if is_new else _("%(name)s was kept before: the same file.")
            flash.say(request, text % {"name": row.name})
    return redirect("evidence", incident_id)


@allow(*STAFF)
@require_GET
def fetch(request: Request, incident_id: int, attachment_id: int) -> HttpResponseBase:
    """The file, to be saved: no browser is to show or run it here."""
    case = _seen(request, incident_id)
    row = case.attachments.filter(id=attachment_id, removed_at__isnull=True).first()
    if row is None or evidence.file_of(row) is None:
        raise Http404
    actions.note_download(row, request.user)
    return _saved(store.chunks_of(row.sha256), row.name, row.size)


@allow(*STAFF)
@require_POST
def export_pack(request: Request, incident_id: int) -> HttpResponseBase:
    """The signed pack, streamed."""
    case = _seen(request, incident_id)
    try:
        made = export.make(case, request.user.id, request.user.full_name)
    except pack.TooLarge:
        flash.warn(request, _("The pack would be larger than 4 GB. Remove what is not needed."))
        return redirect("evidence", incident_id)
    return _saved(made.chunks(), made.name, made.length)


def _saved(chunks: Iterable[bytes], name: str, length: int) -> StreamingHttpResponse:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(length),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(_afar(iter(chunks)), content_type="application/octet-stream", headers=headers)


async def _afar(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """An ordinary iterator would be read into memory as a whole before the first byte leaves."""
    following = sync_to_async(lambda: next(chunks, None), thread_sensitive=False)
    while (chunk := await following()) is not None:
        yield chunk


@allow(*ACTORS)
@require_POST
def remove(request: Request, incident_id: int, attachment_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    return _act(request, incident_id, attachment_id, ACTORS, lambda row: actions.remove(row, request.user, reason))


@allow(*ACTORS)
@require_POST
def bring_back(request: Request, incident_id: int, attachment_id: int) -> HttpResponse:
    return _act(request, incident_id, attachment_id, ACTORS, lambda row: actions.bring_back(row, request.user))


@allow(Role.SECURITY_HEAD)
@require_POST
def lock(request: Request, incident_id: int, attachment_id: int) -> HttpResponse:
    """Lock, or end the lock."""
    reason = request.POST.get("reason", "")
    do = actions.unlock if request.POST.get("end") == "1" else actions.lock
    heads = (Role.SECURITY_HEAD,)
    return _act(request, incident_id, attachment_id, heads, lambda row: do(row, request.user, reason))


def _act(
    request: Request, incident_id: int, attachment_id: int, roles: tuple[Role, ...], do: Callable[[Attachment], None]
) -> HttpResponse:
    case = _acted_on(request, incident_id, roles)
    row = case.attachments.filter(id=attachment_id).first()
    if row is None:
        raise Http404
    try:
        do(row)
    except ValidationError as refused:
        flash.warn(request, f"{row.name}: {' '.join(refused.messages)}")
    return redirect("evidence", incident_id)


def _seen(request: Request, incident_id: int) -> Incident:
    found = queries.visible_to(request.viewer).select_related("site", "closed_by").filter(id=incident_id).first()
    if found is None:
        raise Http404
    return found


def _acted_on(request: Request, incident_id: int, roles: tuple[Role, ...] = ACTORS) -> Incident:
    case = _seen(request, incident_id)
    if not _may(request, case, roles):
        raise Http404
    return case


def _may(request: Request, case: Incident, roles: tuple[Role, ...]) -> bool:
    """Only the roles that act count, and only where those reach."""
    viewer = actor(request) if roles == ACTORS else accounts.viewer(request.user, only=roles)
    return viewer.has(*roles) and queries.visible_to(viewer).filter(id=case.id).exists()

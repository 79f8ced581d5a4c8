"""Setting up many premises from a file: what it would do, doing it, undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts.terms import Role
from canh.console import flash
from canh.console.access import KEEPERS, Request, allow
from canh.console.register.scope import keeper
from canh.sites import actions_imports, queries_imports
from canh.sites.terms import ImportState

if TYPE_CHECKING:
    from canh.sites.models import Import

PER_PAGE = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES = 10_000_000


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: Request) -> HttpResponse:
    """Upload a file; those of before."""
    if request.method == "POST":
        try:
            return redirect("import", _uploaded(request).id)
        except (actions_imports.Unreadable, ValidationError) as refused:
            error = refused.messages[0] if isinstance(refused, ValidationError) else str(refused)
            return _page(request, error, status=422)
    return _page(request)


def _page(request: Request, error: str = "", status: int = 200) -> HttpResponse:
    found = queries_imports.imports_of(request.viewer, request.user.id)
    facts = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "sheets": queries_imports.import_sheets(),
        "error": error,
    }
    return render(request, "console/register/imports.html", facts, status=status)


def _uploaded(request: Request) -> Import:
    file = request.FILES.get("file")
    if file is None or not file.size:
        raise ValidationError(_("Choose a file first."))
    if file.size > MOST_BYTES:
        raise ValidationError(_("The file is larger than %(n)d MB; split it.") % {"n": MOST_BYTES // 1_000_000})
    return actions_imports.keep_file(
        file.name or "", file.read(), actor_id=request.user.id, keeper=keeper(request)
    )  # fmt: skip


@allow(*KEEPERS)
@require_safe
def show(request: Request, import_id: int) -> HttpResponse:
    """The dry run, or what became of it."""
    kept = _one(request, import_id)
    titles = {sheet.key: sheet.title for sheet in queries_imports.import_sheets()}
    counts = kept.counts
    facts = {
        "kept": kept,
        "sheets": [(titles.get(key, key), acts) for key, acts in counts.get("sheets", {}).items()],
        "faults": [{**fault, "sheet": titles.get(fault["sheet"], "")} for fault in counts.get("faults", [])],
        "lines": [{**line, "sheet": titles.get(line["sheet"], "")} for line in counts.get("lines", [])],
        "is_kept": queries_imports.is_file_kept(kept),
        "is_waiting": kept.state == ImportState.CHECKED,
        "is_stuck": kept.state in {ImportState.APPLYING, ImportState.UNDOING},
        "has_work": any(acts["new"] or acts["change"] for acts in counts.get("sheets", {}).values()),
        "panels": queries_imports.panels_of(kept).count() if kept.state == ImportState.APPLIED else 0,
        "people": "person" in counts.get("sheets", {}) and request.viewer.has(Role.ADMINISTRATOR),
    }
    return render(request, "console/register/import.html", facts)


def _one(request: Request, import_id: int) -> Import:
    found = queries_imports.imports_of(request.viewer, request.user.id).filter(id=import_id).first()
    if found is None:
        raise Http404
    return found


@allow(*KEEPERS)
@require_POST
def apply(request: Request, import_id: int) -> HttpResponse:
    kept = _one(request, import_id)
    with _told(request):
        actions_imports.apply_import(kept, actor_id=request.user.id, keeper=keeper(request))
        flash.say(request, _("All of it is in the register now."))
    return redirect("import", import_id)


@allow(*KEEPERS)
@require_POST
def go_on(request: Request, import_id: int) -> HttpResponse:
    """Finish what was interrupted."""
    kept = _one(request, import_id)
    with _told(request):
        actions_imports.go_on(kept, actor_id=request.user.id)
    return redirect("import", import_id)


@allow(*KEEPERS)
@require_POST
def undo(request: Request, import_id: int) -> HttpResponse:
    kept = _one(request, import_id)
    with _told(request):
        actions_imports.undo_import(kept, actor_id=request.user.id)
        flash.say(request, _("Undone: the register is as it was before this import."))
    return redirect("import", import_id)


@allow(*KEEPERS)
@require_POST
def discard(request: Request, import_id: int) -> HttpResponse:
    actions_imports.discard_import(_one(request, import_id), actor_id=request.user.id)
    return redirect("imports")


class _told:
    """What an action refuses is said on the next page."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, tb: object) -> bool:
        if isinstance(error, actions_imports.CannotUndo):
            flash.warn(self.request, _("Not undone, because by now something depends on it:"), error.messages)
        elif isinstance(error, ValidationError):
            flash.warn(self.request, " ".join(error.messages))
        else:
            return False
        return True


@allow(*KEEPERS)
@require_safe
def template(request: Request) -> HttpResponse:
    return _file(actions_imports.workbook(), XLSX, "canh-import.xlsx")


@allow(*KEEPERS)
@require_safe
def template_csv(request: Request, sheet: str) -> HttpResponse:
    found = next((s for s in queries_imports.import_sheets() if s.key == sheet), None)
    if found is None:
        raise Http404
    return _file(actions_imports.csv_template(found).encode(), "text/csv; charset=utf-8", f"canh-{found.key}.csv")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)

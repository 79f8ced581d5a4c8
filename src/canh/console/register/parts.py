"""Zones, devices and contacts of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from canh.console import flash
from canh.console.access import KEEPERS, Request, allow, go
from canh.console.forms import errors_to
from canh.console.register.forms import ContactForm, DeviceForm, ZoneForm
from canh.console.register.scope import kept_panel, kept_site
from canh.sites import actions, actions_panels
from canh.sites.terms import ZoneUse

if TYPE_CHECKING:
    from canh.sites.models import Panel, Zone


@allow(*KEEPERS)
@require_POST
def set_zone(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """Name a zone or add one. htmx gets the row back, with what was wrong if something was."""
    panel = kept_panel(request, site_id, panel_id)
    form = ZoneForm(request.POST)
    zone = _set(request, panel, form) if form.is_valid() else None
    if not request.htmx or (zone and "new" in request.POST):
        if zone is None:
            flash.say(request, _("The zone was not saved: %s") % _first_error(form))
        if request.POST.get("from") == "panel":
            return go(request, reverse("panel", args=[site_id, panel.id]) + "#zones")
        return go(request, reverse("site", args=[site_id]) + f"#panel-{panel.id}")
    typed = {"number": form["number"].value(), "name": form["name"].value() or "", "use": form["use"].value()}
    facts = {
        "zone": zone or typed, "error": "" if zone else _first_error(form), "is_saved": bool(zone),
        "panel": panel, "site": panel.site, "uses": ZoneUse.choices, "may_change": True,
    }  # fmt: skip
    return render(request, "console/register/zone_row.html", facts, status=200 if zone else 422)


def _set(request: Request, panel: Panel, form: ZoneForm) -> Zone | None:
    with errors_to(form):
        return actions.add_zone(actor_id=request.user.id, panel=panel, **form.cleaned_data)
    return None


def _first_error(form: ZoneForm) -> str:
    return next((str(error) for errors in form.errors.values() for error in errors), "")


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add_device(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    form = DeviceForm(request.POST or None, site=site)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        there = site.devices.filter(removed_at__isnull=True, kind=data["kind"], name=data["name"], zone=data["zone"])
        if not there.exists():  # sent twice: once is enough
            with errors_to(form):
                actions.add_device(actor_id=request.user.id, site=site, **data)
        if form.is_valid():
            flash.say(request, _("%(name)s is on the register.") % {"name": data["name"]})
            return redirect("site", site.id)
    facts = {"form": form, "site": site, "title": _("Add a device")}
    return render(request, "console/register/part_form.html", facts)


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add_contact(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    form = ContactForm(request.POST or None, initial={"order": site.contacts.count() + 1})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if not site.contacts.filter(name=data["name"], phone=data["phone"]).exists():  # sent twice
            with errors_to(form):
                actions.add_contact(actor_id=request.user.id, site=site, **data)
        if form.is_valid():
            flash.say(request, _("%(name)s can be called now.") % {"name": data["name"]})
            return redirect("site", site.id)
    facts = {"form": form, "site": site, "title": _("Add a contact")}
    return render(request, "console/register/part_form.html", facts)


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change_device(request: Request, site_id: int, device_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    device = _one(site.devices.filter(removed_at__isnull=True), device_id)
    before = {"kind": device.kind, "name": device.name, "model": device.model, "zone": device.zone_id}
    form = DeviceForm(request.POST or None, site=site, initial=before)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            actions_panels.change_device(device, actor_id=request.user.id, **form.cleaned_data)
            flash.say(request, _("Saved."))
            return redirect("site", site.id)
    facts = {"form": form, "site": site, "title": before["name"], "is_change": True}
    return render(request, "console/register/part_form.html", facts)


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change_contact(request: Request, site_id: int, contact_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    contact = _one(site.contacts.all(), contact_id)
    before = {name: getattr(contact, name) for name in ("name", "position", "phone", "order", "is_keyholder")}
    form = ContactForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            actions_panels.change_contact(contact, actor_id=request.user.id, **form.cleaned_data)
            flash.say(request, _("Saved."))
            return redirect("site", site.id)
    facts = {"form": form, "site": site, "title": before["name"], "is_change": True}
    return render(request, "console/register/part_form.html", facts)


@allow(*KEEPERS)
@require_POST
def remove_device(request: Request, site_id: int, device_id: int) -> HttpResponse:
    device = _one(kept_site(request, site_id).devices.filter(removed_at__isnull=True), device_id)
    actions.remove_device(device, actor_id=request.user.id)
    return go(request, reverse("site", args=[site_id]))


@allow(*KEEPERS)
@require_POST
def remove_contact(request: Request, site_id: int, contact_id: int) -> HttpResponse:
    contact = _one(kept_site(request, site_id).contacts.all(), contact_id)
    actions.remove_contact(contact, actor_id=request.user.id)
    return go(request, reverse("site", args=[site_id]))


def _one(rows: Any, row_id: int) -> Any:
    found = rows.filter(id=row_id).first()
    if found is None:
        raise Http404
    return found

"""Addresses of the register."""

from __future__ import annotations

from django.urls import path

from canh.console.register import device, imports, keys, listing, panels, parts, premises, unknown

urlpatterns = [
    path("", listing.sites, name="sites"),
    path("export.csv", listing.export, name="sites-csv"),
    path("add/", premises.add, name="site-add"),
    path("area/", premises.suggest_area, name="area-near"),
    path("import/", imports.imports, name="imports"),
    path("import/template.xlsx", imports.template, name="import-template"),
    path("import/template/<slug:sheet>.csv", imports.template_csv, name="import-template-csv"),
    path("import/<int:import_id>/", imports.show, name="import"),
    path("import/<int:import_id>/apply/", imports.apply, name="import-apply"),
    path("import/<int:import_id>/go-on/", imports.go_on, name="import-go-on"),
    path("import/<int:import_id>/undo/", imports.undo, name="import-undo"),
    path("import/<int:import_id>/discard/", imports.discard, name="import-discard"),
    path("keys/", keys.keys, name="keys"),
    path("keys/renew/", keys.renew, name="keys-renew"),
    path("keys/<int:sheet_id>/", keys.sheet, name="key-sheet"),
    path("keys/<int:sheet_id>/sheet.csv", keys.sheet_csv, name="key-sheet-csv"),
    path("keys/<int:sheet_id>/forget/", keys.forget, name="key-sheet-forget"),
    path("unknown/", unknown.unknown, name="unknown"),
    path("unknown/premises/", unknown.premises, name="unknown-premises"),
    path("unknown/<int:found_id>/", unknown.adopt, name="unknown-adopt"),
    path("unknown/<int:found_id>/dismiss/", unknown.dismiss, name="unknown-dismiss"),
    path("unknown/<int:found_id>/back/", unknown.bring_back, name="unknown-back"),
    path("<int:site_id>/", premises.show, name="site"),
    path("<int:site_id>/close/", premises.close, name="site-close"),
    path("<int:site_id>/reopen/", premises.reopen, name="site-reopen"),
    path("<int:site_id>/change/", premises.change, name="site-change"),
    path("<int:site_id>/panels/add/", panels.add, name="panel-add"),
    path("<int:site_id>/panels/<int:panel_id>/", device.panel, name="panel"),
    path("<int:site_id>/panels/<int:panel_id>/change/", device.change, name="panel-change"),
    path("<int:site_id>/panels/<int:panel_id>/agree/", device.agree, name="panel-agree"),
    path("<int:site_id>/panels/<int:panel_id>/replace/", device.replace, name="panel-replace"),
    path("<int:site_id>/panels/<int:panel_id>/ready/", panels.ready, name="panel-ready"),
    path("<int:site_id>/panels/<int:panel_id>/heard/", panels.heard, name="panel-heard"),
    path("<int:site_id>/panels/<int:panel_id>/key/", panels.replace_key, name="panel-key"),
    path("<int:site_id>/panels/<int:panel_id>/done/", panels.done, name="panel-done"),
    path("<int:site_id>/panels/<int:panel_id>/retire/", panels.retire, name="panel-retire"),
    path("<int:site_id>/panels/<int:panel_id>/zones/", parts.set_zone, name="zone-set"),
    path("<int:site_id>/devices/add/", parts.add_device, name="device-add"),
    path("<int:site_id>/devices/<int:device_id>/", parts.change_device, name="device-change"),
    path("<int:site_id>/devices/<int:device_id>/remove/", parts.remove_device, name="device-remove"),
    path("<int:site_id>/contacts/add/", parts.add_contact, name="contact-add"),
    path("<int:site_id>/contacts/<int:contact_id>/", parts.change_contact, name="contact-change"),
    path("<int:site_id>/contacts/<int:contact_id>/remove/", parts.remove_contact, name="contact-remove"),
]

"""Addresses of the register."""

from __future__ import annotations

from django.urls import path

from canh.console.register import listing, panels, parts, premises

urlpatterns = [
    path("", listing.sites, name="sites"),
    path("export.csv", listing.export, name="sites-csv"),
    path("add/", premises.add, name="site-add"),
    path("area/", premises.suggest_area, name="area-near"),
    path("<int:site_id>/", premises.show, name="site"),
    path("<int:site_id>/change/", premises.change, name="site-change"),
    path("<int:site_id>/panels/add/", panels.add, name="panel-add"),
    path("<int:site_id>/panels/<int:panel_id>/ready/", panels.ready, name="panel-ready"),
    path("<int:site_id>/panels/<int:panel_id>/heard/", panels.heard, name="panel-heard"),
    path("<int:site_id>/panels/<int:panel_id>/key/", panels.replace_key, name="panel-key"),
    path("<int:site_id>/panels/<int:panel_id>/done/", panels.done, name="panel-done"),
    path("<int:site_id>/panels/<int:panel_id>/retire/", panels.retire, name="panel-retire"),
    path("<int:site_id>/panels/<int:panel_id>/zones/", parts.set_zone, name="zone-set"),
    path("<int:site_id>/devices/add/", parts.add_device, name="device-add"),
    path("<int:site_id>/devices/<int:device_id>/remove/", parts.remove_device, name="device-remove"),
    path("<int:site_id>/contacts/add/", parts.add_contact, name="contact-add"),
    path("<int:site_id>/contacts/<int:contact_id>/remove/", parts.remove_contact, name="contact-remove"),
]

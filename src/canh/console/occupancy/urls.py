"""Addresses of who is inside, and of the phones of staff."""

from __future__ import annotations

from django.urls import path

from canh.console.occupancy import lockdown, phone, setup, views

urlpatterns = [
    path("inside/", views.places, name="inside"),
    path("inside/<int:site_id>/", views.place, name="inside-site"),
    path("inside/<int:site_id>/visitors/", views.sign_in, name="visit-in"),
    path("inside/<int:site_id>/visitors/<int:visitor_id>/out/", views.sign_out, name="visit-out"),
    path("inside/<int:site_id>/visitors/<int:visitor_id>/again/", views.sign_in_again, name="visit-again"),
    path("inside/<int:site_id>/visitors.csv", views.export, name="visits-csv"),
    path("inside/<int:site_id>/keys/<int:key_id>/lend/", views.lend, name="key-lend"),
    path("inside/<int:site_id>/loans/<int:loan_id>/back/", views.take_back, name="key-back"),
    path("inside/<int:site_id>/lockdown/", lockdown.roll, name="lockdown"),
    path("inside/<int:site_id>/lockdown/start/", lockdown.start, name="lockdown-start"),
    path("inside/<int:site_id>/lockdown/<int:lockdown_id>/end/", lockdown.end, name="lockdown-end"),
    path("inside/<int:site_id>/lockdown/<int:lockdown_id>/answer/", lockdown.take_down, name="lockdown-answer"),
    path("inside/<int:site_id>/setup/", setup.page, name="inside-setup"),
    path("inside/<int:site_id>/setup/staff/", setup.add_member, name="member-add"),
    path("inside/<int:site_id>/setup/staff/<int:member_id>/link/", setup.renew, name="member-link"),
    path("inside/<int:site_id>/setup/staff/<int:member_id>/remove/", setup.remove_member, name="member-remove"),
    path("inside/<int:site_id>/setup/keys/", setup.add_key, name="keyring-add"),
    path("inside/<int:site_id>/setup/keys/<int:key_id>/retire/", setup.retire_key, name="keyring-retire"),
    path("inside/<int:site_id>/setup/buttons/", setup.buttons, name="lockdown-buttons"),
    path("here/<str:secret>/", phone.page, name="here"),
    path("here/<str:secret>/<str:deed>/", phone.act, name="here-act"),
]

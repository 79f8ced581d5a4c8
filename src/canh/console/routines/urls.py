"""Addresses of routines."""

from __future__ import annotations

from django.urls import path

from canh.console.routines import setup, views

urlpatterns = [
    path("", views.places, name="routines"),
    path("<int:site_id>/", views.place, name="routine"),
    path("<int:site_id>/code/", views.give, name="routine-code"),
    path("<int:site_id>/crew/", views.crew, name="routine-crew"),
    path("<int:site_id>/cash/", views.cash, name="routine-cash"),
    path("<int:site_id>/visits/", views.plan, name="routine-visit"),
    path("<int:site_id>/visits/<int:visit_id>/cancel/", views.cancel, name="routine-visit-cancel"),
    path("<int:site_id>/setup/", setup.page, name="routine-setup"),
    path("<int:site_id>/setup/rule/", setup.set_rule, name="routine-rule"),
    path("<int:site_id>/setup/holders/", setup.add_holder, name="routine-holder"),
    path("<int:site_id>/setup/holders/<int:holder_id>/remove/", setup.remove_holder, name="routine-holder-remove"),
    path("<int:site_id>/setup/windows/", setup.add_window, name="routine-window"),
    path("<int:site_id>/setup/windows/<int:window_id>/remove/", setup.remove_window, name="routine-window-remove"),
]

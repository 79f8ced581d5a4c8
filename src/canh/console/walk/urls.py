"""Addresses of the installer's pages."""

from __future__ import annotations

from django.urls import path

from canh.console.walk import views

urlpatterns = [
    path("", views.premises, name="walk"),
    path("tests/", views.tests, name="tests"),
    path("<int:site_id>/", views.site, name="walk-site"),
    path("<int:site_id>/live/", views.live, name="walk-live"),
    path("<int:site_id>/sign/", views.sign, name="walk-sign"),
    path("<int:site_id>/give-up/", views.give_up, name="walk-give-up"),
    path("<int:site_id>/sheets/<int:walk_id>/", views.sheet, name="walk-sheet"),
    path("<int:site_id>/test/", views.put_on_test, name="test-start"),
    path("<int:site_id>/test/<int:test_id>/end/", views.take_off_test, name="test-end"),
]

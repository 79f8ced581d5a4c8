"""Addresses of the first run."""

from __future__ import annotations

from django.urls import path

from canh.console.setup import views

urlpatterns = [
    path("", views.first_person, name="setup"),
    path("premises/", views.first_site, name="setup-premises"),
]

"""Addresses of health."""

from __future__ import annotations

from django.urls import path

from canh.console.health import views

urlpatterns = [
    path("", views.health, name="health"),
    path("live", views.live, name="health-live"),
    path("troubles/", views.troubles, name="troubles"),
]

"""Addresses of the figures."""

from __future__ import annotations

from django.urls import path

from canh.console.kpi import drills, views

urlpatterns = [
    path("", views.page, name="kpi"),
    path("drills/", drills.drills, name="drills"),
    path("alarms/", views.behind, name="kpi-alarms"),
]

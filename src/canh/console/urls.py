"""Addresses of the console: one line a corner."""

from __future__ import annotations

from django.urls import include, path

from canh.console.language import choose_language, choose_theme
from canh.console.people.audit import audit

urlpatterns = [
    path("", include("canh.console.desk.urls")),
    path("", include("canh.console.cases.urls")),
    path("catalogue/", include("canh.console.methods.urls")),
    path("procedures/", include("canh.console.procedures.urls")),
    path("cases/", include("canh.console.evidence.urls")),
    path("figures/", include("canh.console.kpi.urls")),
    path("map/", include("canh.console.map.urls")),
    path("", include("canh.console.signin.urls")),
    path("setup/", include("canh.console.setup.urls")),
    path("sites/", include("canh.console.register.urls")),
    path("sites/", include("canh.console.plans.urls")),
    path("closing/", include("canh.console.arming.urls")),
    path("routines/", include("canh.console.routines.urls")),
    path("", include("canh.console.occupancy.urls")),
    path("monitoring/", include("canh.console.monitoring.urls")),
    path("walk/", include("canh.console.walk.urls")),
    path("audit/", audit, name="audit"),
    path("", include("canh.console.reach.urls")),
    path("", include("canh.console.calls.urls")),
    path("", include("canh.console.police.urls")),
    path("", include("canh.console.dispatch.urls")),
    path("people/", include("canh.console.people.urls")),
    path("health/", include("canh.console.health.urls")),
    path("language/", choose_language, name="language"),
    path("theme/", choose_theme, name="theme"),
]

"""Addresses of cases."""

from __future__ import annotations

from django.urls import path

from canh.console.cases import views

urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases/<int:incident_id>/", views.case, name="case"),
    path("cases/<int:incident_id>/steps/<slug:key>/", views.step, name="case-step"),
    path("cases/<int:incident_id>/note/", views.note, name="case-note"),
    path("cases/<int:incident_id>/close/", views.close, name="case-close"),
    path("cases/<int:incident_id>/reopen/", views.reopen, name="case-reopen"),
    path("alarms/<int:alarm_id>/steps/<slug:key>/", views.step_at_desk, name="alarm-step"),
]

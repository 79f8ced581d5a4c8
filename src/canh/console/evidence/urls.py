"""Addresses of evidence."""

from __future__ import annotations

from django.urls import path

from canh.console.evidence import views

urlpatterns = [
    path("<int:incident_id>/evidence/", views.show, name="evidence"),
    path("<int:incident_id>/evidence/add/", views.add, name="evidence-add"),
    path("<int:incident_id>/evidence/pack/", views.export_pack, name="evidence-pack"),
    path("<int:incident_id>/evidence/<int:attachment_id>/", views.fetch, name="evidence-fetch"),
    path("<int:incident_id>/evidence/<int:attachment_id>/remove/", views.remove, name="evidence-remove"),
    path("<int:incident_id>/evidence/<int:attachment_id>/return/", views.bring_back, name="evidence-return"),
    path("<int:incident_id>/evidence/<int:attachment_id>/lock/", views.lock, name="evidence-lock"),
]

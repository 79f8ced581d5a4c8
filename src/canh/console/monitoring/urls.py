"""Addresses of shared monitoring."""

from __future__ import annotations

from django.urls import path

from canh.console.monitoring import views

urlpatterns = [
    path("", views.page, name="monitoring"),
    path("mine/", views.mine, name="monitoring-mine"),
    path("desks/add/", views.edit, name="watchdesk-add"),
    path("desks/<int:watchdesk_id>/", views.edit, name="watchdesk"),
    path("desks/<int:watchdesk_id>/retire/", views.retire, name="watchdesk-retire"),
    path("desks/<int:watchdesk_id>/watches/", views.add_watch, name="watch-add"),
    path("watches/<int:watch_id>/remove/", views.remove_watch, name="watch-remove"),
]

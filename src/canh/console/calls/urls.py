"""Addresses of calls."""

from __future__ import annotations

from django.urls import path

from canh.console.calls import duty, ladders, views

urlpatterns = [
    path("alarms/<int:alarm_id>/escalate/", views.escalate, name="alarm-escalate"),
    path("sites/<int:site_id>/calls/", views.sheet, name="call-sheet"),
    path("duty/", duty.page, name="duty"),
    path("duty/<int:duty_id>/remove/", duty.remove, name="duty-remove"),
    path("ladders/", ladders.page, name="ladders"),
    path("ladders/new/", ladders.write, name="ladder-new"),
    path("ladders/<int:ladder_id>/", ladders.change, name="ladder"),
    path("ladders/<int:ladder_id>/remove/", ladders.remove, name="ladder-remove"),
]

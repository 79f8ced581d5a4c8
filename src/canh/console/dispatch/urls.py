"""Addresses of dispatch."""

from __future__ import annotations

from django.urls import path

from canh.console.dispatch import orders, views

urlpatterns = [
    path("alarms/<int:alarm_id>/dispatch/", views.send, name="alarm-dispatch"),
    path("alarms/<int:alarm_id>/stand-down/", views.stand_down, name="alarm-stand-down"),
    path("alarms/<int:alarm_id>/dispatch/<int:dispatch_id>/", views.move, name="alarm-dispatch-move"),
    path("orders/", orders.page, name="orders"),
    path("orders/<int:dispatch_id>/", orders.answer, name="order"),
]

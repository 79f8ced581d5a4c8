"""Addresses of arming."""

from __future__ import annotations

from django.urls import path

from canh.console.arming import views

urlpatterns = [
    path("", views.board, name="closing"),
    path("<int:site_id>/arm/", views.arm, name="arming-arm"),
    path("<int:site_id>/disarm/", views.disarm, name="arming-disarm"),
    path("<int:site_id>/leave-out/", views.leave_out, name="arming-leave-out"),
    path("<int:site_id>/left-out/<int:bypass_id>/end/", views.guard_again, name="arming-guard"),
]

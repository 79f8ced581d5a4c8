"""Addresses of floor plans."""

from __future__ import annotations

from django.urls import path

from canh.console.plans import views

urlpatterns = [
    path("<int:site_id>/plans/", views.plans, name="plans"),
    path("<int:site_id>/plans/<int:plan_id>/", views.plan, name="plan"),
    path("<int:site_id>/plans/<int:plan_id>/picture/", views.picture, name="plan-picture"),
    path("<int:site_id>/plans/<int:plan_id>/remove/", views.remove, name="plan-remove"),
    path("<int:site_id>/plans/<int:plan_id>/marks/", views.place, name="plan-mark"),
    path("<int:site_id>/plans/<int:plan_id>/marks/<int:mark_id>/remove/", views.take_off, name="plan-unmark"),
]

"""Addresses of people, roles and units."""

from __future__ import annotations

from django.urls import path

from canh.console.people import units, views

urlpatterns = [
    path("", views.people, name="people"),
    path("add/", views.add, name="person-add"),
    path("units/", units.tree, name="units"),
    path("units/add/", units.add, name="unit-add"),
    path("units/areas/", units.add_areas, name="areas-add"),
    path("units/<int:unit_id>/rename/", units.rename, name="unit-rename"),
    path("<int:user_id>/", views.person, name="person"),
    path("<int:user_id>/roles/", views.give_role, name="role-give"),
    path("<int:user_id>/roles/<int:assignment_id>/end/", views.end_role, name="role-end"),
    path("<int:user_id>/active/", views.set_active, name="person-active"),
    path("<int:user_id>/password/", views.reset_password, name="person-password"),
]

"""Addresses of the map."""

from __future__ import annotations

from django.urls import path

from canh.console.map import views

urlpatterns = [
    path("", views.map_page, name="map"),
    path("areas.json", views.areas_json, name="map-areas"),
    path("sites.json", views.sites_json, name="map-sites"),
]

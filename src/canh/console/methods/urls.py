"""Address of the catalogue of methods."""

from __future__ import annotations

from django.urls import path

from canh.console.methods import views

urlpatterns = [path("", views.page, name="catalogue")]

"""Addresses of the first run."""

from __future__ import annotations

from django.urls import path

from canh.console.setup import channels, views

urlpatterns = [
    path("", views.first_person, name="setup"),
    path("premises/", views.first_site, name="setup-premises"),
    path("channels/", channels.channels, name="channels"),
    path("channels/<str:kind>/", channels.channel, name="channel"),
    path("channels/<str:kind>/test/", channels.test_channel, name="channel-test"),
]

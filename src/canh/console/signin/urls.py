"""Addresses of the door and of a person's own settings."""

from __future__ import annotations

from django.urls import path

from canh.console.signin import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/drill/", views.enter_drill, name="enter-drill"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("me/", views.preferences, name="preferences"),
    path("me/password/", views.change_password, name="password"),
]

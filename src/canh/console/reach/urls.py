"""Addresses of contact methods."""

from __future__ import annotations

from django.urls import path

from canh.console.reach import views

urlpatterns = [
    path("me/contacts/", views.methods, name="methods"),
    path("me/contacts/<int:method_id>/test/", views.test_one, name="method-test"),
    path("me/contacts/<int:method_id>/confirm/", views.confirm_one, name="method-confirm"),
    path("me/contacts/<int:method_id>/first/", views.put_one_first, name="method-first"),
    path("me/contacts/<int:method_id>/remove/", views.remove_one, name="method-remove"),
    path("me/contacts/browser/", views.add_browser, name="method-browser"),
    path("push-worker.js", views.push_worker, name="push-worker"),
    path("reach/", views.unreachable, name="unreachable"),
]

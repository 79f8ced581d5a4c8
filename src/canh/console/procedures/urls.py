"""Addresses of procedures."""

from __future__ import annotations

from django.urls import path

from canh.console.procedures import editor, views

urlpatterns = [
    path("", views.procedures, name="procedures"),
    path("kind/<slug:case_kind>/", views.built_in, name="procedure-built-in"),
    path("skipped/<int:answer_id>/seen/", views.seen, name="procedure-seen"),
    path("write/", editor.write, name="procedure-write"),
    path("<int:procedure_id>/", editor.procedure, name="procedure"),
    path("<int:procedure_id>/step/", editor.step, name="procedure-step"),
    path("<int:procedure_id>/move/", editor.move, name="procedure-move"),
    path("<int:procedure_id>/remove/", editor.remove, name="procedure-remove"),
    path("<int:procedure_id>/publish/", editor.publish, name="procedure-publish"),
    path("<int:procedure_id>/discard/", editor.discard, name="procedure-discard"),
    path("<int:procedure_id>/retire/", editor.retire, name="procedure-retire"),
]

"""Addresses of the police."""

from __future__ import annotations

from django.urls import path

from canh.console.police import desks, views

urlpatterns = [
    path("police/", views.page, name="police"),
    path("police/csv/", views.as_csv, name="police-csv"),
    path("police/code/", views.find, name="police-code"),
    path("police/desks/", desks.page, name="police-desks"),
    path("police/desks/add/", desks.add, name="police-desk-add"),
    path("police/desks/<int:desk_id>/", desks.change, name="police-desk"),
    path("police/desks/<int:desk_id>/test/", desks.test, name="police-desk-test"),
    path("police/desks/<int:desk_id>/retire/", desks.retire, name="police-desk-retire"),
    path("police/<int:referral_id>/", views.referral, name="referral"),
    path("police/<int:referral_id>/sheet/", views.sheet_page, name="referral-sheet"),
    path("police/<int:referral_id>/mail/", views.mail, name="referral-mail"),
    path("police/<int:referral_id>/code/", views.called_back, name="referral-code"),
    path("police/<int:referral_id>/<slug:act>/", views.take_down, name="referral-act"),
    path("cases/<int:incident_id>/police/", views.hand_over, name="case-police"),
]

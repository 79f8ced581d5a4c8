"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from canh.console.desk import history, live, owners, shelf, storm_views, views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("live/", live.live, name="live"),
    path("alarms/", history.history, name="alarms"),
    path("alarms/export.csv", history.history_csv, name="alarms-csv"),
    path("alarms/storm/", storm_views.show, name="storm"),
    path("alarms/storm/acknowledge/", storm_views.acknowledge, name="storm-acknowledge"),
    path("alarms/storm/close/", storm_views.close, name="storm-close"),
    path("alarms/next/", owners.take_next, name="alarm-next"),
    path("alarms/<int:alarm_id>/take-over/", owners.take_over, name="alarm-take-over"),
    path("handover/", owners.handover, name="handover"),
    path("handover/waiting/", owners.handover_waits, name="handover-waits"),
    path("handover/<int:handover_id>/accept/", owners.accept, name="handover-accept"),
    path("handover/<int:handover_id>/withdraw/", owners.withdraw, name="handover-withdraw"),
    path("alarms/shelved/", shelf.shelf, name="shelf"),
    path("alarms/<int:alarm_id>/shelve/", shelf.shelve, name="alarm-shelve"),
    path("alarms/<int:alarm_id>/unshelve/", shelf.unshelve, name="alarm-unshelve"),
    path("alarms/<int:alarm_id>/", views.alarm_page, name="alarm"),
    path("alarms/<int:alarm_id>/acknowledge/", views.acknowledge, name="alarm-acknowledge"),
    path("alarms/<int:alarm_id>/close/", views.close, name="alarm-close"),
    path("alarms/<int:alarm_id>/note/", views.note, name="alarm-note"),
    path("alarms/<int:alarm_id>/sight/", views.sight, name="alarm-sight"),
    path("alarms/<int:alarm_id>/reopen/", views.reopen, name="alarm-reopen"),
]

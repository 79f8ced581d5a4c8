from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    name = "canh.alarms"
    label = "alarms"

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "canh.incidents"
    label = "incidents"

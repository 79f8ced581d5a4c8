from django.apps import AppConfig


class GuardsConfig(AppConfig):
    name = "canh.guards"
    label = "guards"

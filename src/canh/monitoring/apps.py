from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "canh.monitoring"
    label = "monitoring"

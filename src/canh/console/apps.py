from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "canh.console"
    label = "console"

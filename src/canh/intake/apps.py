from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "canh.intake"
    label = "intake"

from django.apps import AppConfig


class LiaisonConfig(AppConfig):
    name = "canh.liaison"
    label = "liaison"

from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "canh.sites"
    label = "sites"

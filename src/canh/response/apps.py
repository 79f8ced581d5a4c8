from django.apps import AppConfig


class ResponseConfig(AppConfig):
    name = "canh.response"
    label = "response"

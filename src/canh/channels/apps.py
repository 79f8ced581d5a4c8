from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "canh.channels"
    label = "channels"

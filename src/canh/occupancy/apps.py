from django.apps import AppConfig


class OccupancyConfig(AppConfig):
    name = "canh.occupancy"
    label = "occupancy"

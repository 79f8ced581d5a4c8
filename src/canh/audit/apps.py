from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "canh.audit"
    label = "audit"

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "canh.accounts"
    label = "accounts"

"""Django settings, from the environment and the data folder.

Every `CANH_*` setting is described in docs/ref/settings.md; a test compares the two.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from canh.kit import crypto, net, paths

PACKAGE = Path(__file__).resolve().parent.parent


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    try:
        return int(text) if text else default
    except ValueError:
        raise SystemExit(f"{name}={text!r} is not a whole number") from None


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


CANH_HOST = os.environ.get("CANH_HOST", "127.0.0.1")
CANH_PORT = _number("CANH_PORT", 8113)
CANH_DC09_HOST = os.environ.get("CANH_DC09_HOST", CANH_HOST)
CANH_DC09_PORT = _number("CANH_DC09_PORT", 12128)
CANH_DC09_PUBLIC = os.environ.get("CANH_DC09_PUBLIC", "")
CANH_MQTT = _list("CANH_MQTT")
CANH_WEBHOOK_PORT = _number("CANH_WEBHOOK_PORT", 0)
CANH_RECEIVER_PORT = _number("CANH_RECEIVER_PORT", 0)
CANH_RECEIVERS = _list("CANH_RECEIVERS")
CANH_RECEIVER_PREFIXES = _list("CANH_RECEIVER_PREFIXES")
CANH_ONVIF_DISCOVER = bool(_number("CANH_ONVIF_DISCOVER", 0))
CANH_SMS = os.environ.get("CANH_SMS", "")
CANH_SECURE = bool(_number("CANH_SECURE", 0))

SECRET_KEY = crypto.django_secret()
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *_list("CANH_ALLOWED_HOSTS")]
ALLOWED_HOSTS += net.own_names() if CANH_HOST in net.ANY else [CANH_HOST]
CSRF_TRUSTED_ORIGINS = _list("CANH_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "js_lib_leaflet",
    "canh.audit",
    "canh.channels",
    "canh.accounts",
    "canh.sites",
    "canh.intake",
    "canh.guards",
    "canh.occupancy",
    "canh.alarms",
    "canh.monitoring",
    "canh.incidents",
    "canh.response",
    "canh.liaison",
    "canh.console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "canh.console.headers.StrictHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "canh.console.access.CurrentUser",
    "canh.console.language.ChosenLanguage",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "canh.config.urls"
ASGI_APPLICATION = "canh.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "canh.console.context.console",
            ],
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "canh.kit.sqlite",
        "NAME": paths.database(),
        "TEST": {"NAME": ":memory:"},
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "full_name"]},
    },
]
LOGIN_URL = "sign-in"

SESSION_COOKIE_AGE = 12 * 3600  # one long shift
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CANH_SECURE
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "canh_session", "canh_csrf", "canh_language"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = os.environ.get("CANH_TIME_ZONE", "Asia/Ho_Chi_Minh")
FORMAT_MODULE_PATH = ["canh.config.formats"]

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"links": {"()": "canh.console.quiet.HideLinks"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["links"]}},
    # A stranger's Host header is answered with 400; a traceback for each would only fill the log.
    "loggers": {"django.security.DisallowedHost": {"level": "CRITICAL"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("CANH_LOG", "WARNING").upper()},
}

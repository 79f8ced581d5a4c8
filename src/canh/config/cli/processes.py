"""The processes, each on its own: for a city where each is a service, and for `canh up`."""

from __future__ import annotations

import argparse
import logging
import secrets
import threading
import time
import warnings

from canh.config.cli import sending, setting_up
from canh.config.cli.out import say
from canh.kit import beat, net, paths, precedence


def arguments(_verb: str, _parser: argparse.ArgumentParser) -> None:
    """They take their settings from the environment."""


def main(words: argparse.Namespace) -> int:
    if words.verb == "migrate":
        setting_up.start_django()
        setting_up.migrate()
        say("✓")
        return 0
    setting_up.open_data(may_make=True)
    logging.captureWarnings(True)
    {"gateway": _gateway, "engine": _engine, "notify": _notify, "watch": _watch, "web": _web}[words.verb](words)
    return 0


def _gateway(_words: argparse.Namespace) -> None:
    from django.conf import settings

    from canh.gateway import service
    from canh.gateway.doors import DoorSettings

    service.main(
        DoorSettings(
            host=settings.CANH_DC09_HOST,
            dc09_port=settings.CANH_DC09_PORT,
            mqtt=tuple(settings.CANH_MQTT),
            webhook_port=settings.CANH_WEBHOOK_PORT or None,
            receiver_port=settings.CANH_RECEIVER_PORT or None,
            receivers=tuple(settings.CANH_RECEIVERS),
            receiver_prefixes=tuple(settings.CANH_RECEIVER_PREFIXES),
            onvif_discover=settings.CANH_ONVIF_DISCOVER,
            sms=settings.CANH_SMS,
        )
    )


def _engine(_words: argparse.Namespace) -> None:
    from canh.engine import cycle

    precedence.step_back()
    cycle.main()


def _notify(_words: argparse.Namespace) -> None:
    from canh.response import notifier

    precedence.step_back()
    sending.start()
    notifier.main()


def _watch(_words: argparse.Namespace) -> None:
    from django.conf import settings
    from django.urls import reverse

    from canh.engine import watch

    precedence.step_back()
    host = "127.0.0.1" if settings.CANH_HOST in net.ANY else settings.CANH_HOST
    place = f"[{host}]" if ":" in host else host
    watch.main(f"http://{place}:{settings.CANH_PORT}{reverse('health-live')}")


def _web(_words: argparse.Namespace) -> None:
    import uvicorn
    from django.conf import settings

    precedence.step_back()
    # WhiteNoise hands over files in pieces; Django reads them whole under ASGI and says so each time.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    _offer_setup_code()
    threading.Thread(target=_beat_forever, name="beat", daemon=True).start()
    uvicorn.run(
        "canh.config.asgi:application", host=settings.CANH_HOST, port=settings.CANH_PORT, log_level="warning",
        access_log=False, server_header=False, proxy_headers=False, lifespan="off",
        timeout_graceful_shutdown=2,  # live streams never end by themselves
    )  # fmt: skip


def _offer_setup_code() -> None:
    """Whoever opens the first-run page other than on this machine must know what the terminal says."""
    from django.conf import settings

    from canh.accounts.queries import is_empty

    code = paths.folder("run") / "setup-code"
    if not is_empty():
        code.unlink(missing_ok=True)
        return
    if not code.exists():
        code.touch(0o600)
        code.write_text("-".join(f"{secrets.randbelow(10**4):04d}" for _ in range(3)))
    if not net.is_loopback(settings.CANH_HOST):
        say(f"  Mã khởi tạo · setup code: {code.read_text()}")


def _beat_forever() -> None:
    while True:
        beat.stamp("web")
        time.sleep(2)

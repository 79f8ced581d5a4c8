"""The process `canh drill`: plays the seeded ward against a gateway. Django is set up already."""

from __future__ import annotations

import asyncio
import logging
import signal
from random import Random, SystemRandom

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils.translation import gettext as _

from canh.alarms import queries as alarms
from canh.drill import scenes, ward
from canh.drill.dc09 import Speech
from canh.drill.exchange import Exchange
from canh.drill.player import Player
from canh.drill.scenes import Actor, ZoneRef
from canh.drill.seed import EVERYONE
from canh.sites import queries as sites

log = logging.getLogger("canh.drill")

LOOK_AGAIN_S = 10.0


def load_cast() -> list[Actor]:
    """The working panels of drill premises, with their keys. Empty before the ward is seeded."""
    close_old_connections()
    speech = {plan.name: plan.speaks for plan in ward.load().sites}
    directory = sites.panel_directory()
    actors = []
    drill = sites.visible_to(EVERYONE).filter(is_drill=True, closed_at__isnull=True)
    for site in drill.prefetch_related("panels__zones").order_by("id"):
        for panel in site.panels.all():
            if panel.account not in directory or panel.retired_at is not None:
                continue
            zones: dict[str, list[ZoneRef]] = {}
            for zone in sorted(panel.zones.all(), key=lambda zone: zone.number):
                zones.setdefault(zone.use, []).append(ZoneRef(zone.number, zone.partition))
            says = speech.get(site.name, Speech.SIA)
            actors.append(Actor(panel.account, directory[panel.account].key, says, site.kind, zones))
    return actors


def _open_drill_count() -> int:
    close_old_connections()
    return alarms.open_drill_count()


async def play(host: str, port: int, *, pace: float = 1.0, seed: int | None = None, stop: asyncio.Event) -> None:
    """Play until `stop`. `pace`: how many times faster than life; `seed`: the same play again.

    Errors of the database come out: whoever started the process starts it again.
    """
    actors = await _cast(stop)
    dice = SystemRandom() if seed is None else Random(seed)  # noqa: S311  # a play is no secret
    exchange = Exchange(host, port, stop)
    player = Player(
        scenes.load(),
        actors,
        say=exchange.say,
        wait=lambda seconds: exchange.wait(seconds / pace),
        open_count=sync_to_async(_open_drill_count),
        dice=dice,
    )
    try:
        if await exchange.wait(0):  # the watch starts when there is somebody to ring
            await player.run()
    finally:
        await exchange.close()


async def _cast(stop: asyncio.Event) -> list[Actor]:
    """The actors, as soon as there are any; empty only at the stop."""
    actors = await sync_to_async(load_cast)()
    if not actors:
        log.warning(_("There are no drill premises yet; the drill waits for them."))
    while not actors and not stop.is_set():
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await stop.wait()
        except TimeoutError:
            actors = await sync_to_async(load_cast)()
    return actors


def main(host: str, port: int, pace: float = 1.0) -> None:
    """Run until SIGTERM or SIGINT."""
    asyncio.run(_until_signal(host, port, pace))


async def _until_signal(host: str, port: int, pace: float) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await play(host, port, pace=pace, stop=stop)

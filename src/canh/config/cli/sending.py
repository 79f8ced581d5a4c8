"""What is sent without anybody asking: tests of contact methods that are due; that the watcher itself is silent.
A thread of the process that calls people, which may wait for other machines while the engine may not."""

from __future__ import annotations

import logging
import threading
import time

LOOK_S = 10.0
AT_ONCE = 10

log = logging.getLogger(__name__)


def start() -> None:
    threading.Thread(target=_forever, name="contact-tests", daemon=True).start()


def _forever() -> None:
    from django.db import close_old_connections

    from canh.accounts.actions_contacts import test_due
    from canh.engine.watch import Watch, beats, desk_teller

    watcher = Watch({"watch": beats("watch")}, say=desk_teller("notify"))
    while True:
        time.sleep(LOOK_S)
        try:
            watcher.once()
            test_due(AT_ONCE)
        except Exception:  # a database that is away now must not end the tests for ever
            log.exception("contact methods could not be tested")
        close_old_connections()

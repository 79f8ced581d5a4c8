"""Who goes first when there is too little processor for all: the gateway, since a panel waits for its answer.

Linux weighs sessions before it weighs processes (autogroup, `sched(7)`): a nice value alone says nothing to
another session. Under systemd the groups weigh instead (`CPUWeight` in `deploy/`), and this does no harm.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

BEHIND = 10
"""A tenth of the weight of the gateway; all of the processor when that has nothing to do."""
AUTOGROUP = Path("/proc/self/autogroup")
TRIES, PAUSE_S = 10, 0.15  # the kernel lets ordinary users, all together, change one session in 0.1 s
log = logging.getLogger(__name__)


def step_back(by: int = BEHIND) -> None:
    """Let others go first from now on: this process, and the session it leads."""
    now = os.nice(by)
    if AUTOGROUP.exists() and os.getsid(0) == os.getpid():  # a shared session is not ours to weigh
        _weigh_session(now)


def _weigh_session(nice: int) -> None:
    for left in reversed(range(TRIES)):
        try:
            AUTOGROUP.write_text(str(nice))
        except BlockingIOError:
            if not left:
                log.warning("the kernel was too busy to let this session step back behind the gateway")
            time.sleep(PAUSE_S)
        except OSError as error:  # work goes on, with one more to share the processor
            log.warning("this session does not step back behind the gateway: %s", error)
            return
        else:
            return

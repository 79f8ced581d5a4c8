"""What was active when the gateway stopped, so that its end is noticed after the restart."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from canh.gateway.onvif.clerk import File
from canh.gateway.onvif.states import States

log = logging.getLogger(__name__)


def written(files: Mapping[str, File]) -> str:
    """Only what is active or at fault: of a healthy camera at night that is nothing."""
    kept = {
        account: {"active": sorted(file.states.active()), "faults": sorted(file.faults)}
        for account, file in files.items()
        if file.faults or file.states.active()
    }
    return json.dumps(kept, ensure_ascii=False)


def save(path: Path, text: str) -> None:
    """Whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def load(path: Path) -> dict[str, File]:
    """{} when there is none, or none that can be read: then an end may go unnoticed, nothing worse."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            account: File(States(dict.fromkeys(one["active"], True)), set(one["faults"]))
            for account, one in found.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("what cameras last said cannot be read: %s", error)
        return {}

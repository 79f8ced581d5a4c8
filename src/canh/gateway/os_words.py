"""What the operating system says about a connection or a port, as sentences that can be translated."""

from __future__ import annotations

import errno
import os
import socket

from django.utils.translation import gettext_noop as _

from canh.kit.saying import Saying

KNOWN = (
    _("Connection refused"), _("Connection reset by peer"), _("Connection timed out"), _("No route to host"),
    _("Network is unreachable"), _("Broken pipe"), _("No such file or directory"), _("No such device"),
    _("Permission denied"), _("Device or resource busy"), _("Input/output error"), _("Address already in use"),
)  # fmt: skip
"""Words of the C library that a person may meet; all others are shown as they come."""


def reason(error: OSError) -> str:
    """In a few words: for the fact `reason` of a saying."""
    if isinstance(error, socket.gaierror):
        return _("the name is unknown")
    if isinstance(error, TimeoutError):
        return _("does not answer")
    return os.strerror(error.errno) if error.errno else str(error) or type(error).__name__


def cannot_listen(error: OSError, host: str, port: int | str | None, setting: str) -> Saying:
    """Why a port cannot be had, and which setting chooses another."""
    texts = {
        errno.EADDRINUSE: _("port %(port)s is in use by another program; choose another with %(setting)s"),
        errno.EACCES: _("port %(port)s may be opened by an administrator only; choose another with %(setting)s"),
        errno.EADDRNOTAVAIL: _("port %(port)s cannot be opened: this machine has no address %(host)s"),
    }
    text = texts.get(error.errno or 0, _("port %(port)s cannot be opened: %(reason)s"))
    return Saying(text, {"port": str(port), "host": host, "setting": setting, "reason": reason(error)})

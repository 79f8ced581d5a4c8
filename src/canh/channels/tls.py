"""Connections that prove who is at the other end, and what is said when they cannot be made."""

from __future__ import annotations

import socket
import ssl

from django.utils.translation import gettext as _

from canh.channels.trouble import ForGood, ForNow, NotSent


def context(ca: str) -> ssl.SSLContext:
    """Certificates and names are always looked at. `ca`: authorities to trust as PEM; empty: those of the system.
    Raises ForGood."""
    try:
        return ssl.create_default_context(cadata=ca or None)
    except (ssl.SSLError, ValueError):
        raise ForGood(_("The certificate authority that was entered is not readable; paste it as PEM.")) from None


def why(error: OSError, host: str) -> NotSent:
    """The operating system's trouble in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ForGood(
            _("%(host)s does not prove who it is: %(reason)s.") % {"host": host, "reason": error.verify_message}
        )
    if isinstance(error, ssl.SSLError):
        return ForNow(_("No private connection with %(host)s.") % {"host": host})
    if isinstance(error, socket.gaierror):
        return ForNow(_("The name %(host)s is not found.") % {"host": host})
    if isinstance(error, TimeoutError):
        return ForNow(_("%(host)s did not answer in time.") % {"host": host})
    if isinstance(error, ConnectionRefusedError):
        return ForNow(_("%(host)s refuses the connection.") % {"host": host})
    return ForNow(_("The connection with %(host)s broke off.") % {"host": host})

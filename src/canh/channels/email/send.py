"""Hands one message to the operator's mail server (RFC 5321)."""

from __future__ import annotations

import base64
import hashlib
import smtplib
import socket
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from django.utils.translation import gettext as _

from canh.channels import tls
from canh.channels.limit import Limit
from canh.channels.message import Message
from canh.channels.queries import Setup
from canh.channels.terms import Security
from canh.channels.trouble import ForGood, ForNow, NotSent
from canh.channels.words import title_of
from canh.kit import clock

GOODBYE_S = 1.0


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    ca: str = ""


def send(setup: Setup, address: str, message: Message, limit: Limit) -> str:
    """The server has taken it when this returns. Raises NotSent."""
    server = Server(**setup.facts)
    try:
        client = _Client(server, limit)
        with closing(client):
            _begin(client, server, setup.secret)
            client.send_message(_email(server, address, message), server.sender, [address])
            _say_goodbye(client)
    except smtplib.SMTPException as error:
        raise _why(error, server.host) from None
    except OSError as error:
        raise tls.why(error, server.host) from None
    return _("The mail server %(host)s has taken it.") % {"host": server.host}


def _say_goodbye(client: smtplib.SMTP) -> None:
    """The mail is the server's already, so whatever it answers to this must not make us send it again."""
    with suppress(smtplib.SMTPException, OSError):
        if client.sock is not None:
            client.sock.settimeout(GOODBYE_S)
        client.docmd("QUIT")


class _Client(smtplib.SMTP):
    """`local_hostname` is given, since smtplib would ask the name service for one."""

    def __init__(self, server: Server, limit: Limit) -> None:
        self._server, self._limit = server, limit
        super().__init__(server.host, server.port, server.sender.rpartition("@")[2], timeout=limit.left())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = self._limit.connect(host, port)
        if self._server.security != Security.TLS:
            return line
        return tls.context(self._server.ca).wrap_socket(line, server_hostname=host)


def _begin(client: smtplib.SMTP, server: Server, password: str) -> None:
    """Private first, then who we are: a server that offers no TLS gets no password."""
    if server.security == Security.STARTTLS:
        client.starttls(context=tls.context(server.ca))
    if server.user:
        if not isinstance(client.sock, ssl.SSLSocket):
            raise ForGood(_("A password is sent over a private connection only; choose TLS or STARTTLS."))
        _sign_in(client, server.user, password)


def _sign_in(client: smtplib.SMTP, user: str, password: str) -> None:
    """smtplib takes ASCII only; others go as UTF-8 (RFC 4616)."""
    if user.isascii() and password.isascii():
        client.login(user, password)
        return
    client.ehlo_or_helo_if_needed()
    told = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    code, answer = client.docmd("AUTH", f"PLAIN {told}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _email(server: Server, address: str, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Canh <{server.sender}>", address
    mail["Subject"] = title_of(message)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message_id(message.key, address, server.sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody on holiday answers it
    mail.set_content(f"{title_of(message)}\n\n{message.body or message.text}\n")
    return mail


def message_id(key: str, address: str, sender: str) -> str:
    """The same for each try of one message to one person, so that mail programs show it once."""
    digest = hashlib.sha256(f"{key}\n{address}".encode()).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def _why(error: smtplib.SMTPException, host: str) -> NotSent:
    """4xx may pass, 5xx does not (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ForGood(_("The mail server %(host)s does not offer what is set up (TLS or sign-in).") % {"host": host})
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return ForNow(_("The connection with %(host)s broke off.") % {"host": host})
    code = _code(error)
    facts = {"host": host, "code": code}
    if isinstance(error, smtplib.SMTPAuthenticationError) and code >= 500:
        return ForGood(_("The mail server %(host)s refuses user name or password (%(code)s).") % facts)
    if code >= 500:
        return ForGood(_("The mail server %(host)s refuses the message for good (%(code)s).") % facts)
    return ForNow(_("The mail server %(host)s does not take the message now (%(code)s).") % facts)


def _code(error: smtplib.SMTPException) -> int:
    """The answer's number; 0 where there was none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _text in error.recipients.values()), 0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0

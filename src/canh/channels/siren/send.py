"""Switches a siren by one message that the broker acknowledges (MQTT 5, QoS 1)."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from canh.channels import tls
from canh.channels.limit import Limit
from canh.channels.message import Message
from canh.channels.queries import Setup
from canh.channels.terms import Security
from canh.channels.trouble import ForGood, ForNow, NotSent

CHIRP_S = 1.0
"""So long a siren sounds in a test."""
TURN_S = 0.1
TAKEN, NOBODY, FAILS = 0x00, 0x10, 0x80
"""Reason codes of PUBACK and CONNACK (MQTT 5.0, 2.4)."""
WRONG = {0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x90, 0x95, 0x99, 0x9D}
"""Those that stay until a person changes something: refused identity, rights, version, topic; used elsewhere."""


def send(setup: Setup, address: str, message: Message, limit: Limit) -> str:
    """The siren's broker has taken "on" when this returns; in a test also "off", a second later. Raises NotSent."""
    facts = setup.facts
    _demand_listed(setup, address)
    with _Line(setup, limit) as line:
        line.publish(address, facts["on"])
        if message.is_test:
            time.sleep(CHIRP_S)
            _end_test(line, address, facts["off"])
    return _("The broker %(host)s has taken it for the siren.") % {"host": facts["host"]}


def silence(setup: Setup, address: str, limit: Limit) -> str:
    """Off. Raises NotSent."""
    _demand_listed(setup, address)
    with _Line(setup, limit) as line:
        line.publish(address, setup.facts["off"])
    return _("The broker %(host)s has taken it for the siren.") % {"host": setup.facts["host"]}


def _demand_listed(setup: Setup, topic: str) -> None:
    if topic not in setup.facts["topics"]:
        raise ForGood(_("%(topic)s is not among the sirens that the administrator named.") % {"topic": topic})


def _end_test(line: _Line, topic: str, payload: str) -> None:
    try:
        line.publish(topic, payload)
    except NotSent as error:  # trying the whole again would sound it again
        words = _("The siren was switched on and could not be switched off: do that by hand. %(reason)s")
        raise ForGood(words % {"reason": error.detail}) from None


class _Line:
    """One connection, for one message or two. Every wait looks at the time that is left."""

    def __init__(self, setup: Setup, limit: Limit) -> None:
        self._facts, self._limit = setup.facts, limit
        self._answer: int | None = None
        self._client = Client(CallbackAPIVersion.VERSION2, f"canh-siren-{secrets.token_hex(6)}", protocol=MQTTv5)
        self._client.connect_timeout = limit.left()
        self._client.on_socket_open = lambda _c, _u, line: limit.hold(line)
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._hear(reason)
        self._client.on_publish = lambda _c, _u, _m, reason, _p: self._hear(reason)
        if self._facts["user"]:
            self._client.username_pw_set(self._facts["user"], setup.secret)
        if self._facts["security"] == Security.TLS:
            self._client.tls_set_context(tls.context(self._facts["ca"]))

    def __enter__(self) -> _Line:
        host = self._facts["host"]
        try:
            self._client.connect(host, self._facts["port"], keepalive=max(int(self._limit.left()), 1))
        except OSError as error:
            raise tls.why(error, host) from None
        self._judge(self._wait())
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):  # gone already; what it took, it has
            self._client.disconnect()

    def publish(self, topic: str, payload: str) -> None:
        """Raises NotSent."""
        self._answer = None
        self._client.publish(topic, payload.encode(), qos=1)
        code = self._wait()
        if code == NOBODY:
            raise ForNow(_("No siren listens on %(topic)s at present.") % {"topic": topic})
        self._judge(code)

    def _hear(self, reason: Any) -> None:
        self._answer = int(reason.value)

    def _wait(self) -> int:
        """The broker's answer."""
        while self._answer is None:
            if self._client.loop(min(TURN_S, self._limit.left())) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
        if self._answer is None:
            raise ForNow(_("The connection with %(host)s broke off.") % {"host": self._facts["host"]})
        return self._answer

    def _judge(self, code: int) -> None:
        facts = {"host": self._facts["host"], "code": f"0x{code:02x}"}
        if code in WRONG:
            raise ForGood(_("The broker %(host)s refuses us or this topic (%(code)s).") % facts)
        if code >= FAILS:
            raise ForNow(_("The broker %(host)s does not take it now (%(code)s).") % facts)

"""The connection to a broker, for ever, in a thread of its own.

A thread, because paho's connecting (name, TCP, TLS) blocks, and a gateway must not wait for a broker. Its own
turn instead of paho's, because paho's uses select(), which fails once the gateway has a thousand other
connections open. Every call of paho is made in this thread; other threads leave orders.
"""

from __future__ import annotations

import logging
import random
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from django.utils.translation import gettext_noop as _
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from canh.gateway.mqtt.broker import Broker
from canh.gateway.os_words import reason as os_reason
from canh.kit import clock
from canh.kit.saying import Saying

KEEPALIVE_S = 30
SESSION_S = 7 * 86_400
"""How long the broker keeps what comes while we are away (MQTT 5; with 3.1.1 the broker decides)."""
MAX_PACKET = 16 * 1024 * 1024
AT_ONCE = 100
"""Messages a broker may send before it hears of the first (MQTT 5)."""
ROOM = 500
"""Messages on their way to the journal, one that is long counting for several; beyond, the rest stays in the socket."""
PIECE = 64 * 1024
PATIENCE_S = (1.0, 60.0)
"""Between two tries; doubled each time, until a connection lasts."""
LASTS_S = 30.0
SAME_NAME = Saying(_("perhaps another program uses the same client id: set ?client="))

log = logging.getLogger(__name__)


class Message(NamedTuple):
    topic: str
    payload: bytes
    mid: int
    qos: int
    is_retained: bool
    is_again: bool
    received_at: int

    @property
    def room(self) -> int:
        return room_for(self.payload)


def room_for(payload: bytes | bytearray) -> int:
    return min(1 + len(payload) // PIECE, ROOM)


class Room:
    """How much may be under way, so that a flood stays with the broker instead of in our memory."""

    def __init__(self, size: int = ROOM) -> None:
        self._free, self._changed = size, threading.Condition()

    def take(self, count: int, timeout_s: float) -> bool:
        with self._changed:
            is_there = self._changed.wait_for(lambda: self._free >= count, timeout_s)
            self._free -= count if is_there else 0
            return is_there

    def give(self, count: int) -> None:
        with self._changed:
            self._free += count
            self._changed.notify_all()


class Listener(Protocol):
    """Called in the event loop. `turn`: which connection since the start."""

    def on_up(self, turn: int) -> None: ...
    def on_down(self, *problems: Saying) -> None: ...
    def on_message(self, turn: int, message: Message) -> None: ...


class Wire:
    """`start`, then orders from the event loop, at the end `stop`."""

    def __init__(
        self, broker: Broker, client_id: str, topics: Callable[[], Sequence[tuple[str, int]]], listener: Listener,
        to_loop: Callable[..., Any],
    ) -> None:  # fmt: skip
        self._broker, self._client_id, self._topics = broker, client_id, topics
        self._listener, self._to_loop = listener, to_loop
        self._orders: deque[Callable[[Client], object]] = deque()
        self._hear, self._ring = socket.socketpair()
        self._hear.setblocking(False)
        self._ring.setblocking(False)
        self._stopping = threading.Event()
        self._room = Room()
        self._turn, self._patience_s = 0, PATIENCE_S[0]
        self._problems: tuple[Saying, ...] = ()
        self._first_ask: int | None = None
        self._up_at: float | None = None
        self._short_ones = 0
        """Connections in a row that were good and soon lost."""
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{broker.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what is ordered, say goodbye; the broker keeps the session. Waits for the thread."""
        self._stopping.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(10)

    def acknowledge(self, turn: int, mid: int) -> None:
        """Unless the connection is another by now: then the broker sends it again."""
        self._order(lambda client: client.ack(mid, 1) if turn == self._turn else None)

    def subscribe(self, topics: Sequence[tuple[str, int]]) -> None:
        """Also again, to be sent what is retained."""
        if topics:
            self._order(lambda client: client.subscribe(list(topics)))

    def break_off(self, problem: Saying) -> None:
        """So that the broker sends again what was not acknowledged."""

        def give_up(_client: Client) -> None:
            self._problems = (problem,)

        self._order(give_up)

    def release(self, message: Message) -> None:
        """It is done with: room for another."""
        self._room.give(message.room)

    def _order(self, order: Callable[[Client], object]) -> None:
        self._orders.append(order)
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError, OSError):  # full: it is awake already
            self._ring.send(b"!")

    def _run(self) -> None:
        while not self._stopping.is_set():
            problems = self._weigh(self._connection())
            if not self._stopping.is_set():
                self._tell(self._listener.on_down, *problems)
                wait_s, self._patience_s = self._patience_s, min(self._patience_s * 2, PATIENCE_S[1])
                self._stopping.wait(wait_s * random.uniform(0.8, 1.2))  # noqa: S311  # many gateways, one broker
        self._hear.close()
        self._ring.close()

    def _weigh(self, problems: tuple[Saying, ...]) -> tuple[Saying, ...]:
        """A broker throws out who comes with a name that is in use, often without a word."""
        if self._up_at is None:
            return problems
        if time.monotonic() - self._up_at > LASTS_S:
            self._patience_s, self._short_ones = PATIENCE_S[0], 0
        self._short_ones += 1
        return problems if self._short_ones < 3 else (*problems, SAME_NAME)

    def _connection(self) -> tuple[Saying, ...]:
        """One connection from beginning to end; why it ended."""
        self._problems, self._turn, self._up_at = (), self._turn + 1, None
        self._orders.clear()
        client = self._client()
        try:
            self._connect(client)
            code = self._serve(client)
        except (OSError, ValueError) as error:
            return (explain(error),)
        except Exception as error:  # a fault of the library or of ours must not end the only thread that listens
            log.exception("the connection to broker %s failed", self._broker.name)
            return (_as_it_is(type(error).__name__),)
        finally:
            with suppress(Exception):
                client.disconnect()
        return self._problems or (Saying(_("the connection was lost (%(code)s)"), {"code": code.name}),)

    def _client(self) -> Client:
        is_new = self._broker.version == 5
        client = Client(
            CallbackAPIVersion.VERSION2, self._client_id, clean_session=None if is_new else False,
            protocol=MQTTv5 if is_new else MQTTv311, reconnect_on_failure=False, manual_ack=True,
        )  # fmt: skip
        if self._broker.user:
            client.username_pw_set(self._broker.user, self._broker.password or None)
        if self._broker.is_tls:
            client.tls_set_context(ssl.create_default_context(cafile=self._broker.ca or None))
        client.on_connect, client.on_subscribe = self._on_connect, self._on_subscribe
        client.on_disconnect, client.on_message = self._on_disconnect, self._on_message
        return client

    def _connect(self, client: Client) -> None:
        if self._broker.version == 5:
            wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            wishes.SessionExpiryInterval = SESSION_S
            wishes.MaximumPacketSize, wishes.ReceiveMaximum = MAX_PACKET, AT_ONCE
            client.connect(self._broker.host, self._broker.port, KEEPALIVE_S, clean_start=False, properties=wishes)
        else:
            client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)

    def _serve(self, client: Client) -> MQTTErrorCode:
        poll = select.poll()
        poll.register(self._hear, select.POLLIN)
        connection: Any = client.socket()
        poll.register(connection, select.POLLIN)
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        while not code and not self._problems and self._is_open(client, connection):
            self._obey(client)
            if self._stopping.is_set() and not client.want_write():
                break
            poll.modify(connection, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
            has_more = bool(getattr(connection, "pending", int)())  # read by TLS already
            ready = {handle for handle, _event in poll.poll(0 if has_more else 1000)}
            code = self._take_turn(client, has_more or connection.fileno() in ready)
        return code

    def _is_open(self, client: Client, connection: object) -> bool:
        return client.socket() is connection

    def _take_turn(self, client: Client, is_readable: bool) -> MQTTErrorCode:
        with suppress(BlockingIOError):
            self._hear.recv(4096)
        code = client.loop_read() if is_readable else MQTTErrorCode.MQTT_ERR_SUCCESS
        if not code and client.want_write():
            code = client.loop_write()
        return code or client.loop_misc()

    def _obey(self, client: Client) -> None:
        while self._orders:
            self._orders.popleft()(client)

    def _tell(self, function: Callable[..., None], *words: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the gateway ends
            self._to_loop(function, *words)

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._problems = refusal(str(reason), self._broker)
        else:
            _code, self._first_ask = client.subscribe(list(self._topics()))

    def _on_subscribe(
        self, _client: Client, _data: Any, mid: int, reasons: list[ReasonCode], _more: Properties | None
    ) -> None:
        refused = sum(reason.is_failure for reason in reasons)
        if refused and refused == len(reasons) and mid == self._first_ask:
            self._problems = (Saying(_("the broker refuses the topics; give its user the right to read them")),)
            return
        if refused:
            log.warning("broker %s refuses %d of %d topics", self._broker.name, refused, len(reasons))
        self._up_at = self._up_at or time.monotonic()
        self._tell(self._listener.on_up, self._turn)

    def _on_disconnect(
        self, _client: Client, _data: Any, flags: DisconnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server and not self._problems:
            self._problems = refusal(str(reason), self._broker)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        while not self._room.take(room_for(message.payload), 1):
            if self._stopping.is_set():
                return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        told = Message(topic, bytes(message.payload), message.mid, message.qos, message.retain, message.dup,
                       clock.now_us())  # fmt: skip
        self._tell(self._listener.on_message, self._turn, told)


ADVICE = {
    "Not authorized": Saying(_("check user and password of the broker")),
    "Bad user name or password": Saying(_("check user and password of the broker")),
    "Unsupported protocol version": Saying(_("try ?version=3")),
    "Session taken over": SAME_NAME,
}
REASONS = (
    _("Not authorized"), _("Bad user name or password"), _("Unsupported protocol version"), _("Session taken over"),
    _("Server busy"), _("Server unavailable"), _("Server shutting down"), _("Keep alive timeout"),
    _("Client identifier not valid"),
)  # fmt: skip
"""What brokers say, as far as a person may meet it."""


def refusal(reason: str, broker: Broker) -> tuple[Saying, ...]:
    """What a person can do about it; never with the password."""
    advice = [what for name, what in ADVICE.items() if name.lower() in reason.lower()]
    said = Saying(_("broker %(name)s: %(reason)s"), {"name": broker.name, "reason": reason})
    return (said, *advice[:1])


def explain(error: Exception) -> Saying:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Saying(_("the certificate of the broker is not trusted: %(words)s"), {"words": error.verify_message})
    return _as_it_is(os_reason(error) if isinstance(error, OSError) else str(error))


def _as_it_is(reason: str) -> Saying:
    return Saying("%(reason)s", {"reason": reason})

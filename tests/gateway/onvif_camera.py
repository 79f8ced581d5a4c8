"""A camera for the tests: an HTTP server that speaks ONVIF as published.

So that it is not a mirror of the door, each message in either direction is held against the published schema, and an
independent client (onvif-zeep-async) must get along with it: tests/gateway/test_onvif_peer.py.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from tests.gateway import onvif_schema

EVENTS, DEVICE = "http://www.onvif.org/ver10/events/wsdl", "http://www.onvif.org/ver10/device/wsdl"
SPACES = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" '
    f'xmlns:e="{EVENTS}" xmlns:d="{DEVICE}" xmlns:t="http://www.onvif.org/ver10/schema" '
    'xmlns:n="http://docs.oasis-open.org/wsn/b-2" xmlns:tns1="http://www.onvif.org/ver10/topics" '
    'xmlns:tnsx="http://maker.example/topics" xmlns:er="http://www.onvif.org/ver10/error"'
)
Items = dict[str, str]


def notification(topic: str, source: Items, data: Items, operation: str, utc: str) -> str:
    """One NotificationMessage."""
    groups = "".join(
        f"<t:{group}>{''.join(f'<t:SimpleItem Name={quoteattr(k)} Value={quoteattr(v)}/>' for k, v in items.items())}"
        f"</t:{group}>"
        for group, items in (("Source", source), ("Data", data))
    )
    how = f' PropertyOperation="{operation}"' if operation else ""
    dialect = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
    return (
        f'<n:NotificationMessage><n:Topic Dialect="{dialect}">{escape(topic)}</n:Topic>'
        f'<n:Message><t:Message UtcTime="{utc}"{how}>{groups}</t:Message></n:Message></n:NotificationMessage>'
    )


@dataclass
class Subscription:
    queue: list[str] = field(default_factory=list)
    ends_at: float = 0.0


class Camera:
    """Runs until `stop`. Its door is `address`; `asked` lists the operations in the order in which they came."""

    def __init__(self, user: str = "canh", password: str = "Mật khẩu 9!", **how: Any) -> None:  # noqa: S107
        self.user, self.password = user, password
        self.sign_in: str = how.get("sign_in", "wsse")
        """`wsse`, `digest` (HTTP) or `none`."""
        self.ahead: timedelta = how.get("ahead", timedelta(0))
        """How wrong its clock is."""
        self.serial: str = how.get("serial", "SN-0042")
        self.calls_itself: str = how.get("calls_itself", "")
        """Host and port in the addresses that it tells; empty: the real ones."""
        self.by_reference: bool = how.get("by_reference", False)
        """Its subscriptions have one address and differ by a reference parameter."""
        self.is_old: bool = how.get("is_old", False)
        """Knows GetCapabilities only, and cannot synchronize."""
        self.life_s: float = how.get("life_s", 120.0)
        self.prolongs: bool = how.get("prolongs", True)
        self.instead: Callable[[str], tuple[int, str, bytes] | None] = lambda _operation: None
        """Operation → status, content type and body to be sent in place of the right answer."""
        self.cuts_pull = False
        """Sends half of the next answer to PullMessages, and hangs up."""
        self.delay_s = 0.0
        self.asked: list[str] = []
        self.wrong: list[str] = []
        """What was not as published, in either direction."""
        self.nonces: set[str] = set()
        self.states: dict[tuple[str, str], tuple[str, Items, Items]] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self._numbers = itertools.count(1)
        self._news = threading.Condition()
        self._sockets: set[socket.socket] = set()
        self.port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """As they stand in the register."""
        return {"address": self.address, "user": self.user, "password": self.password}

    def start(self) -> None:
        camera = self

        class Handler(_Handler):
            owner = camera

        class Server(ThreadingHTTPServer):
            allow_reuse_address, daemon_threads, request_queue_size = True, True, 128

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """As when its power is cut: connections break, subscriptions are gone."""
        self._server.shutdown()
        self._server.server_close()
        self.forget()
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._sockets.clear()

    def forget(self) -> None:
        with self._news:
            self.subscriptions.clear()
            self._news.notify_all()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def say(
        self, topic: str, source: Items, data: Items, operation: str = "Changed", utc: str = ""
    ) -> str:  # fmt: skip
        """Something happens. Returns the notification."""
        text = notification(topic, source, data, operation, utc or _stamp(self.now()))
        with self._news:
            if operation:
                self.states[topic, str(sorted(source.items()))] = topic, source, data
            for one in self.subscriptions.values():
                one.queue.append(text)
            self._news.notify_all()
        return text

    def queue(self, *texts: str) -> None:
        """Notifications as they are, once more."""
        with self._news:
            for one in self.subscriptions.values():
                one.queue.extend(texts)
            self._news.notify_all()

    # What it answers

    def answer(self, operation: str, root: etree._Element, path: str) -> str:
        return {
            "GetSystemDateAndTime": self._time,
            "GetDeviceInformation": self._information,
            "GetServices": self._services,
            "GetCapabilities": self._capabilities,
            "CreatePullPointSubscription": self._subscribe,
            "SetSynchronizationPoint": lambda: self._synchronize(self._number(root, path)),
            "PullMessages": lambda: self._pull(root, self._number(root, path)),
            "Renew": lambda: self._renew(self._number(root, path)),
            "Unsubscribe": lambda: self._unsubscribe(self._number(root, path)),
        }[operation]()

    def _time(self) -> str:
        now = self.now()
        return (
            "<d:GetSystemDateAndTimeResponse><d:SystemDateAndTime><t:DateTimeType>NTP</t:DateTimeType>"
            "<t:DaylightSavings>false</t:DaylightSavings><t:UTCDateTime>"
            f"<t:Time><t:Hour>{now.hour}</t:Hour><t:Minute>{now.minute}</t:Minute><t:Second>{now.second}</t:Second>"
            f"</t:Time><t:Date><t:Year>{now.year}</t:Year><t:Month>{now.month}</t:Month><t:Day>{now.day}</t:Day>"
            "</t:Date></t:UTCDateTime></d:SystemDateAndTime></d:GetSystemDateAndTimeResponse>"
        )

    def _information(self) -> str:
        return (
            "<d:GetDeviceInformationResponse><d:Manufacturer>Example</d:Manufacturer><d:Model>C-1</d:Model>"
            f"<d:FirmwareVersion>1.0</d:FirmwareVersion><d:SerialNumber>{self.serial}</d:SerialNumber>"
            "<d:HardwareId>1</d:HardwareId></d:GetDeviceInformationResponse>"
        )

    def _place(self, path: str) -> str:
        return f"http://{self.calls_itself or self.address}{path}"

    def _services(self) -> str:
        if self.is_old:
            raise Fault("er:ActionNotSupported", "Optional Action Not Implemented")
        version = "<d:Version><t:Major>2</t:Major><t:Minor>60</t:Minor></d:Version>"
        found = "".join(
            f"<d:Service><d:Namespace>{space}</d:Namespace><d:XAddr>{self._place(path)}</d:XAddr>{version}</d:Service>"
            for space, path in ((DEVICE, "/onvif/device_service"), (EVENTS, "/onvif/Events"))
        )
        return f"<d:GetServicesResponse>{found}</d:GetServicesResponse>"

    def _capabilities(self) -> str:
        flags = "".join(
            f"<t:{name}>false</t:{name}>"
            for name in (
                "WSSubscriptionPolicySupport",
                "WSPullPointSupport",
                "WSPausableSubscriptionManagerInterfaceSupport",
            )
        )
        return (
            "<d:GetCapabilitiesResponse><d:Capabilities><t:Events>"
            f"<t:XAddr>{self._place('/onvif/Events')}</t:XAddr>{flags}"
            "</t:Events></d:Capabilities></d:GetCapabilitiesResponse>"
        )

    def _subscribe(self) -> str:
        number = str(next(self._numbers))
        with self._news:
            self.subscriptions[number] = Subscription(ends_at=time.monotonic() + self.life_s)
        path = "/onvif/Subscriptions" if self.by_reference else f"/onvif/Subscription?Idx={number}"
        echo = (
            f'<a:ReferenceParameters><x:Id xmlns:x="http://maker.example/sub">{number}</x:Id></a:ReferenceParameters>'
            if self.by_reference
            else ""
        )
        return (
            "<e:CreatePullPointSubscriptionResponse><e:SubscriptionReference>"
            f"<a:Address>{self._place(path)}</a:Address>{echo}</e:SubscriptionReference>"
            f"{self._times('n', number)}</e:CreatePullPointSubscriptionResponse>"
        )

    def _times(self, space: str, number: str) -> str:
        now = self.now()
        end = now + timedelta(seconds=self.subscriptions[number].ends_at - time.monotonic())
        return (
            f"<{space}:CurrentTime>{_stamp(now)}</{space}:CurrentTime>"
            f"<{space}:TerminationTime>{_stamp(end)}</{space}:TerminationTime>"
        )

    def _number(self, root: etree._Element, path: str) -> str:
        """Which subscription is meant."""
        marked = "{http://www.w3.org/2005/08/addressing}IsReferenceParameter"
        echoed = [one for one in root.iter("{http://maker.example/sub}Id") if one.get(marked) == "true"]
        number = echoed[0].text if echoed else "".join(re.findall(r"Idx=(\d+)", path))
        with self._news:
            one = self.subscriptions.get(str(number))
            if one is None or one.ends_at < time.monotonic():
                self.subscriptions.pop(str(number), None)
                raise Fault("er:InvalidArgVal", "Unknown subscription")
        return str(number)

    def _synchronize(self, number: str) -> str:
        if self.is_old:
            raise Fault("er:ActionNotSupported", "Optional Action Not Implemented")
        with self._news:
            for topic, source, data in self.states.values():
                text = notification(topic, source, data, "Initialized", _stamp(self.now()))
                self.subscriptions[number].queue.append(text)
            self._news.notify_all()
        return "<e:SetSynchronizationPointResponse/>"

    def _pull(self, root: etree._Element, number: str) -> str:
        wait_s = float(root.find(f".//{{{EVENTS}}}Timeout").text.strip("PTS"))
        limit = int(root.find(f".//{{{EVENTS}}}MessageLimit").text)
        until = time.monotonic() + wait_s
        with self._news:
            while (one := self.subscriptions.get(number)) and not one.queue and time.monotonic() < until:
                self._news.wait(max(until - time.monotonic(), 0))
            if one is None:
                raise Fault("er:InvalidArgVal", "Unknown subscription")
            texts, one.queue = one.queue[:limit], one.queue[limit:]
            if self.prolongs:
                one.ends_at = max(one.ends_at, time.monotonic() + self.life_s)
            return f"<e:PullMessagesResponse>{self._times('e', number)}{''.join(texts)}</e:PullMessagesResponse>"

    def _renew(self, number: str) -> str:
        with self._news:
            self.subscriptions[number].ends_at = time.monotonic() + self.life_s
            now = self.now()
            return (
                f"<n:RenewResponse><n:TerminationTime>{_stamp(now + timedelta(seconds=self.life_s))}"
                f"</n:TerminationTime><n:CurrentTime>{_stamp(now)}</n:CurrentTime></n:RenewResponse>"
            )

    def _unsubscribe(self, number: str) -> str:
        with self._news:
            del self.subscriptions[number]
            self._news.notify_all()
        return "<n:UnsubscribeResponse/>"

    # Whether it believes the sender

    def believes(self, root: etree._Element, header: str, uri: str) -> bool:
        if self.sign_in == "none":
            return True
        if self.sign_in == "digest":
            return self._is_digest(header, uri)
        return self._is_token(root)

    def _is_token(self, root: etree._Element) -> bool:
        found = {
            name: next((one.text or "" for one in root.iter(f"{{*}}{name}")), "")
            for name in ("Username", "Password", "Nonce", "Created")
        }
        if found["Username"] != self.user or found["Nonce"] in self.nonces:
            return False
        self.nonces.add(found["Nonce"])
        created = datetime.fromisoformat(found["Created"])
        if abs((created - self.now()).total_seconds()) > 20:
            return False
        nonce = base64.b64decode(found["Nonce"])
        due = hashlib.sha1(nonce + found["Created"].encode() + self.password.encode()).digest()  # noqa: S324
        return base64.b64encode(due).decode() == found["Password"]

    def _is_digest(self, header: str, uri: str) -> bool:
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', header.removeprefix("Digest ")))
        if said.get("username") != self.user or said.get("uri") != uri:
            return False
        one, two = _md5(f"{self.user}:camera:{self.password}"), _md5(f"POST:{uri}")
        return said.get("response") == _md5(f"{one}:n0nce:{said['nc']}:{said['cnonce']}:auth:{two}")


class Fault(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.body = (
            f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>"
            f'<s:Reason><s:Text xml:lang="en">{reason}</s:Text></s:Reason></s:Fault>'
        )


class _Handler(BaseHTTPRequestHandler):
    owner: Camera
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.owner._sockets.add(self.connection)

    def finish(self) -> None:
        self.owner._sockets.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, *_words: object) -> None:
        pass

    def do_POST(self) -> None:
        camera = self.owner
        data = self.rfile.read(int(self.headers["Content-Length"]))
        root = etree.fromstring(data)
        operation = etree.QName(root.find("{*}Body")[0]).localname
        camera.asked.append(operation)
        camera.wrong += onvif_schema.faults(data)
        time.sleep(camera.delay_s)
        if (odd := camera.instead(operation)) is not None:
            return self._send(*odd)
        header = self.headers.get("Authorization", "")
        if operation != "GetSystemDateAndTime" and not camera.believes(root, header, self.path):
            return self._refuse()
        try:
            status, body = 200, camera.answer(operation, root, self.path)
        except Fault as fault:
            status, body = 400, fault.body
        answer = f"<?xml version='1.0'?><s:Envelope {SPACES}><s:Body>{body}</s:Body></s:Envelope>".encode()
        camera.wrong += onvif_schema.faults(answer)
        if operation == "PullMessages" and camera.cuts_pull:
            camera.cuts_pull = False
            return self._cut(answer)
        return self._send(status, "application/soap+xml; charset=utf-8", answer)

    def _refuse(self) -> None:
        if self.owner.sign_in == "digest":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Digest realm="camera", nonce="n0nce", qop="auth", algorithm=MD5')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = Fault("er:NotAuthorized", "Sender not authorized").body
        text = f"<s:Envelope {SPACES}><s:Body>{body}</s:Body></s:Envelope>"
        self._send(400, "application/soap+xml", text.encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if 300 <= status < 400:
            self.send_header("Location", body.decode())
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def _cut(self, answer: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer[: len(answer) // 2])
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - what HTTP digest is made of

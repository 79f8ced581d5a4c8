"""The eight requests that this door makes, as SOAP 1.2 with WS-Security and WS-Addressing. Pure.

So few fixed texts need no WSDL at run time; tests hold each against the published schema (decision 0020).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from canh.gateway.onvif.frame import Element

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
EVENTS = "http://www.onvif.org/ver10/events/wsdl"
BASE = "http://docs.oasis-open.org/wsn/b-2"
MANAGER = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager"
PULL_POINT = f"{EVENTS}/PullPointSubscription"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_LIFE_S, _MESSAGES = 120, 100


@dataclass(frozen=True, slots=True)
class Request:
    """`action` also stands in the header when `is_addressed`: event services tell subscriptions apart by it."""

    action: str
    body: str
    is_addressed: bool = False


GET_TIME = Request(f"{DEVICE}/GetSystemDateAndTime", f'<GetSystemDateAndTime xmlns="{DEVICE}"/>')
GET_INFORMATION = Request(f"{DEVICE}/GetDeviceInformation", f'<GetDeviceInformation xmlns="{DEVICE}"/>')
GET_SERVICES = Request(
    f"{DEVICE}/GetServices",
    f'<GetServices xmlns="{DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>',
)
GET_CAPABILITIES = Request(
    f"{DEVICE}/GetCapabilities", f'<GetCapabilities xmlns="{DEVICE}"><Category>Events</Category></GetCapabilities>'
)
SUBSCRIBE = Request(
    f"{EVENTS}/EventPortType/CreatePullPointSubscriptionRequest",
    f'<CreatePullPointSubscription xmlns="{EVENTS}"><InitialTerminationTime>PT{_LIFE_S}S</InitialTerminationTime>'
    "</CreatePullPointSubscription>",
    is_addressed=True,
)
SYNCHRONIZE = Request(
    f"{PULL_POINT}/SetSynchronizationPointRequest", f'<SetSynchronizationPoint xmlns="{EVENTS}"/>', is_addressed=True
)
RENEW = Request(
    f"{MANAGER}/RenewRequest",
    f'<Renew xmlns="{BASE}"><TerminationTime>PT{_LIFE_S}S</TerminationTime></Renew>',
    is_addressed=True,
)
UNSUBSCRIBE = Request(f"{MANAGER}/UnsubscribeRequest", f'<Unsubscribe xmlns="{BASE}"/>', is_addressed=True)


def pull(wait_s: int) -> Request:
    """Ask for what has happened; the camera answers at once when there is something, else after `wait_s`."""
    body = (
        f'<PullMessages xmlns="{EVENTS}"><Timeout>PT{wait_s}S</Timeout>'
        f"<MessageLimit>{_MESSAGES}</MessageLimit></PullMessages>"
    )
    return Request(f"{PULL_POINT}/PullMessagesRequest", body, is_addressed=True)


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one request differ from the next. `created`: by the camera's clock."""

    created: datetime
    nonce: bytes
    message_id: str


def envelope(
    request: Request, url: str, login: Login | None, stamp: Stamp, references: Sequence[Element] = ()
) -> bytes:
    """The bytes to be posted. `references`: what the camera wants echoed (WS-Addressing 1.0, 3.3)."""
    header = _addressing(request, url, stamp, references) if request.is_addressed else ""
    header += _security(login, stamp) if login else ""
    spaces = f'xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"'
    text = f"<s:Envelope {spaces}><s:Header>{header}</s:Header><s:Body>{request.body}</s:Body></s:Envelope>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _addressing(request: Request, url: str, stamp: Stamp, references: Sequence[Element]) -> str:
    fields = f"<a:Action>{request.action}</a:Action><a:MessageID>urn:uuid:{stamp.message_id}</a:MessageID>"
    fields += f"<a:ReplyTo><a:Address>{ADDRESSING}/anonymous</a:Address></a:ReplyTo><a:To>{escape(url)}</a:To>"
    echo = "".join(_written(one, is_reference=True) for one in references)
    return fields + echo


def _security(login: Login, stamp: Stamp) -> str:
    """A user name token with a digest (WSS UsernameToken Profile 1.0): the password itself never travels."""
    created = stamp.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha1(stamp.nonce + created.encode() + login.password.encode(), usedforsecurity=False).digest()
    profile, message = f"{_WSS}-username-token-profile-1.0", f"{_WSS}-soap-message-security-1.0"
    return (
        f'<w:Security xmlns:w="{_WSS}-wssecurity-secext-1.0.xsd" s:mustUnderstand="true"><w:UsernameToken>'
        f"<w:Username>{escape(login.user)}</w:Username>"
        f'<w:Password Type="{profile}#PasswordDigest">{base64.b64encode(digest).decode()}</w:Password>'
        f'<w:Nonce EncodingType="{message}#Base64Binary">{base64.b64encode(stamp.nonce).decode()}</w:Nonce>'
        f'<u:Created xmlns:u="{_WSS}-wssecurity-utility-1.0.xsd">{created}</u:Created>'
        "</w:UsernameToken></w:Security>"
    )


def _written(element: Element, is_reference: bool = False) -> str:
    """An element back into text, each with its own namespace."""
    space = f"xmlns={quoteattr(element.space)}" if element.space else 'xmlns=""'
    mark = ' a:IsReferenceParameter="true"' if is_reference else ""
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in element.attributes.items())
    inside = escape(element.text) + "".join(_written(child) for child in element.children)
    return f"<{element.name} {space}{mark}{attributes}>{inside}</{element.name}>"

"""What cameras answer to each request. Pure; what is missing is None, never a fault of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from canh.gateway.onvif import soap
from canh.gateway.onvif.content import moment
from canh.gateway.onvif.frame import Element

MAX_REFERENCES = 8
_REFUSALS = ("notauthorized", "failedauthentication", "invalidsecurity", "unauthorized")


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault: the camera understood us and says no."""

    text: str
    is_refusal: bool
    """It does not take user and password."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where to pull: what the camera calls it, and what it wants echoed in each request."""

    place: str
    references: tuple[Element, ...]


def fault(root: Element) -> Fault | None:
    """The fault of an answer, if it is one."""
    found = next((one for one in root.all("Fault") if one.space.endswith(("/soap-envelope", "/soap/envelope/"))), None)
    if found is None:
        return None
    codes = [*found.all("Value"), *found.all("faultcode")]
    reasons = [*found.all("Text"), *found.all("faultstring")]
    code = " ".join(one.text.strip() for one in codes)
    reason = " ".join(one.text.strip() for one in reasons)
    words = f"{code} {reason}".lower().replace(" ", "")
    return Fault(f"{reason} ({code})"[:200], any(word in words for word in _REFUSALS))


def clock_time(root: Element) -> datetime | None:
    """The camera's clock, from GetSystemDateAndTime."""
    utc = root.first("UTCDateTime")
    if utc is None:
        return None
    try:
        year, month, day = (int(utc.text_of(name)) for name in ("Year", "Month", "Day"))
        hour, minute, second = (int(utc.text_of(name)) for name in ("Hour", "Minute", "Second"))
        return datetime(year, month, day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return None


def event_service(root: Element) -> str | None:
    """What the camera calls its event service, from GetServices or GetCapabilities."""
    for service in root.all("Service"):
        if service.text_of("Namespace") == soap.EVENTS:
            return service.text_of("XAddr") or None
    events = root.first("Events")
    return (events.text_of("XAddr") or None) if events else None


def subscription(root: Element) -> Subscription | None:
    found = root.first("SubscriptionReference")
    if found is None or not (place := found.text_of("Address")):
        return None
    parameters = found.child("ReferenceParameters")
    return Subscription(place, tuple(parameters.children[:MAX_REFERENCES]) if parameters else ())


def remaining_s(root: Element) -> float | None:
    """How long the subscription lasts yet, both times by the camera's clock."""
    now, end = moment(root.text_of("CurrentTime")), moment(root.text_of("TerminationTime"))
    return (end - now).total_seconds() if now and end else None

"""The published ONVIF schema, as it ships with onvif-zeep-async: it judges what door and test camera send."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import onvif
from lxml import etree

WSDL = Path(onvif.__file__).parent / "wsdl"
XS = "{http://www.w3.org/2001/XMLSchema}"
SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
FILES = {
    "http://www.onvif.org/ver10/events/wsdl": "events.wsdl",
    "http://www.onvif.org/ver10/device/wsdl": "devicemgmt.wsdl",
    "http://docs.oasis-open.org/wsn/b-2": "events.wsdl",  # it imports b-2.xsd
}


LOCK = threading.Lock()
"""libxml2 makes its types while the first schema is read, and a schema has one log of errors."""


@cache
def schema(name: str) -> etree.XMLSchema:
    found = etree.parse(str(WSDL / name)).getroot().find(f".//{XS}schema")
    root = etree.fromstring(etree.tostring(found), base_url=str(WSDL / name))
    return etree.XMLSchema(root.getroottree())


def faults(envelope: bytes) -> list[str]:
    """What is wrong with the body of a SOAP message; [] when it is as published."""
    root = etree.fromstring(envelope, etree.XMLParser(resolve_entities=False, no_network=True))
    body = root.find(f"{SOAP}Body")
    if body is None or len(body) != 1:
        return ["no body with one element"]
    space = etree.QName(body[0]).namespace
    if space == SOAP.strip("{}"):
        return []  # a fault: SOAP's own schema does not ship
    with LOCK:
        judge = schema(FILES[space])
        judge.validate(etree.fromstring(etree.tostring(body[0])))
        return [str(entry) for entry in judge.error_log]

"""What the settings of each channel must be like. Raises ValidationError, at the field it concerns."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from canh.channels import rules
from canh.channels.chat import send as chat
from canh.channels.terms import AddressProblem, ChannelKind, Security, SmsStyle
from canh.channels.webhook import sign
from canh.kit import net

HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,39}")
LONGEST_PAYLOAD = 500
Facts = dict[str, Any]


def checked(kind: ChannelKind, facts: Mapping[str, Any], secret: str | None, *, has_secret: bool) -> Facts:
    """The facts as they are kept. `secret`: the new one; `has_secret`: there will be one."""
    check = CHECKS.get(kind)
    if check is None:
        raise ValidationError(_("This channel needs no settings."))
    return check(facts, secret, has_secret)


def _email(facts: Mapping[str, Any], _secret: str | None, has_secret: bool) -> Facts:
    sender, user = str(facts["sender"]).strip(), str(facts["user"]).strip()
    if rules.address_problem(ChannelKind.EMAIL, sender):
        raise ValidationError({"sender": AddressProblem.EMAIL.label})
    server = _server(facts)
    if bool(user) != has_secret:
        raise ValidationError({"secret": _("Enter both user name and password, or neither.")})
    if user and server["security"] == Security.NONE:
        raise ValidationError(
            {"security": _("A password is sent over a private connection only; choose TLS or STARTTLS.")}
        )
    return {**server, "sender": sender, "user": user}


def _server(facts: Mapping[str, Any]) -> Facts:
    """Host, port, security and authorities, as email and siren have them."""
    host = str(facts["host"]).strip()
    if not HOST.fullmatch(host):
        raise ValidationError({"host": _("Write the name or address of the server only, as mail.example.vn.")})
    if not 1 <= int(facts["port"]) <= 65535:
        raise ValidationError({"port": _("A port is a number from 1 to 65535.")})
    if facts["security"] not in Security.values:
        raise ValidationError({"security": _("Choose how the connection is kept private.")})
    return {"host": host, "port": int(facts["port"]), "security": str(facts["security"]), "ca": _ca(facts)}


def _ca(facts: Mapping[str, Any]) -> str:
    ca = str(facts["ca"]).strip()
    try:
        ssl.create_default_context(cadata=ca or None)
    except (ssl.SSLError, ValueError):
        raise ValidationError(
            {"ca": _("This is no certificate as PEM: it begins with -----BEGIN CERTIFICATE-----.")}
        ) from None
    return ca


def _webhook(facts: Mapping[str, Any], secret: str | None, has_secret: bool) -> Facts:
    receivers = [rules.origin_of(line) for line in facts["receivers"]]
    if not receivers or "" in receivers:
        raise ValidationError({"receivers": _("Write one receiver a line, as https://host or https://host:8443.")})
    for receiver in receivers:
        if receiver.startswith("http://") and not net.is_loopback(receiver[7:].rpartition(":")[0]):
            raise ValidationError({"receivers": _("Over the network messages go by https only.")})
    if secret:
        _key(secret)
    if not has_secret:
        raise ValidationError({"secret": _("Messages are signed: a secret is needed.")})
    return {"receivers": receivers, "ca": _ca(facts)}


def _key(secret: str) -> None:
    try:
        sign.key_of(secret)
    except sign.BadSecret:
        raise ValidationError(
            {"secret": _("A secret is whsec_ and 24 to 64 bytes in base64; left empty, Canh makes one.")}
        ) from None


def _sms(facts: Mapping[str, Any], _secret: str | None, _has_secret: bool) -> Facts:
    if facts["style"] not in SmsStyle.values:
        raise ValidationError({"style": _("Choose with or without tone marks.")})
    return {"style": str(facts["style"])}


def _push(facts: Mapping[str, Any], _secret: str | None, has_secret: bool) -> Facts:
    contact = str(facts["contact"]).strip()
    if rules.address_problem(ChannelKind.EMAIL, contact.removeprefix("mailto:")):
        raise ValidationError({"contact": AddressProblem.EMAIL.label})
    services = [line.strip() for line in facts["services"] if line.strip()]
    if not services or not all(map(_is_push_service, services)):
        raise ValidationError(
            {"services": _("Write one push service a line, as https://host or https://*.host for all names below it.")}
        )
    if not has_secret:
        raise ValidationError(_("The key of this installation is missing."))
    return {"contact": f"mailto:{contact.removeprefix('mailto:')}", "services": services, "ca": _ca(facts)}


def _is_push_service(line: str) -> bool:
    if line.startswith("https://*."):
        return bool(HOST.fullmatch(line[len("https://*.") :])) and "." in line[len("https://*.") :]
    scheme, _, rest = rules.origin_of(line).partition("://")
    host = rest.rpartition(":")[0]
    return bool(HOST.fullmatch(host)) and (scheme == "https" or net.is_loopback(host))


def _chat(facts: Mapping[str, Any], secret: str | None, has_secret: bool) -> Facts:
    name = " ".join(str(facts["name"]).split())
    if not name:
        raise ValidationError({"name": _("Say which service it is, so that people know.")})
    if not has_secret:
        raise ValidationError({"secret": _("Enter the address of the service.")})
    if secret:
        _service(secret.strip())
    return {"name": name[:60]}


def _service(template: str) -> None:
    if not chat.service_of(template):
        raise ValidationError(
            {"secret": _("Write it as tgram://TOKEN/{to} or mmosts://host/HOOK?to={to}: {to} stands for the person.")}
        )
    try:
        is_understood = chat.is_understood(template)
    except chat.NotInstalled:
        raise ValidationError(_("The extra for chat services is not installed: ./canh extra add chat")) from None
    if not is_understood:
        raise ValidationError({"secret": _("This service does not understand the address: look at its token.")})


def _siren(facts: Mapping[str, Any], _secret: str | None, has_secret: bool) -> Facts:
    topics = [line.strip() for line in facts["topics"]]
    if not topics or any(rules.address_problem(ChannelKind.SIREN, topic) for topic in topics):
        raise ValidationError({"topics": _("Write the topic of one siren a line, as canh/siren/hall.")})
    server = _server(facts)
    if server["security"] == Security.STARTTLS:
        raise ValidationError({"security": _("A broker knows TLS from the start, or none.")})
    if bool(facts["user"].strip()) != has_secret:
        raise ValidationError({"secret": _("Enter both user name and password, or neither.")})
    for name in ("on", "off"):
        if not facts[name] or len(facts[name]) > LONGEST_PAYLOAD:
            raise ValidationError(
                {name: _("Write what switches it, at most 500 signs: ON, or the JSON of the device.")}
            )
    return {**server, "user": str(facts["user"]).strip(), "topics": topics, "on": facts["on"], "off": facts["off"]}


Check = Callable[[Mapping[str, Any], str | None, bool], Facts]
CHECKS: Mapping[ChannelKind, Check] = {
    ChannelKind.EMAIL: _email, ChannelKind.WEBHOOK: _webhook, ChannelKind.SMS: _sms, ChannelKind.CHAT: _chat,
    ChannelKind.PUSH: _push, ChannelKind.SIREN: _siren,
}  # fmt: skip

"""How each way out is set up. What is kept already stands in the fields; secrets never do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from canh.channels.models import ChannelSettings
from canh.channels.terms import ChannelKind, Security, SmsStyle
from canh.console.forms import Form

PUSH_SERVICES = (
    "https://fcm.googleapis.com", "https://*.push.services.mozilla.com", "https://*.push.apple.com",
    "https://*.notify.windows.com",
)  # fmt: skip
"""Of the makers of the browsers that are in use."""


def _plain(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", **attrs})


def _secret(label: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, required=False, max_length=256, strip=False, widget=widget,
        help_text=_("Kept sealed and shown to nobody. Left empty, it stays as it is."),
    )  # fmt: skip


def _lines(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    return forms.CharField(label=label, max_length=4000, widget=widget, help_text=help_text)


class ChannelForm(Form):
    """`facts` and `secret` are what `set_up_channel` takes."""

    is_on = forms.BooleanField(
        label=_("Use this channel"), required=False, help_text=_("Without this mark nothing is sent this way.")
    )

    def facts(self) -> dict[str, Any]:
        found = {k: v for k, v in self.cleaned_data.items() if k not in {"is_on", "secret", "is_new_secret"}}
        return {k: v.splitlines() if k in {"receivers", "topics", "services"} else v for k, v in found.items()}

    def secret(self) -> str | None:
        """None: as it is."""
        return self.cleaned_data.get("secret") or None


class _SignedIn(ChannelForm):
    def secret(self) -> str | None:
        """Without a user name no password is kept."""
        return super().secret() if self.cleaned_data["user"].strip() else ""


def _ca() -> forms.CharField:
    return forms.CharField(
        label=_("Certificate authority"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("Only for a server with certificates of your own: paste the certificate as PEM."),
    )  # fmt: skip


class EmailForm(_SignedIn):
    host = forms.CharField(label=_("Mail server"), max_length=250, widget=_plain(placeholder="mail.example.vn"))
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(label=_("Privacy"), choices=Security.choices, initial=Security.STARTTLS)
    sender = forms.CharField(label=_("Sender"), max_length=200, widget=_plain(placeholder="canh@example.vn"))
    user = forms.CharField(label=_("User name"), max_length=200, required=False, widget=_plain())
    secret = _secret(_("Password"))  # type: ignore[assignment]
    ca = _ca()


class WebhookForm(ChannelForm):
    receivers = _lines(
        _("Receivers"), _("One a line, as https://host. Messages go to addresses of these and to no others.")
    )
    secret = _secret(_("Secret"))  # type: ignore[assignment]
    is_new_secret = forms.BooleanField(
        label=_("Make a new secret"), required=False, help_text=_("It is shown once; enter it at the receivers.")
    )
    ca = _ca()


class SmsForm(ChannelForm):
    style = forms.ChoiceField(
        label=_("Letters"), choices=SmsStyle.choices, initial=SmsStyle.PLAIN, widget=forms.RadioSelect,
        help_text=_("The modem is that of CANH_SMS; it sends what this machine hands over. What is too long is cut."),
    )  # fmt: skip


class PushForm(ChannelForm):
    """The key is made by Canh and shown to nobody."""

    contact = forms.CharField(
        label=_("Email address of who answers for this"), max_length=200, widget=_plain(placeholder="canh@example.vn"),
        help_text=_("Push services write there when something is wrong."),
    )  # fmt: skip
    services = forms.CharField(
        label=_("Push services"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        initial="\n".join(PUSH_SERVICES),
        help_text=_("One a line. Messages go to these and to no others; they are encrypted for the browser."),
    )  # fmt: skip
    ca = _ca()


class ChatForm(ChannelForm):
    name = forms.CharField(label=_("Which service"), max_length=60, widget=_plain(placeholder="Mattermost"))
    secret = forms.CharField(  # type: ignore[assignment]
        label=_("Address of the service"), required=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("As tgram://TOKEN/{to}, mmosts://host/HOOK?to={to}, matrixs://name:password@host/{to} or "
                    "ntfys://host/{to}: {to} stands for the person. Kept sealed; left empty, it stays as it is."),
    )  # fmt: skip


class SirenForm(_SignedIn):
    host = forms.CharField(label=_("MQTT broker"), max_length=250, widget=_plain(placeholder="192.0.2.10"))
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=1883)
    security = forms.ChoiceField(
        label=_("Privacy"), choices=[c for c in Security.choices if c[0] != Security.STARTTLS], initial=Security.NONE
    )
    user = forms.CharField(label=_("User name"), max_length=200, required=False, widget=_plain())
    secret = _secret(_("Password"))  # type: ignore[assignment]
    topics = _lines(_("Sirens"), _("One MQTT topic a line, as canh/siren/hall."))
    on = forms.CharField(label=_("Switches on"), max_length=500, initial="ON", widget=_plain())
    off = forms.CharField(label=_("Switches off"), max_length=500, initial="OFF", widget=_plain())
    ca = _ca()


FORMS: Mapping[ChannelKind, type[ChannelForm]] = {
    ChannelKind.EMAIL: EmailForm, ChannelKind.WEBHOOK: WebhookForm, ChannelKind.SMS: SmsForm,
    ChannelKind.PUSH: PushForm, ChannelKind.CHAT: ChatForm, ChannelKind.SIREN: SirenForm,
}  # fmt: skip


def initial_of(row: ChannelSettings | None) -> dict[str, Any]:
    """What is kept, without the secret."""
    if row is None:
        return {}
    facts = {k: "\n".join(v) if isinstance(v, list) else v for k, v in row.facts.items()}
    return {**facts, "is_on": row.is_on}


class AddressForm(Form):
    address = forms.CharField(label=_("To"), max_length=200, widget=_plain())

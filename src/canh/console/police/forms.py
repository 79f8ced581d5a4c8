"""Forms of the police."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from canh.console.forms import Form
from canh.liaison.models import PoliceDesk
from canh.liaison.sheet import Answers
from canh.liaison.terms import UPDATES, DeskKind, Disposition, LineKind, Refusal, YesNo


def _known(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=YesNo.choices, widget=forms.RadioSelect, initial=YesNo.UNKNOWN)


class HandOverForm(Form):
    """What the police ask first and no machine knows."""

    desk: Any = forms.ChoiceField(label=gettext_lazy("Which police desk"))
    gate = forms.CharField(label=gettext_lazy("Which gate or door they should come to"), max_length=200)
    is_live = _known(gettext_lazy("Is it still going on?"))
    weapons = _known(gettext_lazy("Weapons?"))
    held = _known(gettext_lazy("Is anybody held or hurt?"))
    keyholder = forms.CharField(label=gettext_lazy("Who opens the door, and when"), max_length=200, required=False)
    callback = forms.CharField(label=gettext_lazy("Telephone number at which the control room is called back"),
                               max_length=30)  # fmt: skip
    more = forms.CharField(label=gettext_lazy("What else they should know"), max_length=1000, required=False,
                           widget=forms.Textarea({"rows": 2}))  # fmt: skip
    by_mail = forms.BooleanField(label=gettext_lazy("Send the sheet by email as well"), required=False)
    has_decided = forms.BooleanField(label=gettext_lazy("The premises are on test, and I have decided it all the same"),
                                     required=False)  # fmt: skip

    def __init__(self, desks: list[PoliceDesk], data: Any = None, **initial: Any) -> None:
        super().__init__(data, initial=initial)
        self.fields["desk"].choices = [(desk.id, f"{desk.name} · {desk.phone}") for desk in desks]  # type: ignore[attr-defined]

    def answers(self) -> Answers:
        data = self.cleaned_data
        names = ("gate", "weapons", "held", "is_live", "keyholder", "callback", "more")
        return Answers(**{name: data[name].strip() for name in names})


class AcceptForm(Form):
    officer = forms.CharField(label=gettext_lazy("Who confirmed"), max_length=120,
                              help_text=gettext_lazy("Name, rank or number, as it was said."))  # fmt: skip
    reference = forms.CharField(label=gettext_lazy("Their number of the matter"), max_length=60, required=False)


class RejectForm(Form):
    refusal = forms.ChoiceField(label=gettext_lazy("Why they do not take it"), choices=Refusal.choices)
    text = forms.CharField(label=gettext_lazy("In their words"), max_length=1000, required=False)


class UpdateForm(Form):
    kind = forms.ChoiceField(label=pgettext("message", "What"), choices=[(k.value, LineKind(k).label) for k in UPDATES])
    text = forms.CharField(label=gettext_lazy("Words"), max_length=1000, required=False)


class CloseForm(Form):
    disposition = forms.ChoiceField(label=gettext_lazy("What came of it"), choices=Disposition.choices)
    text = forms.CharField(label=gettext_lazy("In their words"), max_length=1000, required=False)


class CancelForm(Form):
    text = forms.CharField(label=gettext_lazy("Why, and who at the police was told"), max_length=1000)


class DeskForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=DeskKind.choices)
    area: Any = forms.ModelChoiceField(None, label=gettext_lazy("Its ground"), required=False,
                                       empty_label=gettext_lazy("everywhere"))  # fmt: skip
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=30)
    email = forms.EmailField(label=pgettext("address", "Email"), max_length=200, required=False)
    opens = forms.TimeField(label=gettext_lazy("From"), required=False, widget=forms.TimeInput({"type": "time"}))
    closes = forms.TimeField(label=gettext_lazy("Until"), required=False, widget=forms.TimeInput({"type": "time"}),
                             help_text=gettext_lazy("Empty: day and night."))  # fmt: skip
    joins_drills = forms.BooleanField(label=gettext_lazy("It agreed to be called in exercises"), required=False)

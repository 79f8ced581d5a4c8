"""Forms of the editor."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canh.accounts import queries as accounts
from canh.accounts.models import Unit
from canh.accounts.queries import Viewer
from canh.console.forms import Form
from canh.incidents.queries_procedures import built_in
from canh.incidents.rules_procedures import Choice, Step
from canh.incidents.terms_procedures import AnswerKind
from canh.intake.terms import Kind
from canh.kit import clock
from canh.kit.text import nfc

MOST_CHOICES = 9
"""As many as there are digits to press."""


class WriteForm(Form):
    """For which unit and kind of case."""

    unit = forms.ModelChoiceField(queryset=Unit.objects.none(), label=gettext_lazy("Unit"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of case"))

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = accounts.units_within(viewer)  # type: ignore[attr-defined]
        kinds = built_in(clock.now().date())
        self.fields["kind"].choices = [(kind, Kind(kind).label) for kind in kinds]  # type: ignore[attr-defined]


class StepForm(Form):
    """One step. Choices stand one a line."""

    vi = forms.CharField(label=gettext_lazy("What to do, in Vietnamese"), max_length=600,
                         widget=forms.Textarea({"rows": 2}))  # fmt: skip
    en = forms.CharField(label=gettext_lazy("In English"), max_length=600, required=False,
                         widget=forms.Textarea({"rows": 2}))  # fmt: skip
    answer = forms.ChoiceField(label=gettext_lazy("How it is answered"), choices=AnswerKind.choices)
    choices = forms.CharField(
        label=gettext_lazy("Answers to choose from"), required=False, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("One a line, nine at most. English after a bar: “Có người | People seen”."),
    )  # fmt: skip
    mandatory = forms.BooleanField(label=gettext_lazy("Must be done before the case is closed"), required=False)
    due_s = forms.IntegerField(label=gettext_lazy("Within seconds of the opening of the case"), min_value=10,
                               max_value=86_400, required=False)  # fmt: skip
    when = forms.ChoiceField(label=gettext_lazy("Asked"), required=False)

    def __init__(self, *args: Any, conditions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["when"].choices = [("", _("always")), *conditions]  # type: ignore[attr-defined]

    def clean_choices(self) -> tuple[Choice, ...]:
        lines = [line for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if len(lines) > MOST_CHOICES:
            raise ValidationError(_("Nine answers at most: one digit each."))
        return tuple(_choice(number, line) for number, line in enumerate(lines, start=1))

    def step(self, key: str = "") -> Step:
        """The step as it was typed."""
        told = self.cleaned_data
        answer = AnswerKind(told["answer"])
        parent, _bar, value = told["when"].partition("=")
        text = {language: nfc(told[language]).strip() for language in ("vi", "en") if told[language].strip()}
        return Step(
            key=key or f"s{secrets.token_hex(4)}", text=text, answer=answer, is_mandatory=told["mandatory"],
            choices=told["choices"] if answer == AnswerKind.CHOICE else (), due_s=told["due_s"],
            when=(parent, value) if parent else None,
        )  # fmt: skip


def _choice(number: int, line: str) -> Choice:
    vietnamese, _bar, english = (part.strip() for part in line.partition("|"))
    text = {"vi": nfc(vietnamese), **({"en": english} if english else {})}
    return Choice(f"c{number}", text)


def typed(step: Step) -> dict[str, Any]:
    """A step as the form shows it."""
    lines = [" | ".join(filter(None, [c.text.get("vi", ""), c.text.get("en", "")])) for c in step.choices]
    return {
        "vi": step.text.get("vi", ""), "en": step.text.get("en", ""), "answer": step.answer.value,
        "choices": "\n".join(lines), "mandatory": step.is_mandatory, "due_s": step.due_s,
        "when": "=".join(step.when) if step.when else "",
    }  # fmt: skip

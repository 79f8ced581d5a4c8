"""The words of procedures."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AnswerKind(TextChoices):
    """How a step is answered."""

    DONE = "done", _("Done")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("One of several")
    TEXT = "text", _("In words")


YES, NO, DONE = "yes", "no", "done"


class Fault(TextChoices):
    """Why a procedure cannot be published."""

    EMPTY = "empty", _("It has no step.")
    NO_TEXT = "no_text", _("The step says nothing.")
    FEW_CHOICES = "few_choices", _("It needs two answers at least to choose from.")
    SAME_CHOICES = "same_choices", _("Two of its answers are the same.")
    BACKWARD = "backward", _("It depends on a step that does not come before it.")
    IMPOSSIBLE = "impossible", _("It depends on an answer that cannot be given.")
    NOTHING_MUST = "nothing_must", _("No step must be done: then it asks for nothing.")

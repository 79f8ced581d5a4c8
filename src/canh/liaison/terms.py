"""The words of liaison. The answers follow what ASAP-to-PSAP (APCO/CSAA 2.101.2) lets a police desk say."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeskKind(TextChoices):
    EMERGENCY = "emergency", _("Emergency call 113")
    WARD = "ward", _("Police of the ward or commune")
    CITY = "city", _("Police of the city, duty desk")
    OTHER = "other", _("Another police unit")


class ReferralState(TextChoices):
    """How far a case is with the police."""

    NEW = "new", _("waiting for the police to confirm")
    ACCEPTED = "accepted", _("taken by the police")
    REJECTED = "rejected", _("refused by the police")
    CANCELLED = "cancelled", _("called off")
    CLOSED = "closed", _("closed by the police")


OPEN = (ReferralState.NEW, ReferralState.ACCEPTED)


class Refusal(TextChoices):
    """Why the police do not take it."""

    BAD_ADDRESS = "bad_address", _("The address is wrong or not theirs")
    WRONG_KIND = "wrong_kind", _("Not a matter for the police")
    TOO_OLD = "too_old", _("Too long ago")
    OTHER = "other", _("Another reason (say which)")


class Disposition(TextChoices):
    """What came of it at the police."""

    ARREST = "arrest", _("Somebody was held")
    RECORD = "record", _("A record was made, the matter is followed up")
    PASSED_ON = "passed_on", _("Passed on to the investigating body")
    NOTHING = "nothing", _("On the spot, nothing found")
    FALSE = "false", _("A false alarm")
    OTHER = "other", _("Something else (say what)")


class LineKind(TextChoices):
    """What can stand in the story of a hand-over."""

    MADE = "made", _("Handed over")
    MAILED = "mailed", _("Sheet sent by email")
    NOT_MAILED = "not_mailed", _("Sheet could not be sent by email")
    OVERDUE = "overdue", _("No confirmation in time")
    CALLED_BACK = "called_back", _("Somebody called back with the right code")
    ACCEPTED = "accepted", _("Taken by the police")
    REJECTED = "rejected", _("Refused by the police")
    ON_WAY = "on_way", _("The police are on the way")
    ON_SPOT = "on_spot", _("The police are on the spot")
    QUESTION = "question", _("The police ask")
    NEWS = "news", _("The police tell")
    ANSWER = "answer", _("We answer")
    KEYHOLDER = "keyholder", _("We tell: a keyholder is on the way")
    INFO = "info", _("We tell")
    CANCELLED = "cancelled", _("We call it off")
    CLOSED = "closed", _("Closed by the police")


UPDATES = (
    LineKind.ON_WAY, LineKind.ON_SPOT, LineKind.QUESTION, LineKind.NEWS, LineKind.ANSWER, LineKind.KEYHOLDER,
    LineKind.INFO,
)  # fmt: skip
"""What may be taken down while the police have it."""
NEEDS_WORDS = frozenset({LineKind.QUESTION, LineKind.NEWS, LineKind.ANSWER, LineKind.INFO})


class YesNo(TextChoices):
    """What is not known is said as such: a guess costs lives."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Not known")

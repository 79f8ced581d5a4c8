"""The words of routines: all-clear, vault, crews."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RoutineKind(TextChoices):
    """What a second person must answer for."""

    OPENING = "opening", _("Opening")
    VAULT = "vault", _("Vault opened")


class RoutineState(TextChoices):
    WAITING = "waiting", _("Waits for the second person")
    GIVEN = "given", _("All clear")
    MISSING = "missing", _("The second person is missing")
    OVER = "over", _("Closed again")


class CrewKind(TextChoices):
    """Who comes for money."""

    TRANSIT = "transit", _("Cash in transit")
    ATM = "atm", _("ATM replenishment")
    SERVICE = "service", _("Service of ATM or vault")


class RoutineCode(TextChoices):
    """Codes of Canh's own signals about routines."""

    MISSING = "all_clear_missing", _("All-clear missing")
    VAULT_ALONE = "vault_one_person", _("Vault opened by one person")
    VAULT_WINDOW = "vault_outside_window", _("Vault opened outside its window")
    DURESS = "all_clear_duress", _("All-clear under duress")
    WRONG = "all_clear_wrong", _("Wrong all-clear codes")
    CREW = "crew_unknown", _("Unknown crew")
    CASH = "cash_over_limit", _("More cash than the limit")


MISSING_OF = {RoutineKind.OPENING: RoutineCode.MISSING, RoutineKind.VAULT: RoutineCode.VAULT_ALONE}

"""The easy door of a demonstration: people one may be without a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from canh.accounts import queries
from canh.accounts.terms import Role
from canh.console.context import is_drill_installation
from canh.console.local import is_local

if TYPE_CHECKING:
    from canh.accounts.models import User

DOES = {
    Role.OPERATOR: (_("takes alarms at the desk"), "desk"),
    Role.SECURITY_HEAD: (_("leads, and keeps the register"), "sites"),
    Role.ADMINISTRATOR: (_("people, panels, health, audit"), "key"),
}


@dataclass(frozen=True, slots=True)
class Guest:
    id: int
    full_name: str
    title: str
    does: str
    icon: str


def people(request: Any) -> list[User]:
    """Only on a demonstration, only from this machine, only those made for it; else nobody."""
    if not (is_drill_installation() and is_local(request)):
        return []
    return list(queries.people().filter(is_drill=True, is_active=True))


def guests(request: Any) -> list[Guest]:
    """The same as cards: the operator first, because that is what most come to see."""
    found = people(request)
    cards = []
    for role, (does, icon) in DOES.items():
        person = next((p for p in found if role in {a.role for a in p.assignments.all()}), None)
        if person:
            cards.append(Guest(person.id, person.full_name, str(role.label), str(does), icon))
    return cards

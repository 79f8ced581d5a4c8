"""User names from full names, and passwords to be read out once."""

from __future__ import annotations

import secrets

from canh.accounts import queries
from canh.kit.text import fold

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are mistaken for each other: i l o 0 1
GROUPS, GROUP = 3, 4


def username_for(full_name: str) -> str:
    """Given name and family name, as Vietnamese call each other: Nguyễn Thị Chi -> chi.nguyen."""
    words = ["".join(c for c in word if c.isascii() and c.isalnum()) for word in fold(full_name).split()]
    words = [word for word in words if word]
    if not words:
        return ""  # the action says what is missing
    base = ".".join([words[-1], words[0]] if len(words) > 1 else [words[0], words[0]])[:50]
    taken = {p.username for p in queries.people().filter(username__startswith=base)}
    tries = [base, *(f"{base}{n}" for n in range(2, len(taken) + 3))]
    return next(name for name in tries if name not in taken)


def new_password() -> str:
    """Twelve signs, 59 bits, in groups that can be told over the telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))

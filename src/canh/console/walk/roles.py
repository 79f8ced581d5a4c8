"""Who may test premises, and who may read what was signed."""

from __future__ import annotations

from canh.accounts.terms import Role
from canh.console.access import KEEPERS, STAFF

WALKERS = (Role.INSTALLER, *KEEPERS)
READERS = (Role.INSTALLER, Role.SITE_MANAGER, *STAFF)

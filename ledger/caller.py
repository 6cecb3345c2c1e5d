"""Who gives a command or asks a question: a role, an organisation and a person."""

from __future__ import annotations

from dataclasses import dataclass

EVERYBODY = frozenset({"case-worker", "contractor", "records-manager", "administrator"})
"""The roles that record something; an auditor changes nothing."""
ROLES = EVERYBODY | {"auditor"}
KEEPERS = frozenset({"records-manager", "administrator"})
"""The roles that keep the registers, and open or discard what is in the quarantine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who gives a command: a role, an organisation and, sealed wherever it is written, a person."""

    role: str
    organisation: str
    subject: str

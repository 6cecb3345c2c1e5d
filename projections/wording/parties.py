"""Organisations and roles by name."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.caller import role_and_organisation
from ledger.codes.dictionary import TOUCHPOINTS
from projections.wording.codes import ROLES, plainly

Names = Mapping[str, str]
"""The published name of each organisation by its code."""


def organisation(code: object, names: Names) -> str:
    """An organisation by name with its code; a touchpoint that no register names by what is known of it."""
    if not code:
        return "not recorded"
    text = str(code)
    known = TOUCHPOINTS.get(text)
    name = names.get(text) or (known and " – ".join(part for part in (known.prime_contractor, known.area) if part))
    if name:
        return f"{name}, touchpoint {text}" if known and text not in name else name
    return f"touchpoint {text}, whose name is not registered" if text.isdigit() else text


def recorded_by(actor: str, names: Names) -> str:
    """Role and organisation of whoever recorded an event; the operator's own shell is shown as such."""
    role, code, operator = role_and_organisation(actor)
    shown = role_at(role, code, names)
    return f"{shown}, from the operator's shell" if operator else shown


def role_at(role: str, code: str, names: Names) -> str:
    """A role and its organisation."""
    return f"{ROLES.get(role, plainly(role))}, {organisation(code, names)}"


def organisation_of(actor: str) -> str:
    """The organisation's code in an event's actor."""
    return actor.partition("@")[2].rpartition("/")[0]

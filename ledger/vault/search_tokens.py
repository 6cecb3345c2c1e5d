"""Extracts the searchable identity from a person's records, under our field names or the source's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.vault.keys import Identity

IDENTITY_CLASSES = ("identity", "nhs_careers")
"""The classes under which names and ways to reach a person are kept; with either go the search tokens."""
IDENTITY_COLLECTIONS = frozenset({"customers", "contacts", "addresses"})

_FAMILY_NAME = ("family_name", "FamilyName")
_BIRTH = ("date_of_birth", "DateofBirth")
_POSTCODE = ("postcode", "PostCode")
_LEARNER = ("unique_learner_number", "UniqueLearnerNumber")
_CREDIT = ("universal_credit_id",)
_EMAILS = ("email", "EmailAddress")
_TELEPHONES = ("telephone", "MobileNumber", "HomeNumber", "AlternativeNumber")


def identity_of(records: Iterable[Mapping[str, Any]]) -> Identity:
    """The person as the newest of these records (oldest first) describes them.

    Both our field names and the earlier service's are read.
    """
    known: dict[str, str] = {}
    for record in records:
        known.update({name: value for name, value in record.items() if isinstance(value, str) and value})
    return Identity(
        family_name=_first(known, _FAMILY_NAME),
        date_of_birth=_first(known, _BIRTH),
        emails=_every(known, _EMAILS),
        telephones=_every(known, _TELEPHONES),
        universal_credit_id=_first(known, _CREDIT),
        unique_learner_number=_first(known, _LEARNER),
        postcode=_first(known, _POSTCODE),
    )


def _first(known: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((known[name] for name in names if name in known), None)


def _every(known: Mapping[str, str], names: Iterable[str]) -> list[str]:
    return [known[name] for name in names if name in known]

"""Which data a person may take with them (UK GDPR Art. 20): what they provided, used with consent or for a contract.

Pure. A record's basis is the one it says; when it says none, its retention class tells: equality data and what is
needed for surveys rest on a consent, and everything else is used for the public task, which gives no such right
(PORT-01). What arrived from Jobcentre Plus is of the public task whatever it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.codes.consent_scopes import SCOPES, rested_on
from ledger.rules.bases import CONSENT, CONTRACT, EXPLICIT, TASK
from ledger.state.customer_at import in_force

PORTABLE = frozenset({CONSENT, CONTRACT, EXPLICIT})
BY_THE_PERSON = frozenset({"customer", "self"})
"""Values of `said_by` of a record the person provided."""
FROM_JCP = "received_from_jcp"

_TOLD_BY_THE_PERSON: Mapping[str, frozenset[str]] = {
    "customers": frozenset({
        "DateOfRegistration", "DateOfTermination", "ReasonForTermination", "IntroducedBy", "IntroducedByAdditionalInfo",
        "DateOfRedaction",
    }),
    "contacts": frozenset(),
    "addresses": frozenset({"Longitude", "Latitude"}),
    "diversitydetails": frozenset(),
    "employmentprogressions": frozenset({"DateProgressionRecorded", "Longitude", "Latitude"}),
    "learningprogressions": frozenset({"DateProgressionRecorded"}),
}  # fmt: skip
"""The kinds of record that hold what a person tells about themselves, each without what the service adds to it. Every
other kind is written by the service: plans, goals, outcomes, notes of talks, hand-overs."""


_DATA_IN: Mapping[str, frozenset[str]] = {
    "customers": frozenset({"name"}),
    "contacts": frozenset({"email address", "telephone number"}),
    "addresses": frozenset({"postal address"}),
}
"""The kinds of data, in the words of the scopes of consent, that the records hold which consent is asked to use."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """The lawful basis of a record, and why it gives no right to a portable copy; None when it gives one."""

    code: str
    why_not: str | None = None


def basis_of(class_: str, part: str, stated: str | None, consents: Mapping[str, str], *, collection: str = "") -> Basis:
    """The basis of a record: the `stated` one, otherwise that of its class and part; `consents` are scope to state.

    For a known collection only consents that use its kind of data count; for any other, every consent does.
    """
    scopes = rested_on(class_, part)
    code = stated or (CONSENT if scopes else TASK)
    if class_ == FROM_JCP:
        return Basis(code=TASK, why_not=_TASK_GIVES_NONE)
    if code == CONTRACT:
        return Basis(code=code)
    if code not in PORTABLE:
        return Basis(code=code, why_not=_TASK_GIVES_NONE if code == TASK else _other_basis(code))
    if scopes:
        any_of_them = class_ != "equality" and any(consents.get(scope) == "given" for scope in scopes)
        consented = any_of_them or in_force(consents, *scopes)
        return Basis(code=code, why_not=None if consented else _not_in_force(scopes, consents))
    data = _DATA_IN.get(collection)
    given = [SCOPES[scope] for scope, state in consents.items() if state == "given" and scope in SCOPES]
    fitting = [scope for scope in given if data is None or not data.isdisjoint(scope.data)]
    return Basis(code=code, why_not=None if fitting else _NONE_IN_FORCE)


def provided(collection: str, field: str, said_by: str | None) -> bool:
    """Whether the person provided a value: by the record's `said_by`, otherwise by its collection and field."""
    if said_by is not None:
        return said_by.casefold() in BY_THE_PERSON
    added = _TOLD_BY_THE_PERSON.get(collection)
    return added is not None and field not in added


NOT_PROVIDED = "You did not provide it yourself: the service wrote it down, assessed it or worked it out."
MIXED_WITH_JCP = (
    "Data from Jobcentre Plus was put into this record, and it is not recorded that this value came from you instead."
)
_TASK_GIVES_NONE = (
    "It is used for a public task, and the right to take data with you is only there where data is used with your"
    " consent or for a contract with you (UK GDPR Article 20)."
)
_NONE_IN_FORCE = (
    "It is said to rest on your consent, and no consent of yours is in force now that such data is used with."
)


def _other_basis(code: str) -> str:
    return (
        f"It is used on another basis ({code}) than your consent or a contract with you, and that gives no right to"
        " take it with you (UK GDPR Article 20)."
    )


def _not_in_force(scopes: tuple[str, ...], consents: Mapping[str, str]) -> str:
    scope = next((scope for scope in scopes if scope in consents), scopes[0])
    state = consents.get(scope, "not asked")
    return f"It rests on your consent to {SCOPES[scope].words}, which is not in force now: {state}."

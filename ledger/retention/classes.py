"""Assigns the sealed fields of an event to a retention class and part: pure, the same for commands and imports.

Equality data is split by the consent it rests on: when consent for ethnicity is withdrawn, ethnicity must be destroyed
while disability, still consented to, must not (CONSENT-10). So one equality record becomes up to three events: the
fields that are not of a special category, and one event for each consent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ledger.codes.consent_scopes import EQUALITY, OPENED_BY
from ledger.codes.items import code_of
from ledger.events import NHS, CustomerRegistered, Event, FromDocument, Json, RecordCorrected, RecordKept
from ledger.retention.schedule import FROM_RECEIPTS
from ledger.state.customer import Customer

KEPT_AS: Mapping[str, str] = {
    "customers": "identity",
    "contacts": "identity",
    "addresses": "identity",
    "digitalidentities": "identity",
    "diversitydetails": "equality",
    "outcomes": "payment_evidence",
    "adviserdetails": "staff",
    "collections": "organisation",
    "notifications": "organisation",
}
"""The retention class of each kind of record; every other kind is in the class `service` (D4)."""

_NHS_KEEPS_APART = frozenset({"identity", "service", "did_not_attend"})

_SAYS_NOTHING: Mapping[str, int] = {
    "Ethnicity": 99,
    "LearningDifficultyOrDisabilityDeclaration": 9,
    "PrimaryLearningDifficultyOrDisability": 99,
    "SecondaryLearningDifficultyOrDisability": 99,
}
"""The code for "not provided" by field: it is not special category data and needs no consent."""
_NOT_SPECIAL = frozenset({
    "id", "CustomerId", "LastModifiedDate", "LastModifiedBy", "LastModifiedTouchpointId", "CreatedBy",
    "ConsentToCollectLLDDHealth", "DateAndTimeLLDDHealthConsentCollected", "ConsentToCollectEthnicity",
    "DateAndTimeEthnicityCollected",
})  # fmt: skip
_GENERATION = "generation-"
_REGISTERED = CustomerRegistered.NAME


def under_class(customer: Customer, made: Event) -> tuple[Event, ...]:
    """The event with the retention class and part set, or the events an equality record is split into."""
    made = _in_its_programme(customer, made) if customer.programme == NHS or made.NAME == _REGISTERED else made
    made = _with_its_origin(customer, made) if customer.origins else made
    parts = tuple(_by_consent(made)) if made.retention_class() == "equality" else (made,)
    return tuple(_in_its_generation(customer, event) for event in parts) if customer.destroyed else parts


def closed(customer: Customer, class_: str, part: str = "") -> bool:
    """Whether a class and part was destroyed and accepts no new data."""
    return _times_destroyed(customer, class_, part) > 0 and generation(customer, class_, part) == part


def generation(customer: Customer, class_: str, part: str = "") -> str:
    """The part for new data of a class: a later generation after a destruction, or `part` where a fence refuses it.

    After destruction, equality data is accepted only with new consent, and each missed appointment starts a new
    generation. The access log has a part for each month, so it never meets its fence. Any other destroyed class stays
    closed.
    """
    destroyed = _times_destroyed(customer, class_, part)
    scopes = {part} if part else EQUALITY
    consented = any(customer.consents.get(scope) == "given" for scope in scopes)
    goes_on = class_ == "did_not_attend" or (class_ == "equality" and consented)
    if not destroyed or not goes_on:
        return part
    return f"{part}/{_GENERATION}{destroyed + 1}" if part else f"{_GENERATION}{destroyed + 1}"


def _times_destroyed(customer: Customer, class_: str, part: str) -> int:
    return sum(1 for gone, of in customer.destroyed if gone == class_ and _first_generation(of) == part)


def _first_generation(part: str) -> str:
    before, later, _ = part.partition(_GENERATION)
    return before.rstrip("/") if later else part


def _in_its_programme(customer: Customer, made: Event) -> Event:
    """Records of NHS Health Careers go into a class of their own, with its own period (RET-NHS-01)."""
    programme = getattr(made, "programme", None) or customer.programme
    apart = programme == NHS and "kept_as" in made.FACTS and made.retention_class() in _NHS_KEEPS_APART
    return replace(made, kept_as="nhs_careers") if apart else made  # type: ignore[call-arg]


def _with_its_origin(customer: Customer, made: Event) -> Event:
    """A record that incorporated data from Jobcentre Plus is kept and destroyed with its receipt (RET-JCP-10).

    Any version may repeat that data, so this applies to all versions until the receipt's part is destroyed.
    """
    if not isinstance(made, RecordKept | RecordCorrected) or made.retention_class() not in FROM_RECEIPTS:
        return made
    receipt = customer.origins.get(made.record_id or "")
    gone = receipt is None or (made.retention_class(), receipt) in customer.destroyed
    return made if gone or made.part else replace(made, part=receipt)


def _by_consent(made: Event) -> Iterator[Event]:
    if not isinstance(made, FromDocument) or made.kept_as != "equality":
        yield made
        return
    plain: dict[str, Json] = {}
    special: dict[str, dict[str, Json]] = {}
    for name, value in (made.values or {}).items():
        not_special = name in _NOT_SPECIAL or _SAYS_NOTHING.get(name) == value
        (plain if not_special else special.setdefault(_rests_on(name), {}))[name] = value
    if plain or made.document or not special:
        yield replace(made, kept_as="service", values=plain or None, changed=tuple(sorted(plain)))
    for scope, values in sorted(special.items()):
        alone: dict[str, Any] = {"values": values, "changed": tuple(sorted(values))}
        yield replace(
            made, part=scope or None, cleared=(), warnings=(), document=None, history_digest=None, **alone
        )  # fmt: skip


def _rests_on(name: str) -> str:
    own = OPENED_BY.get(code_of(name), ("",))[0]
    return own if own in EQUALITY else ""


def _in_its_generation(customer: Customer, made: Event) -> Event:
    before = made.retention_part()
    part: dict[str, Any] = {"part": generation(customer, made.retention_class(), before)}
    return replace(made, **part) if part["part"] != before and "part" in made.FACTS else made

"""Which side a caller is on, by the organisations' registers of a day (PARTY-01, PARTY-06). Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ledger.caller import CONTRACTOR_ROLES, CONTRACTORS_RECORDS_MANAGER, OFFICE, Caller
from ledger.errors import UnregisteredOrganisation
from ledger.events import ContractEnded, ContractStarted, OrganisationRegistered
from ledger.normalise import normalised
from ledger.rules.parties import is_jobcentre_plus
from ledger.state.registers import InForce, first_day, last_day

Side = Literal["operator", "controller", "contractor", "jobcentre-plus", "nobody"]
AUTHORITATIVE: frozenset[Side] = frozenset({"operator", "controller"})
"""The sides whose reports take effect as they stand."""
_WORKS_UNDER_A_CONTRACT = ("contract", "prime", "touchpoint", "research", "specialist", "ofsted", "introducer")
"""An organisation registered with such a kind is a party of its own, whatever it is part of."""


def side_of(by: Caller, on: InForce) -> Side:
    """The side of a caller; "nobody" when the organisation is not registered that day, or not as the role needs.

    The operator's own shell is trusted with the controller's roles, since whoever has it has the keys; in the role of
    a contractor or of an office it acts as that organisation. A contractor's records manager acts for the contractor.
    """
    of_contractor = _is_contractor(on, by.organisation)
    if by.role in CONTRACTOR_ROLES or (by.role == "records-manager" and of_contractor):
        return "contractor" if of_contractor else "nobody"
    if by.role == OFFICE:
        return "jobcentre-plus" if _is_office(on, by.organisation) else "nobody"
    if by.operator:
        return "operator"
    return "controller" if is_of_controller(on, by.organisation) else "nobody"


def refuse_nobody(by: Caller, on: InForce) -> None:
    """Raise UnregisteredOrganisation for a caller on no side, whatever else is wrong: what it sends waits."""
    if side_of(by, on) == "nobody":
        raise UnregisteredOrganisation


def contract_is_over(on: InForce, code: str) -> bool:
    """Whether an organisation had a contract and none goes on that day; False for one that never had any.

    A sub-contractor works under the contract of the organisation above it, and what an ended organisation had goes on
    with its successor (PARTY-04).
    """
    return on.remembered(("contract is over", code), lambda: _contract_is_over(on, code))


def _contract_is_over(on: InForce, code: str) -> bool:
    holders = {*on.line_of(code)}
    if any(entry.organisation in holders for entry in on.every(ContractStarted)):
        return False
    known = on.registers.entries
    begun = (entry for entry in known.get(ContractStarted, ()) if first_day(entry) <= on.day)
    ended = (entry for entry in known.get(ContractEnded, ()) if last_day(entry) < on.day)
    return any(getattr(entry, "organisation", None) in holders for entry in (*begun, *ended))


def is_of_controller(on: InForce, code: str) -> bool:
    """Whether an organisation is registered that day as controller, or works directly for one that is."""
    registered = on.organisation(code)
    if registered is None:
        return False
    if "controller" in normalised(registered.kind):
        return True
    works_for = on.organisation(registered.part_of)
    is_party = any(word in normalised(registered.kind) for word in _WORKS_UNDER_A_CONTRACT)
    return (
        works_for is not None
        and "controller" in normalised(works_for.kind)
        and not is_party
        and not is_jobcentre_plus(on, code)
    )


def is_of_contractor(on: InForce, code: str) -> bool:
    """Whether an organisation is, or last was, neither a controller nor one that works directly for a controller."""
    return on.is_contractor(code) and not is_of_controller(on, code)


def as_recorded(by: Caller, on: InForce) -> Caller:
    """The caller as entries name them: a contractor's records manager in a role of its own.

    Who serves a person is read from the entries alone, and there the role of a controller's records manager counts.
    """
    if by.role == "records-manager" and side_of(by, on) == "contractor":
        return replace(by, role=CONTRACTORS_RECORDS_MANAGER)
    return by


def speaks_for_all(by: Caller, on: InForce) -> bool:
    """Whether a caller is on a side whose reports take effect as they stand."""
    return side_of(by, on) in AUTHORITATIVE


def reads_people(by: Caller, on: InForce) -> bool:
    """Whether a caller may read the records of everybody in its programme: the controller's case work."""
    return by.role in {"case-worker", "records-manager", "auditor"} and side_of(by, on) in AUTHORITATIVE


def own_and_under(on: InForce, code: str) -> frozenset[str]:
    """An organisation and those that work under it, directly or not, by the registers of a day."""
    return on.remembered(("own and under", code), lambda: frozenset(_own_and_under(on, code)))


def _own_and_under(on: InForce, code: str) -> set[str]:
    every = [*on.every(OrganisationRegistered)]
    found, before = {code}, set[str]()
    while found != before:
        before = found
        found = before | {entry.organisation for entry in every if entry.part_of in before}
    return found


def _is_contractor(on: InForce, code: str) -> bool:
    return on.organisation(code) is not None and is_of_contractor(on, code) and not _is_office(on, code)


def _is_office(on: InForce, code: str) -> bool:
    return on.organisation(code) is not None and is_jobcentre_plus(on, code) is True

"""Who receives a share: whether that is Jobcentre Plus, which kind of recipient it is, and what was agreed with it.

What was not said is unknown and not false (LEDG-11): such an answer is None, and each rule says what it makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ledger import events
from ledger.normalise import as_code, normalised
from ledger.state.registers import InForce

_OTHER_NATIONS = frozenset({"gbwls", "wales", "gbsct", "scotland", "gbnir", "northernireland"})
JCP = "JCP_DWP"
"""The category of Jobcentre Plus as a recipient (RECIP-10)."""
RESEARCH_COMPANY = "MARKET_RESEARCH"
_JOBCENTRE_PLUS = re.compile(r"jobcent(?:re|er)|jcp|dwp|workandpensions")
_FROM_JCP = re.compile(r"(?:from)?(?:jobcentreplus|jobcentre|jcp|dwp)to(?:ncs|nationalcareersservice)")
_ELSEWHERE = frozenset(
    normalised(f"{sender} to {recipient}")
    for sender in ("NCS", "NHS")
    for recipient in ("research", "market research", "specialist", "Ofsted", "introducer", "partner", "supplier")
)
"""The directions that are known to lead to somebody else; one that nobody knows says nothing."""
_CATEGORIES: Mapping[str, str] = {
    "researchcompany": RESEARCH_COMPANY,
    "marketresearch": RESEARCH_COMPANY,
    "marketresearchcompany": RESEARCH_COMPANY,
    "specialist": "SPECIALIST",
    "ofsted": "OFSTED",
    "introducer": "INTRODUCER",
    "researchbody": "RESEARCH",
}
"""What kind of recipient an organisation is, by the kind it is registered as."""


def names_jobcentre_plus(words: str | None) -> bool:
    """Whether a kind, a code or a direction speaks of Jobcentre Plus or of its department."""
    return _JOBCENTRE_PLUS.search(normalised(words)) is not None


def is_jobcentre_plus(registers: InForce, code: str | None) -> bool | None:
    """Whether an organisation is Jobcentre Plus or an office of it: by the register, or by its name when in none.

    None for somebody of whom neither tells.
    """
    return registers.remembered(("Jobcentre Plus", code), lambda: _is_jobcentre_plus(registers.last_known(code), code))


def _is_jobcentre_plus(known: events.OrganisationRegistered | None, code: str | None) -> bool | None:
    if known is not None and known.kind:
        return names_jobcentre_plus(known.kind)
    return True if names_jobcentre_plus(code) else None


def bound(told: events.DataShared, registers: InForce) -> bool:
    """Whether the guidance binds a share: it says that it goes to Jobcentre Plus, or its recipient is that.

    So is one to somebody whom no register knows, unless it says whom else it goes to.
    """
    said, received = _says_so(told), is_jobcentre_plus(registers, told.sent_to)
    return bool(said or received) or (said is None and received is None)


def comes_in(direction: str | None) -> bool:
    """Whether a direction says that data came from Jobcentre Plus to the service."""
    return _FROM_JCP.fullmatch(normalised(direction)) is not None


def _says_so(told: events.DataShared) -> bool | None:
    direction = normalised(told.direction)
    if names_jobcentre_plus(told.recipient_category):
        return True
    if direction in _ELSEWHERE or comes_in(direction):
        return False
    return True if names_jobcentre_plus(direction) else None


def outside_england(told: events.DataShared) -> bool:
    """Whether a share is of another nation's service, for which the guidance does not hold (SCOPE-01)."""
    return normalised(told.jurisdiction) in _OTHER_NATIONS


def category_of(told: events.DataShared, registers: InForce) -> str:
    """The kind of recipient, as said or else as registered; '' when neither is known.

    What is registered as a research company is one whatever a share says of it (RECIP-08).
    """
    known = registers.last_known(told.sent_to)
    registered = _CATEGORIES.get(normalised(known.kind), "") if known else ""
    if registered == RESEARCH_COMPANY or not told.recipient_category:
        return JCP if is_jobcentre_plus(registers, told.sent_to) else registered
    return as_code(told.recipient_category)


def agreement_of(told: events.DataShared, registers: InForce) -> tuple[bool | None, events.AgreementSigned | None]:
    """Whether the agreement that a share names is in force between its controller and its recipient, and which it is.

    None when the register does not say with whom it was signed; two organisations may have signed one of that number.
    """
    asked = ("agreement", told.agreement, told.controller, told.sent_to)
    return registers.remembered(asked, lambda: _agreement_of(told, registers))


def _agreement_of(told: events.DataShared, registers: InForce) -> tuple[bool | None, events.AgreementSigned | None]:
    signed = list(registers.every(events.AgreementSigned, key=told.agreement)) if told.agreement else []
    answers = {_between(one, told, registers): one for one in reversed(signed)}
    return next(((answer, answers[answer]) for answer in (True, None) if answer in answers), (False, None))


def _between(one: events.AgreementSigned, told: events.DataShared, registers: InForce) -> bool | None:
    signed_by, signed_with = one.organisation, one.with_organisation
    if signed_with is None:
        party = _of_controller(signed_by, told, registers) or _of_recipient(signed_by, told, registers)
        return None if party else False
    return any(
        _of_controller(ours, told, registers) and _of_recipient(theirs, told, registers)
        for ours, theirs in ((signed_by, signed_with), (signed_with, signed_by))
    )


def _of_controller(party: str, told: events.DataShared, registers: InForce) -> bool:
    """Whether a party is the controller, one above it or one whose place it took.

    Any controller is while none was named; to name one that is none is for another rule to find (PARTY-03).
    """
    named = told.controller or ""
    if registers.is_controller(named):
        return party in registers.line_of(named) or named in registers.followers_of(party)
    return registers.is_controller(party)


def _of_recipient(party: str, told: events.DataShared, registers: InForce) -> bool:
    """Whether a party is the recipient, one above it or one whose place it took.

    Jobcentre Plus is the same party under each of its names and that of its department, which signed for it.
    """
    code = told.sent_to or ""
    if party in registers.line_of(code) or code in registers.followers_of(party):
        return True
    to_jcp = not code or is_jobcentre_plus(registers, code)
    return bool(to_jcp and (names_jobcentre_plus(party) or is_jobcentre_plus(registers, party)))

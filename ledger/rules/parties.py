"""Who receives a share: whether that is Jobcentre Plus, which kind of recipient it is, and what was agreed with it.

What was not stated is unknown and not false (LEDG-11): the answer is then None, and each rule decides what follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ledger import events
from ledger.normalise import as_code, normalised
from ledger.state.registers import InForce

ENGLAND = frozenset({"gbeng", "england"})
"""How the jurisdiction of the guidance is written, normalised."""
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
"""Directions that lead to another recipient than Jobcentre Plus; an unknown direction decides nothing."""
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
    """Whether a kind, a code or a direction names Jobcentre Plus or its department."""
    return _JOBCENTRE_PLUS.search(normalised(words)) is not None


def is_jobcentre_plus(registers: InForce, code: str | None) -> bool | None:
    """Whether an organisation is Jobcentre Plus or an office of it: by its kind in the register, or else by its code.

    None when neither decides.
    """
    return registers.remembered(("Jobcentre Plus", code), lambda: _is_jobcentre_plus(registers.last_known(code), code))


def _is_jobcentre_plus(known: events.OrganisationRegistered | None, code: str | None) -> bool | None:
    if known is not None and known.kind:
        return names_jobcentre_plus(known.kind)
    return True if names_jobcentre_plus(code) else None


def guidance_binds(share: events.DataShared, registers: InForce) -> bool:
    """Whether the guidance binds a share: the share says that it goes to Jobcentre Plus, or its recipient is that.

    The guidance also binds a share that names no other recipient, where no register knows the organisation.
    """
    stated, registered = _stated_to_jobcentre_plus(share), is_jobcentre_plus(registers, share.sent_to)
    return bool(stated or registered) or (stated is None and registered is None)


def comes_in(direction: str | None) -> bool:
    """Whether a direction says that data came from Jobcentre Plus to the service."""
    return _FROM_JCP.fullmatch(normalised(direction)) is not None


def _stated_to_jobcentre_plus(share: events.DataShared) -> bool | None:
    """Whether the share itself says that it goes to Jobcentre Plus; None when it does not say."""
    direction = normalised(share.direction)
    if names_jobcentre_plus(share.recipient_category):
        return True
    if direction in _ELSEWHERE or comes_in(direction):
        return False
    return True if names_jobcentre_plus(direction) else None


def outside_england(share: events.DataShared) -> bool:
    """Whether a share is of another nation's service, for which the guidance does not hold (SCOPE-01)."""
    return normalised(share.jurisdiction) in _OTHER_NATIONS


def category_of(share: events.DataShared, registers: InForce) -> str:
    """The kind of recipient, as the share states it or else as it is registered; '' when neither is known.

    The register goes first for research companies: a share cannot state another kind for one (RECIP-08).
    """
    known = registers.last_known(share.sent_to)
    registered = _CATEGORIES.get(normalised(known.kind), "") if known else ""
    if registered == RESEARCH_COMPANY or not share.recipient_category:
        return JCP if is_jobcentre_plus(registers, share.sent_to) else registered
    return as_code(share.recipient_category)


def agreement_of(share: events.DataShared, registers: InForce) -> tuple[bool | None, events.AgreementSigned | None]:
    """Whether the agreement that a share names is in force between its controller and its recipient, and which it is.

    None when the register does not say who the other party is. Two organisations may each have an agreement with the
    same code; the one that covers the share is returned.
    """
    asked = ("agreement", share.agreement, share.controller, share.sent_to)
    return registers.remembered(asked, lambda: _agreement_of(share, registers))


def _agreement_of(share: events.DataShared, registers: InForce) -> tuple[bool | None, events.AgreementSigned | None]:
    signed = list(registers.every(events.AgreementSigned, key=share.agreement)) if share.agreement else []
    answers = {_between(agreement, share, registers): agreement for agreement in reversed(signed)}
    return next(((answer, answers[answer]) for answer in (True, None) if answer in answers), (False, None))


def _between(agreement: events.AgreementSigned, share: events.DataShared, registers: InForce) -> bool | None:
    signed_by, signed_with = agreement.organisation, agreement.with_organisation
    if signed_with is None:
        party = _of_controller(signed_by, share, registers) or _of_recipient(signed_by, share, registers)
        return None if party else False
    return any(
        _of_controller(ours, share, registers) and _of_recipient(theirs, share, registers)
        for ours, theirs in ((signed_by, signed_with), (signed_with, signed_by))
    )


def _of_controller(party: str, share: events.DataShared, registers: InForce) -> bool:
    """Whether a party is the share's controller, an organisation above it or one that it succeeded.

    When the share names no controller, any controller will do. PARTY-03 finds a controller that is not one.
    """
    named = share.controller or ""
    if registers.is_controller(named):
        return party in registers.line_of(named) or named in registers.followers_of(party)
    return registers.is_controller(party)


def _of_recipient(party: str, share: events.DataShared, registers: InForce) -> bool:
    """Whether a party is the share's recipient, an organisation above it or one that it succeeded.

    Jobcentre Plus, under any of its names, and its department are the same party: the department signs for it.
    """
    code = share.sent_to or ""
    if party in registers.line_of(code) or code in registers.followers_of(party):
        return True
    to_jcp = not code or is_jobcentre_plus(registers, code)
    return bool(to_jcp and (names_jobcentre_plus(party) or is_jobcentre_plus(registers, party)))

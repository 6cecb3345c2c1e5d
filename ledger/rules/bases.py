"""Lawful bases, and conditions for special categories of data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ledger.codes.items import SPECIAL, may_tell_health
from ledger.normalise import normalised
from ledger.rules.facts import Share
from ledger.rules.fitting_consents import fitting, fitting_item
from ledger.rules.rule import NHS_POLICY, Found, Rule, found

CONSENT, CONTRACT, OBLIGATION, TASK, INTEREST = "A6-1-a", "A6-1-b", "A6-1-c", "A6-1-e", "A6-1-f"
EXPLICIT, CLAIMS, SUBSTANTIAL = "A9-2-a", "A9-2-f", "A9-2-g"
BASES: Mapping[str, str] = {
    CONSENT: "LB-01",
    CONTRACT: "LB-02",
    OBLIGATION: "LB-03",
    TASK: "LB-04",
    INTEREST: "LB-05",
    EXPLICIT: "LB-06",
    CLAIMS: "LB-07",
    SUBSTANTIAL: "LB-08",
}
"""The code of each basis and condition, with the rule whose sentence names it."""
_CITED = re.compile(r"(?:ukgdpr|gdpr)?(?:article|art|a)?([69])([12])([a-j])(?:ukgdpr|gdpr)?")


@lru_cache(maxsize=1_024)  # several rules ask for the same few citations
def basis_of(words: str | None) -> str | None:
    """The code of a basis or condition, such as A6-1-a for "Article 6(1)(a)"; anything else is returned unchanged."""
    cited = _CITED.fullmatch(normalised(words))
    return "A{}-{}-{}".format(*cited.groups()) if cited else words


def special_items(share: Share) -> dict[str, str]:
    """The items of special categories as stated, with their codes; D29 when a priority group may tell of health."""
    of_health = "D29" if may_tell_health(share.event.priority_groups) else None
    return {item: code for item, code in share.items.items() if code in SPECIAL or code == of_health}


def consent_not_recorded(share: Share) -> Found | None:
    """Needs a recorded consent to this purpose and this recipient; other consents do not count."""
    if basis_of(share.event.lawful_basis) != CONSENT:
        return None
    scopes = fitting(share)
    return None if scopes and share.customer.consented(*scopes) else found("lawful_basis", "consent")


def obligation_without_law(share: Share) -> Found | None:
    return (
        found("enactment") if basis_of(share.event.lawful_basis) == OBLIGATION and not share.event.enactment else None
    )


def task_not_named(share: Share) -> Found | None:
    return found("public_task") if basis_of(share.event.lawful_basis) == TASK and not share.event.public_task else None


def interests_of_an_authority(share: Share) -> Found | None:
    return found("lawful_basis") if basis_of(share.event.lawful_basis) == INTEREST else None


def consent_not_explicit(share: Share) -> Found | None:
    """Needs explicit consent to each special item for this purpose and recipient, or to the share if it has none."""
    if basis_of(share.event.special_condition) != EXPLICIT:
        return None
    relied_on = [fitting_item(share, code) for code in special_items(share).values()] or [fitting(share)]
    express = all(scopes and share.customer.expressly(*scopes) for scopes in relied_on)
    return None if express else found("special_condition", "consent")


def claims_without_reason(share: Share) -> Found | None:
    return (
        found("necessity") if basis_of(share.event.special_condition) == CLAIMS and not share.event.necessity else None
    )


def substantial_interest_unproved(share: Share) -> Found | None:
    if basis_of(share.event.special_condition) != SUBSTANTIAL:
        return None
    missing = [name for name in ("schedule_condition", "policy_document") if not getattr(share.event, name)]
    return found(*missing) if missing else None


def special_without_both(share: Share) -> Found | None:
    if share.event.lawful_basis and share.event.special_condition:
        return None
    shared = tuple(special_items(share))
    return Found(fields=("lawful_basis", "special_condition"), items=shared) if shared else None


RULES = (
    Rule(
        id="LB-01",
        group="LB",
        source=NHS_POLICY,
        line=102,
        force="STATES",
        sentence="Article 6(1)(a) – you have given consent",
        status="checked",
        how="basis A6-1-a with a consent in force that fits the purpose and the recipient",
        proposed="refuse",
        severity="S1",
        parameters={"basis": CONSENT},
        check=consent_not_recorded,
    ),
    Rule(
        id="LB-02",
        group="LB",
        source=NHS_POLICY,
        line=104,
        force="STATES",
        sentence="Article 6(1)(b) – processing is necessary for the performance of a contract",
        status="configured",
        how="basis A6-1-b of a share, shown in the report",
    ),
    Rule(
        id="LB-03",
        group="LB",
        source=NHS_POLICY,
        line=106,
        force="STATES",
        sentence="Article 6(1)(c) – processing is necessary for compliance with a legal obligation",
        status="checked",
        how="basis A6-1-c with its law",
        proposed="warn",
        parameters={"basis": OBLIGATION},
        check=obligation_without_law,
    ),
    Rule(
        id="LB-04",
        group="LB",
        source=NHS_POLICY,
        line=108,
        force="STATES",
        sentence=(
            "Article 6(1)(e) – processing is necessary for the performance of a task carried out in the public interest"
        ),
        status="checked",
        how="basis A6-1-e with its task",
        proposed="warn",
        parameters={"basis": TASK},
        check=task_not_named,
    ),
    Rule(
        id="LB-05",
        group="LB",
        source=NHS_POLICY,
        line=110,
        force="STATES",
        sentence="Article 6(1)(f) – processing is necessary for the purposes of legitimate interests",
        status="checked",
        how="basis A6-1-f is not open to public authorities at their tasks",
        proposed="warn",
        severity="S2",
        parameters={"basis": INTEREST},
        check=interests_of_an_authority,
    ),
    Rule(
        id="LB-06",
        group="LB",
        source=NHS_POLICY,
        line=114,
        force="STATES",
        sentence="Article 9(2)(a) - you have given explicit consent",
        status="checked",
        how="condition A9-2-a with an express consent in force that fits the item, the purpose and the recipient",
        proposed="refuse",
        severity="S1",
        parameters={"condition": EXPLICIT},
        check=consent_not_explicit,
    ),
    Rule(
        id="LB-07",
        group="LB",
        source=NHS_POLICY,
        line=116,
        force="STATES",
        sentence="Article 9(2)(f) - processing is necessary for the establishment, exercise or defence of legal claims",
        status="checked",
        how="condition A9-2-f with the reason why it was necessary",
        proposed="warn",
        parameters={"condition": CLAIMS},
        check=claims_without_reason,
    ),
    Rule(
        id="LB-08",
        group="LB",
        source=NHS_POLICY,
        line=118,
        force="STATES",
        sentence="Article 9(2)(g) – processing is necessary for reasons of substantial public interest.",
        status="checked",
        how="condition A9-2-g with its paragraph of Schedule 1 and its policy document",
        proposed="refuse",
        severity="S1",
        parameters={"condition": SUBSTANTIAL},
        check=substantial_interest_unproved,
    ),
    Rule(
        id="LB-09",
        group="LB",
        source=NHS_POLICY,
        line=112,
        force="DERIVED",
        sentence=(
            "Where we process special categories of personal data for these purposes, the legal basis for doing so is:"
        ),
        status="checked",
        how="a special category has a basis and a condition; a priority group nobody stated may be one",
        proposed="refuse-item",
        severity="S1",
        parameters={"special": [*sorted(SPECIAL)]},
        check=special_without_both,
    ),
)

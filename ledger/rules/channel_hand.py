"""Sharing by hand: to the work coach or a nominated contact, with three explanations."""

from __future__ import annotations

from ledger.duties.catalogue import owed_under
from ledger.normalise import as_code
from ledger.rules.facts import Share
from ledger.rules.rule import GUIDANCE, Found, Rule, found

CONTACT = "NOMINATED_POC"
TO_WHOM = frozenset({"WORK_COACH_OF_CUSTOMER", CONTACT})
ADVISER = "CAREERS_ADVISER"


def by_hand(share: Share) -> bool:
    return share.channel == "hand" and share.to_jcp


def to_neither(share: Share) -> Found | None:
    if not by_hand(share) or as_code(share.event.recipient_role) in TO_WHOM:
        return None
    return found("recipient_role", severity="S1" if share.event.recipient_role else "S2")


def not_by_the_adviser(share: Share) -> Found | None:
    other = by_hand(share) and as_code(share.event.handed_by_role) != ADVISER
    return found("handed_by_role", handed_by_role=ADVISER) if other else None


def not_locked_away(share: Share) -> Found | None:
    waits = by_hand(share) and as_code(share.event.recipient_role) == CONTACT
    return found("stored_securely") if waits and not share.event.stored_securely else None


def document_not_explained(share: Share) -> Found | None:
    return found("document_explained") if by_hand(share) and not share.event.document_explained else None


def customer_not_identified(share: Share) -> Found | None:
    return found("customer_identified") if by_hand(share) and not share.event.customer_identified else None


def storage_not_explained(share: Share) -> Found | None:
    return found("storage_explained") if by_hand(share) and not share.event.storage_explained else None


RULES = (
    Rule(
        id="CH-HAND-01",
        group="CH-HAND",
        source=GUIDANCE,
        line=69,
        force="MAY",
        sentence="by sharing of physical copies of documents by hand",
        status="configured",
        how="channel hand of a share",
    ),
    Rule(
        id="CH-HAND-02",
        group="CH-HAND",
        source=GUIDANCE,
        line=70,
        force="MUST",
        sentence=(
            "Hand the careers and skills action plan to a JCP work coach who is working with the JCP customer, or a "
            "nominated point of contact within JCP."
        ),
        status="checked",
        how="the recipient is the customer's work coach or a nominated contact",
        proposed="refuse",
        severity="S1",
        parameters={"recipient_roles": [*sorted(TO_WHOM)]},
        check=to_neither,
    ),
    Rule(
        id="CH-HAND-03",
        group="CH-HAND",
        source=GUIDANCE,
        line=70,
        force="MUST",
        sentence="This is the responsibility of the National Careers Service careers adviser.",
        status="checked",
        how="a careers adviser handed it over",
        proposed="refuse",
        severity="S3",
        parameters={"handed_by_role": ADVISER},
        check=not_by_the_adviser,
    ),
    Rule(
        id="CH-HAND-04",
        group="CH-HAND",
        source=GUIDANCE,
        line=71,
        force="STATES",
        sentence="The recipient of the document is responsible for its secure storage.",
        status="shown",
        how="provenance says of each share who has it and from when, as custody passes on",
    ),
    Rule(
        id="CH-HAND-05",
        group="CH-HAND",
        source=GUIDANCE,
        line=71,
        force="MUST",
        sentence=(
            "it is their responsibility to ensure that it is given to a JCP work coach who is supporting the customer"
        ),
        status="behaviour",
        how=(
            "owed until it is passed on, and a finding when late: "
            "tests/projections/obligations/test_obligations_owed.py, "
            "test_what_was_handed_to_a_contact_is_owed_to_the_work_coach_ch_hand_05"
        ),
        parameters=owed_under("CH-HAND-05"),
    ),
    Rule(
        id="CH-HAND-06",
        group="CH-HAND",
        source=GUIDANCE,
        line=71,
        force="MUST",
        sentence="Securely store it in the meantime (for example, in a locked cabinet).",
        status="checked",
        how="a nominated contact keeps it locked away",
        proposed="warn",
        severity="S2",
        parameters={"recipient_role": CONTACT},
        check=not_locked_away,
    ),
    Rule(
        id="CH-HAND-07",
        group="CH-HAND",
        source=GUIDANCE,
        line=72,
        force="SHOULD",
        sentence="should explain to their JCP counterpart what the document is",
        status="checked",
        how="it is said that the document was explained",
        proposed="warn",
        severity="S3",
        check=document_not_explained,
    ),
    Rule(
        id="CH-HAND-08",
        group="CH-HAND",
        source=GUIDANCE,
        line=72,
        force="SHOULD",
        sentence="identify the customer to which it relates",
        status="checked",
        how="it is said that the customer was identified",
        proposed="warn",
        severity="S3",
        check=customer_not_identified,
    ),
    Rule(
        id="CH-HAND-09",
        group="CH-HAND",
        source=GUIDANCE,
        line=72,
        force="SHOULD",
        sentence="explain the need to ensure the document is stored securely at all times",
        status="checked",
        how="it is said that secure storage was explained",
        proposed="warn",
        severity="S3",
        check=storage_not_explained,
    ),
)

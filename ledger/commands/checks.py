"""What a customer's own history, or what a field may say, forbids: one small check for each command that has any."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from ledger import errors, events
from ledger.clocks import london_day
from ledger.codes.breaches import NO_BREACH, REPORTED, RISKY
from ledger.codes.consent_acts import is_consent
from ledger.codes.consent_scopes import SCOPES, scope_of
from ledger.commands.declaration import COMMANDS
from ledger.events import NCS, NHS
from ledger.normalise import normalised
from ledger.retention.classes import closed
from ledger.retention.schedule import OTHER_REASON, PRE_DELETION_CHECKS
from ledger.rules.bases import BASES
from ledger.state.customer import Customer, done_by

_Check = Callable[[Customer, Mapping[str, Any]], None]
RESTRICTION_GROUNDS = ("accuracy_contested", "objection_pending", "unlawful_processing", "legal_claims", "requested")
"""UK GDPR Art. 18(1), and what the controller grants beyond it."""
SERVICE_COMPONENTS = ("WEBSITE", "THROUGH_WEBSITE", "HELPLINE", "LOCAL")
"""The website, what is delivered through it, the national helpline and the local area services (SCOPE-04)."""
RISKS = ("none", "unlikely", *RISKY)
BREACH_OUTCOMES = (NO_BREACH, "breach_not_reportable", REPORTED)
"""Art. 33(5): all are documented, and also why one was not reported."""


def refuse_unless_possible(customer: Customer, name: str, said: Mapping[str, Any], at: datetime) -> None:
    if issubclass(COMMANDS[name].makes, events.FromDocument) and said.get("lawful_basis") not in {None, *BASES}:
        raise errors.Malformed(f"The field lawful_basis must be one of {', '.join(BASES)}.", field="lawful_basis")
    if said.get("service_component") not in {None, *SERVICE_COMPONENTS}:
        parts = ", ".join(SERVICE_COMPONENTS)
        raise errors.Malformed(f"The field service_component must be one of {parts}.", field="service_component")
    if name == "register-customer":
        if customer.registered:
            raise errors.AlreadyRegistered
        if said.get("programme") not in {None, NCS, NHS}:
            raise errors.Malformed(f"The field programme must be {NCS} or {NHS}.", field="programme")
        return
    if not customer.registered:
        raise errors.NotRegistered
    if name == "destroy-records":
        refuse_destruction_unless_due(customer, said, at)
    elif name in _CHECKS:
        _CHECKS[name](customer, said)


def _accept_referral(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["referral_id"] not in customer.referrals:
        raise errors.UnknownReference("No referral with this number is known for this customer.")
    if said["referral_id"] in customer.accepted:
        raise errors.AlreadyDone("This referral has already been accepted.")


def _appointment(outcome: str) -> _Check:
    def check(customer: Customer, said: Mapping[str, Any]) -> None:
        if (said["appointment_id"], outcome) in customer.appointments:
            raise errors.AlreadyDone(f"This appointment has already been recorded as {outcome}.")

    return check


def _known_scope(_: Customer, said: Mapping[str, Any]) -> None:
    if scope_of(said["scope"]) not in SCOPES:
        raise errors.Malformed(f"The field scope must be one of {', '.join(SCOPES)}.", field="scope")


def _give_consent(customer: Customer, said: Mapping[str, Any]) -> None:
    _known_scope(customer, said)
    if not is_consent(said["mechanism"]):
        raise errors.NotConsent(field="mechanism")


def _finding(customer: Customer, said: Mapping[str, Any]) -> None:
    state = customer.findings.get(said["finding_id"])
    if state is None:
        raise errors.UnknownReference("No finding with this number is known for this customer.")
    if state == "closed":
        raise errors.AlreadyDone("This finding is closed.")
    if said.get("severity") not in {None, "S1", "S2", "S3"}:
        raise errors.Malformed("The field severity must be S1, S2 or S3.", field="severity")


def _close_finding(customer: Customer, said: Mapping[str, Any]) -> None:
    _finding(customer, said)
    if customer.findings[said["finding_id"]] == "open":
        raise errors.NotAssessed


def _new_number(kind: str, name: str) -> _Check:
    def check(customer: Customer, said: Mapping[str, Any]) -> None:
        if said[name] in getattr(customer, kind):
            raise errors.AlreadyDone(f"The field {name} repeats a number that is already recorded for this customer.")

    return check


def _confirm_receipt(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["share_id"] not in customer.shares:
        raise errors.UnknownReference("No share with this number is known for this customer.")
    if said["share_id"] in customer.confirmed:
        raise errors.AlreadyDone("Receipt of this share has already been confirmed.")


def _incorporate(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["receipt_id"] not in customer.receipts:
        raise errors.UnknownReference("No receipt with this number is known for this customer.")
    if said["receipt_id"] in customer.incorporated:
        raise errors.AlreadyDone("This receipt has already been incorporated.")


def _dispose_copy(customer: Customer, said: Mapping[str, Any]) -> None:
    if said.get("receipt_id") not in customer.receipts and said.get("share_id") not in customer.shares:
        raise errors.UnknownReference("Name the receipt or the share whose copy was disposed of.")
    if said["medium"] not in {"email", "paper"}:
        raise errors.Malformed("The field medium must be email or paper.")


def _end_service(customer: Customer, _: Mapping[str, Any]) -> None:
    if customer.ended:
        raise errors.ServiceIsEnded


def _resume_service(customer: Customer, _: Mapping[str, Any]) -> None:
    if not customer.ended:
        raise errors.ServiceNotEnded


def _known(kind: str, name: str, sentence: str) -> _Check:
    """The number names something of this customer's, and what the event does can be done once."""

    def check(customer: Customer, said: Mapping[str, Any]) -> None:
        if said[name] not in getattr(customer, kind):
            raise errors.UnknownReference(f"No {sentence} with this number is known for this customer.")

    return check


def _once(command: str, known: _Check) -> _Check:
    def check(customer: Customer, said: Mapping[str, Any]) -> None:
        known(customer, said)
        made = COMMANDS[command].makes(**said)
        if done_by(made) in customer.done:
            raise errors.AlreadyDone

    return check


def _recipient(customer: Customer, said: Mapping[str, Any]) -> None:
    """Who is told is named as data went to them; named otherwise, what is owed to them would stay open."""
    _MATTER(customer, said)
    _named_as_it_went(customer, said["recipient"])


def _named_as_it_went(customer: Customer, recipient: str) -> None:
    named = {normalised(one): one for one in sorted(customer.recipients)}.get(normalised(recipient))
    if named is not None and recipient not in customer.recipients:
        raise errors.UnknownReference(f"Data went to this recipient as {named}; name it so.", field="recipient")


def _notify(customer: Customer, said: Mapping[str, Any]) -> None:
    _recipient(customer, said)
    if said.get("not_told_because") not in {None, "impossible", "disproportionate"}:
        raise errors.Malformed("The field not_told_because must be impossible or disproportionate.")
    if said.get("not_told_because"):
        _needs_reason(customer, said, "notify-recipient")
        if (events.RecipientNotified.NAME, said["matter_id"], said["recipient"]) in customer.done:
            raise errors.AlreadyDone("This recipient was told.")


def _chase(customer: Customer, said: Mapping[str, Any]) -> None:
    if said.get("share_id") not in customer.shares and said.get("matter_id") not in customer.matters:
        raise errors.UnknownReference("Name the share or the correction that the recipient is to confirm.")
    _named_as_it_went(customer, said.get("recipient") or "")


def _open_assessment(customer: Customer, said: Mapping[str, Any]) -> None:
    _known("assessments", "assessment_id", "breach assessment")(customer, said)
    if customer.assessments[said["assessment_id"]] == "closed":
        raise errors.AlreadyDone("This breach assessment is closed.")
    if said.get("risk", "high") not in RISKS:
        raise errors.Malformed(f"The field risk must be one of {', '.join(RISKS)}.", field="risk")


def _close_assessment(customer: Customer, said: Mapping[str, Any]) -> None:
    _open_assessment(customer, said)
    if said["outcome"] not in BREACH_OUTCOMES:
        raise errors.Malformed(f"The field outcome must be one of {', '.join(BREACH_OUTCOMES)}.", field="outcome")


def _restrict(customer: Customer, said: Mapping[str, Any]) -> None:
    _new_number("matters", "restriction_id")(customer, said)
    _new_number("holds", "hold_id")(customer, {"hold_id": said["restriction_id"]})
    if said["restriction_id"] in customer.lifted:
        raise errors.AlreadyDone("A restriction of this number was lifted; a new one needs a number of its own.")
    if said["ground"] not in RESTRICTION_GROUNDS:
        raise errors.Malformed(f"The field ground must be one of {', '.join(RESTRICTION_GROUNDS)}.", field="ground")


def _extend_retention(customer: Customer, said: Mapping[str, Any]) -> None:
    """Only NHS Health Careers has announced that its period may be extended; the others' are maxima (RET-NHS-03)."""
    if customer.programme != NHS or set(said["classes"]) != {"nhs_careers"}:
        raise errors.Malformed(
            "Only what NHS Health Careers holds, the class nhs_careers, may be kept for longer.",
            field="classes",
            rule_id="RET-NHS-03",
        )
    _new_number("extensions", "extension_id")(customer, said)


def _merge(customer: Customer, said: Mapping[str, Any]) -> None:
    """Every person has one record that goes on, and what is merged is merged into that one: no chains, no circles."""
    _new_number("merges", "merge_id")(customer, said)
    if customer.merged_into:
        raise errors.AlreadyDone("This record is already merged into another; unmerge it first.")
    if customer.duplicates:
        raise errors.AlreadyDone("Other records are merged into this one; name this one as the record that goes on.")
    _needs_reason(customer, said, "merge-customers")


def _unmerge(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["merge_id"] not in customer.merged_into:
        raise errors.UnknownReference("No merge with this number joins this customer's record to another one now.")
    _needs_reason(customer, said, "unmerge-customers")


def _needs_reason(customer: Customer, said: Mapping[str, Any], name: str) -> None:
    """What was destroyed cannot keep a reason any more, and a record without one can still be found a duplicate."""
    if not said.get("reason") and not closed(customer, COMMANDS[name].makes.HOLDS):
        raise errors.Malformed(f"{name} needs the field reason.", field="reason")


def refuse_unknown_classes(said: Mapping[str, Any]) -> None:
    if any(name not in events.CLASSES for name in said.get("classes", ())):
        raise errors.Malformed("The field classes must name retention classes, such as identity or service.")


_MATTER = _known("matters", "matter_id", "correction, erasure or restriction")


_A_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
"""It stands in clear for ever, so it must not be able to say anything about anybody."""


def _place_hold(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["hold_id"] in customer.lifted:
        raise errors.AlreadyDone("A hold of this number was lifted; a new hold needs a number of its own.")
    # A hold is never refused for what can be added later: without a day of review it is overdue the day after.
    if not _A_CODE.fullmatch(said["code"]):
        codes = ", ".join((*PRE_DELETION_CHECKS, OTHER_REASON))
        raise errors.Malformed(f"The field code must be a code, such as {codes}.", field="code", rule_id="DEST-03")
    if said["code"] == OTHER_REASON:
        _needs_reason(customer, said, "place-hold")
    refuse_unknown_classes(said)
    _new_number("holds", "hold_id")(customer, said)


def _lift_hold(customer: Customer, said: Mapping[str, Any]) -> None:
    if said["hold_id"] not in customer.holds:
        raise errors.UnknownReference("No hold with this number is in force for this customer.")
    if said["hold_id"] in customer.restrictions:
        raise errors.UnknownReference(
            "This hold goes with a restriction; lift the restriction, once the person was told."
        )


def refuse_destruction_unless_due(customer: Customer, said: Mapping[str, Any], at: datetime) -> None:
    """Raise NotDue, Held, AlreadyDone or Malformed unless each of the classes named may be destroyed now."""
    for one in said["destroyed"]:
        class_, part = one.get("class"), one.get("part") or ""
        if not isinstance(class_, str) or class_ not in events.CLASSES or not isinstance(part, str):
            raise errors.Malformed("Each of destroyed must name a retention class, such as identity or service.")
        if _day(one.get("destroy_by")) > _day(said["on"]) or _day(said["on"]) > london_day(at):
            raise errors.NotDue
        if customer.held(class_):
            raise errors.Held
        if one.get("rule") == "DEST-01" and not one.get("because"):
            raise errors.NotDue(
                "Destruction at the end of a contract cites the controller's instruction in because.", rule_id="DEST-01"
            )
        if (class_, part) in customer.destroyed:
            raise errors.AlreadyDone("These records were already destroyed.")
    if len({(one["class"], one.get("part") or "") for one in said["destroyed"]}) < len(said["destroyed"]):
        raise errors.Malformed("The field destroyed must name each class and part once.", field="destroyed")


def _day(text: object) -> date:
    try:
        return date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as no_date:
        raise errors.Malformed("Each of destroyed must say its destroy_by as a date such as 2026-11-22.") from no_date


_CHECKS: Mapping[str, _Check] = {
    "accept-referral": _accept_referral,
    "keep-appointment": _appointment("kept"),
    "miss-appointment": _appointment("missed"),
    "refer-customer": _new_number("referrals", "referral_id"),
    "give-consent": _give_consent,
    "ask-consent": _known_scope,
    "refuse-consent": _known_scope,
    "expire-consent": _known_scope,
    "invalidate-consent": _known_scope,
    "assess-finding": _finding,
    "remediate-finding": _finding,
    "close-finding": _close_finding,
    "correct-record": _new_number("matters", "correction_id"),
    "share-data": _new_number("shares", "share_id"),
    "receive-data": _new_number("receipts", "receipt_id"),
    "confirm-receipt": _confirm_receipt,
    "incorporate-data": _incorporate,
    "dispose-copy": _dispose_copy,
    "end-service": _end_service,
    "resume-service": _resume_service,
    "route-data": _once("route-data", _known("receipts", "receipt_id", "receipt")),
    "pass-to-work-coach": _once("pass-to-work-coach", _known("shares", "share_id", "share")),
    "chase-recipient": _chase,
    "notify-recipient": _once("notify-recipient", _notify),
    "confirm-correction": _once("confirm-correction", _recipient),
    "assess-breach-risk": _open_assessment,
    "notify-controller": _open_assessment,
    "notify-regulator": _open_assessment,
    "notify-people": _open_assessment,
    "close-breach-assessment": _close_assessment,
    "restrict-processing": _restrict,
    "lift-restriction": _known("restrictions", "restriction_id", "restriction in force"),
    "contest-decision": _new_number("contested", "decision_id"),
    "review-decision": _known("contested", "decision_id", "contested decision"),
    "review-hold": _known("holds", "hold_id", "hold in force"),
    "extend-retention": _extend_retention,
    "merge-customers": _merge,
    "unmerge-customers": _unmerge,
    "place-hold": _place_hold,
    "lift-hold": _lift_hold,
}


def refuse_unless_checked(said: Mapping[str, Any]) -> None:
    """Before records are deleted the controller looks into each reason to keep them (law.md section 9, DEST-03)."""
    refuse_unknown_classes(said)
    missing = [code for code in PRE_DELETION_CHECKS if code not in said["checked"]]
    if missing:
        raise errors.Malformed(
            f"The field checked must name every reason to keep records that was looked into; {missing[0]} is missing.",
            field="checked",
            rule_id="DEST-03",
        )

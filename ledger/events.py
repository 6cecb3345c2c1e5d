"""What can happen, as frozen data: every field says whether it is a fact or sealed, and what it is in plain English.

A *fact* is stored in clear and is never personal by itself: an id, a code, a date, a rule id. A *sealed* field is
stored encrypted under a key per customer and retention class, and can be destroyed (D4). The plain-English label of
each field is what the person reads in their subject-access report, so an undeclared field cannot exist. This file
knows nothing of storage: the stored name of an event is the literal below and never a Python path.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar, dataclass_transform

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

RetentionClass = Literal[
    "identity",
    "service",
    "payment_evidence",
    "received_from_jcp",
    "equality",
    "research_contact",
    "did_not_attend",
    "nhs_careers",
    "access_log",
    "staff",
    "organisation",
    "rights_request",
]
CLASSES: dict[str, str] = {
    "identity": "who you are and how to reach you",
    "service": "the advice and help you were given",
    "payment_evidence": "the least that proves a contractor may be paid for helping you",
    "received_from_jcp": "what Jobcentre Plus told the National Careers Service about you",
    "equality": "ethnicity, health and disability, collected only with your consent",
    "research_contact": "what is needed to ask you about your satisfaction",
    "did_not_attend": "an appointment you did not come to",
    "nhs_careers": "what NHS Health Careers holds about you",
    "access_log": "which member of staff looked at your records",
    "staff": "an adviser's own contact details",
    "organisation": "how to reach an organisation's staff",
    "rights_request": "what you asked about your data, and how it was answered",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened; the subclasses are the whole vocabulary."""

    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1
    LABEL: ClassVar[str]
    HOLDS: ClassVar[RetentionClass]
    """The class of the sealed fields, unless the event carries a `kept_as` fact of its own."""
    FACTS: ClassVar[tuple[str, ...]] = ()
    SEALED: ClassVar[tuple[str, ...]] = ()

    def retention_class(self) -> str:
        """The class under whose key this event's sealed fields are kept."""
        return getattr(self, "kept_as", None) or self.HOLDS

    def retention_part(self) -> str:
        """The part of the class that is destroyed on its own: a receipt, a later generation; or ''."""
        return getattr(self, "part", None) or ""


def fact(label: str, *, default: Any = None) -> Any:  # noqa: ANN401 (a dataclass field stands in for any type)
    """A field stored in clear: never a name, an address, a free text or anything else that is personal by itself."""
    return field(default=default, metadata={"kind": "fact", "label": label})


def sealed(label: str) -> Any:  # noqa: ANN401 (a dataclass field stands in for any type)
    """A field stored encrypted under the customer's key of the event's class; None when absent or destroyed."""
    return field(default=None, metadata={"kind": "sealed", "label": label})


E = TypeVar("E", bound=type[Event])
EVENTS: dict[str, type[Event]] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(fact, sealed))
def event(name: str, label: str, *, holds: RetentionClass = "service", version: int = 1) -> Any:  # noqa: ANN401
    """Declare an event: its stored name (never changed), its plain-English label, the class of its sealed fields."""

    def declare(cls: type[Event]) -> type[Event]:
        made = dataclass(frozen=True, kw_only=True, slots=True)(cls)
        declared = dataclasses.fields(made)
        undeclared = [f.name for f in declared if f.metadata.get("kind") not in {"fact", "sealed"}]
        if undeclared:
            raise TypeError(f"{name}: neither fact nor sealed: {', '.join(undeclared)}")
        made.NAME, made.LABEL, made.HOLDS, made.VERSION = name, label, holds, version
        made.FACTS = tuple(sorted(f.name for f in declared if f.metadata["kind"] == "fact"))
        made.SEALED = tuple(sorted(f.name for f in declared if f.metadata["kind"] == "sealed"))
        EVENTS[name] = made
        return made

    return declare


def labels(kind: type[Event]) -> dict[str, str]:
    """The plain-English label of every field of an event."""
    return {f.name: str(f.metadata["label"]) for f in dataclasses.fields(kind)}


@dataclass(frozen=True, kw_only=True, slots=True)
class FromDocument(Event):
    """Fields of an event that carries one version of one document of the source service."""

    collection: str | None = fact("the kind of record")
    record_id: str | None = fact("the record's number")
    etag: str | None = fact("the version tag the source gave this version")
    written_at: str | None = fact("when the source wrote it")
    touchpoint: str | None = fact("the organisation that wrote it")
    changed: tuple[str, ...] = fact("which fields were set by this version", default=())
    cleared: tuple[str, ...] = fact("which fields were emptied by this version", default=())
    warnings: tuple[str, ...] = fact("what was odd about the record when it was imported", default=())
    kept_as: str | None = fact("the retention class of the record")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    values: dict[str, Json] | None = sealed("what the record said")
    document: str | None = sealed("a digest of the source document, to recognise it when it comes again")


# Who the person is, and what is kept about them.


@event("customer-registered", "You were registered with the service", holds="identity")
class CustomerRegistered(FromDocument):
    organisation: str | None = fact("the organisation that registered you")
    introduced_by: int | str | None = fact("the code for who introduced you")
    programme: str | None = fact("the programme: National Careers Service, or NHS Health Careers")


@event("record-kept", "A record about you was kept")
class RecordKept(FromDocument):
    organisation: str | None = fact("the organisation that keeps it")
    said_by: str | None = fact("the code for where it came from")


@event("record-corrected", "A record about you was corrected")
class RecordCorrected(FromDocument):
    organisation: str | None = fact("the organisation that corrected it")
    corrects: str | None = fact("the event that held the old value")
    reason: str | None = sealed("why it was corrected")


# The service.


@event("customer-referred", "You were referred to another organisation")
class CustomerReferred(FromDocument):
    referral_id: str = fact("the referral's number", default="")
    referred_by: str | None = fact("the organisation that referred you")
    referred_to: str | None = fact("the organisation you were referred to")
    requested_at: str | None = fact("when the referral was asked for")
    with_data: bool | None = fact("whether your record was passed on with it; unless it says no, it was")
    reason: str | None = sealed("why you were referred")


@event("referral-accepted", "A referral was accepted")
class ReferralAccepted(FromDocument):
    referral_id: str = fact("the referral's number", default="")
    accepted_at: str | None = fact("when it was accepted")
    called_back_at: str | None = fact("when you were called back")


@event("appointment-kept", "You came to an appointment")
class AppointmentKept(FromDocument):
    appointment_id: str = fact("the appointment's number", default="")
    appointment_at: str | None = fact("when the appointment was")
    organisation: str | None = fact("the organisation you met")
    note: str | None = sealed("what was noted")


@event("appointment-missed", "You did not come to an appointment", holds="did_not_attend")
class AppointmentMissed(FromDocument):
    appointment_id: str = fact("the appointment's number", default="")
    appointment_at: str | None = fact("when the appointment was")
    organisation: str | None = fact("the organisation you were to meet")
    reason_code: int | None = fact("the code for why you did not come")
    note: str | None = sealed("what was noted")


@event("interaction-held", "The service and you were in contact")
class InteractionHeld(FromDocument):
    interaction_id: str = fact("the contact's number", default="")
    held_at: str | None = fact("when it was")
    channel: int | str | None = fact("how it was held: telephone, face to face, webchat and so on")
    organisation: str | None = fact("the organisation you were in contact with")
    note: str | None = sealed("what was said")


@event("customer-informed", "You were told how your data is shared")
class CustomerInformed(Event):
    organisation: str | None = fact("the organisation that told you")
    notice: str | None = fact("which privacy notice, and its version")
    method: str | None = fact("how you were told")
    benefits_explained: bool | None = fact("whether the benefits were explained")
    informed_by: str | None = sealed("who told you")


@event("service-ended", "Your use of the service ended", holds="payment_evidence")
class ServiceEnded(Event):
    reason: int | str | None = fact("the code for why it ended")
    channel: str | None = fact("how you told the service")
    organisation: str | None = fact("the organisation that recorded it")
    etag: str | None = fact("the version tag of the source record that says so")
    audit_minimum: dict[str, Json] | None = sealed("the least that proves a contractor may be paid for helping you")


@event("service-resumed", "You came back to the service")
class ServiceResumed(Event):
    organisation: str | None = fact("the organisation that recorded it")
    channel: str | None = fact("how you told the service")


# Consent: the scope and the state are facts, the evidence is sealed.


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent(Event):
    """Fields of every statement about consent."""

    scope: str = fact("what the consent is for", default="")
    channel: str | None = fact("how you told the service")
    notice: str | None = fact("which notice you were given, and its version")
    organisation: str | None = fact("the organisation that recorded it")
    etag: str | None = fact("the version tag of the source record that says so")
    written_at: str | None = fact("when the source wrote it")
    evidence: str | None = sealed("what you said")


@event("consent-given", "You gave consent")
class ConsentGiven(Consent):
    mechanism: str | None = fact("what you did to give it")
    explicit: bool | None = fact("whether it was given expressly")


@event("consent-refused", "You refused consent")
class ConsentRefused(Consent):
    pass


@event("consent-withdrawn", "You withdrew consent")
class ConsentWithdrawn(Consent):
    pass


@event("consent-asked", "You were asked for consent")
class ConsentAsked(Consent):
    pass


@event("consent-expired", "Your consent ran out")
class ConsentExpired(Consent):
    pass


@event("consent-invalidated", "What was taken for your consent was none")
class ConsentInvalidated(Consent):
    mechanism: str | None = fact("what had been taken for consent")


# Sharing, in both directions.


@event("data-shared", "Data about you was shared")
class DataShared(Event):
    share_id: str = fact("the share's number; several people's data can go in one share", default="")
    direction: str = fact("which way it went", default="NCS_TO_JCP")
    channel: str | None = fact("how it was sent")
    sent_by: str | None = fact("the organisation that sent it")
    sent_to: str | None = fact("the organisation that received it")
    office: str | None = fact("the office that received it")
    recipient_role: str | None = fact("the role of the person who received it")
    items: tuple[str, ...] = fact("which items of data", default=())
    container: str | None = fact("in an action plan or otherwise")
    plan_id: str | None = fact("which action plan")
    record_id: str | None = fact("the record that says so")
    etag: str | None = fact("the version tag of the source record that says so")
    purpose: str | None = fact("what for")
    lawful_basis: str | None = fact("the lawful basis")
    agreement: str | None = fact("the data-sharing agreement")
    encrypted: bool | None = fact("whether it was encrypted")
    plans_in_share: int | None = fact("how many plans went in the same share")
    postal_product: str | None = fact("which postal service")
    jurisdiction: str | None = fact("which nation's service this was")
    recipient_category: str | None = fact("what kind of recipient it was")
    contract: str | None = fact("the contract it was done under")
    controller: str | None = fact("the organisation that answers for the data")
    support_link: str | None = fact("whether it was for advice, support or assistance")
    legal_gateway: str | None = fact("the law that opens the way for it")
    enactment: str | None = fact("the law that demands it")
    public_task: str | None = fact("the public task it was for")
    special_condition: str | None = fact("the condition under which health and the like may be shared")
    schedule_condition: str | None = fact("the condition of the Data Protection Act 2018, Schedule 1")
    policy_document: str | None = fact("the policy document for that condition")
    notice: str | None = fact("which notice the data was collected under")
    system_id: str | None = fact("the booking or referral system")
    attachment_kind: str | None = fact("whether a file was attached or a live link sent")
    link_revoked_at: str | None = fact("when the live link was closed")
    body_has_data: bool | None = fact("whether the text of the message held customer data")
    jcp_contact: str | None = fact("the number of the contact at Jobcentre Plus")
    private_place: bool | None = fact("whether it was said in a private place")
    place: str | None = fact("what kind of place")
    overheard: bool | None = fact("whether somebody else heard it")
    handed_by_role: str | None = fact("the role of the person who handed it over")
    stored_securely: bool | None = fact("whether it is kept locked until it is passed on")
    document_explained: bool | None = fact("whether it was explained what the document is")
    customer_identified: bool | None = fact("whether it was said whom it is about")
    storage_explained: bool | None = fact("whether it was explained that it must be kept securely")
    media: tuple[str, ...] = fact("what it was on: paper, or anything else", default=())
    courier: str | None = fact("the courier")
    recipient_marked: bool | None = fact("whether the parcel named the recipient")
    securely_packaged: bool | None = fact("whether it was securely packaged")
    announced_at: str | None = fact("when the recipient was told it was coming")
    dispatched_at: str | None = fact("when it was dispatched")
    identifiable: bool | None = fact("whether people could be told from it")
    sample_size: int | None = fact("how many records were in the sample")
    contact_channel: str | None = fact("how you would be contacted")
    storage_location: str | None = fact("the country it was stored in")
    automated_decision: bool | None = fact("whether a computer alone decided something about you")
    security_basis: str | None = fact("which rule made it safe")
    source: str | None = fact("where the data had come from")
    aged_under_18_because: str | None = fact("the code for why a person under 18 is served")
    became_aware_at: str | None = fact("when it was noticed that something was wrong")
    judged_by: tuple[str, ...] = fact("the versions of the rules it was judged by", default=())
    sender_address: str | None = sealed("the address it was sent from")
    recipient_addresses: tuple[str, ...] | None = sealed("the addresses it was sent to")
    cc_addresses: tuple[str, ...] | None = sealed("the addresses it was copied to")
    bcc_addresses: tuple[str, ...] | None = sealed("the addresses it was copied to unseen")
    called_line: str | None = sealed("the telephone line that was called")
    priority_groups: tuple[str, ...] | None = sealed("which priority groups you are in")
    consented_items: dict[str, Json] | None = sealed("which items you gave only with your consent, and which consent")
    items_reason: str | None = sealed("why items beyond the usual ones were needed")
    necessity: str | None = sealed("why it was necessary")
    override_reason: str | None = sealed("why it was done although a warning was given")
    overridden_by: str | None = sealed("who decided that")
    recipient_name: str | None = sealed("who received it")
    subject: str | None = sealed("the subject line")
    file_names: tuple[str, ...] | None = sealed("the names of the files")
    adviser: str | None = sealed("the adviser working with you")
    tracking_number: str | None = sealed("the tracking number")
    note: str | None = sealed("what was noted")
    values: dict[str, Json] | None = sealed("what was sent")


@event("data-received", "Data about you was received", holds="received_from_jcp")
class DataReceived(Event):
    receipt_id: str = fact("the receipt's number", default="")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    received_from: str | None = fact("the organisation that sent it")
    received_by: str | None = fact("the organisation that received it")
    office: str | None = fact("the office that sent it")
    channel: str | None = fact("how it came")
    sent_at: str | None = fact("when it was sent")
    items: tuple[str, ...] = fact("which items of data", default=())
    record_id: str | None = fact("the record that says so")
    etag: str | None = fact("the version tag of the source record that says so")
    purpose: str | None = fact("what for")
    lawful_basis: str | None = fact("the lawful basis")
    stored_securely: bool | None = fact("whether it was kept securely until it was put into your record")
    custodian: str | None = fact("the role of the person who keeps it until then")
    security_observation: str | None = fact("the code of what was unsafe about how it came")
    became_aware_at: str | None = fact("when it was noticed that something was wrong")
    judged_by: tuple[str, ...] = fact("the versions of the rules it was judged by", default=())
    sender_name: str | None = sealed("who sent it")
    subject: str | None = sealed("the subject line")
    file_names: tuple[str, ...] | None = sealed("the names of the files")
    note: str | None = sealed("what was noted")
    values: dict[str, Json] | None = sealed("what was received")


@event("receipt-confirmed", "The recipient confirmed that your data arrived")
class ReceiptConfirmed(Event):
    share_id: str = fact("the share's number", default="")
    confirmed_by: str | None = fact("the organisation that confirmed it")
    confirmed_at: str | None = fact("when it was confirmed")
    signatory: str | None = sealed("who signed for it")


@event("data-incorporated", "Data received about you was put into your record")
class DataIncorporated(Event):
    receipt_id: str = fact("the receipt's number", default="")
    method: str | None = fact("how it was put in")
    record_id: str | None = fact("the record it went into")
    nothing_to_incorporate: bool | None = fact("whether there was nothing new in it")


@event("copy-disposed", "A copy of data about you was deleted or destroyed")
class CopyDisposed(Event):
    receipt_id: str | None = fact("the receipt's number")
    share_id: str | None = fact("the share's number")
    medium: str = fact("email or paper", default="email")
    method: str | None = fact("how it was disposed of")
    witness: str | None = sealed("who saw it done")


# What the rules said about it: rule ids and names of fields, never a value.


@event("finding-raised", "A check found that a rule about your data was not kept")
class FindingRaised(Event):
    finding_id: str = fact("the finding's number", default="")
    rule: str = fact("the rule", default="")
    rule_set: str = fact("the version of the rules", default="")
    severity: str = fact("how grave: S1, S2 or S3", default="")
    subject_type: str = fact("what kind of entry it is about", default="")
    subject_id: str = fact("the number of the entry it is about", default="")
    fields: tuple[str, ...] = fact("which statements showed it", default=())
    organisation: str | None = fact("the organisation it is about")
    prime: str | None = fact("the main contractor of that organisation")


@event("breach-assessment-opened", "It is being assessed whether the protection of your data was breached")
class BreachAssessmentOpened(Event):
    assessment_id: str = fact("the assessment's number", default="")
    subject_id: str = fact("the number of the entry it is about", default="")
    findings: tuple[str, ...] = fact("the findings it is about", default=())
    became_aware_at: str = fact("when it was noticed", default="")
    due_at: str = fact("when the regulator must know at the latest, if it was a breach", default="")
    organisation: str | None = fact("the organisation it is about")


@event("finding-assessed", "A finding about your data was assessed")
class FindingAssessed(Event):
    finding_id: str = fact("the finding's number", default="")
    outcome: str = fact("whether it was confirmed", default="")
    severity: str | None = fact("how grave it was judged: S1, S2 or S3")
    reason: str | None = sealed("why")


@event("finding-remediated", "Something was done about a finding about your data")
class FindingRemediated(Event):
    finding_id: str = fact("the finding's number", default="")
    action: str = fact("the code of what was done", default="")
    note: str | None = sealed("what was done")


@event("finding-closed", "A finding about your data was closed")
class FindingClosed(Event):
    finding_id: str = fact("the finding's number", default="")
    reason_code: str = fact("the code for why it was closed", default="")
    reason: str | None = sealed("why")


@event("proposal-refused", "A proposed share was refused")
class ProposalRefused(Event):
    proposal_id: str = fact("the proposal's number, which a later report of the same share repeats", default="")
    command_type: str = fact("what was proposed", default="")
    rules: tuple[str, ...] = fact("the rules that refused it", default=())
    rule_sets: tuple[str, ...] = fact("the versions of those rules", default=())


# Holds, destruction and access.


@event("hold-placed", "Your records were put on hold and may not be destroyed")
class HoldPlaced(Event):
    hold_id: str = fact("the hold's number", default="")
    code: str = fact("what kind of hold", default="")
    classes: tuple[str, ...] = fact("which classes of records, or all when none is named", default=())
    review_on: str | None = fact("when the hold is looked at again")
    owner: str | None = fact("the role that owns the hold")
    reason: str | None = sealed("why")


@event("hold-lifted", "A hold on your records was lifted")
class HoldLifted(Event):
    hold_id: str = fact("the hold's number", default="")
    reason: str | None = sealed("why")


@event("records-destroyed", "Records about you were destroyed")
class RecordsDestroyed(Event):
    destroyed: tuple[dict[str, Json], ...] = fact(
        "what was destroyed: class, part, how many events, destroy-by date, rule, because of which event", default=()
    )
    on: str = fact("the date the records were due by, as the list was drawn", default="")
    digest: str = fact("the digest of the list that was previewed", default="")
    method: str = fact("how: keys, ciphertext and search tokens deleted", default="keys-and-ciphertext-deleted")
    remains: tuple[str, ...] = fact("which classes of records remain", default=())


@event("personal-data-read", "Your personal data was read", holds="access_log")
class PersonalDataRead(Event):
    purpose: str = fact("what it was read for", default="")
    route: str = fact("where it was read: page, report, search or command line", default="")
    role: str = fact("the role of the person who read it", default="")
    organisation: str | None = fact("the organisation of the person who read it")
    part: str | None = fact("the part of the class that is kept and destroyed on its own")
    read_by: str | None = sealed("who read it")


# Rights requests: a stream for each request, and what the person is told is kept as it was told.


@event("request-received", "You made a request or a complaint about your data", holds="rights_request")
class RequestReceived(Event):
    kind: str = fact("what you asked for: access, correction, erasure and so on", default="")
    customer_id: str | None = fact("whose data it is about")
    channel: str | None = fact("how it came: letter, email, telephone, in person, social media")
    organisation: str | None = fact("the organisation that received it")
    on_behalf: bool | None = fact("whether somebody asked on your behalf")
    asked: str | None = sealed("what was asked for")
    requester: dict[str, Json] | None = sealed("who asked, and how to reach them")


@event("request-acknowledged", "You were told that your request arrived", holds="rights_request")
class RequestAcknowledged(Event):
    channel: str | None = fact("how you were told")
    told_due_on: str | None = fact("the day you were told you would have an answer by")
    calendar: str | None = fact("the bank-holiday calendar that day was reckoned with")
    findings: tuple[str, ...] = fact("which rules were broken", default=())
    message: str | None = sealed("what you were told")


@event("identity-asked", "You were asked to show who you are", holds="rights_request")
class IdentityAsked(Event):
    channel: str | None = fact("how you were asked")
    reason: str | None = sealed("why there was doubt about who asked")


@event("identity-confirmed", "Who you are was confirmed", holds="rights_request")
class IdentityConfirmed(Event):
    customer_id: str | None = fact("whose data the request is about")
    received_on: str | None = fact("the day the information came")
    method: str | None = fact("how it was confirmed; no copies of documents are kept")
    confirmed_by: str | None = sealed("who confirmed it")


@event("fee-asked", "You were asked for a fee", holds="rights_request")
class FeeAsked(Event):
    amount_pence: int = fact("how much, in pence", default=0)
    reason: str | None = sealed("why a fee was charged")


@event("fee-paid", "You paid the fee", holds="rights_request")
class FeePaid(Event):
    received_on: str | None = fact("the day it was paid")


@event("clarification-asked", "You were asked what you are looking for", holds="rights_request")
class ClarificationAsked(Event):
    clarification_id: str = fact("the question's number", default="")
    channel: str | None = fact("how you were asked")
    reason: str | None = sealed("why the question was needed")
    question: str | None = sealed("what you were asked")


@event("clarification-received", "You said what you are looking for", holds="rights_request")
class ClarificationReceived(Event):
    clarification_id: str = fact("the question's number", default="")
    channel: str | None = fact("how your answer came")
    answer: str | None = sealed("what you answered")


@event("time-extended", "You were told that your request takes longer", holds="rights_request")
class TimeExtended(Event):
    ground: str = fact("why it takes longer: complexity, or the number of requests", default="")
    told_due_on: str | None = fact("the day you were told you would have an answer by")
    notice_due_on: str | None = fact("the last day on which you could be told")
    in_time: bool | None = fact("whether you were told in time; if not, the first limit still holds")
    calendar: str | None = fact("the bank-holiday calendar those days were reckoned with")
    findings: tuple[str, ...] = fact("which rules were broken", default=())
    reason: str | None = sealed("the reasons you were given")


@event("item-withheld", "Something was left out of the answer to you", holds="rights_request")
class ItemWithheld(Event):
    decision_id: str = fact("the decision's number", default="")
    provision: str = fact("the provision it was left out under", default="")
    record_id: str | None = fact("which record")
    items: tuple[str, ...] = fact("which items of it", default=())
    review_on: str | None = fact("when the decision is looked at again")
    extent: str | None = sealed("to what extent")
    reason: str | None = sealed("why giving it would do harm")
    decided_by: str | None = sealed("who decided")
    told: str | None = sealed("what you are told about it")


@event("third-party-decided", "It was decided whether you may see another person's data", holds="rights_request")
class ThirdPartyDecided(Event):
    decision_id: str = fact("the decision's number", default="")
    outcome: str = fact("whether it is disclosed, blacked out or left out", default="")
    record_id: str | None = fact("which record")
    items: tuple[str, ...] = fact("which items of it", default=())
    consented: bool | None = fact("whether the other person consents")
    person: str | None = sealed("who the other person is")
    type_of_information: str | None = sealed("what kind of information it is")
    duty_of_confidentiality: str | None = sealed("whether it is owed confidence")
    steps_to_seek_consent: str | None = sealed("what was done to ask for consent")
    capability_to_consent: str | None = sealed("whether the other person can consent")
    express_refusal: str | None = sealed("whether the other person refused")
    decided_by: str | None = sealed("who decided")
    told: str | None = sealed("what you are told about it")


@event("report-prepared", "The copy of your data was prepared", holds="rights_request")
class ReportPrepared(Event):
    digest: str = fact("the digest of the report", default="")
    format: str | None = fact("the format of the report")
    up_to_position: int | None = fact("the last entry of the ledger it covers")
    withheld: int | None = fact("how many items are left out")
    search: dict[str, Json] | None = sealed("which systems were searched, for what, and why that was enough")
    prepared_by: str | None = sealed("who prepared it")


@event("response-sent", "Your request was answered", holds="rights_request")
class ResponseSent(Event):
    outcome: str = fact("what was decided", default="")
    channel: str | None = fact("how the answer was sent")
    digest: str | None = fact("the digest of the report that was sent")
    due_on: str | None = fact("the day it was due by")
    calendar: str | None = fact("the bank-holiday calendar that day was reckoned with")
    late: bool | None = fact("whether it was late")
    findings: tuple[str, ...] = fact("which rules were broken", default=())
    message: str | None = sealed("what you were told")
    sent_by: str | None = sealed("who sent it")


@event("request-refused", "Your request was refused", holds="rights_request")
class RequestRefused(Event):
    provision: str = fact("the provision it was refused under", default="")
    routes: tuple[str, ...] = fact("where you were told you can complain", default=())
    due_on: str | None = fact("the day an answer was due by")
    calendar: str | None = fact("the bank-holiday calendar that day was reckoned with")
    late: bool | None = fact("whether it was late")
    findings: tuple[str, ...] = fact("which rules were broken", default=())
    reason: str | None = sealed("the reasons you were given")
    decided_by: str | None = sealed("who decided")


@event("request-withdrawn", "You withdrew your request", holds="rights_request")
class RequestWithdrawn(Event):
    channel: str | None = fact("how you told the service")
    reason: str | None = sealed("why")


# Registers: organisations' own streams, effective-dated.


@event("organisation-registered", "An organisation was registered", holds="organisation")
class OrganisationRegistered(Event):
    organisation: str = fact("the organisation's code", default="")
    name: str = fact("its published name", default="")
    kind: str = fact("controller, prime, sub-contractor, Jobcentre Plus, research company and so on", default="")
    part_of: str | None = fact("the organisation it works under")
    valid_from: str | None = fact("from when")
    to_be_confirmed: bool | None = fact("whether the source leaves this open")


@event("retention-period-set", "An organisation set its local retention period", holds="organisation")
class RetentionPeriodSet(Event):
    organisation: str = fact("the organisation's code", default="")
    kind: str = fact("for what: after the service, a missed appointment, or inactivity", default="after_service")
    months: int = fact("the period in calendar months", default=0)
    valid_from: str = fact("in force from", default="")
    review_on: str | None = fact("when it is looked at again")
    justification: str | None = sealed("why this period is reasonable")
    approved_by: str | None = sealed("who approved it")


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered(Event):
    """Fields of every entry of a register but the first two above: whose it is and from when to when it holds."""

    organisation: str = fact("the organisation's code", default="")
    valid_from: str | None = fact("in force from")
    valid_until: str | None = fact("the last day in force")


@event("line-recognised", "A telephone line was recognised", holds="organisation")
class LineRecognised(Registered):
    line: str = fact("the organisation's telephone line, as +44 and digits", default="")
    office: str | None = fact("the office it rings in")


@event("contact-nominated", "A person to share data with was nominated", holds="organisation")
class ContactNominated(Registered):
    contact: str = fact("the contact's number", default="")
    role: str = fact("the contact's role", default="")
    office: str | None = fact("the office they work in")
    name: str | None = sealed("the contact's name")
    telephone: str | None = sealed("the contact's telephone number")


@event("work-domain-registered", "An organisation's work email domain was registered", holds="organisation")
class WorkDomainRegistered(Registered):
    domain: str = fact("the domain of its work email addresses", default="")


@event("courier-approved", "A courier was approved", holds="organisation")
class CourierApproved(Registered):
    courier: str = fact("the courier's code", default="")
    signature_on_delivery: bool | None = fact("whether a signature is obtained on delivery")


@event("system-registered", "A booking or referral system was registered", holds="organisation")
class SystemRegistered(Registered):
    system_id: str = fact("the system's code", default="")
    owner: str | None = fact("the organisation that runs it")
    data_flow: str | None = fact("the reference of the description of what flows through it")
    impact_assessment: str | None = fact("the reference of its data protection impact assessment")
    assurance: str | None = fact("the reference of its security assurance")
    review_on: str | None = fact("the last day the assurance counts")
    contract_compliant: bool | None = fact("whether the main contractor signed that it complies with the contract")


@event("agreement-signed", "A data-sharing agreement was signed", holds="organisation")
class AgreementSigned(Registered):
    agreement: str = fact("the agreement, with its version", default="")
    with_organisation: str | None = fact("the other party")
    purposes: tuple[str, ...] = fact("the purposes it covers", default=())


@event("contract-started", "A contract started", holds="organisation")
class ContractStarted(Registered):
    contract: str = fact("the contract", default="")
    area: str | None = fact("the area it is for")


@event("contract-ended", "A contract ended", holds="organisation")
class ContractEnded(Registered):
    contract: str = fact("the contract", default="")


@event("notice-published", "A privacy notice was published", holds="organisation")
class NoticePublished(Registered):
    notice: str = fact("the notice, with its version", default="")
    programme: str | None = fact("the programme it is about")
    purposes: tuple[str, ...] = fact("the purposes it names", default=())
    recipients: tuple[str, ...] = fact("the kinds of recipients it names", default=())
    automated_decisions: bool | None = fact("whether it speaks of decisions by a computer alone")
    digest: str | None = fact("the SHA-256 of its text")


@event("item-profile-set", "It was agreed locally which items are shared", holds="organisation")
class ItemProfileSet(Registered):
    office: str = fact("the Jobcentre Plus office or district", default="")
    items: tuple[str, ...] = fact("the items that are shared", default=())
    review_on: str | None = fact("when the choice is looked at again")


@event("rule-set-published", "A version of the rules was put in force or out of force", holds="organisation")
class RuleSetPublished(Registered):
    rule_set: str = fact("the version of the rules", default="")

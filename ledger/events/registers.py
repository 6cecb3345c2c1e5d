"""Events of the registers: a stream per organisation, entries effective-dated."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.events.declaration import Event, event, fact, sealed


@event("organisation-registered", "An organisation was registered", holds="organisation")
class OrganisationRegistered(Event):
    organisation: str = fact("the organisation's code", default="")
    name: str = fact("its published name", default="")
    kind: str = fact("controller, prime, sub-contractor, Jobcentre Plus, research company and so on", default="")
    part_of: str | None = fact("the organisation it works under")
    valid_from: str | None = fact("from when")
    valid_until: str | None = fact("the last day it was that")
    succeeded_by: str | None = fact("the organisation that took its place then")
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


@dataclass(frozen=True, kw_only=True)
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


@event("data-protection-officer-named", "A controller named its data protection officer", holds="organisation")
class DataProtectionOfficerNamed(Registered):
    office: str = fact("the officer's office, never a person's name", default="")
    address: str | None = fact("how to write to the office: its own address, never a person's")
    name: str | None = sealed("the officer's name")


@event("destruction-instructed", "A controller instructed a contractor to destroy what it holds", holds="organisation")
class DestructionInstructed(Registered):
    instruction: str = fact("the instruction's number", default="")
    contractor: str = fact("the organisation that is to destroy what it holds", default="")
    contract: str = fact("the contract that ends", default="")
    classes: tuple[str, ...] = fact("which classes of records, or all when none is named", default=())
    method: str | None = fact("how they are to be destroyed")
    checked: tuple[str, ...] = fact("the reasons to keep records that were looked into first", default=())


@event("mailbox-cleansed", "An organisation emptied the deleted items of its mailboxes", holds="organisation")
class MailboxCleansed(Registered):
    mailbox: str = fact("the work domain whose mailboxes were cleansed", default="")
    cleansed_by: str | None = sealed("who says so")


@event("calendar-published", "A list of bank holidays was published", holds="organisation")
class CalendarPublished(Registered):
    version: str = fact("the list, with its version", default="")
    holidays: tuple[str, ...] = fact("the bank holidays, each as a date", default=())
    first_day: str = fact("the first day the list is for", default="")
    last_day: str = fact("the last day the list is for", default="")


@event("rule-set-published", "A version of the rules was put in force or out of force", holds="organisation")
class RuleSetPublished(Registered):
    rule_set: str = fact("the version of the rules", default="")
    digest: str | None = fact("the SHA-256 of what these rules say and how they are checked")

"""Events of rights requests, each request a stream of its own; messages to the person are kept as they were sent."""

from __future__ import annotations

from ledger.events.declaration import Event, Json, event, fact, sealed


@event("request-received", "You made a request or a complaint about your data", holds="rights_request")
class RequestReceived(Event):
    kind: str = fact("what you asked for", default="")
    customer_id: str | None = fact("whose data it is about")
    channel: str | None = fact("how it came (letter, email, telephone, in person, social media)")
    organisation: str | None = fact("the organisation that received it")
    on_behalf: bool | None = fact("whether somebody asked on your behalf")
    restrict: bool | None = fact("whether the use of your data is restricted while it is looked into")
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
    note: str | None = sealed("what was noted")


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
    ground: str = fact("why it takes longer", default="")
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


@event("accuracy-checked", "It was checked whether your data is right", holds="rights_request")
class AccuracyChecked(Event):
    outcome: str = fact("whether it was corrected, completed or left as it was", default="")
    corrections: tuple[str, ...] = fact("the entries that correct it", default=())
    steps: str | None = sealed("what was done to check it")
    reason: str | None = sealed("why it was left as it was")


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
    classes: tuple[str, ...] = fact("which classes of records are erased, or all when none is named", default=())
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

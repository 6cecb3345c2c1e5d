"""Events about a customer: identity, records, referrals, appointments, contacts, the end of the service, merges."""

from __future__ import annotations

from ledger.events.declaration import Event, FromDocument, Json, event, fact, sealed

NCS, NHS = "National Careers Service", "NHS Health Careers"
"""The programmes; a customer without one belongs to the first."""


@event("customer-registered", "You were registered with the service", holds="identity")
class CustomerRegistered(FromDocument):
    organisation: str | None = fact("the organisation that registered you")
    introduced_by: int | str | None = fact("the code for who introduced you")
    programme: str | None = fact("the programme: National Careers Service, or NHS Health Careers")
    registered_at: str | None = fact("when you were registered, as the source record says")


@event("record-kept", "A record about you was kept")
class RecordKept(FromDocument):
    organisation: str | None = fact("the organisation that keeps it")
    said_by: str | None = fact("the code for where it came from")


@event("record-corrected", "A record about you was corrected")
class RecordCorrected(FromDocument):
    organisation: str | None = fact("the organisation that corrected it")
    correction_id: str | None = fact("the correction's number")
    corrects: str | None = fact("the event that held the old value")
    items: tuple[str, ...] = fact("which items of data it corrects", default=())
    request_id: str | None = fact("the request it answers")
    reason: str | None = sealed("why it was corrected")


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
    service_component: str | None = fact("which part of the service it was: website, helpline or local")
    note: str | None = sealed("what was said")


@event("customer-informed", "You were told how your data is shared")
class CustomerInformed(Event):
    organisation: str | None = fact("the organisation that told you")
    notice: str | None = fact("which privacy notice, and its version")
    method: str | None = fact("how you were told")
    benefits_explained: bool | None = fact("whether the benefits were explained")
    informed_by: str | None = sealed("who told you")
    note: str | None = sealed("what was noted")


@event("service-ended", "Your use of the service ended", holds="payment_evidence")
class ServiceEnded(Event):
    reason: int | str | None = fact("the code for why it ended")
    channel: str | None = fact("how you told the service")
    organisation: str | None = fact("the organisation that recorded it")
    etag: str | None = fact("the version tag of the source record that says so")
    history_id: int | None = fact("the row of the source's history table that says so")
    audit_minimum: dict[str, Json] | None = sealed("the least that proves a contractor may be paid for helping you")
    note: str | None = sealed("what was noted")


@event("service-resumed", "You came back to the service")
class ServiceResumed(Event):
    organisation: str | None = fact("the organisation that recorded it")
    channel: str | None = fact("how you told the service")
    note: str | None = sealed("what was noted")


@event("customers-merged", "Two records were found to be about you, and count as one from now on")
class CustomersMerged(Event):
    """Recorded with both records: the duplicate says into which, the surviving one says which came to it (LEDG-18)."""

    merge_id: str = fact("the number of this joining", default="")
    into: str | None = fact("the record that goes on in place of this one")
    duplicate: str | None = fact("the other record, which belongs to this one")
    reason: str | None = sealed("why they are about the same person")
    decided_by: str | None = sealed("who decided it")


@event("customers-unmerged", "Two records no longer count as one")
class CustomersUnmerged(Event):
    merge_id: str = fact("the number of the joining that is undone", default="")
    data_exposed: bool = fact("whether somebody saw or got data of another person because of it", default=False)
    became_aware_at: str | None = fact("when it was noticed")
    reason: str | None = sealed("why they are not about the same person")

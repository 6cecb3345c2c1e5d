"""Events about sharing in both directions, and about the copies it leaves."""

from __future__ import annotations

from ledger.events.declaration import Event, Json, event, fact, sealed


@event("data-shared", "Data about you was shared")
class DataShared(Event):
    share_id: str = fact("the share's number; several people's data can go in one share", default="")
    direction: str | None = fact("which way it went")
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
    history_id: int | None = fact("the row of the source's history table that says so")
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
    transfer_safeguard: str | None = fact("what protects it outside the United Kingdom")
    automated_decision: bool | None = fact("whether a computer alone decided something about you")
    security_basis: str | None = fact("which rule made it safe")
    source: str | None = fact("where the data had come from")
    aged_under_18_because: str | None = fact("the code for why a person under 18 is served")
    became_aware_at: str | None = fact("when it was noticed that something was wrong")
    free_text_checked: bool | None = fact("whether free text was looked through for health, offences and the like")
    recipient_capacity: str | None = fact("whether the recipient acts for the service or answers for itself")
    processor_contract: str | None = fact("the contract under which the recipient acts for the service")
    service_component: str | None = fact("which part of the service it was: website, helpline or local")
    judged_by: tuple[str, ...] = fact("the versions of the rules it was judged by", default=())
    sender_address: str | None = sealed("the address it was sent from")
    recipient_addresses: tuple[str, ...] | None = sealed("the addresses it was sent to (To)")
    cc_addresses: tuple[str, ...] | None = sealed("the addresses it was copied to (Cc)")
    bcc_addresses: tuple[str, ...] | None = sealed("the addresses it was copied to unseen (Bcc)")
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
    history_id: int | None = fact("the row of the source's history table that says so")
    purpose: str | None = fact("what for")
    lawful_basis: str | None = fact("the lawful basis")
    stored_securely: bool | None = fact("whether it was kept securely until it was put into your record")
    custodian: str | None = fact("the role of the person who keeps it until then")
    security_observation: str | None = fact("the code of what was unsafe about how it came")
    routed: bool | None = fact("whether it reached the adviser working with you")
    became_aware_at: str | None = fact("when it was noticed that something was wrong")
    judged_by: tuple[str, ...] = fact("the versions of the rules it was judged by", default=())
    priority_groups: tuple[str, ...] | None = sealed("which priority groups you are in")
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
    note: str | None = sealed("what was noted")


@event("copy-disposed", "A copy of data about you was deleted or destroyed")
class CopyDisposed(Event):
    receipt_id: str | None = fact("the receipt's number")
    share_id: str | None = fact("the share's number")
    medium: str = fact("email or paper", default="email")
    method: str | None = fact("how it was disposed of")
    witness: str | None = sealed("who saw it done")
    note: str | None = sealed("what was noted")


@event("data-routed", "Data received about you was passed to your adviser")
class DataRouted(Event):
    receipt_id: str = fact("the receipt's number", default="")
    organisation: str | None = fact("the organisation the adviser works for")
    adviser: str | None = sealed("the adviser working with you")


@event("passed-to-work-coach", "What was handed over was passed to your work coach")
class PassedToWorkCoach(Event):
    share_id: str = fact("the share's number", default="")
    passed_at: str | None = fact("when it was passed on")
    office: str | None = fact("the office the work coach works in")
    work_coach: str | None = sealed("the work coach")


@event("recipient-chased", "A recipient was asked again to confirm")
class RecipientChased(Event):
    share_id: str | None = fact("the share whose arrival is to be confirmed")
    matter_id: str | None = fact("the correction that is to be confirmed")
    recipient: str | None = fact("the organisation that was asked")
    channel: str | None = fact("how it was asked")
    note: str | None = sealed("what was noted")


@event("recipient-notified", "Somebody who has your data was told that it was corrected, erased or restricted")
class RecipientNotified(Event):
    matter_id: str = fact("the correction, erasure or restriction it is about", default="")
    recipient: str = fact("the organisation that was told", default="")
    channel: str | None = fact("how it was told")
    not_told_because: str | None = fact("the ground on which it was not told")
    reason: str | None = sealed("why it could not be told")


@event("recipients-found", "Others were found to have received, from another record of yours, what was put right")
class RecipientsFound(Event):
    """Recorded with the record a correction, an erasure or a restriction belongs to, by the ledger itself (LAW-A19)."""

    matter_id: str = fact("the correction, erasure or restriction it is about", default="")
    recipients: tuple[str, ...] = fact("the organisations that had received data from your other record", default=())
    merge_id: str = fact("the number of the joining of the two records", default="")


@event("correction-confirmed", "Somebody who has your data confirmed that it was put right there too")
class CorrectionConfirmed(Event):
    matter_id: str = fact("the correction, erasure or restriction it is about", default="")
    recipient: str = fact("the organisation that confirmed it", default="")
    confirmed_by: str | None = sealed("who confirmed it")

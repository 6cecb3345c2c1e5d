"""What the codes of restrictions, objections, requests, decisions and breaches mean; the same for person and worker."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.codes.rights import EXEMPTIONS, REFUSALS
from ledger.commands.findings import DESTROY_COPY, DESTROY_RECORDS, SET_PERIOD
from ledger.events import READ_NAMESAKE, READ_WITHOUT_TASK
from projections.wording import codes

REQUESTS = {
    "access": "a copy of your data",
    "rectification": "wrong or incomplete data to be put right",
    "erasure": "data to be erased",
    "restriction": "the use of data to be restricted",
    "portability": "data in a form another service can read",
    "objection": "data no longer to be used",
    "complaint": "a complaint to be looked into",
}
GROUNDS = {
    "accuracy_contested": "to check whether the data is right",
    "objection_pending": "until an objection is decided",
    "unlawful_processing": "because the data was used unlawfully; it is restricted instead of erased",
    "legal_claims": "because the data is needed for a legal claim",
    "requested": "because it was asked for",
}
OBJECTIONS = {
    "pending": "not decided yet",
    "upheld": "upheld: the data is no longer used for this",
    "overridden": "not upheld: the use of the data goes on",
    "withdrawn": "withdrawn",
}
NOT_TOLD = {
    "impossible": "it is impossible to tell them",
    "disproportionate": "to tell them would be out of all proportion",
}
RISKS = {
    "none": "no risk",
    "unlikely": "a risk is unlikely",
    "likely": "a risk is likely",
    "high": "a high risk",
}
BREACHES = {
    "no_breach": "it was no breach",
    "breach_not_reportable": "it was a breach that did not have to be reported",
    "breach_reported": "it was a breach, and it was reported",
}
REVIEWS = {
    "confirmed": "the decision stands",
    "changed": "the decision was changed",
    "taken_back": "the decision was taken back",
}
_EXTENSIONS = {"complexity": "the request is complex", "number_of_requests": "there were several requests"}
_ACCURACY = {
    "corrected": "it was wrong, and was corrected",
    "completed": "it was incomplete, and was completed",
    "not_corrected": "it was left as it was",
}
_ANSWERS = {
    "granted": "granted",
    "partly_granted": "granted in part",
    "nothing_held": "nothing is held",
    "not_upheld": "not granted",
}
_THIRD_PARTY = {"disclose": "disclosed", "redact": "blacked out", "withhold": "left out"}
_ROUTES = {"controller": "to the controller", "commissioner": "to the regulator", "court": "to a court"}
DUTIES = {
    "incorporate-email": "putting what came by email into the record",
    "incorporate-paper": "putting what came on paper into the record",
    "incorporate-other": "putting what was received into the record",
    "delete-email": "deleting an email once it was in the record",
    "dispose-paper": "destroying paper once it was in the record",
    "delete-sent-copy": "deleting the sender's copy of an email",
    "route-to-adviser": "passing what was received to the adviser",
    "confirm-receipt": "confirming that documents arrived",
    "chase-receipt": "asking whether documents arrived",
    "pass-to-work-coach": "giving documents to the work coach",
    "inform-customer": "telling the person what was received about them",
    "notify-recipient": "telling a recipient of a correction, erasure or restriction",
    "confirm-correction": "confirming that data was put right with a recipient too",
    "chase-correction": "asking a recipient whether data was put right there too",
    "assess-breach": "telling the regulator of a breach, or saying why not",
    "tell-controller": "telling the controller of a possible breach",
    "tell-people": "telling the person of a breach with a high risk to them",
    "cleanse-mailbox": "emptying the deleted items of a mailbox",
}
"""What a finding about something not done in time is about."""

LEFT = {
    DESTROY_RECORDS: "destroying records by their last day",
    SET_PERIOD: "setting how long records of somebody who never came are kept",
    DESTROY_COPY: "destroying a copy at the end of a contract",
}
"""What a finding about something that was left undone is about, beside the duties."""

ACCESS = {
    READ_WITHOUT_TASK: "reading many people on a day without a task",
    READ_NAMESAKE: "reading somebody of one's own name, or of a colleague's",
}
"""What a finding about how staff used their access is about."""
SERVING = {
    "assigned": "the controller decided it",
    "identity-shown": "you showed who you are",
}
NO_LONGER_SERVED = {
    "decided": "the controller decided it",
    "handed-over": "it handed over to another organisation",
}
CARE = {
    "personal_safety": "your safety",
    "impersonation": "that nobody pretends to be you",
}
"""What a flag is for, said to the person; the details are sealed in its reason."""
SHOWN = {
    "email": "email address",
    "telephone": "telephone number",
    "postcode": "home postcode",
    "universal_credit_id": "Universal Credit identifier",
    "unique_learner_number": "unique learner number",
}

CODES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("serving-began", "because"): SERVING,
    ("serving-began", "identifiers"): SHOWN,
    ("serving-ended", "because"): NO_LONGER_SERVED,
    ("identity-shown-at-risk", "identifiers"): SHOWN,
    ("flagged-at-risk", "code"): CARE,
    ("request-received", "kind"): REQUESTS,
    ("processing-restricted", "ground"): GROUNDS,
    ("time-extended", "ground"): _EXTENSIONS,
    ("objection-decided", "outcome"): OBJECTIONS,
    ("decision-reviewed", "outcome"): REVIEWS,
    ("recipient-notified", "not_told_because"): NOT_TOLD,
    ("finding-assessed", "outcome"): {},
    ("finding-remediated", "action"): {},
    ("finding-closed", "reason_code"): {},
    ("breach-risk-assessed", "risk"): RISKS,
    ("breach-assessment-closed", "outcome"): BREACHES,
    ("accuracy-checked", "outcome"): _ACCURACY,
    ("response-sent", "outcome"): _ANSWERS,
    ("third-party-decided", "outcome"): _THIRD_PARTY,
    ("item-withheld", "provision"): EXEMPTIONS,
    ("request-refused", "provision"): {**EXEMPTIONS, **REFUSALS},
    ("request-refused", "routes"): _ROUTES,
}
"""By event and field; the same field of another event has other codes. Nobody has listed the codes of an empty one."""


def in_words(event: str, field: str, value: object) -> str | None:
    """A code, or each of several, in words; None where the field of this event holds no code."""
    meanings = CODES.get((event, field))
    if meanings is None:
        return None
    several = value if isinstance(value, list | tuple) else (value,)
    return ", ".join(meaning(meanings, code) for code in several)


def meaning(meanings: Mapping[str, str], code: object) -> str:
    """What a code means; one that is not in the list is not lost."""
    return meanings.get(str(code), codes.plainly(code))


def subject(kind: object) -> str:
    """What a finding is about: an entry by its own label, or something that was to be done."""
    return DUTIES.get(str(kind)) or LEFT.get(str(kind)) or ACCESS.get(str(kind)) or codes.what_happened(kind)

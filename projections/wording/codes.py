"""What a code means in plain English; a code that no list explains is at least written without underscores."""

from __future__ import annotations

from ledger.codes import consent_scopes
from ledger.codes.items import each_once
from ledger.events import EVENTS
from ledger.rules.bases import BASES
from ledger.rules.catalogue import BY_ID, sentence_of

PURPOSES = {
    "NCS_SERVICE_DELIVERY": "to give you the service you asked for",
    "NCS_STATISTICS": "to give partner organisations statistics",
    "NCS_PAYMENT_EVIDENCE": "to show that a contractor may be paid for helping you",
    "NCS_SERVICE_IMPROVEMENT": "to improve the service by studying how it is used",
    "NHS_INFORMATION_SERVICE": "to give you information about careers in the NHS",
    "customer view": "to look at your record",
    "history": "to look at the history of your record",
    "search": "to find your record",
    "subject-access report": "to prepare a report like this one",
    "rights request": "to answer your request about your data",
    "report to confirm": "to answer a report about you that had to be confirmed",
    "provenance": "to see where your data came from and who received it",
    "consent records": "to write down what you consented to, in a standard form",
    "portable copy": "to make a copy of your data that another service can read",
}
SCOPES = {code: scope.words for code, scope in consent_scopes.SCOPES.items()}
STATES = {
    "given": "given",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "not_asked": "not asked",
    "asked": "asked, and not answered",
    "expired": "run out",
    "invalidated": "found to be none",
    "unknown": "unknown, since the record is incomplete",
}
ROLES = {
    "case-worker": "case worker",
    "contractor": "contractor's adviser",
    "contractor-manager": "contractor's manager",
    "contractor-records-manager": "contractor's records manager",
    "jobcentre-plus": "Jobcentre Plus office",
    "importer": "import",
    "records-manager": "records manager",
    "administrator": "administrator",
    "auditor": "auditor",
}
ITEMS = {
    "D01": "name",
    "D02": "date of birth",
    "D03": "email address",
    "D04": "telephone number",
    "D05": "Universal Credit identifier",
    "D06": "gender",
    "D07": "English for speakers of other languages: status",
    "D08": "appointment times",
    "D09": "whether appointments were attended",
    "D10": "reason for the referral",
    "D11": "benefit status or type",
    "D12": "referrals to learning, training or employment support",
    "D13": "length of unemployment",
    "D14": "limits on job search",
    "D15": "qualifications achieved",
    "D16": "levels of qualifications",
    "D17": "employment status",
    "D18": "earlier jobs",
    "D19": "sectors of earlier jobs",
    "D20": "barriers and challenges",
    "D21": "aspirations for work, learning and skills",
    "D22": "gaps in skills and knowledge",
    "D23": "skills assessment",
    "D24": "labour market information",
    "D25": "careers goals",
    "D26": "work goals",
    "D27": "learning goals",
    "D28": "outcomes",
    "D29": "priority group",
}
WARNINGS = {
    "assumed_utc": "a time without a zone was read as UTC",
    "sentinel_date": "a date that stands for “no value” was left out",
    "over_length": "a text was longer than the source allows and was kept whole",
    "retired_code": "a code that is no longer used",
    "special_category_without_consent": "equality data without consent was not kept",
    "secret_dropped": "a sign-in token was not kept",
    "dangling_parent": "the record it belongs to is not known",
    "after_termination": "it was written after the service had ended",
}
CONTAINERS = {"CSAP": "in a careers and skills action plan", "OTHER": "not in an action plan"}
METHODS = {"keys-and-ciphertext-deleted": "the key and the records were deleted"}
SEVERITIES = {
    "S1": "suspected data breach",
    "S2": "a mandatory rule broken",
    "S3": "good practice not followed",
}
HOLDS = {
    "HOLD_TNA": "may go to The National Archives",
    "HOLD_BUSINESS": "needed for current work",
    "HOLD_COVID_INQUIRY": "the Covid-19 Inquiry",
    "HOLD_CSA": "an inquiry into child sexual abuse",
    "HOLD_INQUIRY": "a public inquiry",
    "HOLD_LEGAL": "a legal claim or case",
    "HOLD_ACCESS_REQUEST": "an open request for access to data",
    "HOLD_OTHER": "another reason, said with the hold",
    "HOLD_RESTRICTION": "the use of the data is restricted",
}


def plainly(code: object) -> str:
    """A code that no list explains, at least without its underscores."""
    text = str(code)
    spoken = text.replace("_", " ")
    return spoken.lower() if text.isupper() and "_" in text else spoken


def items(codes: object) -> list[str]:
    """Items of data in words, each once although a record may name it both by its code and by its name."""
    known = each_once(map(str, codes)) if isinstance(codes, list | tuple) else ()
    return [ITEMS.get(code, plainly(code)) for code in known]


def basis(code: object) -> str:
    """A lawful basis in the words of the policy; one that no rule names stays as it was said."""
    known = BASES.get(str(code))
    return BY_ID[known].sentence if known else str(code)


def rule(code: object) -> str:
    """A rule in the words of its source, with its id."""
    sentence = sentence_of(str(code))
    return f"{code}: “{sentence}”" if sentence else str(code)


def what_happened(name: object) -> str:
    """An event's own label, from its stored name."""
    known = EVENTS.get(str(name))
    return known.LABEL if known else str(name)


def purpose(code: object) -> str:
    """What data is used for, or was looked at for."""
    return PURPOSES.get(str(code), plainly(code))


def scope(code: object) -> str:
    """What a consent is about."""
    return SCOPES.get(str(code), plainly(code))


def role(code: object) -> str:
    """A role of the staff."""
    return ROLES.get(str(code), plainly(code))


def hold(code: object) -> str:
    """Why records are held."""
    return HOLDS.get(str(code), plainly(code))


def container(code: object) -> str:
    """What data was sent in."""
    return CONTAINERS.get(str(code), plainly(code))


def severity(code: object) -> str:
    """How grave a finding is, with its code."""
    known = SEVERITIES.get(str(code))
    return f"{code}, {known}" if known else str(code)


def method(code: object) -> str:
    """How something was destroyed."""
    return METHODS.get(str(code), plainly(code))

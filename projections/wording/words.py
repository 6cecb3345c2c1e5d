"""What a code, a date or a class means in plain English; it knows no database and never shortens what was said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from ledger import normalise
from ledger.clocks import LONDON
from ledger.codes import consent_scopes
from ledger.codes.dictionary import COLLECTIONS, TOUCHPOINTS, Field
from ledger.codes.items import each_once
from ledger.events import CLASSES, EVENTS
from ledger.retention.schedule import FROM_RECEIPTS
from ledger.rules.bases import BASES
from ledger.rules.catalogue import BY_ID, sentence_of

Names = Mapping[str, str]
"""The published name of each organisation by its code."""

CHANNELS = {
    "EMAIL": "by email",
    "TELEPHONE": "by telephone",
    "POST": "by post",
    "COURIER": "by courier",
    "HAND": "by hand",
    "SYSTEM": "through a booking or referral system",
    "ACCOUNT": "in the online account",
    "LOCAL_ADVISER_PHONE": "by telephone to the local adviser",
    "LOCAL_ADVISER_IN_PERSON": "in person to the local adviser",
    "CONTACT_PAGE": "through the contact page",
    "CAMPAIGN_SIGN_UP": "by signing up to a campaign",
    "WEBSITE": "on the website",
    "LETTER": "by letter",
    "FACE_TO_FACE": "face to face",
    "WEBCHAT": "by webchat",
    "OTHER": "in another way",
}
DIRECTIONS = {
    "NCS_TO_JCP": "from the National Careers Service to Jobcentre Plus",
    "JCP_TO_NCS": "from Jobcentre Plus to the National Careers Service",
    "NCS_TO_RESEARCH": "from the National Careers Service to a research company",
    "WITHIN_NCS": "within the National Careers Service",
}
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
}
ROLES = {
    "case-worker": "case worker",
    "contractor": "contractor's adviser",
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
_PLAIN_ORDER = {
    name: place
    for place, name in enumerate(("given_name", "family_name", "date_of_birth", "email", "telephone", "postcode"))
}
METHODS = {"keys-and-ciphertext-deleted": "the key and the records were deleted"}
CLOCKS = {
    "service_ended": "your service ended",
    "received": "the data was received",
    "incorporated": "the data was put into your record",
    "equality": "you withdrew or refused consent",
    "last_contact": "your last contact with the service",
    "erasure": "the decision to erase it, as you asked",
    "instruction": "the controller's instruction at the end of a contract",
    "missed": "the appointment you did not come to",
    "request_received": "your request came",
    "request_closed": "your request was answered",
    "breach_opened": "the assessment of a possible breach was opened",
    "breach_closed": "the assessment of a possible breach was closed",
}
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


def day(value: object) -> str:
    """The London day as “6 January 2025”; a text that is no date stays as it was said."""
    moment = _instant(value)
    if moment is None:
        return str(value)
    return f"{moment.day} {moment:%B %Y}"


def moment(value: object) -> str:
    """Day and London time as “6 January 2025 at 9:05am”; a date alone as a day."""
    at = _instant(value)
    if at is None or not isinstance(at, datetime):
        return day(value)
    hour, half = at.hour % 12 or 12, "am" if at.hour < 12 else "pm"
    return f"{at.day} {at:%B %Y} at {hour}:{at.minute:02}{half}"


def _instant(value: object) -> datetime | date | None:
    if isinstance(value, datetime):
        return value.astimezone(LONDON)
    if isinstance(value, date):
        return value
    text = str(value)
    try:
        if len(text) == len("2025-01-06"):
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(LONDON)


def plainly(code: object) -> str:
    """A code that no list explains, at least without its underscores."""
    text = str(code)
    spoken = text.replace("_", " ")
    return spoken.lower() if text.isupper() and "_" in text else spoken


def channel(code: object) -> str:
    """How something was sent or held: a word of the guidance, or a number of the source service."""
    text = str(code)
    return CHANNELS.get(text.upper().replace("-", "_").replace(" ", "_")) or coded("interactions", "Channel", code)


def direction(code: object) -> str:
    """Which way data went; what nobody said is not made up (DATA-01)."""
    return DIRECTIONS.get(normalise.as_code(str(code)), plainly(code)) if code else "not recorded"


def items(codes: object) -> list[str]:
    """Items of data in words, each once although a record may name it both by its code and by its name."""
    said = each_once(map(str, codes)) if isinstance(codes, list | tuple) else ()
    return [ITEMS.get(code, plainly(code)) for code in said]


def organisation(code: object, names: Names) -> str:
    """An organisation by name with its code; a touchpoint that no register names by what is known of it."""
    if not code:
        return "not recorded"
    text = str(code)
    known = TOUCHPOINTS.get(text)
    name = names.get(text) or (known and " – ".join(part for part in (known.prime_contractor, known.area) if part))
    if name:
        return f"{name}, touchpoint {text}" if known and text not in name else name
    return f"touchpoint {text}, whose name is not registered" if text.isdigit() else text


def recorded_by(actor: str, names: Names) -> str:
    """Role and organisation of whoever recorded an event."""
    return role_at(actor.partition("@")[0], organisation_of(actor), names)


def role_at(role: str, code: str, names: Names) -> str:
    """A role and its organisation."""
    return f"{ROLES.get(role, plainly(role))}, {organisation(code, names)}"


def organisation_of(actor: str) -> str:
    """The organisation's code in an event's actor."""
    return actor.partition("@")[2].rpartition("/")[0]


def field_of(collection: object, name: str) -> Field | None:
    """The source dictionary's entry for a field of a kind of record."""
    known = COLLECTIONS.get(str(collection))
    return next((field for field in known.fields if field.name == name), None) if known else None


def place_of(collection: object, name: str) -> tuple[bool, int, str]:
    """Where a field stands in its record: in the source's order, bookkeeping after what is about the person."""
    known = COLLECTIONS.get(str(collection))
    names = [field.name for field in known.fields] if known else []
    return bookkeeping(collection, name), names.index(name) if name in names else _PLAIN_ORDER.get(name, 99), name


def bookkeeping(collection: object, name: str) -> bool:
    """Whether a field says nothing about the person: a record's number, who wrote it last."""
    field = field_of(collection, name)
    return field is not None and (field.personal == "none" or name in {"id", "CustomerId"})


def label_of(collection: object, name: str) -> str:
    """The plain-English label of a field inside a record."""
    field = field_of(collection, name)
    if field is not None:
        return field.label
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def kind_of_record(collection: object) -> str:
    """What a kind of record is called."""
    known = COLLECTIONS.get(str(collection))
    return known.label if known else plainly(collection)


def coded(collection: str, name: str, value: object) -> str:
    """What a code of the source service means; a text that is no code stays as it was said."""
    field = field_of(collection, name)
    try:
        meaning = field.codes.get(int(str(value))) if field else None
    except ValueError:
        meaning = None
    return meaning or str(value)


def value_in_record(collection: object, name: str, value: Any, names: Names) -> str:  # noqa: ANN401 (JSON)
    """A value inside a record in words."""
    field = field_of(collection, name)
    kind = field.kind if field else "string"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind in {"enum", "enum-or-name", "enum-list"}:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(coded(str(collection), name, code) for code in codes)
    if kind == "touchpoint-id":
        return organisation(value, names)
    if kind == "date":
        return day(str(value)[:10])
    if kind == "datetime":
        return moment(value)
    if isinstance(value, dict):
        return "; ".join(
            f"{label_of(None, key)}: {value_in_record(None, key, one, names)}" for key, one in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(value_in_record(None, name, one, names) for one in value)
    return day(value) if field is None and _is_date(value) else str(value)


def _is_date(value: object) -> bool:
    text = str(value)
    return len(text) == len("2025-01-06") and text[4] == text[7] == "-" and _instant(text) is not None


def class_of_records(name: object) -> str:
    """What a retention class holds."""
    return CLASSES.get(str(name), plainly(name))


def records(class_: object, part: object) -> str:
    """A class and the part of it that is kept and destroyed on its own: a month of readings, a consent, a receipt."""
    return class_of_records(class_) + (f" ({_part(str(class_), str(part))})" if part else "")


def _part(class_: str, part: str) -> str:
    first, _, later = part.rpartition("generation-") if "generation-" in part else (part, "", "")
    first = first.rstrip("/")
    again = f"kept again, time {later}" if later else ""
    if class_ == "access_log" and re.fullmatch(r"\d{4}-\d{2}", first):
        first = f"{date.fromisoformat(first + '-01'):%B %Y}"
    elif class_ in {"received_from_jcp", *FROM_RECEIPTS} and first and first not in SCOPES:
        first = f"receipt {first}"
    elif first:
        first = SCOPES.get(first, first)
    return ", ".join(said for said in (first, again) if said)


def period(months: int) -> str:
    """Calendar months as people say them."""
    if months % 12 or not months:
        return "at once" if not months else f"{months} month{'s' if months > 1 else ''}"
    return f"{months // 12} year{'s' if months > 12 else ''}"


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

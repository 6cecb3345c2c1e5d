"""Consent records as JSON-LD in the W3C's Data Privacy Vocabulary: the schema DPV-27560, one graph of records.

Pure: records as `consent_records` makes them come in. What is unknown there is left out here, which in a graph says the
same.
"""

from __future__ import annotations

from typing import Any

from api.consent_records import LANGUAGE, RIGHTS, UNKNOWN
from ledger.commands.reader import organisation_stream
from projections.subject_access.data_copy import Section

CONFORMS_TO = "https://w3id.org/dpv/schema/dpv-27560#record"
CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def linked_data(made: Section) -> Section:
    """The answer of `consent_records.records` as a JSON-LD document."""
    return {"@context": CONTEXT, "@graph": [_record(one) for one in made["records"]]}


def _record(one: Section) -> Section:
    processing = one["pii_processing"]
    parties = {party["party_id"]: party for party in one["parties"]}
    return {
        "@id": f"urn:uuid:{one['record_id']}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": CONFORMS_TO},
        "dct:identifier": one["record_id"],
        "dct:language": LANGUAGE,
        "dpv:hasDataSubject": {
            "@id": f"urn:uuid:{one['pii_principal_id']}",
            "@type": "dpv:DataSubject",
            "dct:identifier": one["pii_principal_id"],
        },
        **_said("dpv:hasNotice", [_notice(notice) for notice in _known(processing["privacy_notice"])]),
        "dpv:hasProcess": _process(processing, parties),
        "dpv:hasConsentStatus": [_status(event, parties) for event in one["events"]],
    }


def _process(processing: Section, parties: dict[str, Section]) -> Section:
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": [_purpose(purpose) for purpose in processing["purposes"]],
        "dpv:hasLegalBasis": [{"@id": f"eu-gdpr:{code}"} for code in processing["lawful_basis"]],
        **_said("dpv:hasPersonalData", [
            {"@type": _kinds(data), "dct:title": data["pii_type"], "dpv:hasNecessity": {"@id": "dpv:Optional"}}
            for data in _known(processing["pii_information"])
        ]),
        **_said("dpv:hasDataController",
                [_party(parties[code], "dpv:DataController") for code in _known(processing["pii_controllers"])]),
        **_said("dpv:hasRecipient", [{"@type": "dpv:ThirdParty", "dpv:hasName": name}
                                     for name in processing["recipient_third_parties"]]),
        **_said("dpv:hasStorageCondition", _storage(processing["retention_period"])),
        "dpv:hasJurisdiction": processing["jurisdiction"],
        "dpv:hasConsentControl": [
            {"@type": "dpv:WithdrawConsent", "dct:title": way["channel"], "dct:description": way["sentence"]}
            for way in processing["withdrawal_method"]
        ],
        "dpv:hasRight": [{"@id": f"eu-gdpr:{article}"} for article in RIGHTS],
        "dpv:hasAuthority": {"@type": "dpv:Authority", "dpv:hasName": processing["authority_party"]},
    }  # fmt: skip


def _purpose(purpose: Section) -> Section:
    described = {"dct:description": purpose["sentence"], "dct:source": purpose["source"]} if "rule" in purpose else {}
    return {"@type": "dpv:Purpose", "dct:title": purpose["purpose"], **described}


def _kinds(data: Section) -> list[str]:
    special = ["dpv:SpecialCategoryPersonalData"] if data["special_pii_category"] else []
    return ["dpv:PersonalData", *special]


def _storage(periods: object) -> list[Section]:
    return [{"@type": "dpv:StorageCondition", "dct:description": period["period"]} for period in _known(periods)]


def _status(event: Section, parties: dict[str, Section]) -> Section:
    indicated = event.get("indicated_by")
    controller = event["pii_controller"]
    return {
        "@type": f"dpv:{event['event_state']}",
        "dct:date": _instant(event["event_time"]),
        "dct:dateSubmitted": _instant(event["recorded_at"]),
        "dpv:isImplementedByEntity": _party(parties[event["entity_id"]], "dpv:LegalEntity"),
        **({"dpv:isIndicatedBy": {"@id": f"urn:uuid:{indicated}"}} if indicated else {}),
        **({"dpv:hasIndicationMethod": event["method"]} if "method" in event else {}),
        **({"dpv:hasNotice": _notice(event["privacy_notice"])} if "privacy_notice" in event else {}),
        **({} if controller == UNKNOWN else {"dpv:hasDataController": {"@id": _organisation(controller)}}),
        "dpv:hasLegalBasis": {"@id": f"dpv:{event['event_type']}"},
    }


def _party(party: Section, kind: str) -> Section:
    return {
        "@id": _organisation(party["party_id"]),
        "@type": kind,
        "dct:identifier": party["party_id"],
        "dpv:hasName": party["party_name"],
        **({} if party["party_contact"] == UNKNOWN else {"dpv:hasContact": party["party_contact"]}),
    }


def _organisation(code: str) -> str:
    """The same for an organisation in every document, whatever characters its code has."""
    return f"urn:uuid:{organisation_stream(code)}"


def _notice(notice: str) -> Section:
    return {"@type": "dpv:ConsentNotice", "dct:title": notice}


def _instant(text: str) -> Section:
    return {"@type": "xsd:dateTime", "@value": text}


def _said(name: str, values: list[Section]) -> Section:
    return {name: values} if values else {}


def _known(values: object) -> list[Any]:
    return values if isinstance(values, list) else []

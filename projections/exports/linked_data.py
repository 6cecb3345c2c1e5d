"""Consent records as JSON-LD in the W3C's Data Privacy Vocabulary: the schema DPV-27560, one graph of records.

Pure: records as `consent_records` makes them come in. What is unknown there is left out here, which in a graph says the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ledger.clocks import instant_text
from ledger.commands.reader import organisation_stream
from ledger.events import Json
from projections.exports.consent_records import LANGUAGE, RIGHTS
from projections.exports.consent_rows import (
    UNKNOWN,
    ConsentEvent,
    ConsentParty,
    ConsentRecord,
    ConsentRecords,
    KindOfData,
    Period,
    Processing,
    Purpose,
)

CONFORMS_TO = "https://w3id.org/dpv/schema/dpv-27560#record"
CONTEXT: dict[str, Json] = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

Node = dict[str, Json]


def linked_data(records: ConsentRecords) -> Node:
    """The records as a JSON-LD document."""
    return {"@context": CONTEXT, "@graph": [_record(record) for record in records.records]}


def _record(record: ConsentRecord) -> Node:
    processing = record.pii_processing
    parties = {party.party_id: party for party in record.parties}
    return {
        "@id": f"urn:uuid:{record.record_id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": CONFORMS_TO},
        "dct:identifier": str(record.record_id),
        "dct:language": LANGUAGE,
        "dpv:hasDataSubject": {
            "@id": f"urn:uuid:{record.pii_principal_id}",
            "@type": "dpv:DataSubject",
            "dct:identifier": str(record.pii_principal_id),
        },
        **_if_any("dpv:hasNotice", [_notice(notice) for notice in processing.privacy_notice]),
        "dpv:hasProcess": _process(processing, parties),
        "dpv:hasConsentStatus": [_status(event, parties) for event in record.events],
    }


def _process(processing: Processing, parties: dict[str, ConsentParty]) -> Node:
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": [_purpose(purpose) for purpose in processing.purposes],
        "dpv:hasLegalBasis": [{"@id": f"eu-gdpr:{code}"} for code in processing.lawful_basis],
        **_if_any("dpv:hasPersonalData", [_kind_of_data(data) for data in processing.pii_information]),
        **_if_any("dpv:hasDataController",
                  [_party(parties[code], "dpv:DataController") for code in processing.pii_controllers]),
        **_if_any("dpv:hasRecipient", [{"@type": "dpv:ThirdParty", "dpv:hasName": name}
                                       for name in processing.recipient_third_parties]),
        **_if_any("dpv:hasStorageCondition", [_storage(period) for period in processing.retention_period]),
        "dpv:hasJurisdiction": processing.jurisdiction,
        "dpv:hasConsentControl": [
            {"@type": "dpv:WithdrawConsent", "dct:title": way.channel,
             "dct:description": way.stands_on.sentence if way.stands_on else None}
            for way in processing.withdrawal_method
        ],
        "dpv:hasRight": [{"@id": f"eu-gdpr:{article}"} for article in RIGHTS],
        "dpv:hasAuthority": {"@type": "dpv:Authority", "dpv:hasName": processing.authority_party},
    }  # fmt: skip


def _purpose(purpose: Purpose) -> Node:
    sourced = purpose.stands_on
    described: Node = {"dct:description": sourced.sentence, "dct:source": sourced.source} if sourced else {}
    return {"@type": "dpv:Purpose", "dct:title": purpose.purpose, **described}


def _kind_of_data(data: KindOfData) -> Node:
    special = ["dpv:SpecialCategoryPersonalData"] if data.special_pii_category else []
    kinds: list[Json] = ["dpv:PersonalData", *special]
    return {"@type": kinds, "dct:title": data.pii_type, "dpv:hasNecessity": {"@id": "dpv:Optional"}}


def _storage(period: Period) -> Node:
    return {"@type": "dpv:StorageCondition", "dct:description": period.period}


def _status(event: ConsentEvent, parties: dict[str, ConsentParty]) -> Node:
    controller = event.pii_controller
    return {
        "@type": f"dpv:{event.event_state}",
        "dct:date": _instant(event.event_time),
        "dct:dateSubmitted": _instant(event.recorded_at),
        "dpv:isImplementedByEntity": _party(parties[event.entity_id], "dpv:LegalEntity"),
        **({"dpv:isIndicatedBy": {"@id": f"urn:uuid:{event.indicated_by}"}} if event.indicated_by else {}),
        **({"dpv:hasIndicationMethod": event.method} if event.method is not None else {}),
        **({"dpv:hasNotice": _notice(event.privacy_notice)} if event.privacy_notice is not None else {}),
        **({} if controller == UNKNOWN else {"dpv:hasDataController": {"@id": _organisation(controller)}}),
        "dpv:hasLegalBasis": {"@id": f"dpv:{event.event_type}"},
    }


def _party(party: ConsentParty, kind: str) -> Node:
    return {
        "@id": _organisation(party.party_id),
        "@type": kind,
        "dct:identifier": party.party_id,
        "dpv:hasName": party.party_name,
        **({} if party.party_contact == UNKNOWN else {"dpv:hasContact": party.party_contact}),
    }


def _organisation(code: str) -> str:
    """The same for an organisation in every document, whatever characters its code has."""
    return f"urn:uuid:{organisation_stream(code)}"


def _notice(notice: str) -> Node:
    return {"@type": "dpv:ConsentNotice", "dct:title": notice}


def _instant(at: datetime) -> Node:
    return {"@type": "xsd:dateTime", "@value": instant_text(at)}


def _if_any(name: str, nodes: Sequence[Json]) -> Node:
    return {name: [*nodes]} if nodes else {}

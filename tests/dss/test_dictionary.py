from __future__ import annotations

import dataclasses
import re

import pytest

from ledger.codes.dictionary import COLLECTION_OF_FLAG, COLLECTIONS, TOUCHPOINTS


def test_every_collection_of_the_service_is_described():
    assert len(COLLECTIONS) == 20
    assert {name for name, collection in COLLECTIONS.items() if collection.flag is None} == {
        "prioritygroups",
        "notifications",
    }


def test_each_flag_of_the_envelope_means_one_collection():
    assert len(COLLECTION_OF_FLAG) == 18
    assert COLLECTION_OF_FLAG["IsDiversity"].name == "diversitydetails"


def test_advisers_payment_reports_and_notices_are_not_records_of_a_customer():
    without = {name for name, collection in COLLECTIONS.items() if not collection.has_customer}

    assert without == {"adviserdetails", "collections", "notifications"}


def test_every_field_has_a_label_without_a_technical_name_in_it():
    for collection in COLLECTIONS.values():
        for field in collection.fields:
            assert field.label[0].isupper()
            assert not re.search(r"[a-z][A-Z]|_", field.label)


def test_every_reference_leads_to_a_collection():
    references = {field.references for collection in COLLECTIONS.values() for field in collection.fields}

    assert references - {None} <= set(COLLECTIONS)


def test_the_four_consents_are_the_customers_answers_and_nothing_else_is():
    found = {
        field.consent_purpose: f"{collection.name}.{field.name}"
        for collection in COLLECTIONS.values()
        for field in collection.fields
        if field.consent_purpose
    }

    assert found == {
        "market_research": "customers.OptInMarketResearch",
        "user_research": "customers.OptInUserResearch",
        "collect_lldd_health": "diversitydetails.ConsentToCollectLLDDHealth",
        "collect_ethnicity": "diversitydetails.ConsentToCollectEthnicity",
    }


def test_every_field_that_needs_consent_names_a_consent_of_the_same_document():
    for collection in COLLECTIONS.values():
        consents = {field.name for field in collection.fields if field.consent_purpose}
        needed = [field for field in collection.fields if field.needs_consent]

        assert {field.needs_consent for field in needed} <= consents
        assert all(field.not_stated in field.codes for field in needed)


def test_retired_codes_are_codes():
    for collection in COLLECTIONS.values():
        for field in collection.fields:
            assert field.retired <= set(field.codes)
            assert bool(field.codes) == field.kind.startswith("enum")


def test_the_area_of_a_current_contractor_is_unknown_rather_than_guessed():
    assert TOUCHPOINTS["0000000103"].area == "London"
    assert TOUCHPOINTS["0000000203"].area is None
    assert TOUCHPOINTS["0000000203"].prime_contractor is None


def test_the_dictionary_cannot_be_changed():
    with pytest.raises(TypeError):
        COLLECTIONS["customers"] = COLLECTIONS["actions"]  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        COLLECTIONS["customers"].name = "people"  # type: ignore[misc]

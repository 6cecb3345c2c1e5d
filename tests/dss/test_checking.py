from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dss.checks import Checked, Problem, check
from api.dss.moments import NotADate, calendar_date, instant
from api.dss.reader import Line, Source, document_digest, read_line
from ledger.codes.dictionary import COLLECTIONS
from tests.dss.documents import SAMPLES, Change, sample

CUSTOMER = "864c9eab-5b1c-4675-a5e2-c5b9c92c7740"


def accepted(collection: str, **changes: Change) -> Checked:
    found = check(COLLECTIONS[collection], sample(collection, **changes))
    assert isinstance(found, Checked), found
    return found


def rejected(collection: str, **changes: Change) -> tuple[str, str | None]:
    found = check(COLLECTIONS[collection], sample(collection, **changes))
    assert isinstance(found, Problem), found
    return found.reason, found.field


def sample_lines(name: str) -> Iterator[Line]:
    with Source(str(SAMPLES / name)) as source:
        for number, raw in source:
            line = read_line(raw, file=source.name, number=number, collection=source.collection)
            assert isinstance(line, Line), line
            yield line


SINGLE = sorted(path.name for path in SAMPLES.glob("*.ndjson") if path.name != "feed.ndjson")


@pytest.mark.parametrize("names", [SINGLE, ["feed.ndjson"]], ids=["collection files", "feed"])
def test_every_sample_line_is_accepted(names):
    lines = [line for name in names for line in sample_lines(name)]

    assert len(lines) == 324
    assert all(isinstance(check(line.collection, line.document), Checked) for line in lines)


def test_the_samples_give_exactly_the_expected_warnings():
    found = []
    for line in (line for name in SINGLE for line in sample_lines(name)):
        checked = check(line.collection, line.document)
        assert isinstance(checked, Checked)
        if checked.warnings:
            row = {"file": line.file, "line": line.number, "id": line.id, "customer_id": line.customer}
            found.append({**row, "etag": line.tag, "warnings": list(checked.warnings)})

    assert found == json.loads((SAMPLES / "expected.json").read_text())["warnings"]


def test_the_dictionary_knows_every_field_of_the_samples():
    for line in (line for name in SINGLE for line in sample_lines(name)):
        checked = check(line.collection, line.document)
        assert isinstance(checked, Checked)
        assert checked.unread == ()


def test_the_feed_delivers_the_same_content_as_the_collection_files():
    by_version = {
        (line.collection.name, line.id, line.tag): document_digest(line.document)
        for name in SINGLE
        for line in sample_lines(name)
    }

    assert len(by_version) == 324
    for line in sample_lines("feed.ndjson"):
        assert by_version[line.collection.name, line.id, line.tag] == document_digest(line.document)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("missing", [None, ..., "", " \t"], ids=["null", "absent", "empty", "blank"])
def test_a_required_field_that_is_null_absent_or_blank_is_missing(collection, missing):
    for field in COLLECTIONS[collection].fields:
        if field.required:
            assert rejected(collection, **{field.name: missing}) == ("missing_required_field", field.name)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("missing", [None, ...], ids=["null", "absent"])
def test_optional_fields_may_be_null_or_absent_and_are_then_left_out(collection, missing):
    optional = [field.name for field in COLLECTIONS[collection].fields if not field.required]

    checked = accepted(collection, **dict.fromkeys(optional, missing))

    assert set(checked.values).isdisjoint(optional)


def test_a_cleared_date_is_no_date():
    assert "OutcomeClaimedDate" not in accepted("outcomes", OutcomeClaimedDate="").values


def test_a_cleared_email_address_is_kept_as_the_empty_text_it_is():
    assert accepted("contacts", EmailAddress="").values["EmailAddress"] == ""


def test_a_redacted_customer_needs_no_name():
    checked = accepted("customers", GivenName=None, FamilyName=..., DateOfRedaction="2024-11-20T02:00:00Z")

    assert not {"GivenName", "FamilyName"} & set(checked.values)


@pytest.mark.parametrize("redacted", [None, "", "0001-01-01T00:00:00"])
def test_a_customer_without_a_redaction_date_needs_a_name(redacted):
    assert rejected("customers", GivenName=None, DateOfRedaction=redacted) == ("missing_required_field", "GivenName")


def test_redaction_excuses_nothing_but_the_names():
    changes: dict[str, Change] = {"id": None, "DateOfRedaction": "2024-11-20T02:00:00Z"}

    assert rejected("customers", **changes) == ("missing_required_field", "id")


def test_zero_is_a_qualification_level_and_not_a_missing_one():
    checked = accepted("learningprogressions", CurrentQualificationLevel=0)

    assert checked.values["CurrentQualificationLevel"] == 0


def test_the_first_problem_in_dictionary_order_is_the_one_reported():
    assert rejected("customers", DateOfRedaction="never", Title=77, GivenName="") == ("unknown_enum_code", "Title")


@pytest.mark.parametrize(
    "value",
    ["not a guid", CUSTOMER[:-1], CUSTOMER + "0", "{" + CUSTOMER, "-".join(CUSTOMER), CUSTOMER + "\n", 7],
)
def test_an_identifier_that_is_no_guid_is_rejected(value):
    assert rejected("actions", CustomerId=value) == ("invalid_guid", "CustomerId")


@pytest.mark.parametrize(
    "written",
    [
        CUSTOMER.upper(), "{" + CUSTOMER + "}", "(" + CUSTOMER + ")", CUSTOMER.replace("-", ""), "urn:uuid:" + CUSTOMER,
        "{" + CUSTOMER.replace("-", "").upper() + "}",
    ],
)  # fmt: skip
def test_an_identifier_in_any_usual_spelling_is_the_same_one(written):
    assert accepted("actions", CustomerId=written).values["CustomerId"] == CUSTOMER


@pytest.mark.parametrize("nobody", ["00000000-0000-0000-0000-000000000000", "f" * 32])
def test_an_identifier_of_all_zeros_or_ones_names_nobody(nobody):
    assert rejected("actions", CustomerId=nobody) == ("invalid_guid", "CustomerId")
    checked = accepted("actionplans", SessionId=nobody)
    assert "SessionId" not in checked.values
    assert checked.warnings == ("sentinel_guid:SessionId",)


@pytest.mark.parametrize("value", ["103", "00000000103", "000000010x", 103, "０００００００１０３", "         1"])
def test_a_touchpoint_id_is_text_of_ten_digits(value):
    assert rejected("customers", CreatedBy=value) == ("invalid_touchpoint_id", "CreatedBy")


@pytest.mark.parametrize("value", ["true", "false", 0, 1, [], {}])
def test_only_json_true_and_false_are_booleans(value):
    assert rejected("customers", OptInMarketResearch=value) == ("invalid_boolean", "OptInMarketResearch")


@pytest.mark.parametrize("value", [42, "1", 1.0, True, [1], 10**30])
def test_a_code_that_is_not_in_the_dictionary_is_rejected(value):
    assert rejected("customers", Title=value) == ("unknown_enum_code", "Title")


def test_a_retired_code_is_accepted_with_a_warning():
    checked = accepted("actions", ActionType=1)

    assert checked.values["ActionType"] == 1
    assert checked.warnings == ("retired_code:ActionType=1",)


def test_a_code_that_only_the_programming_interface_knows_is_no_retired_one():
    assert accepted("customers", Title=6).warnings == ()


@pytest.mark.parametrize(
    ("written", "code"), [(2, 2), ("2", 2), ("Mobile", 2), ("mobile", 2), ("SMS", 4), ("NotKnown", 99), ("-1", -1)]
)
def test_a_preferred_contact_method_may_be_a_number_its_text_or_its_name(written, code):
    checked = accepted("contacts", PreferredContactMethod=written)

    assert checked.values["PreferredContactMethod"] == code
    assert checked.warnings == ()


@pytest.mark.parametrize("written", ["Pigeon", "7", 7, True])
def test_an_unknown_preferred_contact_method_is_rejected(written):
    assert rejected("contacts", PreferredContactMethod=written) == ("unknown_enum_code", "PreferredContactMethod")


@pytest.mark.parametrize(("written", "groups"), [([1, 3], [1, 3]), ("[1,3]", [1, 3]), ("[]", []), ([], [])])
def test_priority_groups_may_be_a_list_or_its_text(written, groups):
    assert accepted("customers", PriorityGroups=written).values["PriorityGroups"] == groups


@pytest.mark.parametrize("written", [[1, 42], "[1,42]", "1,3", 1, ["1"], {"1": True}, "[NaN]"])
def test_priority_groups_that_are_no_list_of_known_codes_are_rejected(written):
    assert rejected("customers", PriorityGroups=written) == ("unknown_enum_code", "PriorityGroups")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2018-07-27T16:11:00Z", "2018-07-27T16:11:00Z"),
        ("2018-07-27 16:11:00Z", "2018-07-27T16:11:00Z"),
        ("2018-07-27T16:11Z", "2018-07-27T16:11:00Z"),
        ("2018-07-27T16:11:00.8442709Z", "2018-07-27T16:11:00.84427Z"),
        ("2018-07-27T16:11:00.5Z", "2018-07-27T16:11:00.5Z"),
        ("2018-07-27T16:11:00.0000000Z", "2018-07-27T16:11:00Z"),
        ("2018-07-27T16:11:00+01:00", "2018-07-27T15:11:00Z"),
        ("2018-07-27T16:11:00.25-0530", "2018-07-27T21:41:00.25Z"),
        ("2018-12-31T23:30:00-01", "2019-01-01T00:30:00Z"),
    ],
)
def test_a_date_with_an_offset_is_kept_in_utc(written, kept):
    checked = accepted("interactions", DateandTimeOfInteraction=written)

    assert checked.values["DateandTimeOfInteraction"] == kept
    assert checked.warnings == ()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2018-07-27T16:11:00", "2018-07-27T16:11:00Z"),
        ("2018-07-27 16:11", "2018-07-27T16:11:00Z"),
        ("2018-07-27T16:11:00.8442709", "2018-07-27T16:11:00.84427Z"),
        ("2018-07-27", "2018-07-27T00:00:00Z"),
    ],
)
def test_a_date_without_an_offset_is_read_as_utc_with_a_warning(written, kept):
    checked = accepted("interactions", DateandTimeOfInteraction=written)

    assert checked.values["DateandTimeOfInteraction"] == kept
    assert checked.warnings == ("assumed_utc:DateandTimeOfInteraction",)


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "27/07/2018",
        "2018-02-30T10:00:00Z",
        "2018-07-27T24:00:00Z",
        "2018-07-27T24:00:00.5Z",
        "2018-07-27T10:61:00Z",
        "2018-07-27T10:00:00+01:75",
        "2018-07-27T10:00:00+99:00",
        "2018-07-27T10:00:00.12345678Z",
        "2018-07-27T10:00:00,5Z",
        "2018-07-27T10:00:00.Z",
        "2018-W30-5T16:11:00Z",
        "20180727T161100Z",
        "2018-07-27Z",
        "2018-07-27T10:00:00Z\n",
        "0000-01-01T00:00:00Z",
        "٢٠١٨-07-27T10:00:00Z",
        1532707860,
        True,
        ["2018-07-27"],
    ],
)
def test_what_is_no_iso_8601_date_is_rejected(written):
    assert rejected("interactions", DateandTimeOfInteraction=written) == ("invalid_date", "DateandTimeOfInteraction")


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00Z", "9999-12-31T23:59:59.9999999",
        "9999-12-31T23:59:59.9999999Z", "9999-12-31", "9999-12-31T23:59:59-01:00", "/Date(-62135596800000)/",
        "/Date(253402300799999)/",
    ],
)  # fmt: skip
def test_the_least_and_the_largest_date_of_dot_net_is_no_date_and_gives_a_warning(written):
    checked = accepted("interactions", DateandTimeOfInteraction=written)

    assert "DateandTimeOfInteraction" not in checked.values
    assert checked.warnings == ("sentinel_date:DateandTimeOfInteraction",)


def test_year_one_in_a_required_date_is_a_missing_date():
    found = rejected("sessions", DateandTimeOfSession="0001-01-01T00:00:00Z")

    assert found == ("missing_required_field", "DateandTimeOfSession")


@pytest.mark.parametrize(
    "written", ["2005-07-26T23:30:00-05:00", "2005-07-26", "2005-07-26 00:00", "2005-07-26T00:00Z"]
)
def test_a_date_of_birth_is_the_day_as_written_and_never_shifted(written):
    checked = accepted("customers", DateofBirth=written)

    assert checked.values["DateofBirth"] == "2005-07-26"
    assert checked.warnings == ()


def test_a_date_of_birth_in_year_one_is_no_date():
    checked = accepted("customers", DateofBirth="0001-01-01T00:00:00")

    assert "DateofBirth" not in checked.values
    assert checked.warnings == ("sentinel_date:DateofBirth",)


def test_a_date_of_birth_that_is_no_day_is_rejected():
    assert rejected("customers", DateofBirth="2005-02-29") == ("invalid_date", "DateofBirth")
    assert rejected("customers", DateofBirth=20050726) == ("invalid_date", "DateofBirth")


offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moment=st.datetimes(datetime(2, 1, 2), datetime(9999, 12, 30), timezones=offsets))  # noqa: DTZ001
def test_every_moment_is_read_as_the_same_moment(moment):
    text, has_offset = instant(moment.isoformat())

    assert has_offset
    assert text is not None
    assert datetime.fromisoformat(text) == moment
    assert instant(text) == (text, True)
    assert calendar_date(moment.isoformat()) == moment.date().isoformat()


@given(moment=st.datetimes(datetime(2, 1, 1)), digits=st.integers(1, 6))  # noqa: DTZ001
def test_however_a_fraction_is_written_equal_moments_give_equal_text(moment, digits):
    whole = moment.replace(microsecond=moment.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits), tzinfo=UTC)
    fraction = f"{whole.microsecond:06}"
    date = f"{whole.year:04}-{whole:%m-%dT%H:%M:%S}"

    assert {instant(f"{date}.{fraction[:digits]}{zeros}Z") for zeros in ["", "0"]} == {
        instant(f"{whole.replace(tzinfo=None).isoformat()}+00:00")
    }


@given(text=st.text(alphabet="0123456789-:.TZ+ W", max_size=30) | st.text(max_size=30))
def test_no_text_makes_the_reading_of_dates_stumble(text):
    try:
        instant(text)
        calendar_date(text)
    except NotADate:
        pass
    else:
        assert text[4] == text[7] == "-"


@pytest.mark.parametrize("value", ["Zoë  O'Neill-李", "??", "x" * 100, 7, ["a"]])
def test_names_are_kept_as_they_are(value):
    checked = accepted("customers", GivenName=value)

    assert checked.values["GivenName"] == value
    assert checked.warnings == ()


def test_a_text_that_is_too_long_is_kept_whole_with_a_warning():
    checked = accepted("customers", GivenName="x" * 101)

    assert checked.values["GivenName"] == "x" * 101
    assert checked.warnings == ("over_length:GivenName",)


@pytest.mark.parametrize("consent", [False, None, ...])
@pytest.mark.parametrize(
    ("consent_field", "field", "code"),
    [
        ("ConsentToCollectEthnicity", "Ethnicity", 31),
        ("ConsentToCollectLLDDHealth", "LearningDifficultyOrDisabilityDeclaration", 1),
        ("ConsentToCollectLLDDHealth", "PrimaryLearningDifficultyOrDisability", 4),
        ("ConsentToCollectLLDDHealth", "SecondaryLearningDifficultyOrDisability", 12),
    ],
)
def test_a_special_category_without_consent_is_not_kept(consent_field, field, code, consent):
    silent = {
        "LearningDifficultyOrDisabilityDeclaration": 9,
        "PrimaryLearningDifficultyOrDisability": 99,
        "SecondaryLearningDifficultyOrDisability": 99,
        "Ethnicity": 99,
    }
    checked = accepted("diversitydetails", **silent | {consent_field: consent, field: code})

    assert field not in checked.values
    assert checked.warnings == (f"special_category_without_consent:{field}",)


def test_consent_for_one_category_is_none_for_the_other():
    checked = accepted("diversitydetails", ConsentToCollectLLDDHealth=True, ConsentToCollectEthnicity=False)

    assert "PrimaryLearningDifficultyOrDisability" in checked.values
    assert checked.warnings == ("special_category_without_consent:Ethnicity",)


def test_not_provided_needs_no_consent():
    codes = {"LearningDifficultyOrDisabilityDeclaration": 9, "Ethnicity": 99}
    codes |= {"PrimaryLearningDifficultyOrDisability": 99, "SecondaryLearningDifficultyOrDisability": 99}

    checked = accepted("diversitydetails", ConsentToCollectLLDDHealth=False, ConsentToCollectEthnicity=False, **codes)

    assert codes.items() <= checked.values.items()
    assert checked.warnings == ()


def test_code_9_of_a_condition_is_a_mental_health_difficulty_and_needs_consent():
    field = "PrimaryLearningDifficultyOrDisability"

    assert field not in accepted("diversitydetails", ConsentToCollectLLDDHealth=False, **{field: 9}).values


def test_a_retired_condition_is_named_in_a_warning_only_with_consent():
    field = "PrimaryLearningDifficultyOrDisability"
    with_consent = accepted("diversitydetails", ConsentToCollectLLDDHealth=True, **{field: 15})
    without = accepted("diversitydetails", ConsentToCollectLLDDHealth=False, **{field: 15})

    assert with_consent.warnings == (f"retired_code:{field}=15",)
    assert not [warning for warning in without.warnings if "15" in warning]


def test_an_unknown_condition_is_rejected_even_without_consent():
    found = rejected("diversitydetails", ConsentToCollectLLDDHealth=False, PrimaryLearningDifficultyOrDisability=3)

    assert found == ("unknown_enum_code", "PrimaryLearningDifficultyOrDisability")


@pytest.mark.parametrize(("collection", "field"), [("digitalidentities", "id_token"), ("notifications", "BearerToken")])
def test_a_secret_is_dropped_with_a_warning(collection, field):
    checked = accepted(collection, **{field: "eyJhbGciOi"})

    assert field not in checked.values
    assert checked.warnings == (f"secret_dropped:{field}",)


@pytest.mark.parametrize(("collection", "field"), [("digitalidentities", "id_token"), ("notifications", "BearerToken")])
def test_an_empty_secret_gives_no_warning(collection, field):
    assert accepted(collection, **{field: ""}).warnings == ()


def test_warnings_come_in_dictionary_order():
    checked = accepted(
        "customers",
        GivenName="x" * 101,
        DateOfRegistration="2018-07-27",
        DateOfTermination="0001-01-01",
        IntroducedBy=10,
    )

    assert checked.warnings == (
        "assumed_utc:DateOfRegistration",
        "over_length:GivenName",
        "sentinel_date:DateOfTermination",
        "retired_code:IntroducedBy=10",
    )


def test_a_field_the_dictionary_does_not_know_is_left_out_and_named():
    checked = accepted("customers", FavouriteColour="blue")

    assert checked.unread == ("FavouriteColour",)
    assert "FavouriteColour" not in checked.values


def test_the_stores_own_fields_are_neither_values_nor_unknown():
    checked = accepted("customers")

    assert not [name for name in checked.values if name.startswith("_")]
    assert checked.unread == ()


def test_a_problem_carries_the_value_but_does_not_show_it():
    found = check(COLLECTIONS["customers"], sample("customers", DateofBirth="the day Canary Wharf opened"))

    assert isinstance(found, Problem)
    assert found.value == "the day Canary Wharf opened"
    assert "Canary" not in repr(found)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
def test_no_value_makes_the_check_stumble(data):
    collection = COLLECTIONS[data.draw(st.sampled_from(sorted(COLLECTIONS)))]
    names = st.sampled_from([field.name for field in collection.fields])
    changes = data.draw(st.dictionaries(names, _json, max_size=4))

    found = check(collection, sample(collection.name, **changes))

    assert isinstance(found, (Checked, Problem))
    if isinstance(found, Problem):
        assert found.field in changes

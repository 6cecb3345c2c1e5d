"""Beginning to serve somebody by identity shown: who is found, what is recorded, who is told, how often it may miss."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from api import report_page
from api.casework import serving, subject_access
from api.casework.runtime import Runtime
from ledger import errors, events
from ledger.authority.identity import (
    MISSES_COUNT_FOR,
    MOST_MISSES_OF_A_PERSON,
    MOST_MISSES_OF_AN_ORGANISATION,
    checks_stream,
    read_identity,
)
from ledger.authority.serving import serving_of
from ledger.caller import Caller
from ledger.state.replay import event_of
from ledger.verify import verify
from projections.wording.claims import serving_because
from tests.commands import give
from tests.conftest import Clock
from tests.destroying import destroy
from tests.sharing import fill_registers

OPERATOR = Caller(role="records-manager", organisation="controller-one", subject="records manager one", operator=True)
ADVISER = Caller(role="contractor", organisation="prime-south", subject="adviser of the south")
SOUTH, NORTH = "prime-south", "prime-north"
AT = "2026-03-02T10:00:00Z"
WHO = {
    "given_name": "Sam",
    "family_name": "O’Neill",
    "date_of_birth": "1990-02-01",
    "email": "sam@placeholder.example",
    "telephone": "07700 900123",
    "postcode": "ZZ99 9ZZ",
    "universal_credit_id": "UC 1234 5678",
    "unique_learner_number": "1234567890",
}
SHOWN = {
    "given_name": "sam",
    "family_name": "ONeill",
    "date_of_birth": "1990-02-01",
    "email": "Sam@Placeholder.example",
    "reason": "came to the office and asked for advice",
}
Give = Callable[..., Any]


@pytest.fixture
def record(runtime: Runtime) -> Give:
    def give_it(type_: str, customer: uuid.UUID | None = None, *, by: Caller = OPERATOR, at: str = AT, **fields: Any):
        return give(runtime.ledger, type_, customer, by=by, at=at, **fields)

    return give_it


@pytest.fixture
def sam(runtime: Runtime, record: Give) -> uuid.UUID:
    """Somebody whom prime-north serves and prime-south has never seen."""
    fill_registers(runtime.ledger)
    for code, kind in ((SOUTH, "prime"), ("nhs-line", "prime of NHS data")):
        record("register-organisation", organisation=code, name=code, kind=kind, at="2018-01-01T00:00:00Z")
    return register(record, WHO)


def register(record: Give, values: dict[str, Any], **fields: Any) -> uuid.UUID:
    number = uuid.uuid4()
    record("register-customer", number, at="2025-01-06T09:00:00Z", values=values,
           **{"organisation": NORTH, **fields})  # fmt: skip
    return number


def begin(runtime: Runtime, by: Caller = ADVISER, **changed: Any) -> Any:
    body = {name: value for name, value in {**SHOWN, **changed}.items() if value is not None}
    return serving.begin(runtime, body, by, route="test")


def no_match(runtime: Runtime, by: Caller = ADVISER, **changed: Any) -> str:
    with pytest.raises(errors.NoMatch) as refused:
        begin(runtime, by, **changed)
    return refused.value.sentence


def recorded(runtime: Runtime, customer: uuid.UUID) -> list[events.Event]:
    opened = runtime.ledger.unsealed(customer)
    return [event_of(entry, opened.get(entry.position)) for entry in runtime.ledger.history(customer)]


def checks(runtime: Runtime, organisation: str = SOUTH) -> list[Any]:
    stream = checks_stream(organisation, runtime.ledger.now().date())
    return [event_of(entry) for entry in runtime.ledger.recorder.history(stream)]


# Who is found.


@pytest.mark.parametrize(
    "identifier",
    [
        {"email": "SAM@placeholder.example "},
        {"telephone": "+44 7700 900123"},
        {"postcode": "zz999zz"},
        {"universal_credit_id": "uc12345678"},
        {"unique_learner_number": "1234567890"},
    ],
    ids=lambda identifier: next(iter(identifier)),
)
def test_a_person_is_found_by_name_birth_date_and_one_more_identifier_however_they_are_written(
    runtime: Runtime, sam: uuid.UUID, identifier: dict[str, Any]
):
    shown: dict[str, Any] = {"email": None, "given_name": "SAM", "family_name": "o'neill", **identifier}
    served = begin(runtime, **shown)
    assert (served.customer_id, served.began) == (sam, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"given_name": "Alex"},
        {"given_name": "S"},
        {"family_name": "Neill"},
        {"date_of_birth": "1990-02-02"},
        {"email": "other@placeholder.example"},
        {"telephone": "07700 900124"},
    ],
    ids=str,
)
def test_whoever_differs_in_one_detail_is_no_match(runtime: Runtime, sam: uuid.UUID, changed: dict[str, Any]):
    no_match(runtime, **changed)
    assert not serving_of(runtime.ledger.history(sam)).by(SOUTH)


def test_further_given_names_may_be_left_out(runtime: Runtime, sam: uuid.UUID, record: Give):
    other = register(record, {**WHO, "given_name": "Mary-Jane Ann", "email": "mary@placeholder.example"})
    assert begin(runtime, given_name="Mary Jane", email="mary@placeholder.example").customer_id == other


def test_two_people_who_match_are_no_match(runtime: Runtime, sam: uuid.UUID, record: Give):
    register(record, WHO)
    no_match(runtime)


def test_two_records_of_one_person_are_one_person_and_the_record_that_goes_on_is_served(
    runtime: Runtime, sam: uuid.UUID, record: Give
):
    goes_on = register(record, WHO)
    record("merge-customers", sam, into=str(goes_on), reason="the same person registered twice")
    assert begin(runtime).customer_id == goes_on


def test_somebody_whose_records_were_destroyed_is_no_match(runtime: Runtime, sam: uuid.UUID):
    destroy(runtime.ledger, sam, "identity", by=OPERATOR)
    no_match(runtime)


def test_a_person_of_another_controller_is_no_match(runtime: Runtime, sam: uuid.UUID, record: Give):
    values = {**WHO, "email": "kim@placeholder.example"}
    register(record, values, programme="NHS Health Careers", organisation="nhs-line")
    no_match(runtime, email="kim@placeholder.example")


def test_whom_the_organisation_serves_already_is_answered_and_nothing_begins_again(runtime: Runtime, sam: uuid.UUID):
    begin(runtime)
    before = len(runtime.ledger.history(sam))
    again = begin(runtime)
    assert (again.customer_id, again.began) == (sam, False)
    assert len(runtime.ledger.history(sam)) == before


def test_somebody_whose_service_had_ended_is_served_again(runtime: Runtime, sam: uuid.UUID, record: Give):
    record("end-service", sam)
    assert begin(runtime).began
    assert serving_of(runtime.ledger.history(sam)).by(SOUTH)


# What must be given.


@pytest.mark.parametrize("name", ["given_name", "family_name", "date_of_birth", "email", "reason"])
def test_what_is_missing_is_named(runtime: Runtime, sam: uuid.UUID, name: str):
    missing: dict[str, Any] = {name: None}
    with pytest.raises(errors.Malformed) as refused:
        begin(runtime, **missing)
    assert refused.value.evidence["field"] == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("given_name", "123"), ("family_name", "–"), ("date_of_birth", "1 2 1990"), ("date_of_birth", "2990-01-01"),
        ("telephone", "none"), ("email", " "), ("postcode", "–"), ("reason", "x" * 1_001), ("email", 7),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused_before_anything_is_searched(
    runtime: Runtime, sam: uuid.UUID, name: str, value: object
):
    given: dict[str, Any] = {name: value}
    with pytest.raises(errors.Malformed) as refused:
        begin(runtime, **given)
    assert refused.value.evidence["field"] == name
    assert not str(value).strip() or str(value) not in refused.value.sentence
    assert checks(runtime) == []


def test_a_field_that_is_not_asked_for_is_refused_without_its_name():
    with pytest.raises(errors.Malformed) as refused:
        read_identity({**SHOWN, "Sam O’Neill": "x"}, today=date(2026, 3, 2))
    assert "Neill" not in refused.value.sentence


# Who may ask.


@pytest.mark.parametrize("role", ["case-worker", "records-manager", "administrator", "auditor", "jobcentre-plus"])
def test_only_a_contractor_s_adviser_or_manager_is_shown_identity(runtime: Runtime, sam: uuid.UUID, role: str):
    with pytest.raises(errors.NotAllowed):
        begin(runtime, replace(ADVISER, role=role))


def test_an_organisation_that_nobody_registered_finds_nobody(runtime: Runtime, sam: uuid.UUID):
    with pytest.raises(errors.UnregisteredOrganisation):
        begin(runtime, replace(ADVISER, organisation="unheard-of"))


def test_a_contractor_s_role_at_the_controller_finds_nobody(runtime: Runtime, sam: uuid.UUID):
    with pytest.raises(errors.UnregisteredOrganisation):
        begin(runtime, replace(ADVISER, organisation="controller-one"))


# What is recorded, and who is told.


def test_serving_began_says_by_which_fields_and_whom_it_told_and_seals_the_reason(runtime: Runtime, sam: uuid.UUID):
    begin(runtime, telephone="07700 900123")
    [began] = [event for event in recorded(runtime, sam) if isinstance(event, events.ServingBegan)]
    assert (began.organisation, began.because) == (SOUTH, "identity-shown")
    assert began.identifiers == ("email", "telephone")
    assert began.served_before == (NORTH,)
    assert began.reason == SHOWN["reason"]
    [entry] = [entry for entry in runtime.ledger.history(sam) if entry.type == events.ServingBegan.NAME]
    assert b"came to the office" not in entry.facts


def test_the_organisation_that_served_before_is_told_and_still_serves(runtime: Runtime, sam: uuid.UUID):
    begin(runtime)
    north = Caller(role="contractor", organisation=NORTH, subject="adviser of the north")
    [notice] = serving.notices(runtime, north)
    assert (notice.customer_id, notice.organisation) == (sam, SOUTH)
    assert serving.notices(runtime, ADVISER) == []
    assert serving_of(runtime.ledger.history(sam)).by(NORTH)
    with pytest.raises(errors.NotAllowed):
        serving.notices(runtime, ADVISER, organisation=NORTH)
    assert serving.notices(runtime, OPERATOR, organisation=NORTH) == [notice]


def test_both_outcomes_are_recorded_without_personal_data(runtime: Runtime, sam: uuid.UUID, database: str):
    no_match(runtime, email="nobody@placeholder.example")
    begin(runtime)
    assert [check.outcome for check in checks(runtime)] == ["not-matched", "matched"]
    assert [(check.organisation, check.role, check.route) for check in checks(runtime)] == [
        (SOUTH, "contractor", "test")
    ] * 2
    stream = checks_stream(SOUTH, runtime.ledger.now().date())
    assert {opened["asked_by"] for opened in runtime.ledger.unsealed(stream).values()} == {ADVISER.subject}
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT facts::text || actor FROM ledger.event WHERE stream IN (%s, %s)", [stream, sam]
        ).fetchall()
    for secret in (ADVISER.subject, "nobody@", "1990-02-01", "07700", "ONeill", "O’Neill"):
        assert all(secret not in text for (text,) in rows), secret


def test_the_person_s_report_says_who_began_to_serve_them_and_how(runtime: Runtime, sam: uuid.UUID):
    begin(runtime)
    said = str(subject_access.report(runtime, sam, OPERATOR, "test"))
    assert "An organisation began to serve you" in said
    assert "you showed who you are" in said
    assert "email address" in said
    assert SHOWN["reason"] in said


def test_the_report_lists_who_serves_the_person_since_when_and_who_was_told(runtime: Runtime, sam: uuid.UUID):
    begin(runtime)
    section: Any = subject_access.report(runtime, sam, OPERATOR, "test")["serving"]
    north, south = section["rows"]
    assert (north["because"], north["identifiers"], north["informed"]) == (serving_because("registered"), [], [])
    assert (south["because"], south["identifiers"]) == (serving_because("identity-shown"), ["email address"])
    assert south["informed"] == [north["organisation"]]
    assert section["careful"] is None


def test_what_was_recorded_verifies(runtime: Runtime, sam: uuid.UUID, database: str):
    begin(runtime)
    no_match(runtime, given_name="Alex")
    assert verify(database, vault=runtime.ledger.vault).ok


# How often it may miss.


def miss(runtime: Runtime, times: int, by: Caller = ADVISER) -> None:
    for _ in range(times):
        no_match(runtime, by, given_name="Alex")


def test_after_ten_misses_in_an_hour_a_member_of_staff_waits_even_with_what_would_match(
    runtime: Runtime, sam: uuid.UUID, clock: Clock
):
    miss(runtime, MOST_MISSES_OF_A_PERSON)
    with pytest.raises(errors.TooManyMisses) as refused:
        begin(runtime)
    assert 0 < refused.value.retry_after <= MISSES_COUNT_FOR.total_seconds()
    assert "try again in 60 minutes" in refused.value.sentence
    with pytest.raises(errors.TooManyMisses):  # another role of the same person is no way round
        begin(runtime, replace(ADVISER, role="contractor-manager"))
    assert begin(runtime, replace(ADVISER, subject="a colleague")).began
    clock.time += timedelta(seconds=refused.value.retry_after)
    assert begin(runtime).customer_id == sam


def test_after_sixty_misses_of_its_staff_an_organisation_waits(runtime: Runtime, sam: uuid.UUID, clock: Clock):
    for number in range(MOST_MISSES_OF_AN_ORGANISATION // MOST_MISSES_OF_A_PERSON):
        miss(runtime, MOST_MISSES_OF_A_PERSON, replace(ADVISER, subject=f"adviser {number}"))
    with pytest.raises(errors.TooManyMisses):
        begin(runtime, replace(ADVISER, subject="somebody else"))
    assert begin(runtime, replace(ADVISER, organisation="sub-north")).began
    clock.time += MISSES_COUNT_FOR
    assert begin(runtime, replace(ADVISER, subject="somebody else")).began


def test_misses_before_midnight_count_after_it(runtime: Runtime, sam: uuid.UUID, clock: Clock):
    clock.time = clock.time.replace(hour=23, minute=50)
    miss(runtime, MOST_MISSES_OF_A_PERSON)
    clock.time += timedelta(minutes=20)
    with pytest.raises(errors.TooManyMisses):
        begin(runtime)


def test_what_matches_does_not_use_up_the_tries(runtime: Runtime, sam: uuid.UUID):
    for _ in range(MOST_MISSES_OF_A_PERSON + 1):
        assert begin(runtime).customer_id == sam


def test_many_requests_at_once_get_no_more_tries_than_one_after_another(runtime: Runtime, sam: uuid.UUID):
    def ask(number: int) -> str:
        try:
            begin(runtime, given_name="Alex", email=f"guess{number}@placeholder.example")
        except errors.Refused as refused:
            return type(refused).__name__
        return "served"

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(ask, range(3 * MOST_MISSES_OF_A_PERSON)))
    assert answers["NoMatch"] == MOST_MISSES_OF_A_PERSON
    assert answers["served"] == 0


# People at risk.


@pytest.fixture
def flagged(sam: uuid.UUID, record: Give) -> uuid.UUID:
    record("flag-at-risk", sam, flag_id="flag-1", code="personal_safety", reason="somebody looks for them")
    return sam


def test_a_person_at_risk_is_no_match_and_the_controller_sees_who_tried(runtime: Runtime, flagged: uuid.UUID):
    nobody = no_match(runtime, email="nobody@placeholder.example")
    assert no_match(runtime) == nobody
    [tried] = [event for event in recorded(runtime, flagged) if isinstance(event, events.IdentityShownAtRisk)]
    assert (tried.organisation, tried.identifiers) == (SOUTH, ("email",))
    assert not serving_of(runtime.ledger.history(flagged)).by(SOUTH)
    risk = serving.risk_of(runtime.ledger.history(flagged))
    assert risk.flagged
    assert [attempt.organisation for attempt in risk.attempts] == [SOUTH]


def test_a_person_at_risk_uses_up_a_try_as_any_miss_does(runtime: Runtime, flagged: uuid.UUID):
    for _ in range(MOST_MISSES_OF_A_PERSON):
        no_match(runtime)
    with pytest.raises(errors.TooManyMisses):
        begin(runtime)


def test_whoever_serves_a_person_at_risk_still_finds_them(runtime: Runtime, flagged: uuid.UUID):
    assert begin(runtime, replace(ADVISER, organisation=NORTH)).customer_id == flagged


def test_the_controller_assigns_a_person_at_risk(runtime: Runtime, flagged: uuid.UUID, record: Give):
    record("assign-customer", flagged, organisation=SOUTH, reason="seen and confirmed by us")
    assert begin(runtime).customer_id == flagged


def test_once_the_flag_is_lifted_identity_can_be_shown_again(runtime: Runtime, flagged: uuid.UUID, record: Give):
    record("lift-at-risk", flagged, flag_id="flag-1", reason="the customer said that it is over")
    assert begin(runtime).began
    with pytest.raises(errors.UnknownReference):
        record("lift-at-risk", flagged, flag_id="flag-1", reason="once more")


def test_a_flag_on_another_record_of_the_person_counts(runtime: Runtime, flagged: uuid.UUID, record: Give):
    goes_on = register(record, WHO)
    record("merge-customers", flagged, into=str(goes_on), reason="the same person registered twice")
    no_match(runtime)


def test_an_organisation_that_does_not_serve_a_person_cannot_lift_their_flag(
    runtime: Runtime, flagged: uuid.UUID, record: Give
):
    receipt = record("lift-at-risk", flagged, by=ADVISER, flag_id="flag-1", reason="it is over, they say")
    assert receipt.waiting
    no_match(runtime)


def test_a_flag_protects_at_once_whoever_reports_it(runtime: Runtime, sam: uuid.UUID, record: Give):
    record("flag-at-risk", sam, by=ADVISER, code="impersonation", reason="somebody else came with their papers")
    no_match(runtime)


def test_the_report_words_a_flag_for_the_person(runtime: Runtime, flagged: uuid.UUID):
    report = subject_access.report(runtime, flagged, OPERATOR, "test")
    said, page = str(report), report_page.render(report)
    assert "Nobody new begins to serve you unless the controller decides it" in page
    assert "Extra care was asked for before somebody new may begin to serve you" in said
    assert "your safety" in said
    assert "personal_safety" not in said.replace("'value': 'personal_safety'", "")


# What the answer does not tell.


def test_every_miss_takes_the_same_statements(
    runtime: Runtime, sam: uuid.UUID, record: Give, monkeypatch: pytest.MonkeyPatch
):
    values = {**WHO, "email": "kim@placeholder.example"}
    register(record, values, programme="NHS Health Careers", organisation="nhs-line")
    careful = register(record, {**WHO, "email": "risk@placeholder.example"})
    record("flag-at-risk", careful, code="personal_safety", reason="somebody looks for them")
    counts: Counter[str] = Counter()
    execute = psycopg.Cursor.execute

    def executed(self: Any, query: Any, *given: Any, **options: Any) -> Any:
        counts["statements"] += 1
        return execute(self, query, *given, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", executed)

    def statements(**changed: Any) -> int:
        counts.clear()
        no_match(runtime, **changed)
        return counts["statements"]

    statements(family_name="Somebody")  # the first reading on a connection sets it up
    assert {
        statements(email="nobody@placeholder.example"), statements(given_name="Alex"),
        statements(email="kim@placeholder.example"), statements(email="risk@placeholder.example"),
    } == {statements(family_name="Nobody")}  # fmt: skip

"""A stranger who knows a person's id gains nothing by any sequence of permitted commands and readings."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import sql

from ledger.caller import Caller
from tests.authority.strangers_drill import play
from tests.authority.strangers_rows import rows_without_a_caller
from tests.authority.strangers_world import Databases, Who, World, world

STEPS, WORLDS = 60, 4
STRANGER = Who("records-manager", "prime-south")
AT = "2026-11-20T09:00:00Z"


@pytest.fixture(scope="module")
def found(databases: Databases) -> Iterator[World]:
    with world(databases) as made:
        yield made


def reports(world: World, who: Who, type_: str, **fields: Any) -> Any:
    body = {"id": str(uuid.uuid4()), "type": type_, "occurred_at": AT, **fields}
    answer = world.http.post(who, "/v1/entries", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def seen_by_the_controller(world: World, person: str) -> Any:
    return world.http.get(Who("case-worker", "controller-one"), f"/v1/customers/{person}").json()


def test_no_sequence_of_commands_and_readings_gives_anybody_more_than_the_model_allows(databases: Databases):
    counts = play(databases, steps=STEPS, worlds=WORLDS)
    assert counts.failure is None, counts.failure
    assert sum(counts.commands.values()) > STEPS


def test_a_rule_set_or_a_calendar_of_the_other_programme_waits_for_the_controller_whose_people_it_binds(found: World):
    other = Who("administrator", "nhs-england")
    rules = {"rule_set": "NCS-JCP/2025-01-20", "valid_from": "2025-01-20"}
    calendar = {"version": "theirs", "holidays": ["2026-12-25"], "first_day": "2012-01-01", "last_day": "2035-12-31"}
    for type_, fields in (("publish-rule-set", rules), ("publish-calendar", calendar)):
        assert reports(found, other, type_, organisation="nhs-england", **fields)["waiting"] is True
        assert "waiting" not in reports(
            found, Who("administrator", "controller-one"), type_, organisation="controller-one", **fields
        )


def test_a_restriction_that_a_stranger_dates_back_raises_no_finding_against_whoever_shared_since(found: World):
    person = found.people[0]
    before = seen_by_the_controller(found, person)["findings"]
    reports(found, STRANGER, "restrict-processing", customer_id=person, ground="accuracy_contested",
            occurred_at="2026-09-15T14:11:00Z")  # fmt: skip
    after = seen_by_the_controller(found, person)
    assert after["restricted"] is True
    assert [row["finding_id"] for row in after["findings"]["rows"]] == [row["finding_id"] for row in before["rows"]]
    assert after["findings"]["breach_assessments"] == before["breach_assessments"]


def test_equality_data_is_not_due_because_a_stranger_reports_that_its_consent_was_withdrawn(found: World):
    person = found.people[2]
    reports(found, STRANGER, "withdraw-consent", customer_id=person, scope="collect_ethnicity")
    customer = seen_by_the_controller(found, person)
    assert customer["consents"]["collect_ethnicity"]["state"] == "withdrawn"
    assert [row["destroy_by"] for row in customer["retention"] if row["class"] == "equality"] == [None, None]


def test_a_contractors_records_manager_serves_nobody_by_reporting_an_act_of_its_own(found: World):
    person = found.people[1]
    for type_, fields in (
        ("share-data", {"sent_by": "prime-south", "sent_to": "jobcentre-plus", "channel": "email", "items": ["D01"]}),
        ("receive-data", {"received_by": "prime-south", "received_from": "jobcentre-plus", "channel": "email"}),
    ):
        reports(found, STRANGER, type_, customer_id=person, **fields)
        assert found.http.get(STRANGER, f"/v1/customers/{person}").status_code == 404


def test_a_retention_period_of_the_nhs_takes_effect_as_its_controller_sets_it(found: World):
    answer = reports(found, Who("records-manager", "nhs-england"), "set-retention-period", organisation="nhs-england",
                     kind="after_service", months=12, valid_from="2026-01-01", justification="asked for")  # fmt: skip
    assert "waiting" not in answer


def people_in_views(world: World, who: Who) -> set[str]:
    """Whose rows the reader's login is shown with a caller's value, in every table of the views that names people."""
    by = Caller(role=who.role, organisation=who.organisation, subject="somebody")
    shown = set[str]()
    with world.http.runtime.current_views(by) as views:
        tables = views.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = any(current_schemas(false)) AND column_name IN ('customer', 'customer_id')"
        ).fetchall()
        assert tables, "the views name people"
        for table, column in tables:
            select = sql.SQL("SELECT DISTINCT {}::text FROM {}").format(sql.Identifier(column), sql.Identifier(table))
            shown |= {row[0] for row in views.execute(select).fetchall()}
    return shown - {None}


def test_sql_as_the_readers_login_shows_nobody_whom_the_caller_may_not_read(found: World):
    served_or_due = {*found.people[4:7], found.people[8], found.people[12]}
    own_share = found.people[1]  # of whom it reported a share of its own above: that row names it
    assert people_in_views(found, Who("contractor", "prime-south")) <= served_or_due | {own_share}
    assert people_in_views(found, Who("case-worker", "nhs-england")) == {found.people[9]}
    assert people_in_views(found, Who("case-worker", "unheard-of")) == set()


def test_a_connection_of_the_readers_login_without_a_caller_sees_no_row(found: World):
    assert rows_without_a_caller(found) == []

"""Market research: consent is looked up when the data goes, for the person and for each column of the extract."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from ledger import events as vocabulary
from ledger.codes.items import code_of
from ledger.recording import Ledger
from ledger.state.history import DatedEvent
from tests.rules.test_rules import GIVEN, INFORMED, SAM, judged
from tests.sharing import ADVISER, MANAGER, command, fill_registers, give, good, meet

events: Any = vocabulary  # what is not said of an event has its default
LLDD, ETHNIC, GROUP = "collect_lldd_health", "collect_ethnicity", "priority_targeting"
EXTRACT: dict[str, str | None] = {
    "Customer ID": None,
    "Given Name": None,
    "Family Name": None,
    "Primary Phone Number": None,
    "Alternative Phone Number": None,
    "Postcode": None,
    "Contact Email": None,
    "Date of Birth": None,
    "Disability Type": LLDD,
    "Learning Difficulty": LLDD,
    "Ethnicity": ETHNIC,
    "Gender": None,
    "Contracting Area": None,
    "Subcontractor Name": None,
    "Action Plan": None,
    "Current Employment Status": None,
    "Length Of Unemployment": None,
    "Current Learning Status": None,
    "Current Qualification Level": None,
    "Channel": None,
    "Session Date": None,
    "Participate Research Evaluation": None,
    "Priority Group": GROUP,
}
"""The columns of the monthly file of the source's service, each with the consent it needs beside that to surveys."""
OWN = {column: scope for column, scope in EXTRACT.items() if scope}
WIDER = {LLDD: "equality_monitoring", ETHNIC: "equality_monitoring"}
OTHERS_WRITTEN = {
    "disability_type": LLDD, "learning_difficulty": LLDD, "PrimaryLearningDifficultyOrDisability": LLDD,
    "SecondaryLearningDifficultyOrDisability": LLDD, "health": LLDD, "ethnic_group": ETHNIC, "D29": GROUP, "PG5": GROUP,
    "priority_group_status": GROUP,
}  # fmt: skip
CONDITION = {"special_condition": "A9-2-j", "schedule_condition": "Schedule 1, paragraph 4"}


def after(*statements: Any) -> tuple[DatedEvent, ...]:
    """Somebody informed who had consented to surveys, and what they said then, day by day."""
    days = ((datetime(2025, 2, day, tzinfo=UTC), statement) for day, statement in enumerate(statements, start=1))
    return (*INFORMED, GIVEN, *days)


def given(scope: str) -> Any:
    return events.ConsentGiven(scope=scope, explicit=True)


def file_of(*columns: str, **fields: Any) -> dict[str, Any]:
    return command("share-data", SAM, **good("research", items=["D01", *columns], **{**CONDITION, **fields}))


@pytest.mark.parametrize("column", EXTRACT)
def test_each_column_of_the_extract_goes_with_the_consent_to_it_and_not_without_consent_11(column: str):
    broken = judged(file_of(column), history=after())
    scope = EXTRACT[column]

    if scope is None:
        assert broken == {}
    else:
        assert broken.keys() == {"CONSENT-11"}
        [refused] = broken["CONSENT-11"].items
        assert (broken["CONSENT-11"].answer, code_of(refused)) == ("refuse-item", code_of(column))
        assert judged(file_of(column), history=after(given(scope))) == {}


@pytest.mark.parametrize("written", OTHERS_WRITTEN)
def test_no_other_way_to_write_a_column_escapes_its_consent_consent_11(written: str):
    assert judged(file_of(written), history=after()).keys() == {"CONSENT-11"}
    assert judged(file_of(written), history=after(given(OTHERS_WRITTEN[written]))) == {}


@pytest.mark.parametrize("column", OTHERS_WRITTEN)
def test_a_column_that_was_sent_needs_its_consent_though_the_items_do_not_name_it_consent_11(column: str):
    broken = judged(file_of(values={column: 1, "Gender": 2}), history=after())

    assert broken["CONSENT-11"].items == (column,)
    assert judged(file_of(values={column: 1}), history=after(given(OTHERS_WRITTEN[column]))) == {}


@pytest.mark.parametrize("item", ["religion", "convictions", "Sexual orientation"])
def test_a_special_category_nobody_asks_consent_for_never_goes_to_research_consent_11(item: str):
    everything = after(*map(given, (LLDD, ETHNIC, GROUP, "equality_monitoring")))

    assert judged(file_of(item), history=everything)["CONSENT-11"].items == (item,)


@pytest.mark.parametrize("no", [events.ConsentRefused, events.ConsentWithdrawn])
@pytest.mark.parametrize("column", [column for column in OWN if OWN[column] in WIDER])
def test_a_no_to_one_thing_is_stronger_than_the_general_consent_consent_11(column: str, no: Any):
    general = given("equality_monitoring")

    assert judged(file_of(column), history=after(general)) == {}
    assert judged(file_of(column), history=after(general, no(scope=OWN[column]))).keys() == {"CONSENT-11"}
    assert judged(file_of(column), history=after(no(scope=OWN[column]), general)).keys() == {"CONSENT-11"}


def test_each_part_of_a_research_share_is_answered_by_itself_at_the_door_consent_11(ledger: Ledger):
    fill_registers(ledger)
    yes, no = meet(ledger), meet(ledger)
    for customer, scopes in ((yes, ("survey", LLDD)), (no, ("survey",))):
        for scope in scopes:
            give(
                ledger, "give-consent", customer, at="2026-01-05T09:00:00Z", scope=scope, mechanism="said yes",
                explicit=True,
            )  # fmt: skip
    body = command("share-data", **good("research", items=["D01", "Disability Type"], **CONDITION))
    body["customers"] = [{"customer_id": str(person)} for person in (yes, no)]

    proposal = ledger.propose(body, MANAGER)

    assert (proposal.answer, proposal.items_refused) == ("refuse-item", ("Disability Type",))
    assert [objection.customers for objection in proposal.objections] == [(str(no),)]


@pytest.mark.parametrize("no", [events.ConsentRefused, events.ConsentWithdrawn])
@pytest.mark.parametrize(("value", "own"), [({"Ethnicity": 31}, ETHNIC), ({"health": "asthma"}, LLDD)])
def test_what_somebody_said_no_to_is_not_kept_with_the_general_consent_consent_03(
    value: dict[str, Any], own: str, no: Any
):
    body = command("keep-record", SAM, collection="diversitydetails", values=value)
    general = given("equality_monitoring")

    assert judged(body, history=after()).keys() == {"CONSENT-03"}
    assert judged(body, history=after(general)) == {}
    assert judged(body, history=after(general, no(scope=own))).keys() == {"CONSENT-03"}
    assert judged(body, history=after(no(scope="equality_monitoring"), given(own))) == {}


@pytest.mark.parametrize("written", ["ethnic_group", "Ethnic group"])
def test_equality_data_is_kept_by_the_consent_to_it_however_it_is_written_consent_03(written: str):
    body = command("keep-record", SAM, collection="diversitydetails", values={written.replace(" ", "_"): 31})

    assert judged(body, history=after(given(LLDD))).keys() == {"CONSENT-03"}
    assert judged(body, history=after(given(ETHNIC))) == {}


@pytest.mark.parametrize("reason", [1, 2, 3, 99, "deceased", None])
def test_nobody_whose_service_ended_is_in_a_research_share_whatever_the_reason_consent_11(reason: int | str | None):
    ended = events.ServiceEnded(reason=reason)

    broken = judged(file_of(), history=after(ended))

    assert broken.keys() == {"CONSENT-11"}
    assert broken["CONSENT-11"].answer == "refuse"
    assert broken["CONSENT-11"].fields == ("service_ended",)
    assert judged(file_of(), history=after(ended, events.ServiceResumed())) == {}
    assert judged(command("share-data", SAM, **good("email")), history=after(ended)) == {}


def test_a_death_said_of_another_record_of_the_person_counts_and_a_duplicate_s_end_does_not_ledg_18():
    from ledger.state.customer_at import customer_at

    at = datetime(2026, 3, 2, tzinfo=UTC)
    for reason, ended in ((2, True), (3, False)):
        other = [(datetime(2025, 3, 1, tzinfo=UTC), events.ServiceEnded(reason=reason))]
        assert customer_at(after(), at, others=[other]).ended is ended


@pytest.mark.parametrize("purpose", [None, "NCS_SERVICE_DELIVERY", "NCS_STATISTICS", "QUALITY_INSPECTION"])
@pytest.mark.parametrize("category", [None, "MARKET_RESEARCH"])
def test_recip_08_a_research_company_gets_nothing_without_consent_whatever_the_share_says_it_was_for(
    ledger: Ledger, purpose: str | None, category: str | None
):
    fill_registers(ledger)
    sam: uuid.UUID = meet(ledger)
    fields = {"purpose": purpose, "recipient_category": category, "lawful_basis": "A6-1-e", "public_task": "guidance"}
    body = command("share-data", sam, **good("research", **fields))

    assert "CONSENT-11" in [objection.rule_id for objection in ledger.propose(body, ADVISER).objections]

    give(ledger, "give-consent", sam, at="2026-01-05T09:00:00Z", scope="market_research", mechanism="said yes")
    assert "CONSENT-11" not in [objection.rule_id for objection in ledger.propose(body, ADVISER).objections]


def test_recip_08_somebody_who_is_no_company_is_bound_by_what_the_share_says_it_is():
    body = command("share-data", SAM, **good("specialist", recipient_category="MARKET_RESEARCH"))

    assert judged(body, history=INFORMED).keys() == {"CONSENT-11"}
    assert judged(command("share-data", SAM, **good("specialist")), history=INFORMED) == {}


@pytest.mark.parametrize(
    ("purpose", "said_no_to", "other"),
    [
        ("CUSTOMER_SATISFACTION_SURVEY", "survey", "market_research"),
        ("PROGRESS_RESEARCH", "survey", "market_research"),
        ("MARKET_RESEARCH", "market_research", "survey"),
        ("USER_RESEARCH", "user_research", "survey"),
    ],
)
def test_a_no_to_this_research_is_not_made_good_by_a_yes_to_other_research_consent_11(
    purpose: str, said_no_to: str, other: str
):
    history = after(given(other), events.ConsentWithdrawn(scope=said_no_to))

    assert "CONSENT-11" in judged(file_of(purpose=purpose), history=history)

"""An item is judged as what it is, by whichever name it was written; a group nobody stated may be any."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from ledger import events as vocabulary
from ledger.codes.consent_scopes import OPENED_BY
from ledger.codes.dictionary import COLLECTIONS, Field
from ledger.codes.items import ITEM_NAMES, ITEMS, SPECIAL, code_of, group_of
from ledger.recording import Ledger
from ledger.state.replay import event_of
from tests.rules.test_rules import INFORMED, SAM, judged
from tests.sharing import ADVISER, command, fill_registers, good, meet

events: Any = vocabulary  # what is not said of an event has its default
GROUP_WRITTEN = ["D29", "priority_group_status", "PriorityGroups", "Priority Group", "ClaimedPriorityGroup", "d29"]
ETHNICITY_WRITTEN = ["ethnicity", "Ethnicity", "ethnic_group", "ETHNIC GROUP", "ethnic_origin"]
HEALTH_WRITTEN = [
    "disability", "health", "disability_type", "learning_difficulty", "Disability Type (primary LLDD)",
    "Learning Difficulty (secondary LLDD)", "PrimaryLearningDifficultyOrDisability", "Mental health",
]  # fmt: skip
CONDITION = {"special_condition": "A9-2-b", "schedule_condition": "Schedule 1, paragraph 1"}


def to_jcp(*items: str, **fields: Any) -> dict[str, Any]:
    return command(
        "share-data", SAM, **good("email", office=None, items=list(items), items_reason="asked for", **fields)
    )


@pytest.mark.parametrize("code", ITEMS)
def test_an_item_has_one_code_by_code_and_by_name(code: str):
    assert {code_of(written) for written in (code, ITEM_NAMES[code], ITEM_NAMES[code].replace("_", " ").title())} == {
        code
    }


@pytest.mark.parametrize(
    "field", [field for of in COLLECTIONS.values() for field in of.fields], ids=lambda field: field.name
)
def test_every_column_of_the_source_is_of_a_special_kind_or_of_none(field: Field):
    code = code_of(field.name)

    if field.personal == "special category":
        assert code in {*SPECIAL, "D29"}
        assert code in OPENED_BY
    else:
        assert code not in SPECIAL
    if field.needs_consent:
        asked = {field.name: field.consent_purpose for field in COLLECTIONS["diversitydetails"].fields}
        assert OPENED_BY[code][0] == asked[field.needs_consent]


@pytest.mark.parametrize("written", GROUP_WRITTEN)
@pytest.mark.parametrize("group", ["PG5", "pg5", "5", "Priority group 5"])
def test_priority_group_5_is_refused_without_a_condition_however_it_is_written_data_06(written: str, group: str):
    broken = judged(to_jcp("D01", written, priority_groups=[group]))

    assert broken.keys() == {"DATA-06", "LB-09"}
    assert broken["DATA-06"].items == ("D29",)
    assert judged(to_jcp("D01", written, priority_groups=[group], **CONDITION)) == {}


@pytest.mark.parametrize("stated", [None, [], ["PG1", "PG5"], ["98"], ["some other"]])
def test_a_group_of_which_nobody_said_which_it_is_may_be_that_of_health_data_06_ledg_11(stated: list[str] | None):
    assert judged(to_jcp("D01", "D29", priority_groups=stated)).keys() == {"DATA-06", "LB-09"}


@pytest.mark.parametrize("stated", [["PG1"], ["PG2", "PG6"], ["99"], ["priority group 7"]])
def test_another_group_needs_no_condition_once_it_is_stated_data_06(stated: list[str]):
    assert judged(to_jcp("D01", "D29", priority_groups=stated)) == {}


def test_a_group_that_was_stated_is_an_item_whether_or_not_the_items_name_it_data_06():
    assert judged(to_jcp("D01", priority_groups=["PG5"])).keys() == {"DATA-06", "LB-09"}


@pytest.mark.parametrize("written", ["PG5", "pg5", "PG 5", "priority group 5"])
def test_a_group_among_the_items_is_not_in_clear_however_it_is_written_data_06(ledger: Ledger, written: str):
    fill_registers(ledger)
    sam = meet(ledger)

    ledger.record({**to_jcp("D01", written), "customer_id": str(sam)}, ADVISER)

    [shared] = [event for event in map(event_of, ledger.history(sam)) if isinstance(event, events.DataShared)]
    assert shared.items == ("D01", "D29")
    assert group_of(written) == "PG5"


@pytest.mark.parametrize("written", ETHNICITY_WRITTEN)
def test_ethnicity_never_goes_to_jobcentre_plus_however_it_is_written_data_08(written: str):
    assert judged(to_jcp("D01", written, **CONDITION)).keys() == {"DATA-08"}


@pytest.mark.parametrize("written", [*ETHNICITY_WRITTEN, *HEALTH_WRITTEN, "Religion", "Criminal convictions"])
def test_a_special_category_needs_a_condition_however_it_is_written_lb_09(written: str):
    assert [code_of(item) for item in judged(to_jcp("D01", written))["LB-09"].items] == [code_of(written)]


@pytest.mark.parametrize("keyed", ["D29", "d29", "PG5", "priority_group_status", "PriorityGroups"])
@pytest.mark.parametrize("written", [*GROUP_WRITTEN, "PG5"])
def test_what_was_given_with_consent_only_is_the_item_however_either_is_written_consent_18(written: str, keyed: str):
    fields: dict[str, Any] = {"consented_items": {keyed: "equality_monitoring"}, "priority_groups": ["PG5"]}

    assert judged(to_jcp("D01", written, special_condition="A9-2-b", **fields)).keys() == {"CONSENT-18"}
    assert judged(to_jcp("D01", written, **CONDITION, **fields)) == {}


@pytest.mark.parametrize("condition", [None, "A9-2-a"])
def test_neither_a_schedule_alone_nor_consent_is_a_condition_of_its_own_consent_18(condition: str | None):
    fields = {
        "priority_groups": ["PG1"],
        "special_condition": condition,
        "schedule_condition": "Schedule 1, paragraph 1",
    }

    assert "CONSENT-18" in judged(to_jcp("D29", consented_items={"D29": "priority_targeting"}, **fields))


@pytest.mark.parametrize("state", [events.ConsentRefused, events.ConsentWithdrawn])
def test_a_condition_of_its_own_does_not_help_what_was_given_with_a_consent_taken_back_conf_04(state: Any):
    history = (*INFORMED, (datetime(2026, 1, 5, tzinfo=UTC), state(scope="collect_lldd_health")))
    body = to_jcp("D01", "PG5", consented_items={"D29": "collect_lldd_health"}, **CONDITION)

    assert judged(body, history=history)["CONSENT-18"].items == ("D29",)


def test_the_items_of_a_local_profile_are_met_however_either_is_written_data_03():
    assert judged(command("share-data", SAM, **good("email", items=["name", "Careers goals"]))) == {}
    assert judged(command("share-data", SAM, **good("email", items=["outcomes"]))).keys() == {"DATA-03"}


def test_free_text_is_to_be_read_however_it_is_written_data_15():
    assert "DATA-15" in judged(to_jcp("Referral reason", free_text_checked=None))


@pytest.mark.parametrize("restricted", ["D29", "Priority Group"])
def test_a_restriction_is_met_however_the_item_is_written_restrict_01(restricted: str):
    since = (datetime(2026, 3, 1, tzinfo=UTC), events.ProcessingRestricted(items=(restricted,)))

    for written in GROUP_WRITTEN:
        body = to_jcp(written, priority_groups=["PG1"])
        assert judged(body, history=(*INFORMED, since)).keys() == {"RESTRICT-01"}


def test_an_answer_names_the_items_as_the_proposal_wrote_them_v_con_02(ledger: Ledger):
    fill_registers(ledger)
    sam: uuid.UUID = meet(ledger)

    body = to_jcp("D01", "D25", "priority_group_status", consented_items={"PG5": "equality_monitoring"})
    proposal = ledger.propose({**body, "customer_id": str(sam)}, ADVISER)

    assert (proposal.answer, proposal.items_refused) == ("refuse-item", ("priority_group_status",))

"""Who was in office when: controllers that end and are succeeded, and the offices of Jobcentre Plus."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from api.casework.runtime import Runtime
from api.dss import organisations as service_organisations
from ledger import events as vocabulary
from ledger.commands.catalogue import COMMANDS
from ledger.errors import Malformed
from ledger.events import NCS, NHS
from ledger.recording import Ledger
from ledger.state.registers import InForce, Registers
from projections import runner
from projections.organisations import read as organisations
from projections.subject_access.controllers import controller_name_on
from tests.rules.test_rules import FULL, judged, share
from tests.sharing import ADVISER, MANAGER, command, give, good, meet

events: Any = vocabulary  # what is not said of an event has its default
EDUCATION, WORK = "department-for-education", "department-for-work-and-pensions"
AGENCY, HEE, NHS_ENGLAND = "education-and-skills-funding-agency", "health-education-england", "nhs-england"


def seeded(day: str, *more: Any) -> InForce:
    """The registers as the import's reference data leaves them, on a day."""
    known = (events.OrganisationRegistered(**each) for each in service_organisations.organisations())
    return Registers().followed_by([*known, *more]).on(date.fromisoformat(day))


SEEDED = FULL.followed_by(
    [
        *(events.OrganisationRegistered(**each) for each in service_organisations.organisations()),
        events.AgreementSigned(organisation=EDUCATION, agreement="agreement-1", with_organisation="jobcentre-plus"),
    ]
)
"""The registers of a good share with the import's reference data, in which a department signed the agreement."""


# Controllers.


@pytest.mark.parametrize(
    ("day", "in_office"), [("2025-09-17", EDUCATION), ("2026-09-30", EDUCATION), ("2026-10-01", WORK)]
)
def test_exactly_one_department_is_the_controller_on_any_day_conf_06(day: str, in_office: str):
    assert [one for one in (EDUCATION, WORK) if seeded(day).kind_of(one) == "controller"] == [in_office]


def test_what_the_sources_leave_open_about_a_controller_is_marked_so_conf_06():
    known = {each["organisation"]: each for each in service_organisations.organisations()}
    assert [known[one].get("to_be_confirmed") for one in (EDUCATION, WORK, AGENCY)] == [True, True, True]
    assert [known[one].get("to_be_confirmed") for one in (HEE, NHS_ENGLAND)] == [None, None]


def test_health_education_england_gave_way_to_nhs_england_on_1_april_2023_party_07():
    before, after = seeded("2023-03-31"), seeded("2023-04-01")
    assert [before.kind_of(one) for one in (HEE, NHS_ENGLAND)] == ["controllerofnhsdata", ""]
    assert [after.kind_of(one) for one in (HEE, NHS_ENGLAND)] == ["", "controllerofnhsdata"]


def test_an_organisation_of_the_nhs_that_has_ended_still_reads_nothing_else_party_06():
    assert [seeded(day).programme_of(HEE) for day in ("2023-03-31", "2026-11-02")] == [NHS, NHS]
    assert [seeded(day).programme_of(AGENCY) for day in ("2025-03-31", "2026-11-02")] == [NCS, NCS]


def test_nobody_is_sent_to_the_agency_that_has_closed_but_to_whoever_answers_today_party_04():
    officers = [
        events.DataProtectionOfficerNamed(organisation=one, office=f"the office of {one}")
        for one in (AGENCY, EDUCATION, WORK)
    ]
    turned_to = {
        day: seeded(day, *officers).officer_of(AGENCY).organisation  # type: ignore[union-attr]
        for day in ("2025-03-31", "2025-04-01", "2026-10-01")
    }
    assert turned_to == {"2025-03-31": AGENCY, "2025-04-01": EDUCATION, "2026-10-01": WORK}


@pytest.mark.parametrize(
    ("controller", "day", "found"),
    [
        (EDUCATION, "2026-09-30", set()),
        (EDUCATION, "2026-11-02", {"PARTY-03"}),
        (WORK, "2026-11-02", set()),
        (WORK, "2026-09-30", {"PARTY-03"}),
        (AGENCY, "2025-03-03", {"PARTY-03"}),
        ("nobody-knows-them", "2026-11-02", {"PARTY-03"}),
    ],
)
def test_a_share_names_the_controller_who_was_in_office_that_day_party_03(controller: str, day: str, found: set[str]):
    broken = judged({**share("email", controller=controller), "occurred_at": f"{day}T10:00:00Z"}, held=SEEDED)
    assert broken.keys() == found


def test_the_way_out_names_who_took_the_place_of_the_controller_that_was_named_party_03():
    broken = judged({**share("email", controller=EDUCATION), "occurred_at": "2026-11-02T10:00:00Z"}, held=SEEDED)
    assert (broken["PARTY-03"].severity, broken["PARTY-03"].answer) == ("S2", "refuse")
    assert broken["PARTY-03"].way_out == {"controller": WORK}


def test_the_report_knows_the_controller_of_each_day_and_none_where_none_was_in_office_party_03(
    runtime: Runtime, database: str
):
    entries: tuple[dict[str, Any], ...] = (
        {"organisation": "first", "name": "First", "valid_until": "2020-06-30"},
        {"organisation": "second", "name": "Second, by mistake for ever", "valid_from": "2021-01-01"},
        {"organisation": "second", "name": "Second", "valid_from": "2021-01-01", "valid_until": "2021-12-31"},
        {"organisation": "third", "name": "Third", "valid_from": "2022-01-01"},
    )
    for said in entries:
        give(runtime.ledger, "register-organisation", by=MANAGER, kind="controller", **said)
    with runner.connect(database) as views:
        runner.catch_up(views)
        known = organisations.registered(views).controllers(NCS)

    days = map(date.fromisoformat, ("2019-01-01", "2020-06-30", "2020-07-01", "2021-12-31", "2022-01-01"))
    assert [controller_name_on(day, known) for day in days] == ["First", "First", "not registered", "Second", "Third"]
    assert [controller_name_on(date(2022, 1, 1), known[:2])] == ["not registered"]


# Offices of Jobcentre Plus.


OFFICE: dict[str, Any] = {"organisation": "Oldquay", "name": "Oldquay jobcentre", "part_of": "jobcentre-plus"}


def answered(ledger: Ledger, **changed: Any) -> tuple[str, list[str]]:
    said = ledger.propose(command("share-data", meet(ledger), **good("email", **changed)), ADVISER)
    return said.answer, [one.rule_id for one in said.objections]


def test_a_share_to_an_office_no_register_knows_is_warned_of_and_found_when_it_happened_data_03(registered: Ledger):
    assert answered(registered, office="Oldquay") == ("warn", ["DATA-03"])
    assert judged(share("email", office="Oldquay"))["DATA-03"].severity == "S3"

    give(registered, "register-office", by=MANAGER, **OFFICE)

    assert answered(registered, office="Oldquay") == ("allow", [])


def test_an_office_counts_on_the_days_it_was_open_only_data_03(registered: Ledger):
    give(registered, "register-office", by=MANAGER, **OFFICE, valid_from="2026-03-03", valid_until="2026-06-30")
    days = ("2026-03-02", "2026-03-03", "2026-06-30", "2026-07-01")
    found = []
    for day in days:
        body = command("share-data", meet(registered), at=f"{day}T10:00:00Z", **good("email", office="Oldquay"))
        found.append([one.rule_id for one in registered.propose(body, ADVISER).objections])
    assert found == [["DATA-03"], [], [], ["DATA-03"]]


def test_another_kind_of_organisation_is_no_office_data_03(registered: Ledger):
    assert answered(registered, office="knows-a-lot") == ("warn", ["DATA-03"])


def test_a_profile_agreed_for_a_district_binds_its_offices_unless_they_have_their_own_data_03(registered: Ledger):
    district: dict[str, Any] = {"organisation": "sampling-district", "name": "Sampling", "part_of": "jobcentre-plus"}
    give(registered, "register-office", by=MANAGER, **district)
    give(registered, "register-office", by=MANAGER, **{**OFFICE, "part_of": "sampling-district"})
    agreed: dict[str, Any] = {"organisation": "prime-north", "by": MANAGER}
    give(registered, "set-item-profile", office="sampling-district", items=["D01", "D25"], **agreed)
    assert answered(registered, office="Oldquay", items=["D01", "D12"]) == ("warn", ["DATA-03"])
    assert answered(registered, office="Oldquay", items=["D01", "D25"]) == ("allow", [])

    give(registered, "set-item-profile", office="Oldquay", items=["D01", "D12"], **agreed)
    assert answered(registered, office="Oldquay", items=["D01", "D12"]) == ("allow", [])


def test_what_goes_to_an_office_by_its_own_code_goes_to_jobcentre_plus_party_05(registered: Ledger):
    sent = {"sent_to": "Testford", "direction": "NCS_TO_SPECIALIST", "agreement": None}
    assert answered(registered, **sent) == ("refuse", ["PARTY-05"])


@pytest.mark.parametrize("type_", ["register-office", "register-organisation"])
def test_no_organisation_is_part_of_itself_party_04(registered: Ledger, type_: str):
    kind: Any = {"kind": "prime"} if type_ == "register-organisation" else {}
    with pytest.raises(Malformed, match="than itself"):
        give(registered, type_, by=MANAGER, organisation="jobcentre-plus", name="x", part_of="jobcentre-plus", **kind)


def test_an_office_is_always_of_that_kind_and_of_somebody():
    assert "kind" not in COMMANDS["register-office"].fields()
    with pytest.raises(Malformed, match="part_of"):
        judged({**command("register-office", organisation="Oldquay", name="Oldquay jobcentre")})

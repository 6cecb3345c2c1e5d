"""No rule is switched off, and none speaks without cause, because a word of a share was spelled another way."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import events as vocabulary
from ledger.recording import Ledger
from ledger.state.registers import Registers
from ledger.state.replay import event_of
from tests.rules.test_rules import FULL, INFORMED, NHS, SAM, judged, nhs, share
from tests.sharing import ADVISER, command, fill_registers, give, good, meet

events: Any = vocabulary  # what is not said of an event has its default
TO_JCP = [
    None, "NCS_TO_JCP", "ncs_to_jcp", "NCS to JCP", "ncs-to-jcp", " NcsToJcp ", "NCS to Jobcentre Plus", "NCS_TO_JPC",
    "OTHER", "NCS_TO_FRIENDS",
]  # fmt: skip
"""Ways to say that a share goes to Jobcentre Plus, and to say nothing that anybody knows."""
KINDS = [
    "jobcentre-plus", "jobcentre_plus", "JobCentre Plus", "Job Centre Plus", "JCP", "jcp office", "DWP",
    "Jobcentre-Plus-Office",
]  # fmt: skip
NAMES = ["JCP", "jobcentre plus", "Jobcentre-Plus", "DWP", "dwp-north", "Department for Work and Pensions"]
COMPANIES = ["research company", "Research-Company", "market research", "market_research", "Market research company"]

CONDITION = {"special_condition": "A9-2-b", "schedule_condition": "Schedule 1, paragraph 1"}


def registered_as(kind: str, code: str = "somebody", **more: Any) -> Registers:
    return FULL.followed_by([events.OrganisationRegistered(organisation=code, kind=kind, **more)])


# Whom the guidance binds.


@pytest.mark.parametrize("direction", TO_JCP)
def test_a_direction_that_is_spelled_otherwise_or_that_nobody_knows_switches_no_rule_off_recip_10(
    direction: str | None,
):
    sent: dict[str, Any] = {"direction": direction, "sent_to": "x@gmail.com", "recipient_addresses": ["x@gmail.com"]}
    assert {"RECIP-02", "CH-EMAIL-04"} <= judged(share("email", **sent)).keys()


@pytest.mark.parametrize("direction", ["JCP_TO_NCS", "jcp to ncs", "NCS-to-research", "ncs_to_specialist"])
def test_a_direction_that_leads_to_somebody_else_is_believed_of_a_recipient_in_no_register_recip_10(direction: str):
    sent: dict[str, Any] = {"direction": direction, "sent_to": "x", "recipient_addresses": ["x@gmail.com"]}
    assert judged(share("email", **sent)).keys() == {"RECIP-02"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", [None, "OTHER", "NCS_TO_RESEARCH"])
def test_a_recipient_registered_as_jobcentre_plus_however_that_is_spelled_binds_the_guidance_recip_10(
    kind: str, direction: str | None
):
    held = registered_as(kind, part_of="jobcentre-plus")
    sent: dict[str, Any] = {"sent_to": "somebody", "direction": direction}
    assert judged(share("email", **sent), held=held) == {}
    assert judged(share("email", **sent, recipient_addresses=["x@gmail.com"]), held=held).keys() == {"CH-EMAIL-04"}


@pytest.mark.parametrize("name", NAMES)
def test_jobcentre_plus_is_known_by_its_names_though_no_register_has_them_recip_10(name: str):
    sent: dict[str, Any] = {"sent_to": name, "direction": "NCS_TO_SPECIALIST", "recipient_addresses": ["x@gmail.com"]}
    assert judged(share("email", **sent)).keys() == {"RECIP-02", "CH-EMAIL-04"}


@pytest.mark.parametrize("category", ["JCP_DWP", "jcp-dwp"])
def test_a_share_whose_category_is_jobcentre_plus_says_that_it_goes_there_recip_10(category: str):
    sent: dict[str, Any] = {"sent_to": "asks-people", "recipient_category": category, "direction": "NCS_TO_RESEARCH"}
    assert "CH-EMAIL-04" in judged(share("email", **sent, recipient_addresses=["x@gmail.com"]))


@pytest.mark.parametrize("kind", COMPANIES)
@pytest.mark.parametrize("direction", [None, "OTHER", "NCS_TO_FRIENDS"])
def test_a_share_with_a_registered_research_company_is_no_share_with_jobcentre_plus_recip_10_consent_11(
    kind: str, direction: str | None
):
    held = registered_as(kind)
    sent: dict[str, Any] = {"sent_to": "somebody", "direction": direction}
    assert judged(share("research", **sent), held=held) == {}

    unasked = share("research", **sent, purpose="NCS_SERVICE_DELIVERY", lawful_basis="A6-1-e", public_task="t")
    assert judged(unasked, held=held, history=()).keys() == {"CONSENT-11"}


@pytest.mark.parametrize("category", ["PARTNER", "delivery contractor"])
def test_a_research_company_is_one_whatever_the_share_says_of_it_recip_08_consent_11(category: str):
    body = share("research", recipient_category=category, purpose="NCS_SERVICE_DELIVERY", lawful_basis="A6-1-b")
    assert judged(body, history=()).keys() == {"CONSENT-11"}


def test_such_a_share_is_allowed_when_it_is_proposed_without_a_direction_recip_10(ledger: Ledger):
    fill_registers(ledger)
    sam = meet(ledger)
    give(ledger, "give-consent", sam, at="2026-01-05T09:00:00Z", scope="survey", mechanism="said yes")

    proposal = ledger.propose(command("share-data", sam, **good("research", direction=None)), ADVISER)

    assert (proposal.answer, [objection.rule_id for objection in proposal.objections]) == ("allow", [])


@pytest.mark.parametrize("kind", ["sub-contractor", "Subcontractor", "sub contractor", "SUB_CONTRACTOR"])
def test_a_sub_contractor_is_one_however_it_is_spelled_party_02(kind: str):
    lost = judged(share("email", sent_by="somebody"), held=registered_as(kind))
    assert lost.keys() == {"PARTY-01", "PARTY-02", "CH-EMAIL-03"}
    assert judged(share("email", sent_by="somebody"), held=registered_as(kind, part_of="prime-north")) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_what_came_from_jobcentre_plus_did_however_it_is_spelled_src_05(kind: str):
    body = command("receive-data", SAM, received_from="somebody", channel="email")
    assert "SRC-05" in judged(body, held=registered_as(kind))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"purpose": "market research", "lawful_basis": "A6-1-e", "public_task": "t"}, "CONSENT-11"),
        ({"purpose": "Priority-Targeting"}, "CONSENT-04"),
        ({"purpose": "ncs statistics"}, "PURP-05"),
        ({"channel": "E-Mail", "sent_to": "jobcentre-plus"}, "CH-EMAIL-04"),
    ],
)
def test_a_purpose_and_a_channel_are_the_same_however_they_are_spelled(fields: dict[str, Any], rule: str):
    assert rule in judged(share("specialist", **fields), history=())


# What is on the guidance's lists.


@pytest.mark.parametrize("group", ["PG7", "pg 7", "7", "Priority group 8", "PG0"])
@pytest.mark.parametrize("item", ["D29", "priority group"])
def test_a_priority_group_that_is_none_of_the_six_is_off_the_list_data_02_conf_14(group: str, item: str):
    fields: dict[str, Any] = {"items": ["D01", item], "priority_groups": [group], **CONDITION}
    broken = judged(share("email", **fields))
    assert broken.keys() == {"DATA-02"}
    assert (broken["DATA-02"].severity, broken["DATA-02"].answer, broken["DATA-02"].items) == ("S3", "warn", ("D29",))
    assert broken["DATA-02"].fields == ("priority_groups", "items_reason")
    assert judged(share("email", **fields, items_reason="they were laid off together")) == {}


def test_a_seventh_group_among_the_items_is_off_the_list_too_data_02_conf_14():
    assert judged(share("email", items=["D01", "PG7"], **CONDITION)).keys() == {"DATA-02"}


@pytest.mark.parametrize("group", ["PG1", "pg 6", "3", "98", "99"])
def test_one_of_the_six_and_no_group_at_all_are_on_the_list_data_02_conf_14(group: str):
    assert judged(share("email", items=["D01", "D29"], priority_groups=[group], **CONDITION)) == {}


# Channels.


@pytest.mark.parametrize("kind", ["live_link", "live link", "Live-Link", "link", "sharepoint", "OneDrive", "files"])
def test_whatever_is_stated_and_is_no_file_is_a_live_link_ch_email_05(kind: str):
    broken = judged(share("email", attachment_kind=kind))
    assert {rule: verdict.severity for rule, verdict in broken.items()} == {"CH-EMAIL-05": "S1"}


@pytest.mark.parametrize("kind", ["file", "File", " FILE "])
def test_a_file_is_a_file_in_capitals_too_ch_email_05(kind: str):
    assert judged(share("email", attachment_kind=kind)) == {}


@pytest.mark.parametrize("channel", ["post", "courier", "hand"])
@pytest.mark.parametrize(
    "medium",
    ["USB stick", "usb-stick", "usb", "memory stick", "usb drive", "SD card", "sd", "microSD", "hard drive", "HDD",
     "CD", "cd-rom", "DVD", "dvd-r", "flash drive", "Floppy disk", "compact disc", "phone", "paper and USB stick"],
)  # fmt: skip
def test_removable_media_are_that_however_they_are_spelled_ch_post_05(channel: str, medium: str):
    assert judged(share(channel, media=["paper", medium])).keys() == {"CH-POST-05"}


@pytest.mark.parametrize(("medium", "found"), [("Paper", set()), ("PAPER ", set()), ("vellum", {"CH-POST-04"})])
def test_paper_is_paper_and_anything_else_is_not_ch_post_04(medium: str, found: set[str]):
    assert judged(share("post", media=[medium])).keys() == found


@pytest.mark.parametrize(
    "line",
    ["+441632960001", "01632 960001", "+44 (0)1632 960001", "00441632960001", "0044 (0) 1632-960001", "(01632) 960001"],
)
def test_a_line_is_the_registered_one_however_it_is_written_ch_tel_02(line: str):
    assert judged(share("telephone", called_line=line)) == {}


@pytest.mark.parametrize("line", ["01632 960002", "+1 1632960001", "00 1 1632 960001", "1632960001", ""])
def test_another_line_is_not_ch_tel_02(line: str):
    assert judged(share("telephone", called_line=line)).keys() == {"CH-TEL-02"}


@pytest.mark.parametrize(
    ("product", "found"),
    [
        ("RM_SPECIAL_DELIVERY", set()),
        ("Royal Mail Special Delivery Guaranteed by 1pm", set()),
        ("Royal Mail Signed For 1st Class", set()),
        ("royal-mail signed for second class", set()),
        ("1st Class Signed For", set()),
        ("recorded delivery", set()),
        ("Royal Mail 2nd Class", {"CH-POST-03"}),
        ("rm-first-class", {"CH-POST-03"}),
        ("Royal Mail Tracked 48", {"CH-POST-02"}),
        ("not signed for", {"CH-POST-02"}),
        (None, {"CH-POST-02"}),
    ],
)
def test_a_postal_service_is_the_same_however_it_is_written_and_the_way_out_names_those_there_are_ch_post_02_ch_post_03(
    product: str | None, found: set[str]
):
    broken = judged(share("post", postal_product=product))
    assert broken.keys() == found
    for verdict in broken.values():
        assert verdict.way_out == {
            "postal_product": ["RM_SPECIAL_DELIVERY", "RM_RECORDED", "RM_SIGNED_FOR_1ST", "RM_SIGNED_FOR_2ND"]
        }


@pytest.mark.parametrize("role", ["CAREERS_ADVISER", "careers adviser", "Careers-Adviser"])
def test_a_careers_adviser_is_one_however_that_is_written_ch_hand_03(role: str):
    assert judged(share("hand", handed_by_role=role)) == {}


def test_the_way_out_says_who_may_hand_it_over_ch_hand_03():
    assert judged(share("hand", handed_by_role="receptionist"))["CH-HAND-03"].way_out == {
        "handed_by_role": "CAREERS_ADVISER"
    }


@pytest.mark.parametrize("kind", ["hand", "post", "courier"])
def test_the_role_of_who_receives_it_is_the_same_however_it_is_written_ch_hand_02_ch_post_11(kind: str):
    assert judged(share(kind, recipient_role="work coach of customer")) == {}


def test_what_is_owed_for_a_share_is_told_from_its_channel_and_role_however_they_were_said_ch_hand_05(ledger: Ledger):
    fill_registers(ledger)
    sam = meet(ledger)
    give(ledger, "share-data", sam, **good("email", channel="E-mail"))
    give(ledger, "share-data", sam, **good("hand", recipient_role="nominated poc", stored_securely=True))

    made = [event for event in map(event_of, ledger.history(sam)) if isinstance(event, events.DataShared)]
    assert [event.channel for event in made] == ["email", "hand"]
    assert made[1].recipient_role == "NOMINATED_POC"


@pytest.mark.parametrize("container", ["OTHER", "other", " Other"])
def test_data_outside_plans_is_that_in_small_letters_too_ch_email_11(container: str):
    body = share("email", container=container, adviser=None)
    assert judged(body) == {}
    people = [{"customer_id": str(SAM)}, {"customer_id": "00000000-0000-0000-0000-000000000002"}]
    both = {**{name: value for name, value in body.items() if name != "customer_id"}, "customers": people}
    assert judged(both).keys() == {"CH-EMAIL-11"}
    assert judged({**both, "container": "csap", "adviser": "Adviser One (invented)"}) == {}


# Whose rules, on which basis, where, and with which consent.


@pytest.mark.parametrize(
    ("jurisdiction", "found"),
    [
        ("GB-ENG", {"CH-EMAIL-04"}),
        ("gb_eng", {"CH-EMAIL-04"}),
        ("England", {"CH-EMAIL-04"}),
        ("somewhere", {"SCOPE-01", "CH-EMAIL-04"}),
        ("GB-WLS", {"SCOPE-01"}),
        ("Scotland", {"SCOPE-01"}),
    ],
)
def test_only_another_nation_there_is_switches_the_guidance_off_scope_01(jurisdiction: str, found: set[str]):
    body = share("email", jurisdiction=jurisdiction, recipient_addresses=["x@gmail.com"])
    assert judged(body).keys() == found


@pytest.mark.parametrize("basis", ["A6-1-a", "a6-1-a", "Article 6(1)(a)", "6(1)(a)", "UK GDPR Art. 6(1)(a)"])
def test_consent_is_a_basis_to_be_shown_however_it_is_cited_lb_01(basis: str):
    assert judged(share("specialist", lawful_basis=basis), history=INFORMED).keys() == {"LB-01"}


@pytest.mark.parametrize(
    "purpose", ["FRAUD_PROTECTION", "CREDIT_RISK", "CREDIT_RISK_REDUCTION", "credit risk reduction"]
)
def test_fraud_and_credit_risk_are_never_a_purpose_of_the_service_recip_16_conf_08(purpose: str):
    assert judged(share("specialist", purpose=purpose, legal_gateway="an act"))["RECIP-16"].answer == "refuse"
    assert judged(nhs(purpose=purpose), history=NHS)["RECIP-16"].answer == "warn"
    assert judged(nhs(purpose=purpose, legal_gateway="an act"), history=NHS) == {}


@pytest.mark.parametrize("where", ["GB", "UK", "uk", "United Kingdom", "England", "FR", "France", "The Netherlands"])
def test_the_united_kingdom_and_the_economic_area_are_what_they_are_however_they_are_written_loc_01_conf_07(where: str):
    assert judged(nhs(storage_location=where), history=NHS) == {}


@pytest.mark.parametrize("where", ["US", "United States", "CH", "Switzerland", "the cloud"])
def test_any_other_place_is_outside_loc_01(where: str):
    assert judged(nhs(storage_location=where), history=NHS).keys() == {"LOC-01"}


@pytest.mark.parametrize("scope", ["SURVEY", "Survey", " survey "])
def test_a_consent_is_to_the_scope_that_was_meant_however_it_is_written_consent_02(ledger: Ledger, scope: str):
    fill_registers(ledger)
    sam = meet(ledger)
    give(ledger, "give-consent", sam, at="2026-01-05T09:00:00Z", scope=scope, mechanism="said yes")
    body = command("share-data", sam, **good("research"))
    assert ledger.propose(body, ADVISER).answer == "allow"

    give(ledger, "withdraw-consent", sam, at="2026-01-06T09:00:00Z", scope=scope.upper(), channel="TELEPHONE")

    assert ledger.propose(body, ADVISER).answer == "refuse"

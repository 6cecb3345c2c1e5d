"""Every rule of the sources is accounted for, and every checked one finds what breaks it and nothing else.

The table below names each checked rule and what breaks it; whoever adds a check adds its line.
"""

from __future__ import annotations

import ast
import re
import types
import uuid
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger import events as vocabulary
from ledger.commands.reader import read_command
from ledger.decisions import decide
from ledger.events import Event
from ledger.judging.case import Case, Context, Person
from ledger.judging.findings import facts_of
from ledger.names import name_of, only_names
from ledger.rules import catalogue
from ledger.rules import rule as judging
from ledger.rules.catalogue import BY_ID, RULES
from ledger.rules.rule import Broken
from ledger.state.customer import Customer
from ledger.state.history import DatedEvent
from ledger.state.registers import Registers
from tests.sharing import ADVISER, MANAGER, REGISTERS, command, good

events: Any = vocabulary  # what is not said of an event has its default
TESTS = Path(__file__).parents[1]
SAM = uuid.UUID(int=1)
PEOPLE = {SAM: Person(name=name_of("Sam", "Carter"), born=date(1990, 2, 1))}
GROUPS = {
    "SCOPE": 12, "PURP": 17, "DATA": 16, "CH-SYS": 4, "CH-EMAIL": 12, "CH-TEL": 4, "CH-HAND": 9, "CH-POST": 12,
    "CH-GEN": 3, "SEC": 7, "INFORM": 9, "CONSENT": 18, "RECIP": 20, "SRC": 11, "RET": 21, "DEST": 3, "TRACE": 4,
    "SAR": 11, "RECT": 6, "RIGHTS": 22, "LB": 9, "CTX": 14, "COOKIE": 2,
}  # fmt: skip
"""How many rules each group of the catalogue has: 246 together."""


def registers() -> Registers:
    made: list[Event] = []
    for type_, fields in REGISTERS:
        entry = read_command(command(type_, at="2018-01-01T00:00:00Z", **fields))
        made += decide(Customer(), entry, entry.parts[0], MANAGER, datetime(2026, 11, 22, tzinfo=UTC))
    return Registers().followed_by(made)


FULL = registers()
INFORMED: tuple[DatedEvent, ...] = (
    (datetime(2025, 1, 6, tzinfo=UTC), events.CustomerRegistered()),
    (datetime(2025, 1, 6, tzinfo=UTC), events.CustomerInformed(benefits_explained=True)),
)
GIVEN: DatedEvent = (datetime(2025, 1, 7, tzinfo=UTC), events.ConsentGiven(scope="survey", explicit=True))
NHS: tuple[DatedEvent, ...] = (
    (datetime(2025, 1, 6, tzinfo=UTC), events.CustomerRegistered(programme="NHS Health Careers")),
    (datetime(2025, 1, 6, tzinfo=UTC), events.CustomerInformed(benefits_explained=True)),
)
NHS_SHARE: dict[str, Any] = {
    "direction": "NHS_TO_PARTNER", "channel": "email", "sent_by": "nhs", "sent_to": "nhs", "items": ["name"],
    "purpose": "NHS_INFORMATION_SERVICE", "lawful_basis": "A6-1-b",
}  # fmt: skip


def judged(
    body: dict[str, Any],
    *,
    history: tuple[DatedEvent, ...] = (*INFORMED, GIVEN),
    held: Registers = FULL,
    people: Any = PEOPLE,
    others: Any = (),
) -> dict[str, Broken]:
    """What the rules find in a command, by rule."""
    parsed = read_command(body)
    customer = Customer(
        registered=True, shares=frozenset({"share-1"}),
        programme=getattr(history[0][1], "programme", None) if history else None,
    )  # fmt: skip
    made = decide(customer, parsed, parsed.parts[0], ADVISER, datetime(2026, 11, 22, tzinfo=UTC))
    context = Context(rules=RULES, registers=held, people=people)
    case = Case(command=parsed, stream=parsed.parts[0].stream, made=made, history=history, others=others)
    facts = facts_of(context, case, made[-1])
    assert facts is not None
    return {broken.rule.id: broken for broken in judging.judge(facts, facts.registers.day, RULES)}


def share(kind: str, **changed: Any) -> dict[str, Any]:
    return command("share-data", SAM, **good(kind, **changed))


def several(kind: str, people: int, **changed: Any) -> dict[str, Any]:
    body = command("share-data", **good(kind, **changed))
    body["customers"] = [{"customer_id": str(uuid.UUID(int=number))} for number in range(1, people + 1)]
    return body


def nhs(**changed: Any) -> dict[str, Any]:
    return command("share-data", SAM, **{**NHS_SHARE, **changed})


def keep(collection: str, **values: Any) -> dict[str, Any]:
    return command("keep-record", SAM, collection=collection, values=values)


BREAKS: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    # rule: the command that breaks it, what is known beside it, and the other rules it cannot but break as well
    "SCOPE-01": (share("email", jurisdiction="GB-WLS"), {}, set()),
    "SCOPE-03": (share("email"), {"people": {SAM: Person(name=None, born=date(2009, 1, 1))}}, set()),
    "PARTY-01": (share("email", contract="contract-of-nobody"), {}, set()),
    "PARTY-02": (
        share("email", sent_by="sub-lost"),
        {"held": FULL.followed_by([events.OrganisationRegistered(organisation="sub-lost", kind="sub-contractor")])},
        {"PARTY-01", "CH-EMAIL-03"},
    ),
    "PARTY-03": (share("email", controller="jobcentre-plus"), {}, set()),
    "PARTY-05": (share("email", agreement=None), {}, set()),
    "PURP-01": (share("email", purpose="BENEFIT_COMPLIANCE"), {}, set()),
    "PURP-02": (share("email", support_link=None), {}, set()),
    "PURP-03": (share("email", items=["D01", "bank_details"], office=None, items_reason="asked for"), {}, set()),
    "PURP-05": (share("specialist", purpose="NCS_STATISTICS"), {}, set()),
    "PURP-07": (share("specialist", purpose="NCS_SERVICE_IMPROVEMENT"), {}, set()),
    "PURP-10": (nhs(purpose="NHS_SIMILAR_SERVICES", contact_channel="post"), {"history": NHS}, {"CONSENT-14"}),
    "PURP-13": (nhs(purpose="NHS_RECOMMENDATION"), {"history": NHS}, set()),
    "PURP-17": (nhs(purpose="NHS_THIRD_PARTY_OFFERS", contact_channel="email"), {"history": NHS}, {"CONSENT-13"}),
    "DATA-02": (share("email", items=["D01", "favourite_colour"], office=None), {}, set()),
    "DATA-03": (share("email", items=["D01", "D02"]), {}, set()),
    "DATA-06": (share("email", items=["D29"], priority_groups=["PG5"]), {}, {"LB-09"}),
    "DATA-08": (share("email", items=["D01", "ethnicity"], office=None), {}, {"LB-09"}),
    "DATA-09": (share("specialist", items=["D01", "D20"]), {}, set()),
    "DATA-10": (share("specialist", sent_to="inspects", purpose="QUALITY_INSPECTION"), {}, set()),
    "DATA-11": (share("email", source="skills_toolkit"), {}, set()),
    "DATA-12": (nhs(items=["name", "shoe_size"]), {"history": NHS}, set()),
    "DATA-15": (share("email", items=["D01", "D10"], free_text_checked=None), {}, set()),
    "CH-SYS-02": (share("system", system_id="unheard-of"), {}, set()),
    "CH-SYS-03": (share("system"), {"held": FULL.followed_by([events.SystemRegistered(
        organisation="prime-north", system_id="bookings", owner="prime-north", data_flow="f", impact_assessment="d",
        assurance="a", review_on="2026-03-01", contract_compliant=True)])}, set()),
    "CH-SYS-04": (share("system"), {"held": FULL.followed_by([events.SystemRegistered(
        organisation="prime-north", system_id="bookings", owner="prime-north", data_flow="f", impact_assessment="d",
        assurance="a", review_on="2027-03-01")])}, set()),
    "CH-EMAIL-01": (several("email", 11), {}, set()),
    "CH-EMAIL-03": (share("email", sender_address="adviser@elsewhere.example"), {}, set()),
    "CH-EMAIL-04": (share("email", bcc_addresses=["copy@gmail.com"]), {}, set()),
    "CH-EMAIL-05": (share("email", attachment_kind="live_link"), {}, set()),
    "CH-EMAIL-06": (share("email", file_names=["Sam Carter 01-02-1990.docx"]), {}, set()),
    "CH-EMAIL-07": (share("email", subject="Sam Carter, diabetic"), {}, set()),
    "CH-EMAIL-08": (share("email", adviser=None), {}, set()),
    "CH-EMAIL-11": (several("email", 2, container="OTHER"), {}, set()),
    "CH-EMAIL-12": (several("email", 11, encrypted=True), {}, set()),
    "CH-TEL-02": (share("telephone", called_line="01632 960999"), {}, set()),
    "CH-TEL-03": (share("telephone", jcp_contact="somebody"), {}, set()),
    "CH-TEL-04": (share("telephone", private_place=None), {}, set()),
    "CH-HAND-02": (share("hand", recipient_role="SECURITY_GUARD"), {}, set()),
    "CH-HAND-03": (share("hand", handed_by_role="RECEPTIONIST"), {}, set()),
    "CH-HAND-06": (share("hand", recipient_role="NOMINATED_POC"), {}, set()),
    "CH-HAND-07": (share("hand", document_explained=None), {}, set()),
    "CH-HAND-08": (share("hand", customer_identified=False), {}, set()),
    "CH-HAND-09": (share("hand", storage_explained=None), {}, set()),
    "CH-POST-01": (several("post", 11), {}, set()),
    "CH-POST-02": (share("post", tracking_number=None), {}, set()),
    "CH-POST-03": (share("post", postal_product="RM_SECOND_CLASS"), {}, set()),
    "CH-POST-04": (share("post", media=["vellum"]), {}, set()),
    "CH-POST-05": (share("post", media=["paper", "USB"]), {}, set()),
    "CH-POST-06": (share("courier", courier="a-friend"), {}, set()),
    "CH-POST-07": (
        command("confirm-receipt", SAM, share_id="share-1"),
        {"history": (*INFORMED, (datetime(2026, 3, 1, tzinfo=UTC), events.DataShared(
            share_id="share-1", channel="courier")))},
        set(),
    ),
    "CH-POST-08": (share("post", recipient_marked=None), {}, set()),
    "CH-POST-09": (share("courier", securely_packaged=False), {}, set()),
    "CH-POST-10": (share("post", announced_at="2026-03-03T09:00:00Z"), {}, set()),
    "CH-POST-11": (share("post", recipient_role="RECEPTIONIST"), {}, set()),
    "CH-GEN-01": (share("specialist", channel=None), {}, set()),
    "CH-GEN-03": (share("system", channel="sms"), {}, set()),
    "SEC-01": (share("email", security_basis=None), {}, set()),
    "SEC-05": (keep("contacts", Password="never"), {}, set()),
    "LOC-01": (nhs(storage_location="US"), {"history": NHS}, set()),
    "INFORM-02": (share("email"), {"history": ()}, {"INFORM-03"}),
    "INFORM-03": (share("email"), {"history": (
        (datetime(2025, 1, 6, tzinfo=UTC), events.CustomerInformed(benefits_explained=False)),)}, set()),
    "INFORM-08": (nhs(notice="notice-2"), {"history": NHS}, set()),
    "CONSENT-03": (keep("diversitydetails", Ethnicity=31), {}, set()),
    "CONSENT-04": (share("specialist", purpose="PRIORITY_TARGETING"), {}, set()),
    "CONSENT-11": (share("research", lawful_basis="A6-1-e", public_task="t"), {"history": INFORMED}, set()),
    "CONSENT-13": (nhs(purpose="NHS_THIRD_PARTY_OFFERS", contact_channel="post"), {"history": (*NHS, (
        datetime(2025, 1, 7, tzinfo=UTC), events.ConsentGiven(scope="third_party_email")))}, set()),
    "CONSENT-14": (nhs(contact_channel="telephone"), {"history": NHS}, set()),
    "CONSENT-15": (nhs(purpose="NHS_MARKETING"), {"history": NHS}, set()),
    "CONSENT-18": (
        share("email", items=["D29"], consented_items={"D29": "equality_monitoring"}, special_condition="A9-2-b"),
        {}, set(),
    ),
    "RECIP-01": (share("specialist", lawful_basis=None), {}, set()),
    "RECIP-02": (share("specialist", sent_to="nobody-knows"), {}, set()),
    "RECIP-04": (share("specialist", sent_to="brings-people"), {}, set()),
    "RECIP-07": (share("specialist", sent_to="inspects", sample_size=20), {}, set()),
    "RECIP-09": (share("specialist", sent_to="studies"), {}, set()),
    "RECIP-11": (nhs(recipient_category="PARTNER"), {"history": NHS}, set()),
    "RECIP-14": (share("specialist", recipient_category="LEGAL_DISCLOSURE"), {}, set()),
    "RECIP-15": (nhs(purpose="COMMERCIAL"), {"history": NHS}, set()),
    "RECIP-16": (share("specialist", purpose="FRAUD_PROTECTION", legal_gateway="an act"), {}, set()),
    "RECIP-18": (share("specialist", sent_to="nhs"), {}, set()),
    "RECIP-19": (
        share("research", purpose="PROGRESS_RESEARCH", lawful_basis="A6-1-e", public_task="t"),
        {"history": INFORMED}, {"CONSENT-11"},
    ),
    "RECIP-20": (share("specialist", recipient_category="PROTECTION"), {}, set()),
    "SRC-05": (
        command("receive-data", SAM, received_from="jobcentre-plus", channel="email", items=["D01"]), {}, set(),
    ),
    "RET-JCP-07": (
        command("receive-data", SAM, received_from="brings-people", channel="post", items=["D01"]), {}, set(),
    ),
    "ADM-02": (share("specialist", automated_decision=True), {"held": FULL.followed_by([events.NoticePublished(
        organisation="controller-one", notice="notice-3", automated_decisions=True)])}, set()),
    "ADM-04": (share("specialist", automated_decision=True), {}, {"ADM-02"}),
    "RESTRICT-01": (
        share("email"),
        {"history": (*INFORMED, (datetime(2026, 3, 1, tzinfo=UTC), events.ProcessingRestricted(items=("name",))))},
        set(),
    ),
    "OBJECT-01": (
        share("email"),
        {"history": (*INFORMED, (datetime(2026, 3, 1, tzinfo=UTC), events.ObjectionRaised(objection_id="o")))},
        set(),
    ),
    "LB-01": (share("specialist", lawful_basis="A6-1-a"), {"history": INFORMED}, set()),
    "LB-03": (share("specialist", lawful_basis="A6-1-c"), {}, set()),
    "LB-04": (share("specialist", public_task=None), {}, set()),
    "LB-05": (share("specialist", lawful_basis="A6-1-f"), {}, set()),
    "LB-06": (share("specialist", special_condition="A9-2-a"), {"history": INFORMED}, set()),
    "LB-07": (share("specialist", special_condition="A9-2-f"), {}, set()),
    "LB-08": (share("specialist", special_condition="A9-2-g"), {}, set()),
    "LB-09": (share("email", items=["health"], office=None), {}, set()),
}  # fmt: skip


def test_all_246_rules_are_in_the_catalogue_once():
    assert Counter(rule.group for rule in RULES) == GROUPS
    assert len(BY_ID) == len(RULES) == 246


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_its_own_sentence_and_what_became_of_it(rule: judging.Rule):
    assert rule.sentence.strip() == rule.sentence != ""
    assert rule.line > 0
    assert rule.how
    assert (rule.check is not None) == (rule.status == "checked")


def test_every_checked_rule_has_a_test_that_names_it():
    assert BREAKS.keys() == {rule.id for rule in RULES if rule.status == "checked"}


@pytest.mark.parametrize("rule_id", BREAKS)
def test_each_checked_rule_finds_what_breaks_it_and_nothing_else(rule_id: str):
    body, known, others = BREAKS[rule_id]
    assert judged(body, **known).keys() == {rule_id, *others}


@pytest.mark.parametrize("kind", ["email", "telephone", "hand", "post", "courier", "system", "research", "specialist"])
def test_a_share_that_keeps_every_rule_has_no_finding(kind: str):
    assert judged(share(kind)) == {}


def test_a_rule_said_to_be_behaviour_names_a_test_there_is():
    for rule in RULES:
        if rule.status == "behaviour":
            file, name = re.search(r"tests/([\w/]+\.py), (test_\w+)", rule.how or "").groups()  # type: ignore[union-attr]
            defined = {
                node.name
                for node in ast.walk(ast.parse((TESTS / file).read_text()))
                if isinstance(node, ast.FunctionDef)
            }
            assert name in defined, f"{rule.id}: {file} has no {name}"


def test_no_rule_becomes_less_than_it_was_unseen():
    became = Counter(rule.status for rule in RULES)
    assert became == {"checked": 96, "behaviour": 65, "configured": 48, "shown": 19, "outside": 18}


def test_no_two_rules_are_checked_by_accident_with_one_function():
    checks = [rule.check for rule in RULES if isinstance(rule.check, types.FunctionType)]
    assert len(checks) == len(set(checks)) == len(BREAKS)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Sam Carter.docx", True),
        ("Carter, Sam - action plan.pdf", True),
        ("SamCarter.docx", True),
        ("S Carter.docx", True),
        ("Sam Carter AB123456C.docx", False),
        ("Sam Carter diabetic.docx", False),
        ("sam.carter@mail.example", False),
        ("Kim Carter.docx", False),
    ],
)
def test_a_file_name_says_the_customers_name_and_nothing_else(text: str, only: bool):  # noqa: FBT001
    assert only_names(text, [name_of("Sam", "Carter")]) is only


def test_a_name_with_a_hyphen_or_an_accent_is_recognised_however_it_is_typed():
    name = name_of("Zoë", "O'Brien-Smith")
    assert only_names("Zoe OBrien Smith.docx", [name])
    assert only_names("Zoë O’Brien-Smith.docx", [name])


def test_the_table_of_rules_in_the_readme_is_the_catalogue():
    readme = Path(catalogue.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert catalogue.table() in readme, "run `python -m ledger.rules.catalogue` and put what it prints in README.md"


def test_what_a_check_shows_are_names_of_fields_and_never_a_value():
    named = {
        *events.DataShared.FACTS, *events.DataShared.SEALED, "consent", "restriction", "objection", "customers",
        "customer_informed", "benefits_explained", "received_from", "values", "signatory", "stored_securely",
        "service_ended",
    }  # fmt: skip
    for body, known, _ in BREAKS.values():
        for broken in judged(body, **known).values():
            assert set(broken.fields) <= named
            assert set(broken.way_out) <= {"suggested_emails", "suggested_parcels", "postal_product", "handed_by_role"}

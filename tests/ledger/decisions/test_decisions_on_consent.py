"""Decisions on consent, shares, receipts and the end of the service."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger import errors
from ledger.caller import EVERYBODY, Caller
from ledger.codes.channels import CONSENT_CHANNELS
from ledger.codes.consent_scopes import SCOPES
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import read_command
from ledger.decisions import decide
from ledger.events import CLASSES, Event
from ledger.state.customer import replay
from tests.conftest import CASE_WORKER
from tests.ledger.decisions.complete import AT, COMPLETE, DUE, ENDED, GIVEN, ID, REGISTERED, event, when

# Consent.


@pytest.mark.parametrize(
    "mechanism",
    [
        "page_visit", "silence", "pre_ticked_box", "continued_use", "browsing", "Page visit", "page visit", "PageVisit",
        "pre-ticked", "pre_ticked", "Pre Ticked Box", "preticked", "box was already ticked", "continued use",
        "by using the site", "scrolled", "implied", "did not untick the box", "said nothing", "no answer", "default",
        "agreed by browsing", "accepted by visiting the page", "silent agreement", "opt-out box left", "y", "?",
        "cookie", "was told", "prétiqué", "not signed", "signed in to the account",
    ],
)  # fmt: skip
def test_doing_nothing_is_not_consent(mechanism: str):
    """CONSENT-12, V-CON-05: however it is spelled, and whatever names no act of the person."""
    with pytest.raises(errors.NotConsent) as refused:
        when([REGISTERED], "give-consent", scope="market_research", mechanism=mechanism)
    assert refused.value.rule_id == "CONSENT-12"
    assert "such as said, ticked or signed" in refused.value.sentence


@pytest.mark.parametrize(
    "mechanism",
    [
        "said yes", "said yes on the telephone", "ticked the box", "BOX_TICKED", "box-ticked", "signed a form",
        "subscribed", "nodded", "opted in", "clicked “I agree”", "Oral", "in writing: wrote a letter",
        "agreed at a home visit", "chose to take part at an interview", "selected_on_form",
    ],
)  # fmt: skip
def test_an_act_of_the_person_is_consent_in_whatever_words(mechanism: str):
    """CONSENT-12"""
    assert when([REGISTERED], "give-consent", scope="market_research", mechanism=mechanism)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize("scope", [*SCOPES, "something nobody asks for"])
@pytest.mark.parametrize(
    "given",
    [
        [],
        [event("consent-given", scope="s")],
        [event("consent-withdrawn", scope="s")],
        [ENDED],
        [event("hold-placed", hold_id="h", code="SAR")],
        [event("processing-restricted", restriction_id="r", ground="legal_claims")],
        [event("customers-merged", merge_id="m", into=str(uuid.UUID(int=9)))],
        [event("records-destroyed", destroyed=tuple({**DUE, "class": name} for name in CLASSES))],
    ],
)
def test_withdrawing_consent_is_never_refused(given: list[Event], scope: str, role: str):
    """CONSENT-06: whatever happened before, whatever it is about, whoever reports it and however it was said."""
    by = Caller(role=role, organisation="prime-north", subject="somebody")
    more: dict[str, Any] = {"channel": "by pigeon", "evidence": "Please stop"}
    [made] = when([REGISTERED, *given], "withdraw-consent", by=by, scope=scope, **more)
    assert (getattr(made, "scope", None), made.NAME) == (scope if scope in SCOPES else "other", "consent-withdrawn")


@pytest.mark.parametrize("command_type", ["withdraw-consent", "give-consent", "refuse-consent", "ask-consent"])
@pytest.mark.parametrize(
    ("words", "code"),
    [*((code, code) for code in sorted(CONSENT_CHANNELS)), ("telephone", "TELEPHONE"), ("contact-page", "CONTACT_PAGE"),
     ("Campaign sign up", "CAMPAIGN_SIGN_UP")],
)  # fmt: skip
def test_a_way_of_speaking_of_consent_is_one_of_the_policys_however_it_is_spelled(
    command_type: str, words: str, code: str
):
    """CONSENT-07, CONSENT-09, CONSENT-16"""
    [made] = when([REGISTERED], command_type, **{**COMPLETE[command_type], "channel": words})
    assert (getattr(made, "channel", None), getattr(made, "evidence", "none")) == (code, None)


def test_a_way_of_speaking_that_has_no_name_is_sealed_and_never_in_clear():
    """CONSENT-06, CONSENT-16, D4"""
    [made] = when([REGISTERED], "withdraw-consent", scope="s", channel="rang my sister Jo", evidence="Stop")
    assert (getattr(made, "channel", None), getattr(made, "evidence", None)) == ("OTHER", "Stop; rang my sister Jo")


def test_sharing_with_jcp_needs_no_consent():
    """INFORM-01, V-CON-01"""
    assert when([REGISTERED], "share-data", channel="EMAIL", sent_to="jcp")


@pytest.mark.parametrize("statement", ["consent-given", "consent-refused", "consent-withdrawn"])
@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"register-customer", "give-consent"}))
def test_every_journey_is_the_same_whatever_was_said_about_consent(name: str, statement: str):
    """CONSENT-05, V-CON-06: whoever refuses still receives the same service."""
    said = [event(statement, scope=scope) for scope in SCOPES]
    given = GIVEN.get(name, [REGISTERED])
    assert when([*given, *said], name, **COMPLETE[name]) == when(given, name, **COMPLETE[name])


# Shares and receipts.


def test_a_share_of_several_plans_says_to_each_customer_only_how_many_there_were():
    """TRACE-02, V-CH-02: ten plans are ten entries; nobody's entry names anybody else."""
    people = [{"customer_id": str(uuid.UUID(int=n)), "file_names": [f"plan {n}.docx"]} for n in range(1, 11)]
    body = {"id": ID, "type": "share-data", "occurred_at": "2026-11-01T09:00:00Z", "channel": "EMAIL", "sent_to": "jcp"}
    command = read_command({**body, "customers": people})
    made = [decide(replay([REGISTERED]), command, part, CASE_WORKER, AT)[0] for part in command.parts]
    assert [getattr(one, "plans_in_share", None) for one in made] == [10] * 10
    assert [getattr(one, "file_names", None) for one in made] == [(f"plan {n}.docx",) for n in range(1, 11)]


def test_each_receipt_is_a_part_of_its_class():
    """RET-JCP-10"""
    made = when([REGISTERED], "receive-data", **COMPLETE["receive-data"], receipt_id="r-1")[0]
    assert (made.retention_class(), made.retention_part()) == ("received_from_jcp", "r-1")


@pytest.mark.parametrize("name", ["confirm-receipt", "incorporate-data", "dispose-copy"])
def test_what_was_never_shared_or_received_is_an_unknown_reference(name: str):
    with pytest.raises(errors.UnknownReference):
        when([REGISTERED], name, **COMPLETE[name])


@pytest.mark.parametrize(
    ("name", "already"),
    [
        ("confirm-receipt", event("receipt-confirmed", share_id="a share")),
        ("incorporate-data", event("data-incorporated", receipt_id="a receipt")),
    ],
)
def test_a_receipt_is_confirmed_and_incorporated_once(name: str, already: Event):
    with pytest.raises(errors.AlreadyDone):
        when([*GIVEN[name], already], name, **COMPLETE[name])


def test_a_copy_is_of_paper_or_an_email():
    with pytest.raises(errors.Malformed, match="medium"):
        when(GIVEN["dispose-copy"], "dispose-copy", medium="fax", receipt_id="a receipt")


def test_the_sent_copy_of_a_share_can_be_disposed_of():
    """G-02"""
    given = [REGISTERED, event("data-shared", share_id="s-1")]
    assert when(given, "dispose-copy", medium="email", share_id="s-1")


# The end of the service.


def test_a_service_ends_once():
    with pytest.raises(errors.ServiceIsEnded):
        when([REGISTERED, ENDED], "end-service")


def test_a_service_that_did_not_end_cannot_be_resumed():
    with pytest.raises(errors.ServiceNotEnded):
        when([REGISTERED], "resume-service")


def test_a_resumed_service_can_end_again():
    assert when([REGISTERED, ENDED, event("service-resumed")], "end-service")

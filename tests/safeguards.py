"""Robin Example's story went on: corrected, restricted, objected, contested, erased in part, and a breach assessed."""

from __future__ import annotations

import uuid
from typing import Any

from ledger.events import BreachAssessmentOpened, FindingRaised
from ledger.recording import Ledger
from ledger.state.replay import event_of
from tests import story
from tests.story import MANAGER, REPORTER, ROBIN

CORRECTED, RESTRICTED, OBJECTED, ERASED, LATE = (uuid.UUID(int=0xA0 + number) for number in range(5))
"""Robin's requests: to correct, to restrict, an objection, to erase, and one that was answered late."""
ANALYSIS = "Analysis-Of-Ourselves"
"""Stands wherever the controller writes down for itself what it thinks of what was done."""


def step(ledger: Ledger, type_: str, request: uuid.UUID, at: str, **fields: Any) -> None:
    named: dict[str, Any] = (
        {"customer_id": str(ROBIN), "organisation": "0000000103"} if type_ == "receive-request" else {}
    )
    story.give(ledger, type_, by=REPORTER, at=f"{at}T10:00:00Z", request_id=str(request), **named, **fields)


def go_on(ledger: Ledger) -> None:
    """After `register_organisations`, `tell_robins_story` and `share_of_two`."""
    corrected(ledger)
    restricted(ledger)
    objected(ledger)
    erased(ledger)
    breach_assessed(ledger)
    contested(ledger)
    story.give(ledger, "review-hold", ROBIN, at="2026-10-01T09:00:00Z", by=MANAGER, hold_id="hold-1",
               review_on="2027-06-30", reason="the claim goes on")  # fmt: skip


def corrected(ledger: Ledger) -> None:
    """A wrong email address, restricted while it was checked; one recipient confirmed, the other cannot be told."""
    asked = str(CORRECTED)
    step(ledger, "receive-request", CORRECTED, "2026-03-02", kind="rectification", restrict=True, asked="Wrong address")
    story.give(
        ledger, "correct-record", ROBIN, at="2026-03-04T10:00:00Z", organisation="0000000103", collection="contacts",
        record_id="contact-1", items=["D03"], correction_id="correction-1", request_id=asked,
        values={"EmailAddress": "robin@right.example"}, reason="a slip of the pen",
    )  # fmt: skip
    step(ledger, "check-accuracy", CORRECTED, "2026-03-05", outcome="corrected", steps="Rang and asked")
    step(ledger, "send-response", CORRECTED, "2026-03-06", outcome="granted", message="It is right now.")
    about: dict[str, Any] = {"matter_id": "correction-1", "recipient": "jobcentre-plus"}
    story.give(ledger, "notify-recipient", ROBIN, at="2026-03-09T10:00:00Z", channel="email", **about)
    story.give(ledger, "chase-recipient", ROBIN, at="2026-03-23T10:00:00Z", channel="telephone", **about)
    story.give(ledger, "confirm-correction", ROBIN, at="2026-03-24T10:00:00Z", **about)
    story.give(
        ledger, "notify-recipient", ROBIN, at="2026-03-10T10:00:00Z", matter_id="correction-1", recipient="0000000777",
        not_told_because="impossible", reason="It closed last year",
    )  # fmt: skip


def restricted(ledger: Ledger) -> None:
    """Granted, and in force; nobody has been told of it yet."""
    step(ledger, "receive-request", RESTRICTED, "2026-09-07", kind="restriction", asked="Keep it, do not use it")
    step(ledger, "send-response", RESTRICTED, "2026-09-14", outcome="granted", message="We only keep it now.")


def objected(ledger: Ledger) -> None:
    """Not upheld, with grounds."""
    step(ledger, "receive-request", OBJECTED, "2026-05-04", kind="objection", asked="Do not tell the Jobcentre")
    step(
        ledger, "refuse-request", OBJECTED, "2026-05-18", provision="ART-21-1", decided_by="officer two",
        reason="Your support would end", routes=["controller", "commissioner", "court"],
    )  # fmt: skip


def erased(ledger: Ledger) -> None:
    """Granted for missed appointments only; and a request answered too late, whose finding was assessed."""
    step(ledger, "receive-request", ERASED, "2026-10-05", kind="erasure", asked="Delete the missed appointment")
    step(ledger, "send-response", ERASED, "2026-10-12", outcome="partly_granted", classes=["did_not_attend"])
    step(ledger, "receive-request", LATE, "2026-06-01", kind="access", asked="Everything")
    step(ledger, "send-response", LATE, "2026-09-01", outcome="granted", message="Here it is.")
    made = [event_of(entry) for entry in ledger.history(LATE)]
    [finding] = [one.finding_id for one in made if isinstance(one, FindingRaised)]
    for day, type_, said in (
        ("02", "assess-finding", {"outcome": "confirmed", "reason": ANALYSIS}),
        ("03", "close-finding", {"reason_code": "STAFF_TOLD", "reason": ANALYSIS}),
    ):
        at = f"2026-09-{day}T09:00:00Z"
        story.give(ledger, type_, LATE, at=at, by=MANAGER, finding_id=finding, **said)


def breach_assessed(ledger: Ledger) -> None:
    """An email to an address that only looks like the Jobcentre's: the regulator and Robin were told."""
    story.give(
        ledger, "share-data", ROBIN, at="2026-02-16T10:00:00Z", share_id="share-8", channel="email", items=["D01"],
        sent_by="0000000103", sent_to="jobcentre-plus", recipient_addresses=["coach@dwp.gov.uk.example.org"],
        became_aware_at="2026-02-16T10:30:00Z",
    )  # fmt: skip
    made = [event_of(entry) for entry in ledger.history(ROBIN)]
    [number] = [one.assessment_id for one in made if isinstance(one, BreachAssessmentOpened)]
    for hour, type_, said in (
        ("11", "assess-breach-risk", {"risk": "likely", "reason": ANALYSIS, "effects": ANALYSIS}),
        ("11", "notify-controller", {"channel": "telephone"}),
        ("12", "notify-regulator", {"reference": "IC-1", "reason_late": ANALYSIS}),
        ("13", "notify-people", {"channel": "letter", "message": "Somebody may have seen your name."}),
        ("14", "close-breach-assessment", {"outcome": "breach_reported", "reason": ANALYSIS, "remedy": ANALYSIS}),
    ):
        at = f"2026-02-16T{hour}:00:00Z"
        story.give(ledger, type_, ROBIN, at=at, by=MANAGER, assessment_id=number, **said)


def contested(ledger: Ledger) -> None:
    """A share that a computer decided on, contested, and then changed by a person."""
    story.give(
        ledger, "share-data", ROBIN, at="2026-01-08T10:00:00Z", share_id="share-9", channel="telephone", items=["D12"],
        sent_by="0000000103", sent_to="0000000777", automated_decision=True,
    )  # fmt: skip
    story.give(ledger, "contest-decision", ROBIN, at="2026-01-12T10:00:00Z", decision_id="decision-1",
               share_id="share-9", representation="It did not know about my course")  # fmt: skip
    story.give(ledger, "review-decision", ROBIN, at="2026-01-14T10:00:00Z", by=MANAGER, decision_id="decision-1",
               outcome="changed", reason="The course counts", reviewed_by="officer three")  # fmt: skip

"""An invented customer's whole story, for tests of reports and pages."""

from __future__ import annotations

import uuid
from functools import partial

from ledger.caller import Caller
from ledger.recording import Ledger
from tests import commands

ROBIN, KIM = uuid.UUID(int=0x0B1), uuid.UUID(int=0x0B2)
ADVISER = Caller(role="case-worker", organisation="0000000103", subject="adviser four", operator=True)
MANAGER = Caller(
    role="records-manager", organisation="department-for-education", subject="records manager one", operator=True
)
REPORTER = Caller(
    role="case-worker", organisation="department-for-education", subject="report writer one", operator=True
)

give = partial(commands.give, by=ADVISER)


def register_organisations(ledger: Ledger) -> None:
    """A controller that changes, a prime and its sub-contractor, and Jobcentre Plus."""
    for code, name, kind, more in (
        ("department-for-education", "Department for Education", "controller", {"to_be_confirmed": True}),
        ("department-for-work", "Department for Work and Pensions", "controller", {"valid_from": "2026-10-01"}),
        ("0000000103", "Prospects (London)", "prime", {"part_of": "department-for-education"}),
        ("0000000777", "Signpost Advice", "sub-contractor", {"part_of": "0000000103"}),
        ("jobcentre-plus", "Jobcentre Plus", "Jobcentre Plus", {}),
    ):
        give(
            ledger, "register-organisation", at="2018-01-01T00:00:00Z", by=MANAGER,
            organisation=code, name=name, kind=kind, **more,
        )  # fmt: skip
    give(
        ledger, "set-retention-period", at="2018-01-01T00:00:00Z", by=MANAGER,
        organisation="0000000103", kind="after_service", months=12, valid_from="2018-01-01",
    )  # fmt: skip


def tell_robins_story(ledger: Ledger) -> None:
    """Robin Example: registered, advised, referred, shared in both directions, consents given and withdrawn."""
    who = ROBIN
    give(
        ledger, "register-customer", who, at="2024-01-08T09:30:00Z", organisation="0000000103", introduced_by=27,
        values={"given_name": "Robin", "family_name": "Example", "date_of_birth": "1990-02-01"},
    )  # fmt: skip
    give(
        ledger, "keep-record", who, at="2024-01-08T09:40:00Z", organisation="0000000103", collection="contacts",
        record_id="contact-1",
        values={"EmailAddress": "robin@old.example", "MobileNumber": "07700 900456", "PreferredContactMethod": 1},
    )  # fmt: skip
    give(
        ledger, "correct-record", who, at="2024-07-02T08:05:00Z", organisation="0000000103", collection="contacts",
        record_id="contact-1", values={"EmailAddress": "robin@new.example"}, reason="a new address",
    )  # fmt: skip
    give(
        ledger, "keep-record", who, at="2024-01-08T10:00:00Z", organisation="0000000103", collection="actionplans",
        record_id="plan-7",
        values={"CurrentSituation": "Out of work since autumn", "DateActionPlanCreated": "2024-01-08T10:00:00Z"},
    )  # fmt: skip
    give(
        ledger, "keep-record", who, at="2024-01-08T10:01:00Z", organisation="0000000103", collection="goals",
        record_id="goal-2",
        values={"ActionPlanId": "plan-7", "GoalSummary": "Finish a bookkeeping course", "GoalType": 3, "GoalStatus": 1},
    )  # fmt: skip
    give(
        ledger, "hold-interaction", who, at="2024-01-08T09:30:00Z", channel=2, organisation="0000000103",
        note="first talk",
    )  # fmt: skip
    give(
        ledger, "inform-customer", who, at="2024-01-08T09:45:00Z", organisation="0000000103",
        notice="privacy notice of May 2018", method="read out on the telephone", benefits_explained=True,
    )  # fmt: skip
    give(
        ledger, "give-consent", who, at="2024-01-08T09:46:00Z", scope="collect_ethnicity", channel="TELEPHONE",
        mechanism="said yes when asked", organisation="0000000103", notice="privacy notice of May 2018",
        evidence="Yes, that is fine",
    )  # fmt: skip
    give(
        ledger, "keep-record", who, at="2024-01-08T09:47:00Z", organisation="0000000103", collection="diversitydetails",
        record_id="diversity-1", values={"Ethnicity": 31, "ConsentToCollectEthnicity": True},
    )  # fmt: skip
    give(ledger, "miss-appointment", who, at="2024-02-05T10:00:00Z", organisation="0000000103", reason_code=1)
    give(ledger, "keep-appointment", who, at="2024-02-12T10:00:00Z", organisation="0000000103", note="on time")
    give(
        ledger, "refer-customer", who, at="2024-02-12T11:00:00Z", referral_id="referral-1", referred_by="0000000103",
        referred_to="0000000777", reason="closer to home",
    )  # fmt: skip
    give(ledger, "accept-referral", who, at="2024-02-13T11:00:00Z", referral_id="referral-1")
    give(
        ledger, "receive-data", who, at="2024-03-01T14:00:00Z", receipt_id="receipt-1", received_from="jobcentre-plus",
        received_by="0000000103", channel="EMAIL", office="Leeds", items=["D11", "D13"], sender_name="Lee Coach",
        values={"benefit_status": "job seeker"}, purpose="employment and training", lawful_basis="public task",
    )  # fmt: skip
    give(ledger, "incorporate-data", who, at="2024-03-04T09:00:00Z", receipt_id="receipt-1", method="typed in")
    give(ledger, "dispose-copy", who, at="2024-03-04T09:05:00Z", receipt_id="receipt-1", medium="email")
    give(ledger, "end-service", who, at="2026-01-12T09:00:00Z", reason=1, organisation="0000000103",
         audit_minimum={"outcome": "career management"})  # fmt: skip
    give(ledger, "place-hold", who, at="2026-02-02T09:00:00Z", hold_id="hold-1", code="HOLD_LEGAL", classes=["service"],
         review_on="2027-02-02", owner="records manager", reason="a claim")  # fmt: skip


def share_of_two(ledger: Ledger) -> None:
    """One email with Robin's and Kim's action plans, whose subject line names both: a breach, and still recorded."""
    give(ledger, "register-customer", KIM, at="2024-01-09T09:30:00Z", organisation="0000000103",
         values={"given_name": "Kim", "family_name": "Otherperson", "email": "kim@otherperson.example"})  # fmt: skip
    give(
        ledger, "share-data", at="2024-02-14T15:20:00Z", share_id="share-1", channel="EMAIL", sent_by="0000000103",
        sent_to="jobcentre-plus", office="Leeds", recipient_role="work coach", items=["D01", "D03", "D25"],
        container="CSAP", purpose="employment and training", lawful_basis="public task", agreement="agreement 4",
        subject="Plans of R Example and K Otherperson", sender_address="adviser@signpost.example",
        recipient_addresses=["coach@jobcentre.example"],
        customers=[
            {"customer_id": str(ROBIN), "plan_id": "plan-7", "file_names": ["Robin-Example.pdf"]},
            {"customer_id": str(KIM), "plan_id": "plan-8", "file_names": ["Kim-Otherperson.pdf"],
             "values": {"goal": "a secret of Kim's"}},
        ],
    )  # fmt: skip
    give(ledger, "confirm-receipt", ROBIN, at="2024-02-15T08:00:00Z", share_id="share-1", confirmed_by="jobcentre-plus")

"""Each row type writes exactly the keys of the outside contract, in its order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from api.casework.certificates import Certificate, Destruction
from api.casework.findings import BreachList, BreachPage, FindingList, FindingPage
from api.casework.obligations import ObligationPage, OverdueFound
from api.casework.quarantine import Discarded, QuarantineLine, QuarantinePage
from api.casework.requests import OpenedRequest, OpenedStep, RaisedFinding, RequestCounts, RequestPage
from api.casework.retention import DueList, DuePage, ExceptionPage, HoldReviewPage
from api.casework.verdicts import Difference, Heading, Ours, Page, Summary, VerdictCounts
from ledger.calendars import england_and_wales
from ledger.duties.catalogue import BY_KIND
from ledger.state.request import RequestStatus
from projections.findings.rows import (
    BreachAssessment,
    CustomerFindings,
    Finding,
    ListedBreach,
    ListedFinding,
    NotJudged,
)
from projections.obligations.read import Obligation, StateCounts
from projections.requests.rows import KindCount, RequestFile, RequestRow, RequestStep, StepFinding
from projections.retention.read import Criterion, DueRow, ExceptionRow, Hold, HoldReview, Instruction, KeptRow

WHO, AT, DAY = UUID(int=7), datetime(2026, 3, 2, 9, 0, tzinfo=UTC), date(2026, 3, 2)
CALENDAR = england_and_wales()

DUE = DueRow(
    customer_id=WHO, class_="identity", part="", destroy_by=DAY, rule="RET-NCS-01", because=4, held_by=["h"]
)  # fmt: skip
EXCEPTION = ExceptionRow(
    customer_id=WHO, class_="identity", part="", rule="RET-NCS-02", since=DAY, because=4, impossible=None
)  # fmt: skip
CRITERION = Criterion(rule="RET-NCS-01", clock="service_ended", months=72, local=None, sentence="a sentence")
KEPT = KeptRow(class_="identity", part="", events=2, destroy_by=DAY, rule="RET-NCS-01", because=4, held_by=[])
HOLD = Hold(
    hold_id="h", code="HOLD_LEGAL", classes=[], placed_at=AT, review_on=DAY, owner=None, lifted_at=None, position=3
)  # fmt: skip
REVIEW = HoldReview(
    customer_id=WHO, hold_id="h", code="HOLD_LEGAL", classes=[], review_on=None, look_at_on=DAY, owner=None, position=3
)  # fmt: skip
INSTRUCTION = Instruction(instruction="i-1", contractor="prime", classes=["identity"], day=DAY, position=9)
OBLIGATION = Obligation(
    customer_id=WHO, duty=BY_KIND["notify-recipient"], subject_id="c-1", recipient="jcp", owner=None, started_on=DAY,
    target_on=None, due_on=DAY, due_at=None, state="late", days_left=-1, done_at=None, late=True, calendar="2026",
    position=5,
)  # fmt: skip
FINDING = Finding(
    finding_id="f", rule_id="CH-EMAIL-01", rule_set="2026", severity="S2", raised_as="S1", state="open",
    state_since=AT, subject_type="data-shared", subject_id="s", occurred_at=AT, raised_at=AT, fields=["channel"],
    organisation="sub", prime="prime", overridden=False, position=6,
)  # fmt: skip
ASSESSMENT = BreachAssessment(
    assessment_id="a", subject_id="s", findings=["f"], rules=["CH-EMAIL-04"], became_aware_at=AT, due_at=AT,
    organisation=None, risk=None, outcome=None, controller_due_at=None, controller_notified_at=None,
    regulator_notified_at=AT, people_notified_at=None, closed_at=None,
)  # fmt: skip
REQUEST = RequestRow(
    request_id=UUID(int=8), kind="access", customer_id=WHO, organisation="prime", channel="letter", received_on=DAY,
    closed_on=None, told_due_on="2026-04-01", findings=(StepFinding(rule="LAW-CLK-06", on=DAY),),
    standing=RequestStatus(
        state="open", due_on=DAY, target_on=DAY, late=False, days_left=3, age_days=2, rule="LAW-CLK-01",
        restarted_on=(DAY,),
    ),
    calendar=CALENDAR, position=11,
)  # fmt: skip
STEP = RequestStep(
    position=11, type="request-received", label="a label", occurred_at=AT, recorded_at=AT, facts={"kind": "access"}
)  # fmt: skip
FILE = RequestFile(request=REQUEST, steps=(STEP,))
LINE = QuarantineLine(
    id=WHO, source="record", line=3, reason="malformed", field=None, owner="prime", received_at=AT, age_days=2
)  # fmt: skip
CERTIFICATE = Certificate(
    customer_id=WHO, class_="identity", part="", events=2, destroyed_at=AT, rule="RET-NCS-01", because=4, due_by=DAY,
    by_role="records-manager", by_organisation="controller", position=12, remains=("service",),
)  # fmt: skip
HEADING = Heading(on=DAY, rule="dss-2025-04-29", cut_off=AT)
COUNTS = VerdictCounts(by_verdict={"both_take": 1, "missed": 2})
DIFFERENCE = Difference(
    customer_id=WHO, verdict="missed", dss_takes=False, dss_because="kept",
    ours=Ours(takes=True, destroy_by=DAY, rule="RET-NCS-01", held_by=[], classes=["identity"]), because="due",
)  # fmt: skip


def destruction(**more: Any) -> Destruction:
    said: dict[str, Any] = {
        "on": DAY, "digest": "d", "destroyed": 1, "held": 0, "exceptions": 0, "dry_run": False, "customers": 1,
        "late": 0, "by_class": {"identity": 1},
    }  # fmt: skip
    return Destruction(**{**said, **more})


OF_REQUEST = (
    "request_id kind customer_id organisation channel received_on restarted_on closed_on told_due_on findings position"
    " state due_on target_on late days_left age_days rule waiting_for calendar"
)
OF_FINDING = (
    "finding_id rule_id rule_set severity raised_as state state_since subject_type subject_id occurred_at raised_at"
    " fields organisation prime overridden position"
)
OF_ASSESSMENT = (
    "assessment_id subject_id findings rules became_aware_at due_at organisation risk outcome controller_due_at"
    " controller_notified_at regulator_notified_at people_notified_at closed_at"
)
OF_STEP = "position type label occurred_at recorded_at facts"
OF_DESTRUCTION = "on digest destroyed held exceptions dry_run certificates customers late by_class"
OF_OBLIGATION = (
    "obligation_id customer_id kind what rule because period_is_ours subject_id recipient owner started_on"
    " target_on due_on due_at state days_left done_at late calendar position"
)
OF_CERTIFICATE = (
    "customer_id class part label events destroyed_at rule because due_by by_role by_organisation position remains"
    " method"
)
COMPARED = "on compared_with rule cut_off customers agree differ rows"

SHAPES: list[tuple[Any, str]] = [
    (DUE, "customer_id class part destroy_by rule because held_by"),
    (EXCEPTION, "customer_id class part rule since because why"),
    (CRITERION, "rule clock months local sentence"),
    (KEPT, "class part label events destroy_by rule because criteria exception held_by"),
    (HOLD, "hold_id code classes placed_at review_on owner lifted_at position"),
    (REVIEW, "customer_id hold_id code classes review_on look_at_on owner position"),
    (INSTRUCTION, "instruction contractor classes day position"),
    (DuePage(on=DAY, count=1, exceptions=0, rows=[DUE], next=None), "on count exceptions exceptions_count rows"),
    (ExceptionPage(on=DAY, rows=[EXCEPTION], next=None), "on rows"),
    (HoldReviewPage(on=DAY, rows=[REVIEW], next=None), "on rows"),
    (
        DueList(on=DAY, rows=[DUE], exceptions=[EXCEPTION], hold_reviews=[REVIEW]),
        "on count rows exceptions_count exceptions hold_reviews",
    ),
    (
        OBLIGATION,
        OF_OBLIGATION,
    ),
    (StateCounts(late=1), "late due-soon open done"),
    (OverdueFound(late=2, found=1), "late found"),
    (
        ObligationPage(
            on=DAY, counts=StateCounts(), calendar=CALENDAR, warning=None, rows=[OBLIGATION], names={}, next=None
        ),
        "on counts calendar warning rows",
    ),
    (FINDING, OF_FINDING),
    (
        ListedFinding(customer_id=WHO, request_id=None, access_file=None, finding=FINDING, was_refused=False),
        f"customer_id request_id access_file {OF_FINDING} was_refused",
    ),
    (ASSESSMENT, OF_ASSESSMENT),
    (ListedBreach(customer_id=WHO, assessment=ASSESSMENT, position=6), f"customer_id {OF_ASSESSMENT} position"),
    (NotJudged(subject_type="data-shared", subject_id="s", because="imported"), "subject_type subject_id because"),
    (CustomerFindings(rows=[FINDING], breach_assessments=[], not_judged=[]), "rows breach_assessments not_judged"),
    (FindingPage(rows=[], next=None), "rows"),
    (BreachPage(rows=[], next=None), "rows"),
    (FindingList(counts={}, rows=[]), "counts rows"),
    (BreachList(rows=[]), "count rows"),
    (REQUEST, OF_REQUEST),
    (REQUEST.findings[0], "rule severity sentence on"),
    (STEP, OF_STEP),
    (FILE, f"{OF_REQUEST} clock steps"),
    (KindCount(kind="access", open=1, closed=0, late=0, by_month={}), "kind open closed late by_month"),
    (RequestPage(on=DAY, calendar=CALENDAR, rows=[REQUEST], next=None), "on calendar warning rows"),
    (RequestCounts(on=DAY, calendar=CALENDAR, kinds=[]), "on calendar warning kinds"),
    (OpenedStep(step=STEP, sealed=None, destroyed=False), f"{OF_STEP} sealed destroyed"),
    (RaisedFinding(broken=REQUEST.findings[0], finding=None), "rule severity sentence on"),
    (
        RaisedFinding(broken=REQUEST.findings[0], finding=FINDING),
        "rule severity sentence on finding_id raised_as state state_since",
    ),
    (
        OpenedRequest(file=FILE, steps=(), findings=(), matters=(), warning=None),
        f"{OF_REQUEST} clock steps recipients warning",
    ),
    (LINE, "id source line reason field owner received_at age_days"),
    (QuarantinePage(rows=[LINE], next=None), "rows"),
    (Discarded(id=WHO, reason="not-a-report"), "discarded reason"),
    (
        CERTIFICATE,
        OF_CERTIFICATE,
    ),
    (destruction(certificates=(CERTIFICATE,)), OF_DESTRUCTION),
    (destruction(dry_run=True, rows=(DUE,)), f"{OF_DESTRUCTION} rows"),
    (destruction(instruction=INSTRUCTION), f"{OF_DESTRUCTION} instruction copies_left copies_found"),
    (HEADING, "on compared_with rule cut_off"),
    (COUNTS, "customers agree differ"),
    (DIFFERENCE, "customer_id verdict dss ledger because"),
    (DIFFERENCE.ours, "destroy_by rule held_by classes"),
    (Page(heading=HEADING, counts=COUNTS, rows=[DIFFERENCE], last=None), COMPARED),
    (Summary(heading=HEADING, counts=COUNTS, rows=[DIFFERENCE], whole=True), f"{COMPARED} whole"),
]


@pytest.mark.parametrize(("row", "keys"), SHAPES, ids=[type(row).__name__ for row, _ in SHAPES])
def test_a_row_writes_the_keys_of_the_contract_in_order(row: Any, keys: str):
    assert [*row.as_json()] == keys.split()


def test_ids_days_and_instants_are_written_as_text():
    assert DUE.as_json() == {
        "customer_id": "00000000-0000-0000-0000-000000000007", "class": "identity", "part": "",
        "destroy_by": "2026-03-02", "rule": "RET-NCS-01", "because": 4, "held_by": ["h"],
    }  # fmt: skip
    assert HOLD.as_json()["placed_at"] == "2026-03-02T09:00:00Z"
    assert OBLIGATION.as_json()["obligation_id"] == "notify-recipient:c-1>jcp"


def test_an_owner_is_named_in_the_list_of_obligations_only():
    page = ObligationPage(
        on=DAY, counts=StateCounts(), calendar=CALENDAR, warning=None, rows=[OBLIGATION], names={}, next=None
    )
    assert [*page.row_as_json(OBLIGATION)] == [*OBLIGATION.as_json(), "owner_name"]

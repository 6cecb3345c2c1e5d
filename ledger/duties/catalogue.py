"""The catalogue of duties as data: what must be done after an event, under which rule, and within which period.

A working-day period counts working days only and the day it starts is day 0; one of months ends on the same day of the
month and rolls to the next working day. Where the sources give no period the default is ours and says so (G-01 to
G-03).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.events import Json

Severity = Literal["S1", "S2", "S3"]
VERSION = "2026-11-26"
SOON_DAYS = 7
"""A duty is due soon from a week before its day, or from its target day if that is earlier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """One kind of obligation; exactly one of the three periods is set, unless the event itself states the deadline."""

    kind: str
    rule: str
    does: str
    """What is to be done, as a sentence for the organisation that must do it."""
    because: str
    """The reason, quoted from the source, or in our words where the period is ours."""
    working_days: int | None = None
    months: int | None = None
    days: int | None = None
    target_working_days: int | None = None
    """The target: lists show the obligation as due soon from this day."""
    severity: Severity | None = None
    """The severity of the finding when it is done late; None where the sources require no finding."""
    ours: bool = False
    """Whether the period is a default of this program, since the sources give none."""


DUTIES: tuple[Duty, ...] = (
    Duty(
        kind="incorporate-email",
        rule="RET-JCP-01",
        does="Put what came by email into the customer's record.",
        because="within 30 working days of the email being sent",
        working_days=30,
        severity="S2",
    ),
    Duty(
        kind="incorporate-paper",
        rule="RET-JCP-05",
        does="Put what came on paper into the customer's record.",
        because="within 30 working days of receipt",
        working_days=30,
        target_working_days=20,
        severity="S2",
    ),
    Duty(
        kind="incorporate-other",
        rule="G-01",
        does="Put what was received into the customer's record.",
        because="the sources give no period for this channel; that for email and paper is used",
        working_days=30,
        ours=True,
    ),
    Duty(
        kind="delete-email",
        rule="RET-JCP-03",
        does="Delete the email, from the deleted items too.",
        because="the email should be deleted within 30 working days",
        working_days=30,
        target_working_days=30,
        severity="S3",
    ),
    Duty(
        kind="dispose-paper",
        rule="RET-JCP-06",
        does="Destroy the paper securely, once it is in the customer's record.",
        because="the hard copy of the data should be securely disposed of within 30 working days of receipt",
        working_days=30,
        severity="S3",
    ),
    Duty(
        kind="delete-sent-copy",
        rule="G-02",
        does="Delete your own copy of the email that was sent.",
        because="the sources give no period for sent copies; that for received emails is used",
        working_days=30,
        ours=True,
    ),
    Duty(
        kind="route-to-adviser",
        rule="CH-EMAIL-09",
        does="Pass what was received to the adviser working with the customer.",
        because="any information shared by JCP can identify the correct point of contact",
        working_days=5,
        ours=True,
    ),
    Duty(
        kind="confirm-receipt",
        rule="CH-POST-12",
        does="Confirm that the documents arrived safely.",
        because="The recipient shall confirm safe receipt with the sender as soon as is practicable.",
        working_days=5,
        target_working_days=2,
        severity="S2",
        ours=True,
    ),
    Duty(
        kind="chase-receipt",
        rule="CH-POST-12",
        does="Ask the recipient whether the documents arrived.",
        because="The recipient shall confirm safe receipt with the sender as soon as is practicable.",
        working_days=2,
        ours=True,
    ),
    Duty(
        kind="pass-to-work-coach",
        rule="CH-HAND-05",
        does="Give the documents to the work coach who supports the customer.",
        because="it is their responsibility to ensure that it is given to a JCP work coach",
        working_days=5,
        severity="S2",
        ours=True,
    ),
    Duty(
        kind="inform-customer",
        rule="LAW-CLK-16",
        does="Tell the customer what was received about them, unless they know.",
        because="by the earliest of one month, the first contact with them and the first disclosure to another",
        months=1,
    ),
    Duty(
        kind="notify-recipient",
        rule="RECT-04",
        does="Tell the recipient that the data was corrected, erased or restricted.",
        because="inform any organisations we may have shared it with",
        months=1,
        severity="S2",
        ours=True,
    ),
    Duty(
        kind="confirm-correction",
        rule="RECT-05",
        does="Confirm that the data was put right with the recipient too.",
        because="correct it, this includes with any organisations we may have shared it with",
        months=1,
        ours=True,
    ),
    Duty(
        kind="chase-correction",
        rule="RECT-05",
        does="Ask the recipient whether the data was put right there too.",
        because="correct it, this includes with any organisations we may have shared it with",
        working_days=10,
        ours=True,
    ),
    Duty(
        kind="assess-breach",
        rule="LAW-CLK-13",
        does="Tell the regulator, or record why it need not be told.",
        because="where feasible, not later than 72 hours after having become aware",
        severity="S2",
    ),
    Duty(
        kind="tell-controller",
        rule="LAW-CLK-14",
        does="Tell the controller of the possible breach.",
        because="a contractor tells the controller without undue delay after becoming aware of a breach",
        severity="S2",
        ours=True,
    ),
    Duty(
        kind="tell-people",
        rule="LAW-CLK-15",
        does="Tell the person of the breach, since the risk to them is high.",
        because="people are told without undue delay of a breach that is likely to be a high risk to them",
        days=3,
        severity="S2",
        ours=True,
    ),
    Duty(
        kind="cleanse-mailbox",
        rule="RET-JCP-04",
        does="Empty the deleted items of the mailboxes of this domain.",
        because="Deleted items email inboxes should be regularly cleansed.",
        days=30,
        severity="S3",
        ours=True,
    ),
)
BY_KIND: Mapping[str, Duty] = {duty.kind: duty for duty in DUTIES}
INCORPORATED_BY_CHANNEL: Mapping[str, str] = {
    "email": "incorporate-email",
    "hand": "incorporate-paper",
    "post": "incorporate-paper",
    "courier": "incorporate-paper",
}
"""The duty a receipt creates, by its channel; every other channel falls under G-01."""
OF_A_BREACH = ("assess-breach", "tell-controller", "tell-people")
"""Duties to notify a breach, or to record why not; closing its assessment settles them all."""
COPIES = frozenset({
    "incorporate-email", "incorporate-paper", "incorporate-other", "delete-email", "dispose-paper", "delete-sent-copy",
})  # fmt: skip
"""Duties about copies outside the record, which the end of a contract covers too (DEST-02)."""
_PERIODS = ("working_days", "months", "days", "target_working_days")


def owed_under(rule: str) -> dict[str, Json]:
    """The periods of the duties that a rule asks for: kind of duty to its periods by unit."""
    return {
        duty.kind: {unit: period for unit in _PERIODS if (period := getattr(duty, unit)) is not None}
        for duty in DUTIES
        if duty.rule == rule
    }


_WITHOUT_CONTENT = frozenset({"duplicate", "nothing_to_incorporate"})


def was_without_content(method: str | None) -> bool:
    """Whether a copy was disposed of because it held nothing, or nothing new, for the record (RET-JCP-03)."""
    return (method or "").casefold().replace(" ", "_").replace("-", "_") in _WITHOUT_CONTENT

"""How long each class of records may be kept, as data: one line per class and clock, with the sentence that says so.

All periods are maxima: destroy on or before, never rolled forward. When several lines apply the earliest date wins
(CONF-01). A line without a period of its own takes the local one an organisation has set; where none is set the records
stand on the exception list, never kept silently (RET-GEN-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ledger.events import Json

VERSION = "2026-11-22"

PRE_DELETION_CHECKS = (
    "HOLD_TNA",
    "HOLD_BUSINESS",
    "HOLD_COVID_INQUIRY",
    "HOLD_CSA",
    "HOLD_INQUIRY",
    "HOLD_LEGAL",
    "HOLD_ACCESS_REQUEST",
)
"""What is looked into before records are deleted: The National Archives, current work, the Covid-19 Inquiry, child
sexual abuse, another inquiry, a legal hold, an open request (DEST-03); each is the code of a hold."""
OTHER_REASON = "HOLD_OTHER"
"""The code of a hold for a reason that is on no list, which must be said."""

EARLIER_OF = "CONF-01/earlier-of"
"""The choice that six years after the end of the service bound what came from Jobcentre Plus as well as seven years
after it was incorporated. It is in force unless `publish-rule-set` says from when to when it is (CONF-01)."""
ACCOUNT_CHANNELS = frozenset({"account", "account_login"})
"""How an interaction is said to have been the person's use of their online account."""
ACCOUNT_RECORDS = frozenset({"digitalidentities"})
ADVISED_RECORDS = frozenset({"sessions", "webchats", "interactions", "actionplans"})
"""Records that tell of an account, and of contact with an adviser."""

FROM_RECEIPTS = ("service",)
"""Classes of which a record that something of Jobcentre Plus was put into is a part of its own, kept with its receipt.
Who somebody is stays one whole: they are found by it for as long as they are served."""

LocalKind = Literal["after_service", "did_not_attend", "inactivity"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleLine:
    """One rule of retention: when `clock` started, a class may be kept `months` more, or the local period."""

    class_: str
    clock: str
    """The clock's name as the retention view keeps it."""
    rule: str
    sentence: str
    months: int | None = None
    local: LocalKind | None = None
    patience_months: int = 0
    """With no local period set: how long after the clock started the records are listed as an exception."""
    contact: Literal["account", "otherwise"] | None = None
    """Of whom it speaks: those known by their online account only, or those who were in contact otherwise (G-05)."""
    of_receipts: bool = False
    """Whether it is only for parts that are kept with a receipt of Jobcentre Plus."""
    choice: str | None = None
    """The choice that must be in force on the day the clock started."""
    version: str = VERSION


_END = (
    "Personal information kept for this reason will be restricted to a minimum"
    " and is to provide confirmation of payments"
)
_SIX = (
    "we may need to keep some of your personal information for up to six years"
    " to satisfy contractual audit requirements"
)
_SEVEN = "keep data received from JCP for up to 7 years"
_NO_SHOW = (
    "prime contractors should establish a justified and reasonable local retention period"
    " in line with contractual requirements"
)
_NHS = "for two years from your last contact or engagement with us or from your last access of the data"
_CONSENT = "you can choose to withdraw your consent at any time"
_CONTACTED = (
    "If you have spoken to a local careers adviser face to face or on the phone,"
    " or contacted the National Careers Service by telephone, webchat or email"
)
_STOPPED = "for up to 6 years after you stop using the service"
_READS = "Retention of the ledger skeleton, access logs, SAR case files, refusals"

_ERASE = "You have the right to request that we erase personal data about you that we hold."
_INSTRUCTED = "DfE will issue instructions on destruction of the data at the end of contract term."

ERASABLE = (
    "identity",
    "service",
    "payment_evidence",
    "received_from_jcp",
    "equality",
    "research_contact",
    "did_not_attend",
    "nhs_careers",
)
"""What an upheld erasure or an instruction takes when it names nothing: everything but who looked and the requests."""
DECIDED = frozenset({"erasure", "instruction"})
"""Clocks that a decision starts and no passage of time: what ends a period early, and is none itself."""
_SERVICE_RECORD = ("identity", "service", "did_not_attend", "research_contact")

SCHEDULE: tuple[ScheduleLine, ...] = (
    ScheduleLine(
        class_="payment_evidence",
        clock="service_ended",
        months=72,
        rule="RET-NCS-01",
        sentence=_SIX,
        contact="otherwise",
    ),
    # The six years are stated for other contacts than an online account, and no other period is (G-05).
    ScheduleLine(
        class_="payment_evidence",
        clock="service_ended",
        local="after_service",
        rule="RET-NCS-05",
        sentence=_CONTACTED,
        contact="account",
    ),
    *(
        ScheduleLine(class_=class_, clock="service_ended", local="after_service", rule="RET-NCS-03", sentence=_END)
        for class_ in (*_SERVICE_RECORD, "equality")
    ),
    ScheduleLine(class_="received_from_jcp", clock="received", months=84, rule="G-01", sentence=_SEVEN),
    ScheduleLine(class_="received_from_jcp", clock="incorporated", months=84, rule="RET-JCP-10", sentence=_SEVEN),
    ScheduleLine(
        class_="received_from_jcp",
        clock="service_ended",
        months=72,
        rule="CONF-01",
        sentence=_SIX,
        choice=EARLIER_OF,
    ),
    # What went into a record is still of Jobcentre Plus, and its maxima go with it.
    *(
        ScheduleLine(
            class_=class_,
            clock="incorporated",
            months=84,
            rule="RET-JCP-10",
            sentence=_SEVEN,
            of_receipts=True,
        )
        for class_ in FROM_RECEIPTS
    ),
    *(
        ScheduleLine(
            class_=class_,
            clock="service_ended",
            months=72,
            rule="CONF-01",
            sentence=_SIX,
            of_receipts=True,
            choice=EARLIER_OF,
        )
        for class_ in FROM_RECEIPTS
    ),
    # Six years are for the least that proves payment, which is sealed apart: the receipt goes with the rest (D16).
    ScheduleLine(
        class_="received_from_jcp",
        clock="service_ended",
        local="after_service",
        rule="RET-NCS-03",
        sentence=_END,
        choice=EARLIER_OF,
    ),
    ScheduleLine(class_="equality", clock="equality", months=0, rule="CONSENT-06", sentence=_CONSENT),
    ScheduleLine(class_="nhs_careers", clock="last_contact", months=24, rule="RET-NHS-01", sentence=_NHS),
    ScheduleLine(class_="access_log", clock="read", months=24, rule="G-09", sentence=_READS),
    ScheduleLine(class_="rights_request", clock="request_closed", months=72, rule="G-09", sentence=_READS),
    ScheduleLine(class_="breach_file", clock="breach_closed", months=72, rule="G-09", sentence=_READS),
    ScheduleLine(class_="breach_file", clock="breach_opened", rule="G-09", sentence=_READS, patience_months=72),
    # A request that nobody ever closes is not kept silently for ever (RET-GEN-01).
    ScheduleLine(
        class_="rights_request",
        clock="request_received",
        local="inactivity",
        rule="G-09",
        sentence=_READS,
        patience_months=72,
    ),
    *(ScheduleLine(class_=class_, clock="erasure", months=0, rule="ERASE-01", sentence=_ERASE) for class_ in ERASABLE),
    *(
        ScheduleLine(class_=class_, clock="instruction", months=0, rule="DEST-01", sentence=_INSTRUCTED)
        for class_ in ERASABLE
    ),
    *(
        ScheduleLine(class_=class_, clock="missed", local="did_not_attend", rule="RET-JCP-08", sentence=_NO_SHOW)
        for class_ in (*_SERVICE_RECORD, "equality", "received_from_jcp")
    ),
    *(
        ScheduleLine(
            class_=class_,
            clock="last_contact",
            local="inactivity",
            rule="RET-NCS-02",
            sentence=_STOPPED,
            patience_months=72,
            contact="otherwise",
        )
        for class_ in (*_SERVICE_RECORD, "equality", "payment_evidence")
    ),
    *(
        ScheduleLine(
            class_=class_,
            clock="last_contact",
            local="inactivity",
            rule="RET-NCS-05",
            sentence=_CONTACTED,
            contact="account",
        )
        for class_ in (*_SERVICE_RECORD, "equality", "payment_evidence")
    ),
)


_OF_A_LINE = ("months", "local", "patience_months", "contact", "of_receipts", "choice")


def kept_under(rule: str) -> dict[str, Json]:
    """The lines of the schedule that a rule gives: class and clock to its period in months and its conditions."""
    return {
        f"{line.class_} after {line.clock}": {
            name: found for name in _OF_A_LINE if (found := getattr(line, name)) is not None
        }
        for line in SCHEDULE
        if line.rule == rule
    }

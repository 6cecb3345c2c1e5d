"""The law of rights requests as data: kinds, the dates that change the answer, exemptions and routes of complaint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

RequestKind = Literal["access", "rectification", "erasure", "restriction", "portability", "objection", "complaint"]
KINDS: tuple[RequestKind, ...] = get_args(RequestKind)

UK_GDPR_FROM = date(2018, 5, 25)
"""Requests received earlier fell under another Act, with other periods."""
PAUSES_FROM = date(2026, 2, 5)
"""Article 12A: requests received earlier keep the old rules, which knew no pause (SI 2026/82 reg. 4)."""
COMPLAINTS_FROM = date(2026, 6, 19)
"""Section 164A: from here on a controller must acknowledge a complaint within 30 days."""

HOLD_CODE = "HOLD_ACCESS_REQUEST"

EXTENSION_GROUNDS = ("complexity", "number_of_requests")
OUTCOMES = ("granted", "partly_granted", "nothing_held", "not_upheld")
GRANTED = frozenset({"granted", "partly_granted"})
ACCURACY_OUTCOMES = ("corrected", "completed", "not_corrected")
THIRD_PARTY_OUTCOMES = ("disclose", "redact", "withhold")

CONTROLLER, COMMISSIONER, COURT = "controller", "commissioner", "court"
ROUTES = (CONTROLLER, COMMISSIONER, COURT)
"""What a refusal must name: complaint to the controller (s.164A), to the Commissioner (s.165), and the courts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RightsRule:
    """A rule of the rights of the people concerned; `severity` is that of the finding when it is broken."""

    id: str
    sentence: str
    severity: Literal["S1", "S2", "S3"] | None = None
    rule_set: str = "UK-GDPR"


RULES: dict[str, RightsRule] = {
    rule.id: rule
    for rule in (
        RightsRule(
            id="LAW-CLK-01",
            sentence="A request is answered within the period of one month beginning with the relevant time.",
        ),
        RightsRule(
            id="LAW-CLK-02",
            sentence="The relevant time is the latest of receipt of the request, of identity information asked for, and"
            " of a fee charged.",
        ),
        RightsRule(
            id="LAW-CLK-04",
            sentence="For an access request the days from asking for clarification to receiving it do not count.",
        ),
        RightsRule(
            id="LAW-CLK-06",
            sentence="The time may be extended by two further months if the person is told, with the reasons, before"
            " the end of the first month.",
            severity="S2",
        ),
        RightsRule(
            id="LAW-CLK-07",
            sentence="A request is answered without undue delay: a month is the outer limit and the target is earlier.",
        ),
        RightsRule(
            id="LAW-CLK-08",
            sentence="A refusal names the routes of complaint: to the controller, to the Commissioner and to a court.",
            severity="S2",
        ),
        RightsRule(
            id="LAW-CLK-10",
            sentence="Receipt of a complaint is acknowledged within 30 days beginning when it is received.",
            severity="S2",
        ),
        RightsRule(
            id="SAR-09",
            sentence="We must generally respond to requests in relation to your rights within one month, although there"
            " are some exceptions to this.",
            severity="S2",
            rule_set="NHS-careers/2023-04-01",
        ),
        RightsRule(
            id="RECT-03",
            sentence="We will take reasonable steps to check the information’s accuracy and correct it where necessary",
            severity="S2",
            rule_set="NCS-notice/newer",
        ),
        RightsRule(
            id="OBJECT-02",
            sentence="we may continue to process the data if we can demonstrate compelling legitimate grounds to do so",
            severity="S2",
            rule_set="NHS-careers/2023-04-01",
        ),
    )
}

EXEMPTIONS: dict[str, str] = {
    "EX-02": "DPA 2018 Sch. 2 para. 2: crime and taxation",
    "EX-03": "DPA 2018 Sch. 2 para. 3: risk assessment systems of government",
    "EX-05": "DPA 2018 Sch. 2 para. 5: required by law or for legal proceedings",
    "EX-07": "DPA 2018 Sch. 2 para. 7: functions designed to protect the public",
    "EX-08": "DPA 2018 Sch. 2 para. 8: audit functions",
    "EX-11": "DPA 2018 Sch. 2 para. 11: regulatory functions",
    "EX-16": "DPA 2018 Sch. 2 para. 16: other people's data",
    "EX-19": "DPA 2018 Sch. 2 para. 19: legal professional privilege",
    "EX-22": "DPA 2018 Sch. 2 para. 22: management forecasts",
    "EX-23": "DPA 2018 Sch. 2 para. 23: negotiations with the person",
    "EX-24": "DPA 2018 Sch. 2 para. 24: confidential references",
    "EX-25": "DPA 2018 Sch. 2 para. 25: exam scripts and marks",
    "EX-27": "DPA 2018 Sch. 2 para. 27: research and statistics",
    "EX-S3": "DPA 2018 Sch. 3: health, social work, education and child abuse data",
}
"""The provisions under which an item may be withheld; each decision names one of them, never a whole record."""

REFUSALS: dict[str, str] = {
    "EX-12-5": "UK GDPR Art. 12(5): manifestly unfounded or excessive",
    "ART-17-3": "UK GDPR Art. 17(3): the data is still necessary",
    "ART-20": "UK GDPR Art. 20: the right depends on consent or a contract",
    "ART-21-1": "UK GDPR Art. 21(1): compelling legitimate grounds",
    "NOT-IDENTIFIED": "UK GDPR Art. 12(2): the person cannot be identified",
}
"""The grounds on which a whole request may be refused."""


def routes_to_name(refused_on: date) -> tuple[str, ...]:
    """The routes of complaint a refusal must name on that day."""
    return ROUTES if refused_on >= COMPLAINTS_FROM else (COMMISSIONER, COURT)

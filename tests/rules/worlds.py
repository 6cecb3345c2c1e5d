"""The registers that the cases of the corpus are judged in, as data: stored event names and what each entry says.

Nothing here is taken from the program, so that a change of its tables changes verdicts and not the corpus.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ledger.events import EVENTS
from ledger.state.registers import Registers

Entry = tuple[str, dict[str, Any]]

ITEM_CODES = tuple(f"D{number:02}" for number in range(1, 30))


def _organisation(code: str, kind: str, **more: Any) -> Entry:
    return "organisation-registered", {"organisation": code, "name": f"{code} (invented)", "kind": kind, **more}


def _system(code: str, **changed: Any) -> Entry:
    whole = {
        "organisation": "prime-north", "system_id": code, "owner": "prime-north", "data_flow": "flow-3",
        "impact_assessment": "dpia-9", "assurance": "assurance-2", "review_on": "2027-01-01",
        "contract_compliant": True,
    }  # fmt: skip
    return "system-registered", {name: value for name, value in {**whole, **changed}.items() if value is not None}


def _agreement(code: str, organisation: str, other: str | None, **more: Any) -> Entry:
    party = {} if other is None else {"with_organisation": other}
    return "agreement-signed", {"agreement": code, "organisation": organisation, **party, **more}


_AGREED = ["BENEFIT_COMPLIANCE", "work skills"]
ORGANISATIONS: tuple[Entry, ...] = (
    _organisation("controller-one", "controller"),
    _organisation("controller-two", "Joint Controller"),
    _organisation("agency", "controller", valid_until="2025-03-31", succeeded_by="controller-one"),
    _organisation("division", "contractor of the department", part_of="controller-one"),
    _organisation("part-of-one", "controller", part_of="controller-one"),
    _organisation("prime-north", "prime"),
    _organisation("prime-south", "prime"),
    _organisation("sub-north", "sub-contractor", part_of="prime-north"),
    _organisation("sub-spelled", "Sub Contractor", part_of="prime-north"),
    _organisation("sub-lost", "sub-contractor"),
    _organisation("sub-adrift", "sub-contractor", part_of="prime-gone"),
    _organisation("part-of-prime", "partner", part_of="prime-north"),
    _organisation("jobcentre-plus", "Jobcentre Plus"),
    _organisation("the-department", "Department for Work and Pensions"),
    _organisation("jobcenter-us", "job center"),
    _organisation("dwp-in-name-only", "specialist"),
    _organisation("desk", "DWP desk", part_of="jobcentre-plus"),
    _organisation("testshire", "jobcentre plus office", part_of="jobcentre-plus"),
    _organisation("Testford", "jobcentre plus office", part_of="testshire"),
    _organisation("Farford", "Jobcentre-Plus Office", part_of="testshire"),
    _organisation("Oldford", "jobcentre plus office", part_of="testshire", valid_until="2025-12-31"),
    _organisation("asks-people", "research company"),
    _organisation("asks-more", "Market Research"),
    _organisation("asks-most", "market-research company"),
    _organisation("knows-a-lot", "specialist"),
    _organisation("inspects", "Ofsted"),
    _organisation("studies", "research body"),
    _organisation("brings-people", "introducer"),
    _organisation("closed-body", "specialist", valid_until="2025-12-31"),
    _organisation("nhs", "controller of NHS data"),
    _organisation("nhs-partner", "partner", part_of="nhs"),
    _organisation("nhs-before", "controller of NHS data", valid_until="2023-03-31", succeeded_by="nhs"),
)
OFFICES: tuple[Entry, ...] = tuple(
    entry
    for code in ITEM_CODES
    for entry in (
        _organisation(f"only-{code}", "jobcentre plus office", part_of="jobcentre-plus"),
        ("item-profile-set", {"organisation": "prime-north", "office": f"only-{code}", "items": [code]}),
    )
)
"""One office for each item, which has agreed on that item alone: so a verdict tells which code an item has."""
FULL: tuple[Entry, ...] = (
    *ORGANISATIONS,
    *OFFICES,
    ("contract-started", {"organisation": "prime-north", "contract": "contract-1", "valid_from": "2022-10-01"}),
    ("contract-started", {"organisation": "prime-north", "contract": "contract-2", "valid_from": "2022-10-01"}),
    ("contract-ended", {"organisation": "prime-north", "contract": "contract-2", "valid_until": "2025-12-31"}),
    ("contract-started", {"organisation": "prime-north", "contract": "contract-3", "valid_from": "2026-06-01"}),
    ("contract-started", {"organisation": "prime-south", "contract": "contract-south"}),
    ("contract-started", {"organisation": "sub-north", "contract": "contract-of-sub"}),
    _agreement("agreement-1", "controller-one", "jobcentre-plus"),
    _agreement("agreement-open", "controller-one", None),
    _agreement("agreement-open-jcp", "jobcentre-plus", None),
    _agreement("agreement-open-elsewhere", "prime-south", None),
    _agreement("agreement-dwp", "controller-one", "the-department"),
    _agreement("agreement-unregistered", "controller-one", "dwp"),
    _agreement("agreement-turned", "jobcentre-plus", "controller-one"),
    _agreement("agreement-agency", "agency", "jobcentre-plus"),
    _agreement("agreement-purposes", "controller-one", "jobcentre-plus", purposes=_AGREED),
    _agreement("agreement-other", "controller-one", "knows-a-lot"),
    _agreement("agreement-of-nobody", "prime-south", "jobcentre-plus"),
    _agreement("agreement-nhs", "nhs", "jobcentre-plus"),
    _agreement("agreement-nhs-open", "nhs", None),
    _agreement("agreement-with-nhs", "controller-one", "nhs"),
    _agreement("agreement-over", "controller-one", "jobcentre-plus", valid_until="2025-12-31"),
    _agreement("agreement-twice", "controller-one", "knows-a-lot"),
    _agreement("agreement-twice", "controller-two", "jobcentre-plus"),
    _agreement("agreement-half", "controller-one", None),
    _agreement("agreement-half", "controller-two", "knows-a-lot"),
    ("work-domain-registered", {"organisation": "prime-north", "domain": "contractor.example"}),
    ("work-domain-registered", {"organisation": "sub-north", "domain": "sub.example"}),
    ("work-domain-registered", {"organisation": "prime-south", "domain": "southern.example"}),
    ("work-domain-registered", {"organisation": "prime-north", "domain": "gmail.com"}),
    ("work-domain-registered", {"organisation": "jobcentre-plus", "domain": "office.dwp.gov.uk"}),
    ("work-domain-registered", {"organisation": "jobcentre-plus", "domain": "partner.gov.uk"}),
    ("line-recognised", {"organisation": "jobcentre-plus", "line": "+441632960001", "office": "Testford"}),
    ("line-recognised", {"organisation": "jobcentre-plus", "line": "+35316290001"}),
    ("contact-nominated", {"organisation": "jobcentre-plus", "contact": "coach-7", "role": "WORK_COACH"}),
    ("contact-nominated", {
        "organisation": "jobcentre-plus", "contact": "coach-6", "role": "WORK_COACH", "valid_until": "2025-12-31",
    }),
    ("courier-approved", {"organisation": "prime-north", "courier": "careful-couriers"}),
    ("courier-approved", {"organisation": "prime-north", "courier": "old-couriers", "valid_until": "2025-12-31"}),
    _system("bookings"),
    _system("without-owner", owner=None),
    _system("without-flow", data_flow=None),
    _system("without-dpia", impact_assessment=None),
    _system("without-assurance", assurance=None),
    _system("without-review", review_on=None),
    _system("overdue", review_on="2026-03-01"),
    _system("due-today", review_on="2026-03-02"),
    _system("not-compliant", contract_compliant=False),
    _system("compliance-unsaid", contract_compliant=None),
    ("item-profile-set", {
        "organisation": "prime-north", "office": "Testford",
        "items": ["D01", "D04", "D10", "D12", "D25", "D29"],
    }),
    ("item-profile-set", {"organisation": "prime-north", "office": "testshire", "items": ["name", "careers goals"]}),
    ("item-profile-set", {"organisation": "sub-north", "office": "Testford", "items": ["D02"]}),
    ("notice-published", {
        "organisation": "controller-one", "notice": "notice-2", "programme": "National Careers Service",
        "purposes": ["NCS_SERVICE_IMPROVEMENT"], "recipients": ["RESEARCH"],
    }),
    ("notice-published", {
        "organisation": "controller-one", "notice": "notice-spelled", "purposes": ["ncs service improvement"],
        "recipients": ["research"],
    }),
    ("notice-published", {"organisation": "controller-one", "notice": "notice-bare"}),
    ("notice-published", {"organisation": "nhs", "notice": "notice-nhs", "programme": "NHS Health Careers"}),
)  # fmt: skip


def _published(rule_set: str, **days: str) -> Entry:
    return "rule-set-published", {"organisation": "controller-one", "rule_set": rule_set, **days}


def _notice(*, speaks: bool) -> Entry:
    return "notice-published", {"organisation": "nhs", "notice": "notice-adm", "automated_decisions": speaks}


WORLDS: dict[str, tuple[Entry, ...]] = {
    "full": FULL,
    "empty": (),
    "automated": (*FULL, _notice(speaks=True)),
    "unspoken": (*FULL, _notice(speaks=False)),
    "guidance-later": (*FULL, _published("NCS-JCP/2025-01-20", valid_from="2026-07-01")),
    "guidance-over": (
        *FULL, _published("NCS-JCP/2025-01-20", valid_from="2025-01-20", valid_until="2026-03-01"),
    ),
    "notices-over": (
        *FULL,
        _published("NCS-notice/newer", valid_from="2018-05-25", valid_until="2025-12-31"),
        _published("NHS-careers/2023-04-01", valid_from="2026-03-02"),
    ),
}  # fmt: skip


@cache
def registers_of(world: str) -> Registers:
    """The registers of a world; the same object at each call."""
    return Registers().followed_by(
        EVENTS[name].of({field: tuple(value) if isinstance(value, list) else value for field, value in fields.items()})
        for name, fields in WORLDS[world]
    )

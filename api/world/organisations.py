"""The organisations of the invented world and the retention periods they have set, or not; it knows no customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from api.world.people import AREAS, drawn_uuid

JOBCENTRE_PLUS = "jobcentre-plus"
RESEARCH = "research-company"
NHS = "nhs-health-careers"
SPECIALISTS = {
    "specialist-oakfield": "Oakfield Advice (invented)",
    "specialist-riverside": "Riverside Skills (invented)",
}
WORK_DOMAIN = "contractor.example"
AGREEMENT = "NCS-JCP/2025-01-20"
NOTICE = "privacy notice of May 2018"
LINE = "+441632960100"
CONTACT = "contact-1"
COURIER = "courier"
HANDED_OVER = datetime(2026, 10, 1, tzinfo=UTC)
WITHOUT_PERIODS = frozenset({"0000000104", "0000000203"})
"""These never said how long they keep anything, so what they hold ends on the exception list."""
_AFTER_SERVICE_MONTHS = (6, 12, 12, 18, 24)
_NO_SHOW_MONTHS = (3, 6, 6, 12)


def commands(seed: int) -> Iterator[dict[str, Any]]:
    """Registrations and local periods, all from before any customer came."""
    dice = Random(f"organisations {seed}")
    for code, name in SPECIALISTS.items():
        yield _command(dice, "register-organisation", organisation=code, name=name, kind="specialist")
    name = "A research company (invented)"
    yield _command(dice, "register-organisation", organisation=RESEARCH, name=name, kind="research company")
    yield _command(
        dice, "register-organisation", organisation=NHS, name="NHS Health Careers", kind="controller of NHS data"
    )
    for code in (f"0000000{contracts}0{area}" for contracts in (1, 2) for area in range(1, AREAS + 1)):
        if code not in WITHOUT_PERIODS:
            yield from _periods(dice, code)
        yield from _registers(dice, code)
    yield _command(
        dice, "sign-agreement", organisation="department-for-education", agreement=AGREEMENT,
        with_organisation=JOBCENTRE_PLUS,
    )  # fmt: skip
    yield _command(
        dice, "publish-rule-set", organisation="department-for-education", rule_set=AGREEMENT, valid_from="2025-01-20"
    )
    yield _command(
        dice, "publish-notice", organisation="department-for-education", notice=NOTICE,
        programme="National Careers Service", purposes=["NCS_SERVICE_IMPROVEMENT"], recipients=["RESEARCH"],
    )  # fmt: skip
    yield _command(dice, "recognise-line", organisation=JOBCENTRE_PLUS, line=LINE)
    yield _command(
        dice, "nominate-contact", organisation=JOBCENTRE_PLUS, contact=CONTACT, role="WORK_COACH",
        name="Coach Placeholder (invented)",
    )  # fmt: skip


def controller(at: datetime) -> str:
    """Whose data it was then, as the import's reference data has it."""
    return "department-for-education" if at < HANDED_OVER else "department-for-work-and-pensions"


def _registers(dice: Random, code: str) -> Iterator[dict[str, Any]]:
    """What a contractor's good shares rest on: its contract, work domain, courier and booking system."""
    yield _command(dice, "start-contract", organisation=code, contract=contract_of(code))
    yield _command(dice, "start-contract", organisation=code, contract=f"earlier-{code}", valid_from="2014-04-01")
    yield _command(dice, "end-contract", organisation=code, contract=f"earlier-{code}", valid_until="2018-03-31")
    yield _command(
        dice, "set-item-profile", organisation=code, office="Upper Sampling jobcentre", review_on="2027-04-01",
        items=["D01", "D02", "D04", "D05", "D08", "D09", "D10", "D12", "D15", "D20", "D25", "D28", "ethnicity"],
    )  # fmt: skip
    yield _command(dice, "register-work-domain", organisation=code, domain=f"{code}.{WORK_DOMAIN}")
    yield _command(dice, "approve-courier", organisation=code, courier=f"{COURIER}-{code}", signature_on_delivery=True)
    yield _command(
        dice, "register-system", organisation=code, system_id=system_of(code), owner=code, data_flow=f"flow-{code}",
        impact_assessment=f"dpia-{code}", assurance=f"assurance-{code}", review_on="2030-04-01",
        contract_compliant=True,
    )  # fmt: skip


def contract_of(code: str) -> str:
    """The contract a contractor works under."""
    return f"contract-{code}"


def system_of(code: str) -> str:
    """A contractor's booking system."""
    return f"bookings-{code}"


def _periods(dice: Random, code: str) -> Iterator[dict[str, Any]]:
    lengths = {"after_service": dice.choice(_AFTER_SERVICE_MONTHS), "did_not_attend": dice.choice(_NO_SHOW_MONTHS)}
    if dice.randrange(3):
        lengths["inactivity"] = 36
    for kind, months in lengths.items():
        yield _command(
            dice,
            "set-retention-period",
            organisation=code,
            kind=kind,
            months=months,
            valid_from="2016-04-01",
            review_on="2027-04-01",
            justification="Long enough to answer a question about the advice, and no longer.",
            approved_by="The data protection lead (invented)",
        )


def _command(dice: Random, type_: str, **said: object) -> dict[str, Any]:
    return {"id": str(drawn_uuid(dice)), "type": type_, "occurred_at": "2016-04-01T09:00:00Z", **said}

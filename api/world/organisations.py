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


def controller(at: datetime) -> str:
    """Whose data it was then, as the import's reference data has it."""
    return "department-for-education" if at < HANDED_OVER else "department-for-work-and-pensions"


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

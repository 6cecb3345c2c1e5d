"""The organisations of the invented world and the retention periods they have set, or not; it knows no customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from api.world.people import AREAS, instant
from api.world.writer import Command, command
from ledger.calendars import england_and_wales

JOBCENTRE_PLUS = "jobcentre-plus"
OFFICES = tuple(f"{place} jobcentre" for place in ("Oldquay", "Testford", "Sampleton", "Upper Sampling"))
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
_SET_UP = datetime(2016, 4, 1, 9, tzinfo=UTC)
_START_OF_THE_LAW = datetime(2018, 5, 25, 9, tzinfo=UTC)
_LISTED = datetime(2026, 1, 5, 9, tzinfo=UTC)
HANDED_OVER = datetime(2026, 10, 1, tzinfo=UTC)
WITHOUT_PERIODS = frozenset({"0000000104", "0000000203"})
"""These never said how long they keep anything, so what they hold ends on the exception list."""
_AFTER_SERVICE_MONTHS = (6, 12, 12, 18, 24)
_NO_SHOW_MONTHS = (3, 6, 6, 12)
_EDUCATION, _WORK = "department-for-education", "department-for-work-and-pensions"
_NEGLIGENT = {"0000000105": (75, 20), "0000000204": ()}
"""How many days ago these emptied the deleted items of their mailboxes; the others do it in time."""
_IN_TIME = (40, 12)


def commands(seed: int, today: date) -> Iterator[Command]:
    """What is in the registers, most of it from before any customer came; the caller puts it in order of time."""
    dice = Random(f"organisations {seed}")
    yield from _early(dice)
    yield from _later(dice, today)
    for office in OFFICES:
        known = {"organisation": office, "name": office, "part_of": JOBCENTRE_PLUS}
        yield _command(dice, "register-office", **known)


def _early(dice: Random) -> Iterator[Command]:
    """Registrations, local periods and agreements of 2016."""
    for code, name in SPECIALISTS.items():
        yield _command(dice, "register-organisation", organisation=code, name=name, kind="specialist")
    name = "A research company (invented)"
    yield _command(dice, "register-organisation", organisation=RESEARCH, name=name, kind="research company")
    yield _command(
        dice, "register-organisation", organisation=NHS, name="NHS Health Careers", kind="NHS information service",
        part_of="nhs-england",
    )  # fmt: skip
    for code in _contractors():
        if code not in WITHOUT_PERIODS:
            yield from _periods(dice, code)
        yield from _registers(dice, code)
    yield _command(
        dice, "sign-agreement", organisation=_EDUCATION, agreement=AGREEMENT,
        with_organisation=JOBCENTRE_PLUS,
    )  # fmt: skip
    yield _command(dice, "publish-rule-set", organisation=_EDUCATION, rule_set=AGREEMENT, valid_from="2025-01-20")
    yield _command(
        dice, "publish-notice", organisation=_EDUCATION, notice=NOTICE,
        programme="National Careers Service", purposes=["NCS_SERVICE_IMPROVEMENT"], recipients=["RESEARCH"],
    )  # fmt: skip
    yield _command(dice, "recognise-line", organisation=JOBCENTRE_PLUS, line=LINE)
    yield _command(
        dice, "nominate-contact", organisation=JOBCENTRE_PLUS, contact=CONTACT, role="WORK_COACH",
        name="Coach Placeholder (invented)",
    )  # fmt: skip


def _later(dice: Random, today: date) -> Iterator[Command]:
    """What was entered since: officers, a bank-holiday list, cleansed mailboxes."""
    for code, at in ((_EDUCATION, _START_OF_THE_LAW), (_WORK, HANDED_OVER)):
        office = {"office": "Data Protection Officer", "address": f"dpo@{code}.example", "name": "Ash Placeholder"}
        named = {"organisation": code, "valid_from": instant(at)[:10]}
        yield command(dice, "name-data-protection-officer", at, **named, **office)
    known = england_and_wales()
    yield command(
        dice,
        "publish-calendar",
        _LISTED,
        organisation=_EDUCATION,
        version="bank holidays of England and Wales, as listed in January 2026",
        holidays=[day.isoformat() for day in sorted(known.holidays)],
        first_day=known.first.isoformat(),
        last_day=known.last.isoformat(),
    )
    for code in _contractors():
        for days in _NEGLIGENT.get(code, _IN_TIME):
            at = datetime.combine(today - timedelta(days=days), time(16), UTC)
            mailbox = {"organisation": code, "mailbox": domain_of(code), "cleansed_by": "The office manager (invented)"}
            yield command(dice, "cleanse-mailbox", at, **mailbox)


def _contractors() -> Iterator[str]:
    yield from (f"0000000{contracts}0{area}" for contracts in (1, 2) for area in range(1, AREAS + 1))


def controller(at: datetime) -> str:
    """Whose data it was then, as the import's reference data has it."""
    return _EDUCATION if at < HANDED_OVER else _WORK


def _registers(dice: Random, code: str) -> Iterator[Command]:
    """What a contractor's good shares rest on: its contract, work domain, courier and booking system."""
    yield _command(dice, "start-contract", organisation=code, contract=contract_of(code))
    yield _command(dice, "start-contract", organisation=code, contract=f"earlier-{code}", valid_from="2014-04-01")
    yield _command(dice, "end-contract", organisation=code, contract=f"earlier-{code}", valid_until="2018-03-31")
    yield _command(
        dice, "set-item-profile", organisation=code, office=OFFICES[3], review_on="2027-04-01",
        items=["D01", "D02", "D04", "D05", "D08", "D09", "D10", "D12", "D15", "D20", "D25", "D28", "ethnicity"],
    )  # fmt: skip
    yield _command(dice, "register-work-domain", organisation=code, domain=domain_of(code))
    yield _command(dice, "approve-courier", organisation=code, courier=f"{COURIER}-{code}", signature_on_delivery=True)
    yield _command(
        dice, "register-system", organisation=code, system_id=system_of(code), owner=code, data_flow=f"flow-{code}",
        impact_assessment=f"dpia-{code}", assurance=f"assurance-{code}", review_on="2030-04-01",
        contract_compliant=True,
    )  # fmt: skip


def domain_of(code: str) -> str:
    """A contractor's work email domain."""
    return f"{code}.{WORK_DOMAIN}"


def contract_of(code: str) -> str:
    """The contract a contractor works under."""
    return f"contract-{code}"


def system_of(code: str) -> str:
    """A contractor's booking system."""
    return f"bookings-{code}"


def _periods(dice: Random, code: str) -> Iterator[Command]:
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


def _command(dice: Random, type_: str, **fields: object) -> Command:
    return command(dice, type_, _SET_UP, **fields)

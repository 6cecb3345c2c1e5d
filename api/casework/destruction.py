"""Destruction as a records manager does it: preview with a digest, run the same list, get certificates.

Each customer's destruction is one transaction of the ledger; a run that is stopped goes on where it was when it is
started again, since what was destroyed is no longer due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from api.casework.obligations import find_copies_left
from api.casework.runtime import House
from ledger.authority.access import ONLY_CONTROLLERS_DESTROY, programme_of
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import Command, Part
from ledger.errors import AlreadyDone, CommandReused, DigestChanged, Held, NotAllowed, NotDue, UnknownReference
from ledger.events import CLASSES, NCS, NHS, Json
from ledger.state.replay import state_of
from projections.customers import read as customers
from projections.obligations import read as obligations
from projections.organisations import read as organisations
from projections.retention import read as retention

INSTRUCTED = "DEST-01"
_RUNS = UUID("b6b3b0a3-5a63-5b0f-8f0d-6c6b7a1f9d11")


@dataclass(kw_only=True, slots=True)
class Destruction:
    """What a run destroyed and what it had to leave."""

    on: date
    digest: str
    destroyed: int = 0
    held: int = 0
    certificates: list[dict[str, Json]] = field(default_factory=list)
    exceptions: int = 0
    dry_run: bool = False
    instruction: dict[str, Json] | None = None
    """The controller's instruction that is carried out, if it is one (DEST-01)."""
    customers: int = 0
    late: int = 0
    """How many are destroyed after their last day; each leaves a finding (RET-GEN-02)."""
    rows: list[dict[str, Json]] = field(default_factory=list)
    """What the digest of a preview covers and no hold keeps, in the order of the due list."""
    by_class: Counter[str] = field(default_factory=Counter)
    """How many parts of each class went, or would go: what came from Jobcentre Plus is a class of its own (DEST-02)."""
    copies_left: dict[str, int] = field(default_factory=dict)
    """Emails and papers that whoever was instructed still has to put away, delete or destroy, by what is owed."""
    copies_found: int = 0
    """How many of them this run recorded a finding for (DEST-02)."""

    def as_json(self) -> dict[str, Json]:
        """The result shape of the outside contract."""
        return {
            "on": self.on.isoformat(),
            "digest": self.digest,
            "destroyed": self.destroyed,
            "held": self.held,
            "exceptions": self.exceptions,
            "dry_run": self.dry_run,
            "certificates": [*self.certificates],
            "customers": self.customers,
            "late": self.late,
            "by_class": dict(sorted(self.by_class.items())),
            **({"rows": [*self.rows]} if self.dry_run else {}),
            **self._as_instructed(),
        }

    def _as_instructed(self) -> dict[str, Json]:
        if self.instruction is None:
            return {}
        left: dict[str, Json] = {"copies_left": dict(self.copies_left), "copies_found": self.copies_found}
        return {"instruction": self.instruction, **left}


def preview(house: House, on: date, by: Caller, *, instruction: str | None = None) -> Destruction:
    """What this caller's run on this date would destroy, with the digest the run must match; changes nothing.

    With the number of a controller's instruction, only what is due under it. Raises NotAllowed and UnknownReference.
    """
    found, due = _drawn_up(house, on, by, instruction)
    found.rows = [row for row in due if not row["held_by"]]
    found.by_class.update(str(row["class"]) for row in found.rows)
    return found


def _drawn_up(house: House, on: date, by: Caller, number: str | None) -> tuple[Destruction, list[dict[str, Json]]]:
    with house.current_views() as connection:
        instruction = None if number is None else retention.instructed(connection, number)
        if number is not None and instruction is None:
            raise UnknownReference("No instruction with this number was recorded.")
        _refuse_whoever_does_not_answer(house, by, instruction)
        of_nhs = customers.of_programme(connection, NHS)
        due = _of_own_programme(house, retention.all_due(connection, on), by, of_nhs=of_nhs)
        exceptions = _of_own_programme(house, retention.every_exception(connection, on), by, of_nhs=of_nhs)
        left: dict[str, int] = {}
        if instruction is not None:
            due = [row for row in due if row["rule"] == INSTRUCTED and row["because"] == instruction["position"]]
            left = obligations.copies_left(
                connection, organisations.with_those_under(connection, str(instruction["contractor"]))
            )
    digest, count, held = retention.digest(iter(due))
    free = [row for row in due if not row["held_by"]]
    today = london_day(house.ledger.now()).isoformat()
    found = Destruction(
        on=on, digest=digest, destroyed=count - held, held=held, exceptions=len(exceptions), dry_run=True,
        instruction=instruction, copies_left=left, customers=len({row["customer_id"] for row in free}),
        late=sum(str(row["destroy_by"]) < today for row in free),
    )  # fmt: skip
    return found, due


def _refuse_whoever_does_not_answer(house: House, by: Caller, instruction: Mapping[str, Json] | None) -> None:
    """A contractor's records manager destroys what the controller instructed that contractor to, and nothing else."""
    if by.role != "records-manager":
        raise NotAllowed("Only a records manager may destroy records.")
    instructed = instruction is not None and instruction["contractor"] == by.organisation
    if not instructed and house.ledger.registers().is_contractor(by.organisation):
        raise NotAllowed(ONLY_CONTROLLERS_DESTROY)


def _of_own_programme(
    house: House, due: Iterable[dict[str, Json]], by: Caller, *, of_nhs: Collection[str]
) -> list[dict[str, Json]]:
    """Without what another controller answers for (PARTY-06)."""
    registers, recorder = house.ledger.registers(), house.ledger.recorder
    own = registers.programme_of(by.organisation)

    def programme(row: Mapping[str, Json]) -> str | None:
        if row["class"] == "rights_request":  # of a request, which may be about nobody who is known
            return programme_of(recorder, registers, UUID(str(row["customer_id"])))
        return NHS if row["customer_id"] in of_nhs else NCS

    return [row for row in due if programme(row) == own]


def destroy(
    house: House,
    on: date,
    by: Caller,
    *,
    digest: str | None = None,
    instruction: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Destruction:
    """Destroy what is due on a date and not held. With a digest, only if the list is still the one that was previewed.

    Nothing that another controller answers for, and with an instruction only what is due under it. Raises NotAllowed,
    NotDue, DigestChanged and UnknownReference.
    """
    if on > london_day(house.ledger.now()):
        raise NotDue("Records that fall due later are not destroyed today; name a date up to today.")
    before, due = _drawn_up(house, on, by, instruction)
    if digest is not None and digest != before.digest:
        raise DigestChanged
    result = Destruction(
        on=on, digest=before.digest, exceptions=before.exceptions, instruction=before.instruction,
        copies_left=before.copies_left, customers=before.customers, late=before.late,
    )  # fmt: skip
    by_customer = groupby(sorted(due, key=_by_customer), key=lambda row: str(row["customer_id"]))
    for done, (number, rows) in enumerate(by_customer, start=1):
        _destroy_customer(house, UUID(number), list(rows), by, result)
        if progress is not None:
            progress(done, before.destroyed + before.held)
    if instruction is not None:
        result.copies_found = find_copies_left(house, by, instruction)
    house.project()
    return result


def _by_customer(row: dict[str, Json]) -> tuple[str, str, str]:
    return str(row["customer_id"]), str(row["class"]), str(row["part"])


def _destroy_customer(house: House, number: UUID, rows: list[dict[str, Json]], by: Caller, result: Destruction) -> None:
    # The list was drawn up before: meanwhile a hold may have been placed, or another run may have been here.
    customer = state_of(house.ledger.history(number))
    held = [row for row in rows if row["held_by"] or customer.held(str(row["class"]))]
    result.held += len(held)
    free = [row for row in rows if row not in held and (row["class"], row["part"]) not in customer.destroyed]
    if not free:
        return
    with house.views() as connection:
        kept = retention.for_customer(connection, number)
    gone = {(row["class"], row["part"]) for row in free}
    events = {(one["class"], one["part"]): one["events"] for one in kept}
    remains = sorted({str(one["class"]) for one in kept if (one["class"], one["part"]) not in gone})
    destroyed: tuple[dict[str, Json], ...] = tuple(
        {
            "class": row["class"],
            "part": row["part"],
            "destroy_by": row["destroy_by"],
            "rule": row["rule"],
            "because": row["because"],
            "events": events.get((row["class"], row["part"]), 0),
        }
        for row in free
    )
    said: dict[str, Any] = {
        "destroyed": destroyed,
        "on": result.on.isoformat(),
        "digest": result.digest,
        "remains": tuple(remains),
    }
    command = Command(
        id=uuid5(_RUNS, f"{result.digest}/{number}"),
        kind=COMMANDS["destroy-records"],
        occurred_at=house.ledger.now(),
        parts=(Part(stream=number, fields=said),),
    )
    try:
        receipt = house.ledger.record(command, by)
    except Held:
        result.held += len(free)
        return
    except (AlreadyDone, CommandReused):  # another run of the same list was faster, and gives the certificates
        return
    if receipt.repeated:
        return
    result.destroyed += len(free)
    result.by_class.update(str(one["class"]) for one in destroyed)
    result.certificates += [
        {
            "customer_id": str(number),
            "class": one["class"],
            "part": one["part"],
            "label": CLASSES[str(one["class"])],
            "events": one["events"],
            "destroyed_at": house.ledger.now().isoformat().replace("+00:00", "Z"),
            "rule": one["rule"],
            "because": one["because"],
            "due_by": one["destroy_by"],
            "by_role": by.role,
            "by_organisation": by.organisation,
            "position": receipt.first,
            "remains": [*remains],
            "method": "key, ciphertext and search tokens were deleted; ids, dates and codes remain in the ledger",
        }
        for one in destroyed
    ]

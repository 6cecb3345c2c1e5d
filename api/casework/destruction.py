"""Destruction as a records manager does it: preview with a digest, run the same list, get certificates.

The run records that its list was approved, and each command proves that what it destroys is a row of it. Each
customer's destruction is one transaction of the ledger, or several where one entry cannot hold it. A run that is
stopped goes on where it was when it is started again, since what was destroyed is no longer due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid5

from api.casework.certificates import Certificate, Destruction
from api.casework.obligations import find_copies_left
from api.casework.runtime import Runtime
from ledger.authority.access import programme_of
from ledger.authority.destruction import refuse_destroying
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.bounds import MOST_IN_ONE_ENTRY
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import Command, Part
from ledger.errors import AlreadyDone, CommandReused, DigestChanged, Held, NotDue, UnknownReference
from ledger.events import NCS, NHS, DestructionApproved, Json
from ledger.log.merkle import Tree
from ledger.retention.approved_list import list_stream, proof
from ledger.state.replay import state_of
from projections import poison
from projections.customers import read as customers
from projections.obligations import read as obligations
from projections.organisations import read as organisations
from projections.retention import read as retention
from projections.retention.read import DueRow, ExceptionRow, Instruction

INSTRUCTED = "DEST-01"
_RUNS = UUID("b6b3b0a3-5a63-5b0f-8f0d-6c6b7a1f9d11")
_Row = TypeVar("_Row", DueRow, ExceptionRow)


@dataclass(frozen=True, kw_only=True, slots=True)
class _List:
    """What a run on a day is about: all that is due, held or not, and its digest."""

    tree: Tree
    rows: tuple[DueRow, ...]
    exceptions: int
    customers: int
    late: int
    instruction: Instruction | None
    copies_left: Mapping[str, int]
    incomplete: Mapping[UUID, str]
    """Whose records are left out since a view cannot show them as a whole, and why."""

    @property
    def digest(self) -> str:
        """The digest of the list: the root of its tree."""
        return self.tree.root().hex()

    @property
    def free(self) -> tuple[DueRow, ...]:
        """The rows that no hold keeps."""
        return tuple(row for row in self.rows if not row.held_by)


def preview(runtime: Runtime, on: date, by: Caller, *, instruction: str | None = None) -> Destruction:
    """What this caller's run on this date would destroy, with the digest the run must match; changes nothing.

    With the id of a controller's instruction, only what is due under it. Raises NotAllowed and UnknownReference.
    """
    listed = _drawn_up(runtime, on, by, instruction)
    return Destruction(
        on=on,
        digest=listed.digest,
        destroyed=len(listed.free),
        held=len(listed.rows) - len(listed.free),
        exceptions=listed.exceptions,
        dry_run=True,
        customers=listed.customers,
        late=listed.late,
        by_class=Counter(row.class_ for row in listed.free),
        rows=listed.free,
        instruction=listed.instruction,
        copies_left=listed.copies_left,
        incomplete=listed.incomplete,
    )


def _drawn_up(runtime: Runtime, on: date, by: Caller, instruction_id: str | None) -> _List:
    registers = runtime.ledger.registers()
    with runtime.current_views(by) as connection:
        instruction = None if instruction_id is None else retention.instructed(connection, instruction_id)
        if instruction_id is not None and instruction is None:
            raise UnknownReference("No instruction with this number was recorded.")
        refuse_destroying(
            registers, by, instructed=instruction is not None and instruction.contractor == by.organisation
        )
        of_nhs = customers.of_programme(connection, NHS)
        due = _of_own_programme(runtime, retention.all_due(connection, on), by, of_nhs=of_nhs)
        frozen = poison.frozen_among(connection, (row.customer_id for row in due))
        due = [row for row in due if row.customer_id not in frozen]
        exceptions = _of_own_programme(runtime, retention.every_exception(connection, on), by, of_nhs=of_nhs)
        left: dict[str, int] = {}
        if instruction is not None:
            due = [row for row in due if row.rule == INSTRUCTED and row.because == instruction.position]
            left = obligations.copies_left(
                connection, organisations.with_those_under(connection, instruction.contractor)
            )
    free = [row for row in due if not row.held_by]
    today = london_day(runtime.ledger.now())
    return _List(
        tree=retention.tree_of(due),
        rows=tuple(due),
        exceptions=len(exceptions),
        customers=len({row.customer_id for row in free}),
        late=sum(row.key.destroy_by < today for row in free),
        instruction=instruction,
        copies_left=left,
        incomplete={record: poisoned.sentence for record, poisoned in sorted(frozen.items())},
    )


def _of_own_programme(runtime: Runtime, rows: Iterable[_Row], by: Caller, *, of_nhs: Collection[str]) -> list[_Row]:
    """Without what another controller answers for (PARTY-06)."""
    registers, recorder = runtime.ledger.registers(), runtime.ledger.recorder
    own = registers.programme_of(by.organisation)

    def programme(row: _Row) -> str | None:
        if row.class_ == "rights_request":  # of a request, which may be about nobody who is known
            return programme_of(recorder, registers, row.customer_id)
        return NHS if str(row.customer_id) in of_nhs else NCS

    return [row for row in rows if programme(row) == own]


def destroy(
    runtime: Runtime,
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
    if on > london_day(runtime.ledger.now()):
        raise NotDue("Records that fall due later are not destroyed today; name a date up to today.")
    listed = _drawn_up(runtime, on, by, instruction)
    if digest is not None and digest != listed.digest:
        raise DigestChanged
    run = _approved(runtime, listed, on, by)
    certificates: list[Certificate] = []
    held = 0
    by_customer = groupby(sorted(listed.rows, key=_identity), key=lambda row: row.customer_id)
    for done, (customer_id, grouped) in enumerate(by_customer, start=1):
        rows = list(grouped)
        for first in range(0, len(rows), MOST_IN_ONE_ENTRY):
            some = _Some(customer_id, rows[first : first + MOST_IN_ONE_ENTRY], first // MOST_IN_ONE_ENTRY)
            outcome = _destroy_some(runtime, some, by, run)
            certificates += outcome.certificates
            held += outcome.held
        if progress is not None:
            progress(done, len(listed.rows))
    found = 0 if instruction is None else find_copies_left(runtime, by, instruction)
    runtime.project()
    return Destruction(
        on=on,
        digest=listed.digest,
        destroyed=len(certificates),
        held=held,
        exceptions=listed.exceptions,
        dry_run=False,
        customers=listed.customers,
        late=listed.late,
        by_class=Counter(certificate.class_ for certificate in certificates),
        certificates=tuple(certificates),
        instruction=listed.instruction,
        copies_left=listed.copies_left,
        incomplete=listed.incomplete,
        copies_found=found,
    )


_Identity = tuple[UUID, str, str]


def _identity(row: DueRow) -> _Identity:
    return row.customer_id, row.class_, row.part


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """An approved list that is being destroyed."""

    on: date
    digest: str
    tree: Tree
    places: Mapping[_Identity, int]

    def proof_of(self, row: DueRow) -> dict[str, Json]:
        """The proof that a row is of this list."""
        place = self.places[_identity(row)]
        return proof(place, self.tree.path(place))


def _approved(runtime: Runtime, listed: _List, on: date, by: Caller) -> _Run:
    """Record that the list was approved, unless it was before or nothing of it can be destroyed."""
    stream = list_stream(on.isoformat(), listed.digest)
    if listed.free and not runtime.ledger.recorder.history(stream):
        approved = DestructionApproved(
            on=on.isoformat(), digest=listed.digest, rows=len(listed.rows), organisation=by.organisation,
            instruction=listed.instruction.instruction if listed.instruction else None,
        )  # fmt: skip
        runtime.ledger.note(stream, approved, by)
    places = {_identity(row): place for place, row in enumerate(listed.rows)}
    return _Run(on=on, digest=listed.digest, tree=listed.tree, places=places)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    """What became of one customer's rows."""

    held: int
    certificates: tuple[Certificate, ...] = ()


class _Some(NamedTuple):
    """As many of a customer's rows as one entry holds with their proofs; `place` counts these from 0."""

    customer_id: UUID
    rows: Sequence[DueRow]
    place: int


def _destroy_some(runtime: Runtime, some: _Some, by: Caller, run: _Run) -> _Outcome:
    customer_id, rows, place = some
    # The list was drawn up before: meanwhile a hold may have been placed, or another run may have been here.
    customer = state_of(runtime.ledger.history(customer_id))
    held = [row for row in rows if row.held_by or customer.held(row.class_)]
    free = [row for row in rows if row not in held and (row.class_, row.part) not in customer.destroyed]
    if not free:
        return _Outcome(held=len(held))
    with runtime.views(by) as connection:
        kept = retention.for_customer(connection, customer_id)
    gone = {(row.class_, row.part) for row in free}
    events = {(row.class_, row.part): row.events for row in kept}
    remains = tuple(sorted({row.class_ for row in kept if (row.class_, row.part) not in gone}))
    counted = [(row, events.get((row.class_, row.part), 0)) for row in free]
    command = Command(
        id=uuid5(_RUNS, f"{run.digest}/{customer_id}{f'/{place}' if place else ''}"),
        kind=COMMANDS["destroy-records"],
        occurred_at=runtime.ledger.now(),
        parts=(
            Part(
                stream=customer_id,
                fields={
                    "destroyed": tuple(_recorded(row, count) | run.proof_of(row) for row, count in counted),
                    "on": run.on.isoformat(),
                    "digest": run.digest,
                    "remains": remains,
                },
            ),
        ),
    )
    try:
        receipt = runtime.ledger.record(command, by)
    except Held:
        return _Outcome(held=len(held) + len(free))
    except NotDue:  # meanwhile the service was resumed, or a period set: what is still due is on the next list
        return _Outcome(held=len(held))
    except (AlreadyDone, CommandReused):  # another run of the same list was faster, and gives the certificates
        return _Outcome(held=len(held))
    if receipt.repeated:
        return _Outcome(held=len(held))
    return _Outcome(
        held=len(held),
        certificates=tuple(
            Certificate(
                customer_id=customer_id,
                class_=row.class_,
                part=row.part,
                events=count,
                destroyed_at=runtime.ledger.now(),
                rule=row.rule,
                because=row.because,
                due_by=row.destroy_by,
                by_role=by.role,
                by_organisation=by.organisation,
                position=receipt.first,
                remains=remains,
            )
            for row, count in counted
        ),
    )


def _recorded(row: DueRow, events: int) -> dict[str, Json]:
    """A destroyed part as its event records it."""
    return {
        "class": row.class_,
        "part": row.part,
        "destroy_by": row.destroy_by.isoformat() if row.destroy_by else None,
        "rule": row.rule,
        "because": row.because,
        "events": events,
    }

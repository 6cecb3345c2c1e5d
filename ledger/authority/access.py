"""Who may read what, and give the instruction to destroy it: who serves a person and the controller, never another one.

Access is decided from facts alone; nothing is unsealed to decide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledger.authority import rulings
from ledger.authority.grants import Holder, grant_in_force
from ledger.authority.serving import serves
from ledger.authority.side import is_of_contractor, reads_people, refuse_nobody, side_of
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.grants import READERS
from ledger.commands.reader import Command
from ledger.errors import AnotherController, Malformed, NotAllowed, UnknownCustomer
from ledger.events import ContractStarted, OrganisationRegistered
from ledger.log.codec import Entry
from ledger.state.registers import InForce
from ledger.state.replay import access_file_of, is_request, request_of
from ledger.store.recorder import Recorder


def streams_disclosed_by(command: Command) -> frozenset[UUID]:
    """The streams that the answer to a command discloses something about: its own and those of customers it names."""
    if command.kind.subject == "organisation":
        return frozenset()
    named = (part.fields.get(name) for part in command.parts for name in ("customer_id", "into"))
    return frozenset({part.stream for part in command.parts} | {UUID(stream) for stream in named if stream})


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """How much of a person's record a caller may read: everything, or facts without names and contents."""

    unsealed: bool
    grant_id: str | None = None
    """The grant by which, where there is one."""


EVERYTHING = Sight(unsealed=True)


def sight_of(by: Caller, on: InForce, history: Sequence[Entry], holder: Holder | None = None) -> Sight | None:
    """What a caller may read of a person's record, or of a request's file that is about nobody known; None: nothing.

    `on` are today's registers. The controller's case work reads the people of its programme (PARTY-06), its auditors
    their facts, a contractor those it serves; an office, an importer and an administrator read nobody. Whoever holds a
    grant in force reads everything. Without a `holder` no grant counts.
    """
    if not history or access_file_of(history) is not None or side_of(by, on) == "nobody":
        return None
    own = reads_people(by, on) and _programme(history, on) == on.programme_of(by.organisation)
    if (own and by.role != "auditor") or (_serves(by, on, history)):
        return EVERYTHING
    grant = grant_in_force(history, holder) if holder is not None and by.role in READERS else None
    if grant is not None:
        return Sight(unsealed=True, grant_id=grant.grant_id)
    return Sight(unsealed=False) if own else None


def _serves(by: Caller, on: InForce, history: Sequence[Entry]) -> bool:
    own = side_of(by, on) == "contractor" and _programme(history, on) == on.programme_of(by.organisation)
    return own and serves(by.organisation, on, history)


def may_read_person(by: Caller, on: InForce, history: Sequence[Entry], holder: Holder | None = None) -> bool:
    """Whether a caller may read a person's record at all."""
    return sight_of(by, on, history, holder) is not None


def _programme(history: Sequence[Entry], on: InForce) -> str:
    """The programme of a person; a request that names nobody belongs to that of the organisation that received it."""
    if is_request(history):
        return on.programme_of(request_of(history).organisation)
    return rulings.programme_of_person(history, on)


def refuse_unless_readable(
    recorder: Recorder, on: InForce, stream: UUID, by: Caller, holder: Holder | None = None
) -> Sight:
    """What the caller may read. Raises UnknownCustomer for nothing: "not yours" is answered like "not there"."""
    sight = sight_of(by, on, recorder.history(stream), holder)
    if sight is None:
        raise UnknownCustomer(about=stream)
    return sight


def programme_of(recorder: Recorder, on: InForce, stream: UUID) -> str | None:
    """The programme of a customer or a request; None when the stream is empty."""
    history = person = recorder.history(stream)
    if is_request(history):
        customer = request_of(history).customer
        person = recorder.history(customer) if customer else history
    return _programme(person, on) if history else None


def refuse_across_programmes(recorder: Recorder, on: InForce, stream: UUID, by: Caller) -> None:
    """Raise UnknownCustomer for a customer or request of a programme with another controller (PARTY-06)."""
    if programme_of(recorder, on, stream) not in {None, on.programme_of(by.organisation)}:
        raise UnknownCustomer(about=stream)


def refuse_instructing_for_others(on: InForce, command: Command, by: Caller) -> None:
    """Refuse an instruction to destroy unless the controller in office gives it for the end of a contract (DEST-01).

    It is refused and not only judged, because destruction cannot be undone. `on` is today. Raises
    UnregisteredOrganisation for a caller on no side, NotAllowed for a contractor, AnotherController across programmes,
    and Malformed when the issuer is not a controller in office or the contract is not known to end by that day.
    """
    refuse_nobody(by, on)
    fields = command.parts[0].fields
    issuer, contractor = str(fields["organisation"]), str(fields["contractor"])
    if is_of_contractor(on, by.organisation):
        raise NotAllowed("Only the controller instructs a contractor to destroy what it holds.", rule_id="DEST-01")
    then = on.registers.on(london_day(command.occurred_at))
    if len({then.programme_of(issuer), then.programme_of(contractor), on.programme_of(by.organisation)}) > 1:
        raise AnotherController
    registered = (entry.organisation for entry in then.every(OrganisationRegistered))
    in_office = [code for code in registered if then.is_controller(code)]
    if then.is_contractor(issuer) or (in_office and issuer not in in_office):
        raise Malformed(
            f"Only a controller in office may instruct; that day it was {' or '.join(in_office) or 'nobody known'}.",
            field="organisation", rule_id="DEST-01",
        )  # fmt: skip
    why = _goes_on(on, contractor, str(fields["contract"]), date.fromisoformat(fields["valid_from"]))
    if why is not None:
        raise Malformed(
            f"A contractor destroys at the end of its contract, and {why}.", field="contract", rule_id="DEST-01"
        )


def _goes_on(on: InForce, contractor: str, contract: str, day: date) -> str | None:
    """Why a contractor may not destroy everything on a day under a contract; None when it may."""
    ends = on.contract_ends(contractor, contract)
    if ends is None:
        return "no such contract of it is registered"
    if ends > day:
        return "this one is not known to end by that day"
    holders = {*on.line_of(contractor)}
    further = {entry.contract for entry in on.registers.on(day).every(ContractStarted) if entry.organisation in holders}
    if further - {contract}:  # records do not say which contract they belong to
        return f"it goes on under {min(further - {contract})}, so its records follow the schedule"
    return None

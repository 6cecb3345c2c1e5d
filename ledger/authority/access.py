"""Who may read what is on record: whoever serves a person or answers for the service, and never another controller.

Only facts are asked for here, so nothing is opened to find out whether it may be.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.reader import Command
from ledger.decisions import PERMITTED, may_read, organisations_serving
from ledger.errors import AnotherController, Malformed, NotAllowed
from ledger.events import NCS, NHS, ContractStarted, DestructionInstructed, OrganisationRegistered
from ledger.state.registers import InForce
from ledger.state.replay import event_of, is_request, request_of, state_of
from ledger.store.recorder import Recorder

ONLY_CONTROLLERS_DESTROY = (
    "Only the controller's records manager may destroy records, or a contractor's those that the controller's"
    " instruction to it names."
)


def streams_told_of(command: Command) -> frozenset[UUID]:
    """The people and requests that an answer to a command tells something about: whom it is about and whom it names."""
    if command.kind.about == "organisation":
        return frozenset()
    named = (part.said.get(name) for part in command.parts for name in ("customer_id", "into"))
    return frozenset({part.stream for part in command.parts} | {UUID(number) for number in named if number})


def serves(recorder: Recorder, stream: UUID, by: Caller) -> bool:
    """Whether a caller reads everything of their service, or their organisation registered or served this person."""
    return may_read(by, ()) or may_read(by, organisations_serving(map(event_of, recorder.history(stream))))


def refuse_strangers(recorder: Recorder, stream: UUID, by: Caller) -> None:
    """Raise NotAllowed for a contractor who neither registered nor served a person who is known."""
    if not serves(recorder, stream, by) and recorder.history(stream):
        raise NotAllowed("Your organisation neither registered nor served this customer.")


def programme_of(recorder: Recorder, on: InForce, stream: UUID) -> str | None:
    """The programme that a person or a request belongs to; None when nothing is known of it.

    A request about nobody who is known belongs to the programme of the organisation it was made to.
    """
    history = of_person = recorder.history(stream)
    programme = NCS
    if is_request(history):
        request = request_of(history)
        programme = on.programme_of(request.organisation)
        of_person = recorder.history(request.customer) if request.customer else []
    if of_person:
        programme = NHS if state_of(of_person).programme == NHS else NCS
    return programme if history else None


def refuse_across_programmes(recorder: Recorder, on: InForce, stream: UUID, by: Caller) -> None:
    """Raise AnotherController for a person or a request that the caller's controller does not answer for (PARTY-06)."""
    if programme_of(recorder, on, stream) not in {None, on.programme_of(by.organisation)}:
        raise AnotherController


def refuse_instructing_for_others(on: InForce, command: Command, by: Caller) -> None:
    """Only the controller in office has a contractor destroy what it holds, and at the end of its contract (DEST-01).

    Destruction cannot be undone, so unlike what happened already this is refused. `on` is today. Raises NotAllowed for
    a contractor, AnotherController across programmes, Malformed for an instruction by somebody else and for a contract
    that is not known to end by then.
    """
    said = command.parts[0].said
    issuer, contractor = str(said["organisation"]), str(said["contractor"])
    if on.is_contractor(by.organisation):
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
    why = _goes_on(on, contractor, str(said["contract"]), date.fromisoformat(said["valid_from"]))
    if why is not None:
        raise Malformed(
            f"A contractor destroys at the end of its contract, and {why}.", field="contract", rule_id="DEST-01"
        )


def _goes_on(on: InForce, contractor: str, contract: str, day: date) -> str | None:
    """Why a contractor's records cannot all go on a day with a contract, if they cannot."""
    ends = on.contract_ends(contractor, contract)
    if ends is None:
        return "no such contract of it is registered"
    if ends > day:
        return "this one is not known to end by that day"
    holders = {*on.line_of(contractor)}
    further = {one.contract for one in on.registers.on(day).every(ContractStarted) if one.organisation in holders}
    if further - {contract}:  # what was kept under which contract is not on record
        return f"it goes on under {min(further - {contract})}, so its records follow the schedule"
    return None


def may_destroy(by: Caller) -> bool:
    """Whether a caller's role may destroy records at all; `refuse_destroying` tells whose."""
    return by.role in PERMITTED["destroy-records"]


def refuse_unless_may_destroy(by: Caller) -> None:
    """Raise NotAllowed for a role that may destroy no records."""
    if not may_destroy(by):
        raise NotAllowed("Only a records manager may destroy records.")


def refuse_destroying(on: InForce, by: Caller, *, instructed: bool) -> None:
    """Raise NotAllowed for another role, and for a contractor beyond what the controller instructed it to (DEST-01)."""
    refuse_unless_may_destroy(by)
    _refuse_contractor(on, by, instructed=instructed)


def refuse_destroying_for_others(recorder: Recorder, on: InForce, command: Command, by: Caller) -> None:
    """Raise AnotherController across programmes, NotAllowed for a contractor beyond what it was instructed (DEST-01).

    Which day was the last one the command says: the schedule is reckoned by the retention view, and `ledger destroy`
    takes it from there. The command itself is held to what its records show: that no day of it is yet to come, no hold
    is in force and nothing went before.
    """
    instructed = any(one.contractor == by.organisation for one in on.every(DestructionInstructed))
    for part in command.parts:
        refuse_across_programmes(recorder, on, part.stream, by)
        all_instructed = instructed and all(one.get("rule") == "DEST-01" for one in part.said["destroyed"])
        _refuse_contractor(on, by, instructed=all_instructed)


def _refuse_contractor(on: InForce, by: Caller, *, instructed: bool) -> None:
    if not instructed and on.is_contractor(by.organisation):
        raise NotAllowed(ONLY_CONTROLLERS_DESTROY)

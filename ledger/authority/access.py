"""Who may read what, and give the instruction to destroy it: who serves a person and the controller, never another one.

Access is decided from facts alone; nothing is unsealed to decide it.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledger.authority.readers import may_read, organisations_serving
from ledger.caller import Caller
from ledger.clocks import london_day
from ledger.commands.reader import Command
from ledger.errors import AnotherController, Malformed, NotAllowed
from ledger.events import NCS, NHS, ContractStarted, OrganisationRegistered
from ledger.state.registers import InForce
from ledger.state.replay import event_of, is_request, request_of, state_of
from ledger.store.recorder import Recorder


def streams_disclosed_by(command: Command) -> frozenset[UUID]:
    """The streams that the answer to a command discloses something about: its own and those of customers it names."""
    if command.kind.subject == "organisation":
        return frozenset()
    named = (part.fields.get(name) for part in command.parts for name in ("customer_id", "into"))
    return frozenset({part.stream for part in command.parts} | {UUID(stream) for stream in named if stream})


def serves(recorder: Recorder, stream: UUID, by: Caller) -> bool:
    """Whether the caller's role reads every record, or their organisation registered or served this person."""
    return may_read(by, ()) or may_read(by, organisations_serving(map(event_of, recorder.history(stream))))


def refuse_strangers(recorder: Recorder, stream: UUID, by: Caller) -> None:
    """Raise NotAllowed for a contractor that neither registered nor served an existing customer."""
    if not serves(recorder, stream, by) and recorder.history(stream):
        raise NotAllowed("Your organisation neither registered nor served this customer.")


def programme_of(recorder: Recorder, on: InForce, stream: UUID) -> str | None:
    """The programme of a customer or a request; None when the stream is empty.

    A request without an identified customer belongs to the programme of the organisation that received it.
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
    """Raise AnotherController for a customer or request of a programme with another controller (PARTY-06)."""
    if programme_of(recorder, on, stream) not in {None, on.programme_of(by.organisation)}:
        raise AnotherController


def refuse_instructing_for_others(on: InForce, command: Command, by: Caller) -> None:
    """Refuse an instruction to destroy unless the controller in office gives it for the end of a contract (DEST-01).

    It is refused and not only judged, because destruction cannot be undone. `on` is today. Raises NotAllowed for a
    contractor, AnotherController across programmes, Malformed when the issuer is not a controller in office or the
    contract is not known to end by that day.
    """
    fields = command.parts[0].fields
    issuer, contractor = str(fields["organisation"]), str(fields["contractor"])
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

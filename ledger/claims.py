"""Plans a command as far as its caller is entitled to it; the rest is recorded as a claim and waits (D43).

A claim stands on a stream beside that of the person, request or organisation it is about, so that whoever reports about
a stranger learns nothing: the answer is the same whether the record exists or not. Confirming a claim carries it out as
if the person confirming had reported it, on the day it was said to have happened; so nobody confirms what they could
not have recorded. What took effect when it was received is not recorded again, except a statement about consent, which
then no longer rests on the claim; and disputing it undoes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

from ledger import errors
from ledger.authority import rulings
from ledger.authority.rulings import ACTS_IN, NOT_SERVED, Ruling, ruling_of
from ledger.authority.side import AUTHORITATIVE, Side, own_and_under, refuse_nobody, side_of
from ledger.caller import RECORDERS, Caller
from ledger.clocks import breach_notification_due, instant_text, london_day
from ledger.commands.bounds import MOST_IN_ONE_ENTRY
from ledger.commands.catalogue import COMMANDS
from ledger.commands.declaration import ClaimAnswer
from ledger.commands.description import SUBJECT_FIELD
from ledger.commands.reader import Command, Part, claims_stream, read_command
from ledger.decisions import refuse_unless_permitted
from ledger.events import (
    BreachAssessmentOpened,
    ClaimConfirmed,
    ClaimDisputed,
    ClaimReceived,
    Consent,
    Event,
    FindingRaised,
    OrganisationRegistered,
    RecordsDestroyed,
)
from ledger.judging.case import Context, assessment_id_of
from ledger.log.codec import Entry
from ledger.planning import Plan, Planning
from ledger.state.registers import InForce
from ledger.state.replay import event_of, is_request

_NOT_IN_THE_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)
"""Whether a claim lies in the future was asked when it was received."""
_WITH_THE_RECORDS = frozenset({"identity", "service", "nhs_careers", "rights_request"})
"""The classes of a record with which the claims about it are destroyed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Which answers to a claim a caller may give."""

    confirm: bool = False
    dispute: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Entitlement:
    """Plans commands for a caller over the current histories and the registers of two days."""

    planning: Planning
    by: Caller
    on: InForce
    """The registers of the day of recording."""

    def plans(self, command: Command, part: Part, at: datetime, context: Context | None) -> Iterator[Plan]:
        """The appends of one part of a command, a claim last. Raises subclasses of Refused."""
        refuse_unless_permitted(command, self.by, at)
        if isinstance(command.kind, ClaimAnswer):
            yield from self._answer(command, part, at, context)
            return
        ruling = self._ruling(command, part)
        if ruling.claim is None:
            yield from self.planning.plans(command, part, self.by, at, context)
            yield from self._claims_destroyed(command, part)
            return
        taken = self._taken(command, part, at, context) if ruling.takes_effect else ()
        yield from taken
        if not taken and ruling.claim == "another's act":
            yield from self._assessment(command, part, at, context)
        person = _person_named(command, part, self.planning.read(part.stream))
        made = claim_of(command, part, self.by, ruling, taken=bool(taken), person=person)
        stream = claims_stream(part.stream)
        yield stream, list(self.planning.read(stream)), (made,)

    def _ruling(self, command: Command, part: Part) -> Ruling:
        day = self.on.registers.on(london_day(command.occurred_at))
        return ruling_of(command, part, self.by, on=self.on, day=day, read=self.planning.read)

    def _taken(self, command: Command, part: Part, at: datetime, context: Context | None) -> Sequence[Plan]:
        """The part that takes effect at once; nothing where the record itself would refuse it.

        A refusal by the state would tell a stranger what is on record.
        """
        if part.fields.get("organisation") not in {None, self.by.organisation}:  # who recorded it is who reports it
            part = replace(part, fields={**part.fields, "organisation": self.by.organisation})
        try:
            plans = self.planning.plans(command, part, self.by, at, context)
            marked = [self._unconfirmed(plan, command, part) for plan in plans]
            return [plan for plan in (self._without_findings_of_others(plan, command) for plan in marked) if plan[2]]
        except errors.Malformed:
            raise
        except errors.Refused:
            return ()

    @staticmethod
    def _unconfirmed(plan: Plan, command: Command, part: Part) -> Plan:
        """Statements about consent name the claim they rest on: no destruction follows until it is confirmed."""
        stream, history, made = plan
        claim_id = claim_id_of(command, part)
        marked = (event.but(rests_on=claim_id) if isinstance(event, Consent) else event for event in made)
        return stream, history, tuple(marked)

    def _without_findings_of_others(self, plan: Plan, command: Command) -> Plan:
        """What nobody entitled confirmed raises no finding against another organisation, and no breach of its own.

        An own act that names no organisation is the caller's, so what is found about it stays.
        """
        stream, history, made = plan
        own: frozenset[str | None] = own_and_under(self.on, self.by.organisation)
        own |= {None} if command.kind.effect == "own-act" else set()
        return stream, history, tuple(event for event in made if not _found_of_another(event, own))

    def _assessment(self, command: Command, part: Part, at: datetime, context: Context | None) -> Iterator[Plan]:
        """A breach assessment at the controller, who is aware of a grave claim from its receipt (LEDG-06)."""
        if context is None or command.kind.subject != "customer" or not self.planning.read(part.stream):
            return
        try:
            judged = [
                event for _, _, made in self.planning.plans(command, part, self.by, at, context) for event in made
            ]
        except errors.Refused:
            return
        grave = [event for event in judged if isinstance(event, FindingRaised) and event.severity == "S1"]
        if not grave:
            return
        opened = BreachAssessmentOpened(
            assessment_id=assessment_id_of(command.id, grave[0].subject_id), subject_id=grave[0].subject_id,
            findings=(), became_aware_at=instant_text(at), due_at=instant_text(breach_notification_due(at)),
            controller_due_at=None, organisation=controller_of(self.on),
        )  # fmt: skip
        yield part.stream, list(self.planning.read(part.stream)), (opened,)

    def answers(self, entry: Entry) -> Answers:
        """How this caller may answer the claim of an entry; whether it still waits is another matter.

        Raises UnregisteredOrganisation; and Destroyed, when what was claimed is gone, to whom it concerned.
        """
        refuse_nobody(self.by, self.on)
        side, claim = side_of(self.by, self.on), claim_in(entry)
        if self.by.role not in RECORDERS:
            return Answers()
        claimed, named = self._claimed(claim, entry), self._is_named(claim)
        if claimed is None:
            if named or side in AUTHORITATIVE:
                raise errors.Destroyed("What was reported was destroyed with the records, so nobody can answer it now.")
            return Answers()
        entitled = self._may_confirm(claim, claimed, claimed.parts[0], side)
        return Answers(confirm=entitled, dispute=entitled or named)

    def _answer(self, command: Command, part: Part, at: datetime, context: Context | None) -> Iterator[Plan]:
        kind = command.kind
        assert isinstance(kind, ClaimAnswer), "only an answer to a claim comes here"
        refuse_nobody(self.by, self.on)  # before it is looked up, so that it tells nothing of the claim
        about, claim_id = UUID(str(part.fields["about"])), str(part.fields["claim_id"])
        history = self.planning.read(part.stream)
        entry = waiting_claim(history, claim_id)
        if entry is None:
            raise errors.UnknownClaim
        allowed = self.answers(entry)
        if not (allowed.confirm if kind.confirms else allowed.dispute):
            raise errors.UnknownClaim
        claim = claim_in(entry)
        claimed = self._claimed(claim, entry, bounded=True) if kind.confirms else None
        # A statement about consent that took effect is made anew, so that it no longer rests on the claim.
        if claimed is not None and (not claim.taken or issubclass(claimed.kind.makes, Consent)):
            yield from self.planning.plans(claimed, claimed.parts[0], self.by, at, context)
        answered = {"about": str(about), "part": claim_id, "organisation": self.by.organisation}
        happened = {"happened_at": claim.happened_at} if kind.confirms else {}
        yield part.stream, list(history), (kind.makes(**{**part.fields, **answered, **happened}),)

    def _claimed(self, claim: ClaimReceived, entry: Entry, *, bounded: bool = False) -> Command | None:
        """The command that was claimed, under an id of its own; None when it was destroyed.

        What was reported before there were bounds is shown without them and confirmed only within. Raises Malformed.
        """
        fields = self.planning.opened(entry.stream).get(entry.position, {}).get("fields")
        if fields is None:
            return None
        subject = COMMANDS[claim.command].subject
        named = {} if subject == "organisation" else {SUBJECT_FIELD[subject]: claim.about}
        body = {"id": str(uuid5(entry.id, "claimed")), "type": claim.command, "occurred_at": claim.happened_at}
        return read_command({**body, **fields, **named}, bounded=bounded)

    def _is_named(self, claim: ClaimReceived) -> bool:
        """Whether a claim reports an act of an organisation that this caller speaks for."""
        return claim.because != NOT_SERVED and claim.organisation in speaks_for(self.by, self.on)

    def _may_confirm(self, claim: ClaimReceived, claimed: Command, part: Part, side: Side) -> bool:
        """Whether the caller could have recorded it.

        Of a person not served, who serves them answers for the reporter's own act too. Of an organisation that moves,
        the controller of the other programme answers.
        """
        try:
            refuse_unless_permitted(claimed, self.by, _NOT_IN_THE_FUTURE)
        except errors.NotAllowed:
            return False
        match claim.because:
            case "moves":
                of_claimant, own = self.on.programme_of(claim.claimant), self.on.programme_of(self.by.organisation)
                return side == "operator" or (side == "controller" and of_claimant != own)
            case rulings.NOT_SERVED:
                unnamed = {name: value for name, value in part.fields.items() if name not in ACTS_IN}
                ruling = self._ruling(claimed, Part(stream=part.stream, fields=unnamed))
                return side != "jobcentre-plus" and ruling.claim is None
            case _:
                ruling = self._ruling(claimed, part)
                return ruling.claim is None or (ruling.takes_effect and self._is_named(claim))

    def _claims_destroyed(self, command: Command, part: Part) -> Iterator[Plan]:
        """Claims about a person hold what their records hold, and go with them."""
        if command.kind.makes is not RecordsDestroyed:
            return
        destroyed = {str(records["class"]) for records in part.fields["destroyed"]}
        history = self.planning.read(claims_stream(part.stream))
        if not history or destroyed.isdisjoint(_WITH_THE_RECORDS):
            return
        gone = {records["part"] for entry in history if entry.type == RecordsDestroyed.NAME
                for records in getattr(event_of(entry), "destroyed", ())}  # fmt: skip
        parts = dict.fromkeys(entry.part for entry in history if entry.class_ is not None and entry.part not in gone)
        template = {**part.fields["destroyed"][0]}
        records = tuple({**template, "class": ClaimReceived.HOLDS, "part": claim_id} for claim_id in parts)
        if records:
            made = (
                command.kind.makes(**{**part.fields, "destroyed": records[first : first + MOST_IN_ONE_ENTRY]})
                for first in range(0, len(records), MOST_IN_ONE_ENTRY)
            )
            yield history[0].stream, list(history), tuple(made)


def _found_of_another(event: Event, own: frozenset[str | None]) -> bool:
    """Whether an event is a finding or a breach assessment of another organisation than these."""
    return isinstance(event, FindingRaised | BreachAssessmentOpened) and event.organisation not in own


def claim_id_of(command: Command, part: Part) -> str:
    """The id of the claim that one part of a command makes."""
    return str(uuid5(command.id, f"claim {part.stream}"))


def claim_of(
    command: Command, part: Part, by: Caller, ruling: Ruling, *, taken: bool, person: str | None
) -> ClaimReceived:
    """The event of a claim."""
    claim_id = claim_id_of(command, part)
    return ClaimReceived(
        claim_id=claim_id, about=str(part.stream), person=person, subject=command.kind.subject,
        command=command.kind.name,
        because=ruling.claim or "", taken=taken, claimant=by.organisation, organisation=ruling.organisation,
        command_id=str(command.id), happened_at=instant_text(command.occurred_at), fields=dict(part.fields),
        part=claim_id,
    )  # fmt: skip


def waiting_claim(history: Sequence[Entry], claim_id: str) -> Entry | None:
    """The entry of the claim with this id that nobody has answered; None when there is none."""
    found: Entry | None = None
    for entry in history:
        match event_of(entry):
            case ClaimReceived() as claim if claim.claim_id == claim_id:
                found = entry
            case ClaimConfirmed() | ClaimDisputed() as answer if answer.claim_id == claim_id:
                return None
    return found


def speaks_for(by: Caller, on: InForce) -> frozenset[str]:
    """The organisations for which a caller answers claims: its own, and for a contractor's manager those under it."""
    return own_and_under(on, by.organisation) if by.role == "contractor-manager" else frozenset({by.organisation})


def happened_at(made: Sequence[Event], otherwise: datetime) -> datetime:
    """When what is recorded with these events happened: of what is confirmed, when it was said to have happened."""
    confirmed = next((event for event in made if isinstance(event, ClaimConfirmed)), None)
    return datetime.fromisoformat(confirmed.happened_at) if confirmed and confirmed.happened_at else otherwise


def _person_named(command: Command, part: Part, history: Sequence[Entry]) -> str | None:
    """The person whom a command itself names; None for a request's own number, and for an organisation."""
    if command.kind.subject == "customer":
        return None if is_request(history) else str(part.stream)
    named = part.fields.get("customer_id") if command.kind.subject == "request" else None
    return str(named) if named else None


def claim_in(entry: Entry) -> ClaimReceived:
    """The claim that an entry holds, without its sealed fields."""
    claim = event_of(entry)
    assert isinstance(claim, ClaimReceived), "the entry of a claim"
    return claim


def controller_of(on: InForce) -> str | None:
    """The code of the controller in office, the newest registration first; None when none is registered."""
    every = on.every(OrganisationRegistered)
    return next((entry.organisation for entry in every if entry.kind.lower() == "controller"), None)

"""Plans a command as far as its caller is entitled to it; the rest is recorded as a claim and waits (D15).

A claim stands on a stream beside that of the person, request or organisation it is about, so that whoever reports about
a stranger learns nothing: the answer is the same whether the record exists or not. Confirming a claim carries it out as
if the person confirming had reported it; so nobody confirms what they could not have recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from ledger import errors
from ledger.authority.rulings import Ruling, ruling_of
from ledger.authority.side import own_and_under, side_of
from ledger.caller import Caller
from ledger.clocks import breach_notification_due, instant_text, london_day
from ledger.commands.declaration import ClaimAnswer
from ledger.commands.reader import Command, Part, claims_stream, read_command
from ledger.decisions import refuse_unless_permitted
from ledger.events import (
    BreachAssessmentOpened,
    ClaimConfirmed,
    ClaimDisputed,
    ClaimReceived,
    Consent,
    FindingRaised,
    OrganisationRegistered,
    RecordsDestroyed,
)
from ledger.judging.case import Context, assessment_id_of
from ledger.log.codec import Entry
from ledger.planning import Plan, Planning
from ledger.state.registers import InForce
from ledger.state.replay import event_of


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
        made = claim_of(command, part, self.by, ruling, taken=bool(taken))
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
            return [self._unconfirmed(plan, command, part) for plan in plans]
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

    def _answer(self, command: Command, part: Part, at: datetime, context: Context | None) -> Iterator[Plan]:
        kind = command.kind
        assert isinstance(kind, ClaimAnswer), "only an answer to a claim comes here"
        about, claim_id = UUID(str(part.fields["about"])), str(part.fields["claim_id"])
        history = self.planning.read(part.stream)
        entry = waiting_claim(history, claim_id)
        if entry is None:
            raise errors.UnknownClaim
        claim = _claim(entry)
        claimed = self._claimed(command, claim, entry)
        entitled = self._may_confirm(claim, claimed, claimed.parts[0])
        named = claim.organisation in own_and_under(self.on, self.by.organisation)
        if not entitled and not (named and not kind.confirms):
            raise errors.UnknownClaim
        if kind.confirms:
            yield from self._confirmed(claim, claimed, at, context)
        made = kind.makes(
            **{"organisation": self.by.organisation, **part.fields, "about": str(about), "part": claim_id}
        )
        yield part.stream, list(history), (made,)

    def _claimed(self, command: Command, claim: ClaimReceived, entry: Entry) -> Command:
        """The command that was claimed, under an id of its own. Raises Destroyed."""
        fields = self.planning.opened(entry.stream).get(entry.position, {}).get("fields")
        if fields is None:
            raise errors.Destroyed("What was claimed was destroyed; it can be disputed, and no longer be confirmed.")
        subject = {"customer": "customer_id", "request": "request_id", "organisation": "organisation"}[claim.subject]
        named = {} if claim.subject == "organisation" else {subject: claim.about}
        body = {"id": str(uuid5(command.id, "claimed")), "type": claim.command, "occurred_at": claim.happened_at}
        return read_command({**body, **fields, **named})

    def _may_confirm(self, claim: ClaimReceived, claimed: Command, part: Part) -> bool:
        if claim.because == "moves":
            of_claimant, own = self.on.programme_of(claim.claimant), self.on.programme_of(self.by.organisation)
            return side_of(self.by, self.on) == "operator" or of_claimant != own
        try:
            refuse_unless_permitted(claimed, self.by, datetime(9999, 1, 1, tzinfo=claimed.occurred_at.tzinfo))
            return self._ruling(claimed, part).claim is None
        except errors.NotAllowed:
            return False

    def _confirmed(
        self, claim: ClaimReceived, claimed: Command, at: datetime, context: Context | None
    ) -> Sequence[Plan]:
        try:
            return [*self.planning.plans(claimed, claimed.parts[0], self.by, at, context)]
        except errors.AlreadyDone:
            if claim.taken:  # it took effect when it was claimed
                return ()
            raise

    def _claims_destroyed(self, command: Command, part: Part) -> Iterator[Plan]:
        """Claims about a person hold what their records hold, and go with them."""
        if command.kind.makes is not RecordsDestroyed:
            return
        destroyed = [str(records["class"]) for records in part.fields["destroyed"]]
        history = self.planning.read(claims_stream(part.stream))
        if not history or not {"identity", "service"} & {*destroyed}:
            return
        gone = {records["part"] for entry in history if entry.type == RecordsDestroyed.NAME
                for records in getattr(event_of(entry), "destroyed", ())}  # fmt: skip
        parts = dict.fromkeys(entry.part for entry in history if entry.class_ is not None and entry.part not in gone)
        template = {**part.fields["destroyed"][0]}
        records = tuple({**template, "class": ClaimReceived.HOLDS, "part": claim_id} for claim_id in parts)
        if records:
            yield history[0].stream, list(history), (command.kind.makes(**{**part.fields, "destroyed": records}),)


def claim_id_of(command: Command, part: Part) -> str:
    """The id of the claim that one part of a command makes."""
    return str(uuid5(command.id, f"claim {part.stream}"))


def claim_of(command: Command, part: Part, by: Caller, ruling: Ruling, *, taken: bool) -> ClaimReceived:
    """The event of a claim."""
    claim_id = claim_id_of(command, part)
    return ClaimReceived(
        claim_id=claim_id, about=str(part.stream), subject=command.kind.subject, command=command.kind.name,
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


def _claim(entry: Entry) -> ClaimReceived:
    claim = event_of(entry)
    assert isinstance(claim, ClaimReceived), "the entry of a claim"
    return claim


def controller_of(on: InForce) -> str | None:
    """The code of the controller in office, the newest registration first; None when none is registered."""
    every = on.every(OrganisationRegistered)
    return next((entry.organisation for entry in every if entry.kind.lower() == "controller"), None)

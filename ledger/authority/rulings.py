"""What becomes of a command: it takes effect, it waits as a claim, or both (D43). Pure, from facts alone.

Everything is recorded. What protects the person takes effect at once, whoever reports it. What exposes, changes, ends
or destroys takes effect only when it comes from somebody entitled: the controller's side of the person's programme,
the operator's shell, or an organisation that serves the person and reports its own act. `docs/authority.md` has the
table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from ledger.authority.serving import serves, serving_of
from ledger.authority.side import contract_is_over, own_and_under, refuse_nobody, side_of
from ledger.caller import OFFICE, Caller
from ledger.commands.declaration import CustomerCommand, Declaration, Fields
from ledger.commands.findings import DESTROY_RECORDS, FIND_LATE, SET_PERIOD
from ledger.commands.grants import DECISIONS, REQUEST
from ledger.commands.reader import Command, Part
from ledger.commands.received import NOTIFY
from ledger.events import (
    NCS,
    NHS,
    BreachAssessmentOpened,
    CustomerRegistered,
    CustomersMerged,
    DataReceived,
    DataShared,
    ErasureUpheld,
    Event,
    FindingRaised,
    OrganisationRegistered,
    ProcessingRestricted,
    RecordCorrected,
)
from ledger.log.codec import Entry
from ledger.normalise import normalised
from ledger.retention.due_dates import responsible
from ledger.state.registers import InForce
from ledger.state.replay import access_file_of, event_of, is_request, request_of

Because = Literal["another's act", "not served", "another programme", "moves"]
NOT_SERVED: Final = "not served"
"""Why a report about somebody whom the caller's organisation does not serve waits."""
Read = Callable[[UUID], Sequence[Entry]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """Whether a command takes effect, and why it is a claim, if it is."""

    takes_effect: bool
    claim: Because | None = None
    organisation: str | None = None
    """The organisation whose act a claim reports."""


EFFECT = Ruling(takes_effect=True)


def ruling_of(command: Command, part: Part, by: Caller, *, on: InForce, day: InForce, read: Read) -> Ruling:
    """What becomes of one part of a command.

    `on` are the registers of the day of recording, `day` those of the day of the act; `read` gives a stream's entries.
    Raises UnregisteredOrganisation for a caller on no side.
    """
    refuse_nobody(by, on)
    side = side_of(by, on)
    if side == "operator" or command.kind.name in _DECIDED_ELSEWHERE | DECISIONS:
        return EFFECT
    if command.kind is REQUEST:  # whoever asks to read somebody learns nothing: not even whether they are on record
        on_record = any(entry.type == CustomerRegistered.NAME for entry in read(part.stream))
        return EFFECT if on_record else _claim(command, NOT_SERVED, frozenset({by.organisation}))
    if command.kind.subject == "organisation":
        if side == "controller":
            return _of_registers(command, part, by, on)
        return _of_own_register(command, part, by, day)
    history = read(part.stream)
    person = _person(command, part, history, read)
    named, parties = acting_organisation(part.fields), parties_of(command.kind, part.fields, person)
    acting, own = frozenset({named}) if named else parties, _own(by, on, day)
    if _of_own_request(command, history, own):
        return EFFECT
    if side == "controller":
        same = not person or programme_of_person(person, on) == on.programme_of(by.organisation)
        return EFFECT if same else _claim(command, "another programme", acting)
    if any(acts and acts.isdisjoint(own) for acts in (acting, parties)):
        return _claim(command, "another's act", acting)
    if command.kind.name in _OF_THE_CONTROLLER:
        return _claim(command, NOT_SERVED, acting, parties)
    if side == "jobcentre-plus":
        entitled = _of_office(command, part, own, person)
    else:
        entitled = _of_contractor(command, part, by, on=on, own=own, person=person)
        joined = _joined(command, part, history)
        entitled = entitled and (joined is None or serves(by.organisation, on, read(joined)))
    if entitled or _begins(command, part, history, own):
        return EFFECT
    return _claim(command, NOT_SERVED, acting, parties)


def _claim(command: Command, because: Because, acting: frozenset[str], parties: frozenset[str] = frozenset()) -> Ruling:
    """A claim. An own act takes effect where it begins something of its own, or refers to what its organisation did.

    What it refers to may name no organisation: then it is not its own, whatever organisation it names itself.
    """
    kind = command.kind
    own_act = kind.effect == "own-act" and because == NOT_SERVED and (bool(parties) or kind.own_id is not None)
    return Ruling(
        takes_effect=kind.effect == "protects" or own_act, claim=because, organisation=min(acting, default=None)
    )


def _begins(command: Command, part: Part, history: Sequence[Entry], own: frozenset[str]) -> bool:
    """Whether a command begins a record or a request of the caller's own, or goes on with one about nobody known."""
    kind = command.kind
    if kind.subject == "request":
        nobody = not part.fields.get("customer_id")
        if kind.begins:
            return nobody
        if not is_request(history):
            return False
        request = request_of(history)
        return nobody and request.customer is None and request.organisation in own
    return kind.begins and not history


def _of_own_request(command: Command, history: Sequence[Entry], own: frozenset[str]) -> bool:
    """Whether a command is a step that decides nothing, in the file of a request that the caller's side received."""
    of_own = command.kind.name in _OF_WHO_RECEIVED and is_request(history)
    return of_own and request_of(history).organisation in own


def _of_contractor(
    command: Command, part: Part, by: Caller, *, on: InForce, own: frozenset[str], person: Sequence[Entry]
) -> bool:
    """Whether a contractor serves the person, or accepts a referral to it that somebody entitled made."""
    if command.kind.name == "accept-referral":
        referred_to = serving_of(person).referrals.get(str(part.fields["referral_id"]))
        return referred_to is not None and referred_to in own and not contract_is_over(on, referred_to)
    return serves(by.organisation, on, person)


def _joined(command: Command, part: Part, history: Sequence[Entry]) -> UUID | None:
    """The other record of a merge or its undoing, which changes both; None for every other command."""
    if not (isinstance(command.kind, CustomerCommand) and command.kind.merges):
        return None
    merged = (event_of(entry) for entry in history if entry.type == CustomersMerged.NAME)
    of_it = (event.into or event.duplicate for event in merged
             if isinstance(event, CustomersMerged) and event.merge_id == part.fields.get("merge_id"))  # fmt: skip
    named = part.fields.get("into") or next(of_it, None)
    return UUID(str(named)) if named else None


def _of_office(command: Command, part: Part, own: frozenset[str], person: Sequence[Entry]) -> bool:
    """Whether a Jobcentre Plus office reports what it does itself about somebody on record."""
    recipient = part.fields.get("recipient")
    return bool(person) and command.kind.name in _OF_AN_OFFICE and (recipient is None or recipient in own)


_DECIDED_ELSEWHERE = frozenset({"read-personal-data", "destroy-records"})
"""Whose records may be read and destroyed is decided in `access` and `destruction`."""
_OF_THE_CONTROLLER = frozenset(
    {"assign-customer", "register-organisation", "register-office", "start-contract", "end-contract", "sign-agreement"}
    | {"publish-calendar", "publish-rule-set"}
)
"""What only the controller's side decides: who serves a person, what an organisation is and what it belongs to, and the
contracts, agreements, calendars and rules that others are judged by."""
_OF_BOTH_PROGRAMMES = frozenset({"publish-calendar", "publish-rule-set"})
"""What holds for everybody, whoever published it."""
_OF_AN_OFFICE = frozenset(
    {"refer-customer", "confirm-receipt", "receive-data", "share-data", "confirm-correction", "pass-to-work-coach"}
)
"""What a Jobcentre Plus office itself does: its referrals, receipts and confirmations."""
_OF_WHO_RECEIVED = frozenset({"acknowledge-request", "confirm-fee", "receive-clarification", "withdraw-request"})
"""Steps of a request that whoever received it reports, whoever it is about; the others decide about the person."""
_MATTERS: tuple[tuple[type[Event], str], ...] = (
    (RecordCorrected, "correction_id"), (ProcessingRestricted, "restriction_id"), (ErasureUpheld, "erasure_id"),
)  # fmt: skip
"""What recipients are to be told of, by whoever corrected, restricted or erased."""
_REFERENCES: Mapping[str, tuple[tuple[type[Event], str], ...]] = {
    "share_id": ((DataShared, "share_id"),),
    "receipt_id": ((DataReceived, "receipt_id"),),
    "finding_id": ((FindingRaised, "finding_id"),),
    "assessment_id": ((BreachAssessmentOpened, "assessment_id"),),
    "subject_id": (
        (DataShared, "share_id"), (DataReceived, "receipt_id"), (BreachAssessmentOpened, "assessment_id"), *_MATTERS,
    ),
}  # fmt: skip
"""The fields by which a command refers to what is on record; only the parties of that report what became of it, or that
it was left undone."""
_TOLD: Mapping[str, tuple[tuple[type[Event], str], ...]] = {**_REFERENCES, "matter_id": _MATTERS}
"""The same for `notify-recipient`, which settles the task of whoever corrected; what a recipient answers is its own."""
_OF_WHO_ANSWERS = frozenset({DESTROY_RECORDS, SET_PERIOD})
_PARTIES = ("sent_by", "sent_to", "received_by", "organisation", "prime")
ACTS_IN = ("sent_by", "received_by", "referred_by", "organisation")
"""The fields that name the organisation whose act a command reports; the first that is given counts."""


def acting_organisation(fields: Fields) -> str | None:
    """The organisation whose act a command reports; None where it names none, and then it is the caller's."""
    return next((str(code) for name in ACTS_IN if (code := fields.get(name))), None)


def parties_of(kind: Declaration, fields: Fields, person: Sequence[Entry]) -> frozenset[str]:
    """The parties of the shares, receipts, findings and assessments that a command refers to; () where to none.

    Of a command that settles the task to tell recipients, also who corrected, restricted or erased; of one that finds
    records kept too long, who answers for them.
    """
    parties = set[str]()
    if kind is FIND_LATE and fields.get("subject_type") in _OF_WHO_ANSWERS:
        parties |= {answers for answers in (responsible(map(event_of, person)),) if answers}
    for field, names in (_TOLD if kind is NOTIFY else _REFERENCES).items():
        if referred := fields.get(field):
            for event, name in names:
                parties |= _parties(event, name, str(referred), person)
    return frozenset(parties)


def _parties(kind: type[Event], name: str, referred: str, person: Sequence[Entry]) -> set[str]:
    found = (event_of(entry) for entry in person if entry.type == kind.NAME)
    # The task to tell a recipient is named by the correction and the recipient.
    numbers = {referred, referred.partition(">")[0]}
    of_it = (event for event in found if getattr(event, name) in numbers)
    return {str(code) for event in of_it for field in _PARTIES if (code := getattr(event, field, None))}


def programme_of_person(person: Sequence[Entry], on: InForce) -> str:
    """The programme of a person by their entries, or of the organisation whose access file they are (PARTY-06)."""
    of_access = access_file_of(person)
    if of_access is not None:
        return on.programme_of(of_access)
    registered = next((entry for entry in person if entry.type == CustomerRegistered.NAME), None)
    event = event_of(registered) if registered is not None else None
    return NHS if isinstance(event, CustomerRegistered) and event.programme == NHS else NCS


def _person(command: Command, part: Part, history: Sequence[Entry], read: Read) -> Sequence[Entry]:
    """The entries of the person that a command is about; () when nobody known."""
    named = part.fields.get("customer_id")
    if is_request(history):
        customer = request_of(history).customer or (UUID(named) if named else None)
        return read(customer) if customer else ()
    if command.kind.subject == "request":
        return read(UUID(named)) if named else ()
    return history


def _own(by: Caller, on: InForce, day: InForce) -> frozenset[str]:
    """The organisations a caller speaks for: its own, those under it, and for an office the whole of Jobcentre Plus."""
    own = own_and_under(on, by.organisation) | own_and_under(day, by.organisation)
    return own | {*on.line_of(by.organisation)} if by.role == OFFICE else own


def _of_own_register(command: Command, part: Part, by: Caller, day: InForce) -> Ruling:
    """What becomes of an entry of a contractor or an office: it takes effect where they are responsible for it."""
    code = str(part.fields["organisation"])
    if code in own_and_under(day, by.organisation) and command.kind.name not in _OF_THE_CONTROLLER:
        return EFFECT
    return Ruling(takes_effect=False, claim="another's act", organisation=code)


def _of_registers(command: Command, part: Part, by: Caller, on: InForce) -> Ruling:
    """Only the controller it belongs to changes an organisation's entries, and both where it moves (PARTY-06).

    A calendar and a rule set bind both programmes: what the other programme publishes waits for the controller of the
    National Careers Service.
    """
    own, code = on.programme_of(by.organisation), str(part.fields["organisation"])
    before, after = programmes_of_entry(command, part.fields, on)
    binds_both = command.kind.name in _OF_BOTH_PROGRAMMES and own != NCS
    if {before, after} == {own} and not binds_both:
        return EFFECT
    because: Because = "moves" if own in {before, after} else "another programme"
    return Ruling(takes_effect=False, claim=because, organisation=code)


def programmes_of_entry(command: Command, fields: Fields, on: InForce) -> tuple[str, str]:
    """The programme of an organisation before and after an entry in its register; the same for a new organisation."""
    code = str(fields["organisation"])
    before = on.programme_of(code)
    if command.kind.makes is not OrganisationRegistered:
        return before, before
    of_nhs = "nhs" in normalised(fields.get("kind")) or (
        bool(fields.get("part_of")) and on.programme_of(str(fields["part_of"])) == NHS
    )
    after = NHS if of_nhs else NCS
    return (before if on.last_known(code) is not None else after), after

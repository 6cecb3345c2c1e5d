"""The callers, organisations and people of the matrix; a person for each cell, recorded by the operator."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.authority.serving import serving_of
from ledger.caller import Caller
from ledger.commands.catalogue import COMMANDS, body_of, example_of, world_of
from ledger.commands.declaration import Declaration
from ledger.commands.invented import (
    CONTROLLER,
    CUSTOMER,
    JOBCENTRE_PLUS,
    OF_NHS,
    OFFICE,
    OTHER,
    PRIME,
    RECTIFICATION,
    REQUEST,
    RESEARCHERS,
    SUB_CONTRACTOR,
)
from ledger.commands.reader import claims_stream
from ledger.events import NHS, BreachAssessmentOpened, ClaimReceived, FindingRaised
from ledger.recording import Ledger
from ledger.state.replay import event_of
from tests.authority.expected import Act
from tests.destroying import approved

DIRECTORATE, ANOTHER, THIRD = "directorate", "0000000103", "0000000104"
NHS_ENGLAND, OF_NHS_ENGLAND, UNHEARD_OF = "nhs-england", "0000000901", "unheard-of"
ORGANISATIONS: Mapping[str, dict[str, str]] = {
    CONTROLLER: {"kind": "controller"},
    DIRECTORATE: {"kind": "directorate", "part_of": CONTROLLER},
    PRIME: {"kind": "prime"},
    SUB_CONTRACTOR: {"kind": "sub-contractor", "part_of": PRIME},
    ANOTHER: {"kind": "prime"},
    THIRD: {"kind": "prime"},
    JOBCENTRE_PLUS: {"kind": "Jobcentre Plus"},
    OFFICE: {"kind": "jobcentre plus office", "part_of": JOBCENTRE_PLUS},
    RESEARCHERS: {"kind": "research company"},
    NHS_ENGLAND: {"kind": "controller of NHS data"},
    OF_NHS_ENGLAND: {"kind": "prime", "part_of": NHS_ENGLAND},
}
UNDER = {CONTROLLER: DIRECTORATE, PRIME: SUB_CONTRACTOR, JOBCENTRE_PLUS: OFFICE, UNHEARD_OF: UNHEARD_OF}
OPERATOR = Caller(role="records-manager", organisation=CONTROLLER, subject="operator one", operator=True)
ASKER = Caller(role="auditor", organisation=CONTROLLER, subject="asker one")
"""Who asks for the grants that others decide."""
CALLER: Mapping[str, Caller] = {
    **{
        role: Caller(role=role, organisation=CONTROLLER, subject=f"{role} one")
        for role in ("case-worker", "records-manager", "importer", "administrator", "auditor")
    },
    **{
        role: Caller(role=role, organisation=PRIME, subject=f"{role} one")
        for role in ("contractor", "contractor-manager")
    },
    "contractor's records-manager": Caller(role="records-manager", organisation=PRIME, subject="keeper one"),
    "jobcentre-plus": Caller(role="jobcentre-plus", organisation=JOBCENTRE_PLUS, subject="coach one"),
    "operator": OPERATOR,
    "unregistered": Caller(role="records-manager", organisation=UNHEARD_OF, subject="nobody known"),
}
_ACTING = ("organisation", "sent_by", "received_by", "referred_by")
_INVENTED = (CUSTOMER, OTHER, OF_NHS, REQUEST, RECTIFICATION)
_LATE = "2026-11-20T09:00:00Z"


def give(ledger: Ledger, by: Caller, type_: str, at: str = _LATE, **fields: Any) -> None:
    """Record one command under a new id."""
    ledger.record({"id": str(uuid.uuid4()), "type": type_, "occurred_at": at, **fields}, by)


def fill_registers(ledger: Ledger, *, contract_ended: bool = False, periods: bool = True) -> None:
    """Every organisation, and what the examples enter in their registers.

    Without `periods` neither periods nor contracts, so that what happened in any year has a day that can be.
    """
    for code, known in ORGANISATIONS.items():
        fields = {"organisation": code, "name": f"{code} (invented)", **known}
        give(ledger, OPERATOR, "register-organisation", "2018-05-25T00:00:00Z", **fields)
    entered = {id(example): (kind, example) for declared in COMMANDS.values() for labelled in declared.examples.values()
               for kind, example in world_of(labelled) if kind.subject == "organisation"}  # fmt: skip
    for kind, example in entered.values():
        if kind.name in {
            *(() if contract_ended else ("end-contract",)),
            *(() if periods else ("set-retention-period", "start-contract")),
        }:
            continue
        if kind.name not in {"register-organisation", "register-office"}:
            ledger.record({**body_of(kind, example), "id": str(uuid.uuid4())}, OPERATOR)


@dataclass
class Situation:
    """One relation of a caller's organisation to a person and an act, with what the command refers to on record."""

    ledger: Ledger
    kind: Declaration
    act: Act | None
    organisation: str
    """The caller's."""
    relation: int
    """From 1 to 6, as in `expected`."""
    ids: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    """The ids of the finding, assessment and claim that the command is about."""
    on_record: bool = False
    """Whether the person is on record already, for another organisation's callers."""

    def __post_init__(self) -> None:
        if self.on_record:
            return
        self.ids = {invented: str(uuid.uuid4()) for invented in _INVENTED}
        if self.relation < 6:
            self._record()

    @property
    def acting(self) -> str:
        """The organisation whose act it is."""
        return {2: UNDER[self.organisation], 3: ANOTHER}.get(self.relation, self.organisation)

    @property
    def person(self) -> str:
        """The id of the person, or of the request, that the command is about."""
        about = example_of(self.kind).about or (REQUEST if self.kind.subject == "request" else CUSTOMER)
        return self.ids[about]

    def body(self) -> dict[str, Any]:
        """The command, under a new id."""
        body = self._of_this_situation(body_of(self.kind, example_of(self.kind)))
        named = self.act if self.act in _ACTING else "organisation" if "organisation" in body else None
        if named is not None:
            body[named] = self.acting
        if self.act == "recipient" and self.organisation == JOBCENTRE_PLUS:
            body["recipient"] = self.acting
        if self.kind.name == "receive-request":
            body["request_id"] = str(uuid.uuid4())
        if self.kind.name == "destroy-records" and self.relation < 6:
            rows = [{**body["destroyed"][0]}]
            body |= approved(self.ledger, uuid.UUID(self.person), rows, on=body["on"])
        if self.kind.own_id is not None:
            body.pop(self.kind.own_id, None)
        return {**body, **{name: value for name, value in self.found.items() if name in body}, "id": str(uuid.uuid4())}

    def _record(self) -> None:
        """The person and what the command refers to; then who serves them."""
        story = [(COMMANDS["register-customer"], example_of(COMMANDS["register-customer"]))]
        story += [step for step in world_of(example_of(self.kind)) if step not in story]
        if self.kind.name == "extend-retention":
            story = [step for step in story if step[1].about == OF_NHS]
        people = list[str]()
        for kind, example in story:
            if kind.subject == "organisation":
                continue
            body = self._of_this_situation(body_of(kind, example))
            if kind.name == "register-customer":
                people.append(body["customer_id"])
                due = self.kind.name == "destroy-records"
                body["organisation"] = OF_NHS_ENGLAND if self.relation == 5 else PRIME if due else ANOTHER
            for name in set(body) & set(self.found):
                body[name] = self.found[name]
            by = ASKER if kind.name == "request-grant" else OPERATOR
            self.ledger.record({**body, "id": str(uuid.uuid4())}, by)
            self._look_up(people[-1])
        for person in people:
            self._serve(person)
        if self.act == "claim":
            self._claim(people[0])

    def _of_this_situation(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """An example with the ids, the programme and the organisations of this situation."""
        text = json.dumps(body)
        for invented, own in self.ids.items():
            text = text.replace(invented, own)
        made: dict[str, Any] = json.loads(text)
        if made["type"] == "register-customer":
            made.pop("programme", None)
            return {**made, "programme": NHS} if self.relation == 5 else made
        if self.kind.name == "destroy-records":  # it says when whose records are due; nobody else acts in it
            return made
        for name in {*_ACTING} & {*made}:
            made[name] = self.acting
        if made["type"] == "share-data" and self.organisation == JOBCENTRE_PLUS and self.act != "assessment":
            made["sent_to"] = PRIME
        if made["type"] == "refer-customer" and self.act == "referral":
            made |= {"referred_by": RESEARCHERS, "referred_to": self.acting}
        if made["type"] == "receive-request":
            made["organisation"] = self.acting
        return made

    def _serve(self, person: str) -> None:
        served = self.relation <= 3
        serving = serving_of(self.ledger.recorder.history(uuid.UUID(person)))
        for code in (self.organisation, UNDER[self.organisation]):
            if not served and serving.by(code):
                give(self.ledger, OPERATOR, "end-serving", customer_id=person, organisation=code, reason="moved")
        if self.organisation == PRIME and served:
            give(self.ledger, OPERATOR, "assign-customer", customer_id=person, organisation=PRIME, reason="moved")

    def _claim(self, person: str) -> None:
        """Another contractor reports a share of the acting organisation's; of a third one's where that is its own."""
        sender = THIRD if self.relation == 3 else self.acting
        by = Caller(role="contractor", organisation=ANOTHER, subject="claimant one")
        give(self.ledger, by, "share-data", customer_id=person, sent_by=sender, sent_to=RESEARCHERS, channel="email")
        [claim] = [event_of(entry) for entry in self.ledger.recorder.history(claims_stream(uuid.UUID(person)))]
        assert isinstance(claim, ClaimReceived)
        self.found = {"claim_id": claim.claim_id}

    def _look_up(self, person: str) -> None:
        for entry in self.ledger.recorder.history(uuid.UUID(person)):
            match event_of(entry):
                case FindingRaised() as finding:
                    self.found["finding_id"] = finding.finding_id
                case BreachAssessmentOpened() as assessment:
                    self.found["assessment_id"] = assessment.assessment_id

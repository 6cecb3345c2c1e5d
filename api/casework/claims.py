"""What staff do about reports that wait: see those that concern them, open one, confirm or dispute it (D43).

A claim is seen by the controller of the person's programme, by the organisation whose act it reports, and by whoever
serves the person. Its sender sees that it waits or was answered, and what it sent itself. To everybody else it is not
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from uuid import UUID, uuid4

from api.casework.access import own_organisation
from api.casework.runtime import Runtime
from ledger.authority.access import programme_of
from ledger.authority.rulings import NOT_SERVED
from ledger.authority.serving import serves
from ledger.authority.side import reads_people, side_of
from ledger.caller import Caller
from ledger.claims import Answers, speaks_for
from ledger.clocks import instant_text
from ledger.commands.catalogue import COMMANDS
from ledger.commands.reader import claims_stream
from ledger.errors import Destroyed, Malformed, UnknownClaim, UnknownCustomer
from ledger.events import NCS, ClaimOpened, Json
from ledger.log.codec import Entry
from ledger.state.registers import InForce
from ledger.state.replay import event_of, is_request
from ledger.store.receipts import Receipt
from projections.claims import read as claims
from projections.claims.read import FIRST, ClaimRow, Key, Wanted
from projections.organisations import read as organisations
from projections.subject_access.claims import ClaimedInWords, claimed_in_words
from projections.wording.parties import Names

PURPOSE = "report to confirm"
STATES = ("waiting", "confirmed", "disputed")
MOST_COUNTED = 1_000
"""A start page counts no further."""
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedClaim:
    """A row as its reader sees it."""

    row: ClaimRow

    def as_json(self) -> dict[str, Json]:
        """The row as the outside contract has it; `person` and `programme` are not shown."""
        row = self.row
        return {
            "kind": "notice" if row.kind == "notice" else "claim",
            "claim_id": str(row.claim_id) if row.claim_id else None,
            "about": str(row.about),
            "subject": row.subject,
            "command": row.command,
            "because": row.because,
            "claimant": row.claimant,
            "organisation": row.organisation,
            "taken": row.taken,
            "state": row.state,
            "received_at": instant_text(row.received_at),
            "happened_at": instant_text(row.happened_at) if row.happened_at else None,
            "answered_at": instant_text(row.answered_at) if row.answered_at else None,
            "answered_by": row.answered_by,
            "destroyed": row.destroyed,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimPage:
    """One page of claims and notices in recorded order; `next` is where to go on."""

    rows: list[ListedClaim]
    next: Key | None

    def as_json(self) -> dict[str, Json]:
        """The page without its cursor, which each door writes in its own way."""
        return {"rows": [row.as_json() for row in self.rows]}


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedClaim:
    """A claim with what was reported, and the answers that its reader may give now."""

    listed: ListedClaim
    claimed: Mapping[str, Json] | None
    """What was reported; None when it was destroyed."""
    words: ClaimedInWords
    reason: str | None
    """Why it was confirmed or disputed; its sender is not told."""
    answers: Answers
    names: Names = field(repr=False)

    def as_json(self) -> dict[str, Json]:
        """The claim by itself as the outside contract has it."""
        return {
            **self.listed.as_json(),
            "claimed": dict(self.claimed) if self.claimed is not None else None,
            "in_words": self.words.as_json(),
            "reason": self.reason,
            "may_confirm": self.answers.confirm,
            "may_dispute": self.answers.dispute,
        }


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """A caller, and how they stand to the claims of a list; what was found out is kept."""

    runtime: Runtime
    by: Caller
    on: InForce
    _serves: dict[UUID, bool] = field(default_factory=dict)

    @cached_property
    def own(self) -> frozenset[str]:
        """The organisations whose claims are the caller's own."""
        return speaks_for(self.by, self.on)

    def sees(self, row: ClaimRow) -> bool:
        """Whether the caller sees a row of the view as it is; what it sent itself is another row."""
        if row.kind != "claim":
            return True
        if reads_people(self.by, self.on):
            return row.because == "moves" or self._programme(row) == self.on.programme_of(self.by.organisation)
        return self._is_named(row) or self._serves_person(row)

    def may_answer(self, row: ClaimRow) -> bool:
        """Whether a claim waits for the caller, as far as its facts tell; opening it tells for certain."""
        if row.kind != "claim" or not self.sees(row) or self.by.role == "auditor":
            return False
        if reads_people(self.by, self.on) or self._is_named(row):
            return True
        return row.because == NOT_SERVED and self.by.role in COMMANDS[str(row.command)].permitted

    def look_for_nobody(self) -> None:
        """Take the statements that a claim about somebody the caller does not serve takes; the answer is the same."""
        if side_of(self.by, self.on) == "contractor":
            self.runtime.ledger.recorder.history(uuid4())

    def _is_named(self, row: ClaimRow) -> bool:
        return row.because != NOT_SERVED and row.organisation in self.own

    def _serves_person(self, row: ClaimRow) -> bool:
        person = row.person or row.about
        if person not in self._serves:
            contractor = side_of(self.by, self.on) == "contractor"
            history = self.runtime.ledger.recorder.history(person) if contractor else []
            self._serves[person] = not is_request(history) and serves(self.by.organisation, self.on, history)
        return self._serves[person]

    def _programme(self, row: ClaimRow) -> str:
        if row.subject == "organisation":
            return self.on.programme_of(str(row.organisation))
        if row.person is None:
            return programme_of(self.runtime.ledger.recorder, self.on, row.about) or NCS
        return row.programme or NCS


def wanted(*, state: str | None = None, about: UUID | None = None, organisation: str | None = None) -> Wanted:
    """Which claims to list. Raises Malformed."""
    if state is not None and state not in STATES:
        raise Malformed(f"The state must be one of {', '.join(STATES)}.", field="state")
    return Wanted(state=state, about=about, organisation=organisation)


def listed(runtime: Runtime, by: Caller, asked: Wanted, *, after: Key | None = None, limit: int) -> ClaimPage:
    """One page of what the caller sees of the claims asked for, in recorded order.

    Raises NotAllowed for a role that sees no records of people, and UnregisteredOrganisation.
    """
    seen = _seen(runtime, _reader(runtime, by), asked, after=after or FIRST)
    rows = [*islice(seen, limit + 1)]
    following = rows[limit - 1].key if len(rows) > limit else None
    return ClaimPage(rows=[ListedClaim(row=row) for row in rows[:limit]], next=following)


def everything(runtime: Runtime, by: Caller, asked: Wanted) -> list[ListedClaim]:
    """All that the caller sees of the claims asked for."""
    return [ListedClaim(row=row) for row in _seen(runtime, _reader(runtime, by), asked, after=FIRST)]


def notices(runtime: Runtime, by: Caller, *, limit: int) -> list[ListedClaim]:
    """Who began to serve somebody the caller's organisation served, in the last 90 days, the latest first."""
    reader = _reader(runtime, by)
    with runtime.current_views(by) as views:
        rows = claims.notices(views, own=reader.own, at=runtime.ledger.now(), limit=limit)
    return [ListedClaim(row=row) for row in rows]


def count_to_answer(runtime: Runtime, by: Caller) -> int:
    """How many claims wait for the caller's answer; it counts no further than `MOST_COUNTED`."""
    reader = _reader(runtime, by)
    waiting = (row for row in _seen(runtime, reader, Wanted(state="waiting"), after=FIRST) if reader.may_answer(row))
    return sum(1 for _ in islice(waiting, MOST_COUNTED))


def opened(runtime: Runtime, claim_id: UUID, by: Caller, *, route: str) -> OpenedClaim:
    """A claim with what was reported, after the reading of it was recorded.

    Whoever may answer it sees all of it, its sender what it sent itself, and whoever else sees it in the list what is
    left of one whose contents were destroyed. Raises UnknownClaim to everybody else.
    """
    reader = _reader(runtime, by)
    row, whole = _found(runtime, reader, claim_id)
    history = runtime.ledger.history(claims_stream(row.about))
    received, answer = _entries(history, claim_id)
    answers = _answers(runtime, received, by) if whole else Answers()
    if whole and not (answers.confirm or answers.dispute or row.destroyed):
        sent = _sent(runtime, reader, claim_id)
        if sent is None:
            raise UnknownClaim
        row, whole = sent, False
    _record_opening(runtime, row, by, whole=whole, route=route)
    payloads = runtime.ledger.unsealed(received.stream)
    claimed = payloads.get(received.position, {}).get("fields")
    with runtime.current_views(by) as views:
        names = organisations.names_of(views)
    reason = payloads.get(answer.position, {}).get("reason") if answer is not None and whole else None
    return OpenedClaim(
        listed=ListedClaim(row=row),
        claimed=claimed,
        words=claimed_in_words(received, claimed, names),
        reason=reason,
        answers=answers if row.state == "waiting" else Answers(),
        names=names,
    )


def answer(runtime: Runtime, claim_id: UUID, by: Caller, *, confirm: bool, reason: str | None = None) -> Receipt:
    """Confirm or dispute a claim. Raises UnknownClaim, Malformed for a dispute without a reason, and as `record`."""
    row, _ = _found(runtime, _reader(runtime, by), claim_id)
    return runtime.ledger.record(
        {
            "id": str(uuid4()),
            "type": "confirm-claim" if confirm else "dispute-claim",
            "occurred_at": instant_text(runtime.ledger.now()),
            "claim_id": str(claim_id),
            "about": str(row.about),
            **({"reason": reason} if reason else {}),
        },
        by,
    )


def _reader(runtime: Runtime, by: Caller) -> _Reader:
    own_organisation(runtime, by)  # refuses whoever sees no lists of people
    return _Reader(runtime=runtime, by=by, on=runtime.ledger.registers())


def _seen(runtime: Runtime, reader: _Reader, asked: Wanted, *, after: Key) -> Iterator[ClaimRow]:
    """What a reader sees, row by row; of a claim seen as a whole not what was sent of it as well."""
    at, seen = runtime.ledger.now(), None
    with runtime.current_views(reader.by) as views:
        rows = claims.page(views, asked, own=reader.own, at=at, after=after, limit=_AT_ONCE)
    while rows:
        for row in rows:
            if row.key != seen and reader.sees(row):
                seen = row.key
                yield row
        with runtime.views(reader.by) as views:
            rows = claims.page(views, asked, own=reader.own, at=at, after=rows[-1].key, limit=_AT_ONCE)


def _found(runtime: Runtime, reader: _Reader, claim_id: UUID) -> tuple[ClaimRow, bool]:
    """A claim that the reader sees, and whether as a whole. Raises UnknownClaim."""
    with runtime.current_views(reader.by) as views:
        row = claims.claim(views, claim_id)
    if row is None:
        reader.look_for_nobody()
    elif reader.sees(row):
        return row, True
    sent = _sent(runtime, reader, claim_id)
    if sent is None:
        raise UnknownClaim
    return sent, False


def _sent(runtime: Runtime, reader: _Reader, claim_id: UUID) -> ClaimRow | None:
    with runtime.current_views(reader.by) as views:
        row = claims.sent(views, claim_id)
    return row if row is not None and row.claimant in reader.own else None


def _entries(history: list[Entry], claim_id: UUID) -> tuple[Entry, Entry | None]:
    """The entry of a claim, and of its answer if there is one."""
    of_claim = [entry for entry in history if getattr(event_of(entry), "claim_id", None) == str(claim_id)]
    answered = [entry for entry in of_claim if entry.type in {"claim-confirmed", "claim-disputed"}]
    return of_claim[0], answered[0] if answered else None


def _answers(runtime: Runtime, received: Entry, by: Caller) -> Answers:
    try:
        return runtime.ledger.answers_to(received, by)
    except Destroyed:
        return Answers()


def _record_opening(runtime: Runtime, row: ClaimRow, by: Caller, *, whole: bool, route: str) -> None:
    """Record the reading with the person, or beside the claim: what its sender meets never depends on the person."""
    person = row.person if whole else None
    if person is not None and runtime.ledger.recorder.history(person):
        try:
            runtime.ledger.record_read(person, by, purpose=PURPOSE, route=route, command_id=uuid4())
            return
        except UnknownCustomer:  # of another programme than the organisation that is named
            pass
    opened_claim = ClaimOpened(claim_id=str(row.claim_id), about=str(row.about))
    runtime.ledger.note(claims_stream(row.about), opened_claim, by)

"""Decides what a command adds to the ledger: who may, what takes effect and what waits, sealed and ready to append."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from ledger.authority.access import refuse_instructing_for_others
from ledger.authority.destruction import refuse_destroying_for_others, refuse_unless_due
from ledger.authority.grants import Holder, refuse_deciding
from ledger.authority.side import as_recorded
from ledger.caller import Caller
from ledger.claims import Entitlement, happened_at
from ledger.clocks import london_day
from ledger.commands import grants
from ledger.commands.declaration import ClaimAnswer
from ledger.commands.reader import Command
from ledger.decisions import refuse_unless_permitted
from ledger.events import ClaimReceived, PersonalDataRead
from ledger.holdings import Holdings
from ledger.judging.case import Context
from ledger.judging.findings import needs_people
from ledger.judging.snapshot import Snapshot
from ledger.log.codec import Entry
from ledger.namesakes import Namesakes
from ledger.planning import Plan, Planning
from ledger.rules.catalogue import RULES
from ledger.rules.rule import Rule
from ledger.store.append_call import Batch, DestroyedClass, SearchToken, VersionRead
from ledger.vault.keys import ClassKey
from ledger.vault.seal import actor


class Decider:
    """Decides commands over what is held; safe for any number of threads."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._namesakes = Namesakes()
        self.rules: Sequence[Rule] = RULES
        """The rules to judge by; only a benchmark sets others, to measure the cost of judging."""

    def batch(self, command: Command, by: Caller, digest: bytes) -> Batch:
        """What to append for a command; `digest` is that of its content. Raises subclasses of Refused."""
        at = self._holdings.now()
        refuse_unless_permitted(command, by, at)  # first, so that the answer to a role tells nothing of the record
        if command.kind.name == "destroy-records":
            refuse_destroying_for_others(self._holdings.recorder, self._holdings.registers(), command, by)
        elif command.kind.name == "instruct-destruction":
            refuse_instructing_for_others(self._holdings.registers(), command, by)
        entries: list[Entry] = []
        keys: list[ClassKey] = []
        tokens: list[SearchToken] = []
        destroys: list[DestroyedClass] = []
        snapshot, read = self.snapshot(command), dict[UUID, int]()
        on = snapshot.registers.on(london_day(at))
        acting = actor(self._holdings.vault, as_recorded(by, on))
        if command.kind.name in grants.DECISIONS:
            [part] = command.parts
            holder, history = Holder(actor=acting, at=at), snapshot.histories[part.stream]
            refuse_deciding(command.kind.name, part.fields, by, on, history=history, holder=holder)
        judged = self.rules and command.kind.judged
        planning, context = self.planning(snapshot, read), self.context(snapshot) if judged else None
        entitlement = Entitlement(planning=planning, by=by, on=on)
        planned = [plan for part in command.parts for plan in entitlement.plans(command, part, at, context)]
        if command.kind.makes is PersonalDataRead:
            planned = [self._with_namesake(plan, by, snapshot) for plan in planned]
        # Claims last: the receipt of a claim shows its position.
        planned.sort(key=lambda plan: isinstance(plan[2][0], ClaimReceived))
        own = {part.stream for part in command.parts}
        occurred_at = happened_at([event for _, _, made in planned for event in made], command.occurred_at)
        for place, (stream, history, made) in enumerate(planned):
            if command.kind.name == "destroy-records" and stream in own:  # claims go with the records they are about
                refuse_unless_due(self._holdings.recorder, on, (stream, history, made), by, read=planning.read)
            read.pop(stream, None)  # the append itself checks the version of a stream it writes to
            writing = self._holdings.sealed.continuation(stream, history, snapshot.keys.get(stream))
            entries += [
                writing.entry(
                    uuid5(command.id, str(place * 100 + ordinal)),
                    event,
                    occurred_at=command.occurred_at
                    if command.kind.subject == "claim" and stream in own
                    else occurred_at,
                    recorded_at=at,
                    actor=acting,
                )
                for ordinal, event in enumerate(made)
            ]
            keys += writing.new_keys
            tokens += [SearchToken(stream, token) for token in self._holdings.sealed.tokens_of(stream, history, made)]
            destroys += [
                DestroyedClass(stream, str(records["class"]), str(records.get("part") or ""))
                for event in made
                for records in getattr(event, "destroyed", ())
            ]
        assert entries, "a command that would record nothing is refused where that is decided"
        return Batch(
            entries=entries, command=command.id, digest=digest, keys=keys, tokens=tokens, destroys=destroys,
            read=[VersionRead(*item) for item in read.items()],
        )  # fmt: skip

    def _with_namesake(self, plan: Plan, by: Caller, snapshot: Snapshot) -> Plan:
        """A reading with the fact that the person bears the reader's name, or a colleague's."""
        stream, history, made = plan
        person = snapshot.people.get(stream)
        namesake = self._namesakes.match(by, person.name if person else None)
        return stream, history, tuple(event.but(namesake=namesake) for event in made)

    def snapshot(self, command: Command) -> Snapshot:
        """What deciding a command needs: the registers, the histories it is about, and who the people are."""
        if isinstance(command.kind, ClaimAnswer) and command.kind.confirms:  # what is confirmed may be a share
            about = [UUID(str(part.fields["about"])) for part in command.parts]
            streams = [*about, *(part.stream for part in command.parts)]
            return self._holdings.snapshots.read(streams, people=about if self.rules else [])
        streams = [part.stream for part in command.parts]
        named = (self.rules and needs_people(command)) or command.kind.makes is PersonalDataRead
        return self._holdings.snapshots.read(streams, people=streams if named else [])

    def context(self, snapshot: Snapshot) -> Context:
        """What the rules judge by."""
        return Context(rules=self.rules, registers=snapshot.registers, people=snapshot.people)

    def planning(self, snapshot: Snapshot, versions: dict[UUID, int] | None = None) -> Planning:
        """Planning that reuses the histories of a snapshot; `versions` receives the version of each stream read."""
        known = snapshot.histories

        def read(stream: UUID) -> list[Entry]:
            history = known[stream] if stream in known else self._holdings.recorder.history(stream)
            if versions is not None:
                versions.setdefault(stream, history[-1].version if history else 0)
            return history

        return Planning(read=read, calendar=self._holdings.calendar, opened=self._holdings.unsealed)

"""Writes one customer's provenance as PROV-JSON: organisations, what they did, record versions; ids only, no values.

The form is that of the W3C Member Submission of 24 April 2013, whose JSON schema is known to misspell `wasEndedBy`.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from ledger import events
from ledger.events import Event, Json
from ledger.log.codec import Entry
from projections.provenance.items import Movements, Person, carried

Document = dict[str, dict[str, Json]]
"""The parts of the document by kind, each by name."""
PREFIX: dict[str, Json] = {"ledger": "urn:data-sharing-ledger:"}


def prov_document(person: Person) -> dict[str, Json]:
    """The document of everything that was found; each entity says of which record it is (`ledger:about`)."""
    document: Document = {kind: {} for kind in _KINDS}
    for found in person.records:
        writing = _Writing(found, document)
        writing.items()
        writing.shares()
        writing.destructions()
        writing.organisations()
    return {"prefix": PREFIX, **{kind: members for kind, members in document.items() if members}}


class _Writing:
    """The document as it grows; every relation gets a blank name of its own."""

    def __init__(self, found: Movements, document: Document) -> None:
        self._found = found
        self._organisations: set[str] = set()
        self._related: set[tuple[object, ...]] = set()
        self.document = document

    def items(self) -> None:
        """A record version is an entity that an entry generated; each revises the one before it."""
        for item in self._found.items.values():
            before: str | None = None
            for entry, event in item.versions:
                entity = self._entity(entry, item.key[0])
                activity = self._activity(entry, event)
                self._relate("wasGeneratedBy", entity=entity, activity=activity, time=_time(entry.occurred_at))
                self._by(event, activity, entity)
                if before is not None:
                    self._relate("wasDerivedFrom", "prov:Revision", generatedEntity=entity, usedEntity=before)
                before = entity
        for entry, event in self._found.history:
            if isinstance(event, events.DataIncorporated):
                self._incorporated(entry, event)

    def shares(self) -> None:
        """A share uses the versions that were current, and makes a copy at the recipient's."""
        by_position = {entry.position: (entry, event) for entry, event in self._found.history}
        for share in self._found.shares:
            if share.position not in by_position:
                continue
            entry, event = by_position[share.position]
            activity = self._activity(entry, event)
            copy = f"ledger:copy-{entry.position}"
            self.document["entity"][copy] = {"prov:type": _name("prov:Collection")}
            self._relate("wasGeneratedBy", entity=copy, activity=activity, time=_time(entry.occurred_at))
            sender, receiver = share.sent_by, share.sent_to
            self._associate(activity, sender, "sender")
            self._associate(activity, receiver, "recipient")
            if receiver:
                self._relate("wasAttributedTo", entity=copy, agent=self._agent(receiver))
            for item in carried(self._found, share):
                version = item.as_of(share.at)
                if version is not None and version.position != entry.position:
                    used = self._entity(version, item.key[0])
                    self._relate("used", activity=activity, entity=used, time=_time(entry.occurred_at))
                    self._relate("wasDerivedFrom", generatedEntity=copy, usedEntity=used)

    def destructions(self) -> None:
        """A destruction invalidates every version of the classes it destroyed; a disposal the copy it disposed of."""
        received = {item.key[1]: item for item in self._found.items.values() if item.key[0] == "data-received"}
        for entry, event in self._found.history:
            if isinstance(event, events.RecordsDestroyed):
                activity = self._activity(entry, event)
                gone = {(part["class"], part.get("part") or "") for part in event.destroyed}
                for item in self._found.items.values():
                    for version, _ in item.versions:
                        earlier = version.position < entry.position
                        if earlier and version.commitment is not None and (version.class_, version.part) in gone:
                            self._invalidate(self._entity(version, item.key[0]), activity, entry)
            elif isinstance(event, events.CopyDisposed) and event.receipt_id in received:
                first, _ = received[event.receipt_id].versions[0]
                self._invalidate(f"ledger:message-{first.position}", self._activity(entry, event), entry)
                self.document["entity"][f"ledger:message-{first.position}"] = {"ledger:medium": event.medium}

    def organisations(self) -> None:
        """Each organisation acts on behalf of the one it works under: sub-contractor, prime, controller."""
        under = self._found.works_under
        waiting = sorted(self._organisations)
        for code in waiting:
            above = under.get(code)
            if above is None:
                continue
            if above not in self._organisations:
                waiting.append(above)
            self._relate("actedOnBehalfOf", delegate=self._agent(code), responsible=self._agent(above))

    def _incorporated(self, entry: Entry, event: events.DataIncorporated) -> None:
        receipt = self._found.items.get(("data-received", event.receipt_id))
        if receipt is None:
            return
        source = self._entity(receipt.versions[0][0], "data-received")
        activity = self._activity(entry, event)
        self._relate("used", activity=activity, entity=source, time=_time(entry.occurred_at))
        for item in self._found.items.values():
            version = item.as_of(entry.occurred_at)
            if event.record_id and item.key[1] == event.record_id and version is not None:
                entity = self._entity(version, item.key[0])
                self._relate("wasDerivedFrom", "prov:PrimarySource", generatedEntity=entity, usedEntity=source)

    def _entity(self, entry: Entry, kind: str) -> str:
        name = f"ledger:entry-{entry.position}"
        self.document["entity"].setdefault(
            name, {"ledger:kind": kind, "ledger:version": entry.version, "ledger:about": str(entry.stream)}
        )
        return name

    def _activity(self, entry: Entry, event: Event) -> str:
        name, at = f"ledger:activity-{entry.position}", _time(entry.occurred_at)
        self.document["activity"].setdefault(
            name, {"prov:startTime": at, "prov:endTime": at, "prov:type": _name(f"ledger:{event.NAME}")}
        )
        return name

    def _by(self, event: Event, activity: str, entity: str) -> None:
        source = getattr(event, "received_from", None)
        receiver = getattr(event, "received_by", None)
        writer = getattr(event, "touchpoint", None) or getattr(event, "organisation", None)
        self._associate(activity, source, "sender")
        self._associate(activity, receiver, "recipient")
        self._associate(activity, writer, "writer")
        if owner := source or writer:
            self._relate("wasAttributedTo", entity=entity, agent=self._agent(owner))

    def _associate(self, activity: str, organisation: object, role: str) -> None:
        if organisation:
            self._relate("wasAssociatedWith", activity=activity, agent=self._agent(str(organisation)), role=role)

    def _agent(self, code: str) -> str:
        self._organisations.add(code)
        name = f"ledger:organisation-{quote(code, safe='')}"
        agent: dict[str, Json] = {"prov:type": _name("prov:Organization")}
        if code in self._found.names:
            agent["prov:label"] = self._found.names[code]
        self.document["agent"].setdefault(name, agent)
        return name

    def _invalidate(self, entity: str, activity: str, entry: Entry) -> None:
        self._relate("wasInvalidatedBy", entity=entity, activity=activity, time=_time(entry.recorded_at))

    def _relate(self, kind: str, type_: str | None = None, **ends: str) -> None:
        relation: dict[str, Json] = {f"prov:{name}": value for name, value in ends.items()}
        if type_ is not None:
            relation["prov:type"] = _name(type_)
        known = (kind, type_, *sorted(ends.items()))
        if known not in self._related:
            self._related.add(known)
            self.document[kind][f"_:{kind}{len(self.document[kind]) + 1}"] = relation


_KINDS = (
    "entity",
    "activity",
    "agent",
    "wasGeneratedBy",
    "used",
    "wasInvalidatedBy",
    "wasDerivedFrom",
    "wasAttributedTo",
    "wasAssociatedWith",
    "actedOnBehalfOf",
)


def _name(name: str) -> Json:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _time(moment: datetime) -> str:
    return moment.isoformat()

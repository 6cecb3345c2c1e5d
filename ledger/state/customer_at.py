"""The customer at a moment as the rules see them, in the order things happened and not were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger import events
from ledger.events import Event
from ledger.state.history import DatedEvent

_CONSENT_STATES: Mapping[type[Event], str] = {
    events.ConsentAsked: "asked",
    events.ConsentGiven: "given",
    events.ConsentRefused: "refused",
    events.ConsentWithdrawn: "withdrawn",
    events.ConsentExpired: "expired",
    events.ConsentInvalidated: "invalidated",
}
_NO = frozenset({"refused", "withdrawn"})
_DECEASED = frozenset({"2", "deceased"})
"""How the source, or a person, gives the reason why the service of somebody who died ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerAt:
    """What was true of a customer at a moment."""

    programme: str | None = None
    informed: bool = False
    benefits_explained: bool = False
    consents: Mapping[str, str] = field(default_factory=dict)
    """Scope to state, for every scope with at least one statement (CONSENT-17)."""
    answered: Mapping[str, datetime] = field(default_factory=dict)
    """Scope to when it was last answered."""
    explicit: frozenset[str] = frozenset()
    introducers: frozenset[str] = frozenset()
    """Organisations that had introduced the customer or sent data about them."""
    channels: Mapping[str, str | None] = field(default_factory=dict)
    """Share id to the channel of each share so far."""
    restrictions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Restrictions in force: id to the items it covers, () for all."""
    objections: frozenset[str] = frozenset()
    """Objections that are pending or were upheld."""
    ended: bool = False
    """Whether the service had ended for the customer and not begun again, for whatever reason."""
    died: bool = False
    """Whether the service had ended because the customer died."""

    def consented(self, *scopes: str) -> bool:
        """Whether consent to the first scope or a wider one was in force, and the first not refused: see `in_force`."""
        return in_force(self.consents, *scopes)

    def refused(self, scope: str) -> bool:
        """Whether a consent was refused or withdrawn."""
        return self.consents.get(scope) in _NO

    def expressly(self, *scopes: str) -> bool:
        """Whether it was in force, and given expressly (UK GDPR Art. 9(2)(a))."""
        return self.consented(*scopes) and any(
            self.consents.get(scope) == "given" and scope in self.explicit for scope in scopes
        )


def in_force(consents: Mapping[str, str], own: str, *wider: str) -> bool:
    """Whether consent is in force for `own` or a wider scope that includes it; a refusal of `own` wins (CONSENT-10)."""
    return consents.get(own) not in _NO and any(consents.get(scope) == "given" for scope in (own, *wider))


def customer_at(
    history: Iterable[DatedEvent], at: datetime, *, others: Sequence[Sequence[DatedEvent]] = ()
) -> CustomerAt:
    """The customer at a moment, from a history in recorded order; of equal times the one recorded last counts.

    `others` are the histories of the person's other records. Their restrictions, objections, a death and refused
    consents count here as well (LEDG-18, CONSENT-09), unless the person consented on this record later. Consent given
    on another record does not count here.
    """
    programme, informed, explained = None, False, False
    consents: dict[str, str] = {}
    answered: dict[str, datetime] = {}
    explicit: set[str] = set()
    introducers: set[str] = set()
    channels: dict[str, str | None] = {}
    restrictions: dict[str, tuple[str, ...]] = {}
    objections: set[str] = set()
    ended = died = False
    for happened, event in sorted(history, key=lambda dated: dated[0]):
        if happened > at:
            break
        match event:
            case events.CustomerRegistered():
                programme = event.programme
                introducers |= {str(event.introduced_by)} if event.introduced_by is not None else set()
            case events.CustomerInformed():
                informed, explained = True, explained or bool(event.benefits_explained)
            case events.CustomerReferred():
                introducers |= {event.referred_by} if event.referred_by else set()
            case events.DataReceived():
                introducers |= {event.received_from} if event.received_from else set()
            case events.DataShared():
                channels[event.share_id] = event.channel
            case events.ProcessingRestricted():
                restrictions[event.restriction_id] = event.items
            case events.RestrictionLifted():
                restrictions.pop(event.restriction_id, None)
            case events.ObjectionRaised():
                objections.add(event.objection_id)
            case events.ObjectionDecided() if event.outcome != "upheld":
                objections.discard(event.objection_id)
            case events.ServiceEnded():
                ended, died = True, str(event.reason).casefold() in _DECEASED
            case events.ServiceResumed():
                ended = died = False
            case events.Consent():
                consents[event.scope] = consent_after(consents.get(event.scope), event)
                if not isinstance(event, events.ConsentAsked):  # being asked again takes nothing back
                    answered[event.scope] = happened
                    (explicit.add if getattr(event, "explicit", None) else explicit.discard)(event.scope)
            case _:
                pass
    for index, other in enumerate(customer_at(record_history, at) for record_history in others):
        restrictions.update({f"{index}/{name}": items for name, items in other.restrictions.items()})
        objections |= other.objections
        ended, died = ended or other.died, died or other.died
        for scope in filter(other.refused, other.consents):
            if scope not in answered or answered[scope] <= other.answered[scope]:
                consents[scope] = other.consents[scope]
    return CustomerAt(
        programme=programme, informed=informed, benefits_explained=explained, consents=consents, answered=answered,
        explicit=frozenset(explicit), introducers=frozenset(introducers), channels=channels,
        restrictions=restrictions, objections=frozenset(objections), ended=ended, died=died,
    )  # fmt: skip


def consent_after(before: str | None, statement: events.Consent) -> str:
    """The state of a consent after one more statement."""
    return answer_after(before, _CONSENT_STATES[type(statement)])


def answer_after(before: str | None, answer: str) -> str:
    """The state of a consent after one more answer; being asked again changes nothing, nor does repeating a refusal.

    The first refusal stands, because the answer is the same since then (CONSENT-17); a refusal does not expire.
    """
    still = answer == "asked" or (before in _NO and (answer in _NO or answer == "expired"))
    return before if before is not None and still else answer

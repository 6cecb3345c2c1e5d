"""The organisations' registers as they stood on any day: folded from effective-dated events, pure and immutable.

An entry is found by its kind, its organisation and its own key. Of several with the same key the one that began last on
or before the day counts, and of those that began on the same day the one recorded last; it counts until its last day.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar, cast

from ledger import events
from ledger.calendars import Calendar, england_and_wales
from ledger.events import Event
from ledger.normalise import bare

KEYS: Mapping[type[Event], str] = {
    events.OrganisationRegistered: "kind",
    events.LineRecognised: "line",
    events.ContactNominated: "contact",
    events.WorkDomainRegistered: "domain",
    events.CourierApproved: "courier",
    events.SystemRegistered: "system_id",
    events.AgreementSigned: "agreement",
    events.ContractStarted: "contract",
    events.ContractEnded: "contract",
    events.NoticePublished: "notice",
    events.ItemProfileSet: "office",
    events.RuleSetPublished: "rule_set",
    events.DataProtectionOfficerNamed: "office",
    events.DestructionInstructed: "instruction",
    events.CalendarPublished: "version",
}
"""The kinds of entries, and the field each is found by beside its organisation."""
TYPES = tuple(sorted(kind.NAME for kind in KEYS))

MOST_REMEMBERED = 4_096
OFFICE = "jobcentre plus office"
"""The kind of an office or district of Jobcentre Plus."""
SUB_CONTRACTOR = bare("sub-contractor")
"""The kind of a sub-contractor, as `kind_of` says it."""

R = TypeVar("R", bound=Event)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Registers:
    """Every entry ever made, in the order it was recorded, by kind."""

    entries: Mapping[type[Event], tuple[Event, ...]] = field(default_factory=dict)
    _days: dict[date, InForce] = field(default_factory=dict, compare=False, repr=False)

    def followed_by(self, made: Iterable[Event]) -> Registers:
        """These registers and what was entered since."""
        more: dict[type[Event], tuple[Event, ...]] = dict(self.entries)
        for event in made:
            more[type(event)] = (*more.get(type(event), ()), event)
        return Registers(entries=more)

    def calendar(self) -> Calendar:
        """The bank-holiday list that was published last, or the one this program comes with."""
        published = self.entries.get(events.CalendarPublished, ())
        return calendar_of(published[-1]) if published else england_and_wales()

    def on(self, day: date) -> InForce:
        """The registers as they stand on a day."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) > MOST_REMEMBERED:
                self._days.clear()
            known = self._days[day] = InForce(registers=self, day=day)
        return known


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """The registers on one day."""

    registers: Registers
    day: date
    _answers: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    """Answers already given: every share of a day asks the same few questions."""

    def remembered(self, asked: Hashable, answer: Callable[[], T]) -> T:
        """The answer to a question that these registers alone decide, worked out the first time it is asked."""
        if asked not in self._answers:
            if len(self._answers) > MOST_REMEMBERED:
                self._answers.clear()
            self._answers[asked] = answer()
        return cast("T", self._answers[asked])

    def found(self, kind: type[R], *, key: str | None = None, organisation: str | None = None) -> R | None:
        """The entry of this kind with this key and organisation, where they are given; None when none is in force."""
        return self.remembered(
            (kind, key, organisation), lambda: next(self.every(kind, key=key, organisation=organisation), None)
        )

    def every(self, kind: type[R], *, key: str | None = None, organisation: str | None = None) -> Iterator[R]:
        """Every entry in force, the latest first."""
        latest: dict[tuple[str, str], tuple[date, int, R]] = {}
        for number, event in enumerate(self.registers.entries.get(kind, ())):
            entry: Any = event
            own = str(getattr(entry, KEYS[kind]))
            begins = first_day(entry)
            if (
                begins <= self.day
                and (organisation is None or entry.organisation == organisation)
                and (key is None or own == key)
                and begins >= latest.get((entry.organisation, own), (begins,))[0]
            ):
                latest[entry.organisation, own] = (begins, number, cast("R", entry))
        for _, _, one in sorted(latest.values(), key=lambda each: each[:2], reverse=True):
            if last_day(one) >= self.day and not self._ended(one):
                yield one

    def organisation(self, code: str | None) -> events.OrganisationRegistered | None:
        """An organisation as registered."""
        return None if code is None else self.found(events.OrganisationRegistered, organisation=code)

    def last_known(self, code: str | None) -> events.OrganisationRegistered | None:
        """An organisation as registered or, when it has ended since, as it last was."""
        registered = self.organisation(code)
        if registered is not None or code is None:
            return registered
        return self.remembered(("last known", code), lambda: self._last_begun(code))

    def _last_begun(self, code: str) -> events.OrganisationRegistered | None:
        entries: Iterable[Any] = self.registers.entries.get(events.OrganisationRegistered, ())
        begun = (one for one in entries if one.organisation == code and first_day(one) <= self.day)
        return max(begun, key=last_day, default=None)

    def kind_of(self, code: str | None) -> str:
        """What kind of organisation it is, in bare letters however it was spelled; '' when it is not registered."""
        registered = self.organisation(code)
        return bare(registered.kind) if registered else ""

    def is_contractor(self, code: str | None) -> bool:
        """Whether it is registered, today or formerly, as something else than a controller.

        Who never was in any register is not known to be a contractor.
        """
        known = self.last_known(code)
        return known is not None and "controller" not in bare(known.kind)

    def is_controller(self, code: str | None) -> bool:
        """Whether it is registered, today or formerly, as a controller."""
        return self.last_known(code) is not None and not self.is_contractor(code)

    def line_of(self, code: str | None) -> Iterator[str]:
        """An organisation, the one it works under or that took its place, and so on up; each once (PARTY-04)."""
        above: set[str] = set()
        while code and code not in above:
            yield code
            above.add(code)
            known = self.last_known(code)
            code = self._successor_of(code) or (known.part_of if known else None)

    def followers_of(self, code: str | None) -> Iterator[str]:
        """An organisation, the one that took its place when it ended, and so on; each once (PARTY-04, PARTY-07)."""
        earlier: set[str] = set()
        while code and code not in earlier:
            yield code
            earlier.add(code)
            code = self._successor_of(code)

    def _successor_of(self, code: str) -> str | None:
        known = self.last_known(code)
        return known.succeeded_by if known and last_day(known) < self.day else None

    def programme_of(self, code: str | None) -> str:
        """The programme an organisation works for: it, or one above it, is registered as of the NHS, or else NCS.

        So an organisation that no register knows reads nothing of NHS Health Careers (PARTY-06), and one of the NHS
        that has ended reads nothing else.
        """
        return self.remembered(("programme", code), lambda: self._programme_of(code))

    def _programme_of(self, code: str | None) -> str:
        line = (self.last_known(one) for one in self.line_of(code))
        return events.NHS if any(one is not None and "nhs" in bare(one.kind) for one in line) else events.NCS

    def officer_of(self, code: str | None) -> events.DataProtectionOfficerNamed | None:
        """An organisation's data protection officer, or that of the nearest above it that named one (PARTY-08).

        Nobody is sent to an organisation that has ended, but to whoever took its place (PARTY-04).
        """
        there = (one for one in self.line_of(code) if self.organisation(one) or not self.last_known(one))
        named = (self.found(events.DataProtectionOfficerNamed, organisation=one) for one in there)
        return next((one for one in named if one is not None), None)

    def prime_of(self, code: str | None) -> str | None:
        """The organisation whose contract a sub-contractor works under; None for any other organisation."""
        registered = self.organisation(code)
        return registered.part_of if registered and bare(registered.kind) == SUB_CONTRACTOR else None

    def contract_ends(self, organisation: str, contract: str) -> date | None:
        """The last day of a contract of an organisation or of one above it, whenever that is; None without such one.

        `date.max` when its end is not known yet.
        """
        holders = {*self.line_of(organisation)}
        lasted = [
            last_day(one)
            for kind in (events.ContractStarted, events.ContractEnded)
            for one in self.registers.entries.get(kind, ())
            if isinstance(one, kind) and one.organisation in holders and one.contract == contract
        ]
        return min(lasted, default=None)

    def _ended(self, entry: Event) -> bool:
        if not isinstance(entry, events.ContractStarted):
            return False
        ended = self.registers.entries.get(events.ContractEnded, ())
        return any(
            isinstance(one, events.ContractEnded)
            and (one.organisation, one.contract) == (entry.organisation, entry.contract)
            and first_day(entry) <= last_day(one) < self.day
            for one in ended
        )


@lru_cache(maxsize=8)
def calendar_of(published: Event) -> Calendar:
    """The calendar an event of the register published."""
    assert isinstance(published, events.CalendarPublished), "only such an event has a list of days"
    return Calendar.published(
        version=published.version,
        holidays=published.holidays,
        first=published.first_day,
        last=published.last_day,
    )


def first_day(entry: Event) -> date:
    """From when an entry holds; without a day it always did."""
    said = getattr(entry, "valid_from", None)
    return date.fromisoformat(said[:10]) if said else date.min


def last_day(entry: Event) -> date:
    """The last day an entry holds."""
    said = getattr(entry, "valid_until", None)
    return date.fromisoformat(said[:10]) if said else date.max

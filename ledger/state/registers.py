"""The organisations' registers as they stood on any day: folded from effective-dated events, pure and immutable.

An entry is found by its kind, its organisation and its own key. Of several entries with the same key the one with the
latest first day on or before the day is in force; on a tie, the one recorded last. It is in force until its last day.
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
from ledger.normalise import normalised

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
SUB_CONTRACTOR = normalised("sub-contractor")
"""The kind of a sub-contractor, as `kind_of` returns it."""

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
    """Cached look-ups: every share of a day asks the same few questions."""

    def remembered(self, asked: Hashable, answer: Callable[[], T]) -> T:
        """Cache a look-up per day: return the answer kept for `asked`, computing it the first time."""
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
        for position, event in enumerate(self.registers.entries.get(kind, ())):
            entry: Any = event
            own = str(getattr(entry, KEYS[kind]))
            begins = first_day(entry)
            if (
                begins <= self.day
                and (organisation is None or entry.organisation == organisation)
                and (key is None or own == key)
                and begins >= latest.get((entry.organisation, own), (begins,))[0]
            ):
                latest[entry.organisation, own] = (begins, position, cast("R", entry))
        for _, _, latest_entry in sorted(latest.values(), key=lambda ranked: ranked[:2], reverse=True):
            if last_day(latest_entry) >= self.day and not self._ended(latest_entry):
                yield latest_entry

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
        begun = (entry for entry in entries if entry.organisation == code and first_day(entry) <= self.day)
        return max(begun, key=last_day, default=None)

    def kind_of(self, code: str | None) -> str:
        """The registered kind in normalised form, such as "subcontractor"; '' when it is not registered."""
        registered = self.organisation(code)
        return normalised(registered.kind) if registered else ""

    def is_contractor(self, code: str | None) -> bool:
        """Whether it is, or last was, registered as something other than a controller.

        An organisation that was never registered does not count as a contractor.
        """
        known = self.last_known(code)
        return known is not None and "controller" not in normalised(known.kind)

    def is_controller(self, code: str | None) -> bool:
        """Whether it is registered, today or formerly, as a controller."""
        return self.last_known(code) is not None and not self.is_contractor(code)

    def line_of(self, code: str | None) -> Iterator[str]:
        """The code itself, then the organisation that succeeded it or that it works under, and so on up (PARTY-04)."""
        above: set[str] = set()
        while code and code not in above:
            yield code
            above.add(code)
            known = self.last_known(code)
            code = self._successor_of(code) or (known.part_of if known else None)

    def followers_of(self, code: str | None) -> Iterator[str]:
        """The code itself, then the organisation that succeeded it when it ended, and so on (PARTY-04, PARTY-07)."""
        earlier: set[str] = set()
        while code and code not in earlier:
            yield code
            earlier.add(code)
            code = self._successor_of(code)

    def _successor_of(self, code: str) -> str | None:
        known = self.last_known(code)
        return known.succeeded_by if known and last_day(known) < self.day else None

    def programme_of(self, code: str | None) -> str:
        """NHS if the organisation or one above it is registered with a kind that says so, otherwise NCS (PARTY-06).

        An unregistered organisation therefore reads nothing of NHS Health Careers, and one of the NHS that has ended
        still reads nothing else.
        """
        return self.remembered(("programme", code), lambda: self._programme_of(code))

    def _programme_of(self, code: str | None) -> str:
        line = (self.last_known(above) for above in self.line_of(code))
        of_nhs = any(registered is not None and "nhs" in normalised(registered.kind) for registered in line)
        return events.NHS if of_nhs else events.NCS

    def officer_of(self, code: str | None) -> events.DataProtectionOfficerNamed | None:
        """An organisation's data protection officer, or that of the nearest above it that named one (PARTY-08).

        Organisations that have ended are skipped: their successor is in the line (PARTY-04).
        """
        existing = (above for above in self.line_of(code) if self.organisation(above) or not self.last_known(above))
        officers = (self.found(events.DataProtectionOfficerNamed, organisation=above) for above in existing)
        return next((officer for officer in officers if officer is not None), None)

    def prime_of(self, code: str | None) -> str | None:
        """The organisation whose contract a sub-contractor works under; None for any other organisation."""
        registered = self.organisation(code)
        return registered.part_of if registered and normalised(registered.kind) == SUB_CONTRACTOR else None

    def contract_ends(self, organisation: str, contract: str) -> date | None:
        """The last day of a contract of an organisation or of one above it; None when no such contract is registered.

        `date.max` when its end is not known yet.
        """
        holders = {*self.line_of(organisation)}
        lasted = [
            last_day(entry)
            for kind in (events.ContractStarted, events.ContractEnded)
            for entry in self.registers.entries.get(kind, ())
            if isinstance(entry, kind) and entry.organisation in holders and entry.contract == contract
        ]
        return min(lasted, default=None)

    def _ended(self, entry: Event) -> bool:
        if not isinstance(entry, events.ContractStarted):
            return False
        ended = self.registers.entries.get(events.ContractEnded, ())
        return any(
            isinstance(end, events.ContractEnded)
            and (end.organisation, end.contract) == (entry.organisation, entry.contract)
            and first_day(entry) <= last_day(end) < self.day
            for end in ended
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
    """The first day an entry is in force; `date.min` when it states none."""
    text = getattr(entry, "valid_from", None)
    return date.fromisoformat(text[:10]) if text else date.min


def last_day(entry: Event) -> date:
    """The last day an entry is in force; `date.max` when it states none."""
    text = getattr(entry, "valid_until", None)
    return date.fromisoformat(text[:10]) if text else date.max

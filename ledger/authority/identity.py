"""Identity shown: what an adviser gives of a person in front of them, when it matches, and how often it may miss. Pure.

A person is found only by everything together: family name with birth date, given name, and one more identifier. Each
answer is "this person" or "no match"; near matches are for those who may read the person already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from ledger.authority.side import contract_is_over, refuse_nobody
from ledger.caller import CONTRACTOR_ROLES, Caller
from ledger.commands.reader import organisation_stream
from ledger.errors import Malformed, NotAllowed, TooManyMisses
from ledger.names import same_given_name
from ledger.state.registers import InForce
from ledger.vault.keys import Identity

MOST_MISSES_OF_A_PERSON = 10
MOST_MISSES_OF_AN_ORGANISATION = 60
MISSES_COUNT_FOR = timedelta(hours=1)
"""How often a member of staff and an organisation may give details that match nobody, and within which time."""
IDENTIFIERS = ("email", "telephone", "postcode", "universal_credit_id", "unique_learner_number")
"""One of these is given beside the name and the birth date."""
NEEDED = ("given_name", "family_name", "date_of_birth", "reason")
MATCHED, NOT_MATCHED = "matched", "not-matched"
LONGEST_VALUE, LONGEST_REASON = 200, 1_000
"""In characters."""
_GIVEN_NAME = ("given_name", "GivenName", "middle_name", "MiddleName")
_FIRST_YEAR = 1880


class Miss(NamedTuple):
    """Details that matched nobody: when they were given, and the pseudonym of the member of staff who gave them."""

    at: datetime
    subject: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityShown:
    """What a person showed, and why they are to be served."""

    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    date_of_birth: str = field(repr=False)
    identifiers: Mapping[str, str] = field(repr=False)
    """By the name of the field."""
    reason: str = field(repr=False)

    def described(self) -> Identity:
        """The person to search for."""
        given = self.identifiers
        return Identity(
            family_name=self.family_name,
            date_of_birth=self.date_of_birth,
            emails=[given["email"]] if "email" in given else [],
            telephones=[given["telephone"]] if "telephone" in given else [],
            postcode=given.get("postcode"),
            universal_credit_id=given.get("universal_credit_id"),
            unique_learner_number=given.get("unique_learner_number"),
        )

    def values(self) -> dict[str, str]:
        """The same as the values of a new registration."""
        names = {"given_name": self.given_name, "family_name": self.family_name, "date_of_birth": self.date_of_birth}
        return {**names, **self.identifiers}


def read_identity(body: Mapping[str, Any], *, today: date) -> IdentityShown:
    """What was given, read strictly. Raises Malformed with the name of the field, never its value."""
    fields = {name: _text(name, value) for name, value in body.items() if value not in (None, "")}
    for name in NEEDED:
        if not fields.get(name):
            raise Malformed(f"begin-serving needs the field {name}.", field=name)
    identifiers = {name: fields[name] for name in IDENTIFIERS if fields.get(name)}
    if not identifiers:
        raise Malformed(
            f"begin-serving needs one more identifier: {', '.join(IDENTIFIERS[:-1])} or {IDENTIFIERS[-1]}.",
            field=IDENTIFIERS[0],
        )
    shown = IdentityShown(
        given_name=fields["given_name"],
        family_name=fields["family_name"],
        date_of_birth=_birth(fields["date_of_birth"], today),
        identifiers=identifiers,
        reason=fields["reason"],
    )
    _refuse_what_says_nothing(shown)
    return shown


def _text(name: str, value: object) -> str:
    if name not in {*NEEDED, *IDENTIFIERS}:  # the name may be personal data in the wrong place, so it is not repeated
        raise Malformed(f"begin-serving has the fields {', '.join((*NEEDED, *IDENTIFIERS))}, and no other.")
    longest = LONGEST_REASON if name == "reason" else LONGEST_VALUE
    if not isinstance(value, str) or "\0" in value or len(value) > longest:
        raise Malformed(f"The field {name} must be text of at most {longest:,} characters.", field=name)
    return value.strip()


def _birth(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not day.year >= _FIRST_YEAR or day > today:
        raise Malformed("The field date_of_birth must be a date such as 1990-02-01.", field="date_of_birth")
    return day.isoformat()


def _refuse_what_says_nothing(shown: IdentityShown) -> None:
    """A telephone number without a digit would drop out of the search, and then less than everything would match."""
    for name in ("given_name", "family_name"):
        if not any(letter.isalpha() for letter in getattr(shown, name)):
            raise Malformed(f"The field {name} must be a name.", field=name)
    for name, value in shown.identifiers.items():
        searched = any(letter.isalnum() for letter in value) and len(_only(shown, name).clues()) == 2
        if not searched:
            raise Malformed(f"The field {name} holds nothing to search by.", field=name)


def _only(shown: IdentityShown, name: str) -> Identity:
    alone = IdentityShown(
        given_name=shown.given_name, family_name=shown.family_name, date_of_birth=shown.date_of_birth,
        identifiers={name: shown.identifiers[name]}, reason=shown.reason,
    )  # fmt: skip
    return alone.described()


def given_name_matches(shown: IdentityShown, records: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the given name is one that these records hold, under our field names or the source's."""
    return any(
        same_given_name(shown.given_name, str(known))
        for record in records
        for name in _GIVEN_NAME
        if (known := record.get(name))
    )


def refuse_unless_adviser(by: Caller, on: InForce) -> None:
    """Identity is shown to a contractor's adviser or manager, while its contract goes on.

    Raises NotAllowed and UnregisteredOrganisation.
    """
    if by.role not in CONTRACTOR_ROLES:
        raise NotAllowed("Only a contractor's adviser or manager begins to serve somebody by identity shown.")
    refuse_nobody(by, on)
    if contract_is_over(on, by.organisation):
        raise NotAllowed("Your organisation's last contract is over, so it begins to serve nobody.")


def checks_stream(organisation: str, day: date) -> UUID:
    """The stream of an organisation's checks on one day (UTC); a stream by the day stays short enough to be counted."""
    return uuid5(organisation_stream(organisation), f"identity checked {day.isoformat()}")


def refuse_after_too_many(misses: Iterable[Miss], subject: str, at: datetime) -> None:
    """Raise TooManyMisses when the caller or its organisation gave details that matched nobody too often.

    It is decided before anything is searched, so it tells nothing of who is on record. `misses` are the organisation's,
    oldest first; `subject` is the pseudonym of the member of staff who asks now.
    """
    counted = [miss for miss in misses if miss.at > at - MISSES_COUNT_FOR]
    own = [miss for miss in counted if miss.subject == subject]
    limits = ((own, MOST_MISSES_OF_A_PERSON), (counted, MOST_MISSES_OF_AN_ORGANISATION))
    free = [of[-most].at + MISSES_COUNT_FOR for of, most in limits if len(of) >= most]
    if free:
        raise TooManyMisses(retry_after=max(1, ceil((max(free) - at).total_seconds())))

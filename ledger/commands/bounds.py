"""What a value may be: the bounds of each kind of field, declared once for every door.

The reader refuses what lies outside, the OpenAPI schema and `ledger commands` say it, and the import holds documents to
the same limits. What lies within can be stored, verified, shown in every view and printed in every report. A refusal
names the field and never repeats a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.errors import Malformed
from ledger.events import Json

LARGEST_NUMBER = 2**31 - 1
"""What an `integer` column of a view holds."""
LARGEST_POSITION = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly (RFC 8785)."""
LONGEST_DOCUMENT_TEXT = 1_000_000
"""Characters of one text of a record; the earlier service's store takes two megabytes for a whole document."""
DEEPEST = 50
"""How deep lists and objects of one value may be nested."""
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""A year outside these is a typing error, and due dates computed from it would overflow the calendar."""
BIRTH_DATES = frozenset({"date_of_birth", "DateofBirth"})
"""The names of birth dates among the values of a record, ours and the earlier service's."""

_HIDDEN = "\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
"""Control characters, and those that cannot be seen or turn the text around them."""
_MARKUP = '"<>\\\\`{}|^~'
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class TextBound:
    """How long a text may be, and which characters it may hold; `pattern` means the same in Python and in JSON Schema.

    Without a pattern every character may occur except NUL, which no database keeps, and half of a surrogate pair.
    """

    longest: int
    pattern: str | None = None
    words: str = "text"
    """What the characters are, in words."""

    def fits(self, text: str) -> bool:
        """Whether a text is within the bound."""
        return len(text) <= self.longest and (self.pattern is None or bool(_compiled[self.pattern].fullmatch(text)))

    @property
    def schema(self) -> dict[str, Json]:
        """The bound as keywords of JSON Schema."""
        return {"maxLength": self.longest, **({"pattern": self.pattern} if self.pattern else {})}

    def refuse(self, name: str, text: str) -> None:
        """Raise Malformed for a text outside the bound."""
        if len(text) > self.longest:
            raise Malformed(f"The field {name} must be text of at most {self.longest:,} characters.", field=name)
        refuse_unstorable(name, text)
        if text and self.pattern is not None and not _compiled[self.pattern].fullmatch(text):
            raise Malformed(f"The field {name} must be {self.words}.", field=name)


REFERENCE = TextBound(
    longest=100,
    pattern=r"^[A-Za-z0-9+][A-Za-z0-9 .,_:/@+#()&-]*$",
    words="a number or code of letters, digits, spaces and . , _ : / @ + # ( ) & -",
)
"""What identifies something and is kept in clear: ids of all kinds, numbers of contracts and agreements."""
_LINE = f"^[^{_HIDDEN}{_MARKUP}]*$"
NAMED = TextBound(
    longest=200,
    pattern=_LINE,
    words="text in clear on one line, without quotation marks, backslashes, angle brackets or braces",
)
"""Codes and published names, which may be in any script."""
SHORT = TextBound(longest=1_000)
"""Names, addresses and lines: sealed, so any character may occur."""
LONG = TextBound(longest=100_000)
"""Sealed text that people write: reasons, notes, messages."""

_SUBJECT = TextBound(longest=320, pattern=_LINE.replace("<>", "<"), words=NAMED.words)
"""What a finding is about: an id, and where it is about one recipient, that after `>`."""

_compiled = {bound.pattern: re.compile(bound.pattern) for bound in (REFERENCE, NAMED, _SUBJECT) if bound.pattern}

_REFERENCES = frozenset(
    {"agreement", "contract", "corrects", "data_flow", "digest", "domain", "etag", "impact_assessment", "instruction"}
    | {"jcp_contact", "line", "mailbox", "reference", "rule_set", "system_id", "assurance", "contact"}
    | {"about"}
)
_SHORT = frozenset(
    {"adviser", "called_line", "name", "person", "sender_address", "signatory", "subject", "telephone"}
    | {"tracking_number", "witness", "work_coach"}
)

NUMBERS: Mapping[str, tuple[int, int]] = {
    "amount_pence": (0, 10_000_000),
    "phase": (1, 1_000),
    "plans_in_share": (0, 1_000_000),
    "sample_size": (0, 1_000_000_000),
    "up_to_position": (0, LARGEST_POSITION),
    "reason_code": (0, 9_999),
    "channel": (0, 9_999),
    "introduced_by": (0, 9_999),
    "reason": (0, 9_999),
    "months": (0, 1_200),
}
"""The least and the largest number by field name; the last five are codes of the earlier service, and a period."""
MOST_IN_ONE_ENTRY = 25
"""Destroyed parts, each with its proof of up to 2 kB: more would not fit into one entry (`log.codec`)."""
MOST_ITEMS: Mapping[str, int] = {"holidays": 3_000, "destroyed": MOST_IN_ONE_ENTRY}
MOST_BY_DEFAULT = 200
MAY_LIE_AHEAD = frozenset({
    "became_aware_at", "first_day", "last_day", "on", "review_on", "told_due_on", "until", "valid_from", "valid_until",
})  # fmt: skip
"""Days that are named beforehand. Every other date says when something happened and may not lie in the future: nothing
dated ahead may decide consent, contact or retention. Of `on` the schedule says whether anything is due by it; and a
breach is never refused for its date: its 72 hours begin when it is recorded at the latest (LEDG-06)."""


def text_bound(name: str, *, sealed: bool, coded: bool = False) -> TextBound:
    """The bound of a text field, by its name. Words in place of the code of a `coded` one are sealed."""
    if coded:
        return SHORT
    if sealed:
        return SHORT if name in _SHORT or name.endswith(("_by", "_name", "_names", "_addresses", "_groups")) else LONG
    if name == "subject_id":
        return _SUBJECT
    return REFERENCE if name in _REFERENCES or name.endswith("_id") else NAMED


def number_bound(name: str) -> tuple[int, int]:
    """The least and the largest whole number of a field."""
    return NUMBERS.get(name, (0, LARGEST_NUMBER))


def most_items(name: str) -> int:
    """How many items a list may have."""
    return MOST_ITEMS.get(name, MOST_BY_DEFAULT)


def refuse_unstorable(name: str, text: str) -> None:
    """Raise Malformed for a NUL or half of a surrogate pair, which nothing can store or encode."""
    if "\0" in text:
        raise Malformed(f"The field {name} holds a NUL character, which no text may hold.", field=name)
    if not text.isascii() and _SURROGATE.search(text):
        raise Malformed(f"The field {name} holds half of a character (a lone surrogate).", field=name)


def refuse_number(name: str, number: int) -> None:
    """Raise Malformed for a whole number outside the field's bounds."""
    least, largest = number_bound(name)
    if not least <= number <= largest:
        raise Malformed(f"The field {name} must be a whole number from {least:,} to {largest:,}.", field=name)


def refuse_values(name: str, values: Mapping[str, Any]) -> None:
    """Raise Malformed for named values, sealed, that cannot be kept; a wrong value among them is named itself."""
    if len(values) > 500:
        raise Malformed(f"The field {name} must hold at most 500 named values.", field=name)
    for inner, value in values.items():
        _refuse_value(inner, value, depth=1)
        if inner in BIRTH_DATES and value not in (None, ""):
            birth_date(inner, value)


def birth_date(name: str, value: object) -> date:
    """A birth date, written as we write dates: rules and searches compare them. Raises Malformed for any other text."""
    try:
        if isinstance(value, str) and _ISO_DATE.fullmatch(value) and int(value[:4]) >= FIRST_YEAR:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Malformed(
        f"The field {name} must be a date from {FIRST_YEAR} on, written year, month and day such as 1990-02-01.",
        field=name,
    )


def births_in(values: Mapping[str, Any]) -> Iterator[tuple[str, date]]:
    """The birth dates among the values of a record, with their names; what is none is left out."""
    for name in BIRTH_DATES & values.keys():
        with suppress(Malformed):
            yield name, birth_date(name, values[name])


def _refuse_value(name: str, value: Any, depth: int) -> None:  # noqa: ANN401 (JSON)
    if depth > DEEPEST:
        raise Malformed(f"The field {name} is nested deeper than {DEEPEST} levels.", field=name)
    match value:
        case str():
            if len(value) > LONGEST_DOCUMENT_TEXT:
                raise Malformed(
                    f"The field {name} must be text of at most {LONGEST_DOCUMENT_TEXT:,} characters.", field=name
                )
            refuse_unstorable(name, value)
        case dict():
            for inner, nested in value.items():
                refuse_unstorable(name, inner)
                _refuse_value(name, nested, depth + 1)
        case list() | tuple():
            for nested in value:
                _refuse_value(name, nested, depth + 1)
        case bool() | None:
            pass
        case int() if abs(value) <= LARGEST_POSITION:
            pass
        case _:
            raise Malformed(
                f"The field {name} must hold texts, whole numbers below 2 to the 53rd, true, false or lists of these;"
                " a fraction is written as text.",
                field=name,
            )

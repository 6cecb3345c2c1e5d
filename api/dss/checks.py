"""Rules 3 to 7 of the import contract for one document, pure; it knows no file, no order and no other document.

The first problem in dictionary order rejects the whole document; a warning never does. Warnings name the field,
and the code where it is a retired one; they never quote what a person said.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

import orjson

from api.dss.moments import SENTINEL_YEAR, NotADate, calendar_date, instant
from ledger.codes.dictionary import COLLECTIONS, Collection, Field
from ledger.commands.bounds import LONGEST_DOCUMENT_TEXT
from ledger.commands.field_types import NOBODY, spelled_id

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
Reason = Literal[
    "malformed_json",
    "unknown_collection",  # ours: the contract drops such a line, and a ledger that drops lines cannot add up
    "missing_required_field",
    "etag_conflict",
    "invalid_guid",
    "invalid_touchpoint_id",
    "invalid_boolean",
    "invalid_date",
    "unknown_enum_code",
    "unknown_customer",
    "unstorable_text",  # ours: a NUL, or a text longer than the source's own store takes
    "destroyed",  # ours: a fence refuses what would bring back a class of records that was destroyed
]

SYSTEM_FIELDS = frozenset({"_ts", "_etag", "_lsn", "_rid", "_self", "_attachments"})


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is rejected. The value may be personal: it belongs in the quarantine, so it stays out of the repr."""

    reason: Reason
    field: str | None = None
    value: JSON = dataclasses.field(default=None, repr=False)
    id: str | None = None
    etag: str | None = None


class Checked(NamedTuple):  # a tuple because one is made per document and a frozen dataclass takes four times as long
    """An accepted document: the values to keep, the warnings, and the names of fields the dictionary does not know."""

    values: dict[str, JSON]
    warnings: tuple[str, ...]
    unread: tuple[str, ...]


def check(collection: Collection, document: dict[str, JSON]) -> Checked | Problem:
    known, plan = _PLANS[collection.name]
    values: dict[str, JSON] = {}
    warnings: list[str] = []
    find = document.get
    for name, required, examine in plan:
        value = find(name)
        if value is not None:
            if examine is _as_is:
                values[name] = value
                continue
            try:
                checked = examine(value, warnings, document)
            except _Unfit as unfit:
                if not is_blank(value):
                    return Problem(unfit.reason, name, value)
                checked = None
            if checked is not None:
                values[name] = checked
                continue
        if required and not _excused(collection, name, document):
            return Problem("missing_required_field", name, value)
    unread = () if known.issuperset(document) else tuple(name for name in document if name not in known)
    return Checked(values, tuple(warnings), unread)


def unstorable(raw: bytes, document: dict[str, JSON]) -> Problem | None:
    """The first field with a text that cannot be kept: a NUL, or more than the source's own store takes.

    `raw` is the line: only where that may hold such a text is the document looked through.
    """
    if b"\\u0000" not in raw and len(raw) <= LONGEST_DOCUMENT_TEXT:
        return None
    for name, value in document.items():
        if any("\0" in text or len(text) > LONGEST_DOCUMENT_TEXT for text in _texts_in([name, value])):
            return Problem("unstorable_text", name if "\0" not in name else None)
    return None


def _texts_in(value: JSON) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from _texts_in(inner)
        case list():
            for inner in value:
                yield from _texts_in(inner)


def is_blank(value: JSON) -> bool:
    """Null and blank text: what the contract calls missing."""
    return value is None or (isinstance(value, str) and not value.strip())


def _excused(collection: Collection, name: str, document: dict[str, JSON]) -> bool:
    excuse = next(field.excused_by for field in collection.fields if field.name == name)
    if excuse is None:
        return False
    value = document.get(excuse)
    return not is_blank(value) and not (isinstance(value, str) and value.startswith((SENTINEL_YEAR, "9999-")))


class _Unfit(Exception):
    """A value the field cannot hold; `check` turns it into a Problem."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


# Returns the value to keep, or None when there is none; may add warnings; raises _Unfit.
_Examine: TypeAlias = Callable[[JSON, list[str], dict[str, JSON]], JSON]
_Plan: TypeAlias = tuple[tuple[str, bool, _Examine], ...]


def _as_is(value: JSON, _warnings: list[str], _document: dict[str, JSON]) -> JSON:
    return value


_is_guid = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch
_NOTHING = frozenset({str(id) for id in NOBODY})


def is_guid(value: JSON) -> bool:
    return isinstance(value, str) and _is_guid(value) is not None


def guid_of(value: JSON) -> str | None:
    """A GUID in any usual spelling, with braces or without hyphens, as we write it; None for anything else."""
    if type(value) is not str:
        return None
    if _is_guid(value) is not None:
        return value.lower()
    spelled = spelled_id(value) if len(value) >= 32 else None
    return None if spelled is None else str(spelled)


def stands_for_nothing(guid: str) -> bool:
    """Whether a GUID is all zeros, .NET's "no value", or all ones."""
    return guid in _NOTHING


def _guid(described: Field) -> _Examine:
    sentinel, required = f"sentinel_guid:{described.name}", described.required

    def examine(value: JSON, warnings: list[str], _document: dict[str, JSON]) -> JSON:
        guid = value.lower() if type(value) is str and _is_guid(value) is not None else guid_of(value)
        if guid is None or (required and guid in _NOTHING):
            raise _Unfit("invalid_guid")
        if guid in _NOTHING:
            warnings.append(sentinel)
            return None
        return guid

    return examine


def _touchpoint_id(value: JSON, _warnings: list[str], _document: dict[str, JSON]) -> JSON:
    if type(value) is not str or len(value) != 10 or not (value.isascii() and value.isdigit()):
        raise _Unfit("invalid_touchpoint_id")
    return value


def _boolean(value: JSON, _warnings: list[str], _document: dict[str, JSON]) -> JSON:
    if value is not True and value is not False:
        raise _Unfit("invalid_boolean")
    return value


def _text_check(described: Field) -> _Examine:
    longest, required = described.max_length, described.required
    warning = f"over_length:{described.name}"
    if longest is None and not required:
        return _as_is

    def examine(value: JSON, warnings: list[str], _document: dict[str, JSON]) -> JSON:
        if type(value) is str:
            if required and not value.strip():
                return None
            if longest is not None and len(value) > longest:
                warnings.append(warning)
        return value

    return examine


def _enum(described: Field) -> _Examine:
    current = frozenset(described.codes) - described.retired
    retired = {code: f"retired_code:{described.name}={code}" for code in described.retired}

    def examine(value: JSON, warnings: list[str], _document: dict[str, JSON]) -> JSON:
        if type(value) is not int:  # true and 1.0 equal 1 in Python, not in the contract
            raise _Unfit("unknown_enum_code")
        if value not in current:
            if value not in retired:
                raise _Unfit("unknown_enum_code")
            warnings.append(retired[value])
        return value

    return examine


def _enum_or_name(described: Field) -> _Examine:
    examine_code = _enum(described)
    codes = {str(code): code for code in described.codes}
    codes |= {meaning.replace(" ", "").lower(): code for code, meaning in described.codes.items()}

    def examine(value: JSON, warnings: list[str], document: dict[str, JSON]) -> JSON:
        code = codes.get(value.strip().lower()) if isinstance(value, str) else value
        return examine_code(code, warnings, document)

    return examine


def _enum_list(described: Field) -> _Examine:
    examine_code = _enum(described)

    def examine(value: JSON, warnings: list[str], document: dict[str, JSON]) -> JSON:
        codes = value
        if isinstance(value, str):
            try:
                codes = orjson.loads(value)
            except orjson.JSONDecodeError:
                raise _Unfit("unknown_enum_code") from None
        if not isinstance(codes, list):
            raise _Unfit("unknown_enum_code")
        return [examine_code(code, warnings, document) for code in codes]

    return examine


def _consented(described: Field, examine_value: _Examine) -> _Examine:
    consent, not_stated = described.needs_consent, described.not_stated
    warning = f"special_category_without_consent:{described.name}"
    assert consent is not None

    def examine(value: JSON, warnings: list[str], document: dict[str, JSON]) -> JSON:
        code_warnings: list[str] = []
        code = examine_value(value, code_warnings, document)
        if document.get(consent) is True or code == not_stated:
            warnings.extend(code_warnings)
            return code
        warnings.append(warning)  # and not what was said of the code: without consent the code itself goes nowhere
        return None

    return examine


def _secret(described: Field) -> _Examine:
    warning = f"secret_dropped:{described.name}"

    def examine(value: JSON, warnings: list[str], _document: dict[str, JSON]) -> JSON:
        if not is_blank(value):
            warnings.append(warning)
        return None

    return examine


def _instant(described: Field) -> _Examine:
    assumed_utc, sentinel = f"assumed_utc:{described.name}", f"sentinel_date:{described.name}"

    def examine(value: JSON, warnings: list[str], _document: dict[str, JSON]) -> JSON:
        if type(value) is not str:
            raise _Unfit("invalid_date")
        try:
            moment, has_offset = instant(value)
        except NotADate:
            raise _Unfit("invalid_date") from None
        if moment is None:
            warnings.append(sentinel)
        elif not has_offset:
            warnings.append(assumed_utc)
        return moment

    return examine


def _calendar_date(described: Field) -> _Examine:
    sentinel = f"sentinel_date:{described.name}"

    def examine(value: JSON, warnings: list[str], _document: dict[str, JSON]) -> JSON:
        if type(value) is not str:
            raise _Unfit("invalid_date")
        try:
            day = calendar_date(value)
        except NotADate:
            raise _Unfit("invalid_date") from None
        if day is None:
            warnings.append(sentinel)
        return day

    return examine


def _examiner(described: Field) -> _Examine:
    examine: _Examine
    match described.kind:
        case "guid":
            examine = _guid(described)
        case "touchpoint-id":
            examine = _touchpoint_id
        case "boolean":
            examine = _boolean
        case "datetime":
            examine = _instant(described)
        case "date":
            examine = _calendar_date(described)
        case "enum":
            examine = _enum(described)
        case "enum-or-name":
            examine = _enum_or_name(described)
        case "enum-list":
            examine = _enum_list(described)
        case "string" | "decimal" | "integer" | "url" | "duration" | "object":
            examine = _text_check(described)  # rule 5: people's words and numbers are kept as they are
    if described.secret:
        return _secret(described)
    return examine if described.needs_consent is None else _consented(described, examine)


def _plan(collection: Collection) -> tuple[frozenset[str], _Plan]:
    known = SYSTEM_FIELDS.union(described.name for described in collection.fields)
    return known, tuple((field.name, field.required, _examiner(field)) for field in collection.fields)


# Built once: the dictionary is not consulted again while documents stream past.
_PLANS = MappingProxyType({name: _plan(collection) for name, collection in COLLECTIONS.items()})
